"""What the forms are given: built from a class in milliseconds, nothing rendered."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from academy.core.sheets import packaged_rows
from academy.reports.prints import facts_class, facts_people
from academy.reports.prints.facts_common import PLAIN, Facts, Options
from academy.reports.prints.forms import BY_SLUG, FORMS, Holdings, Stage, explain_missing
from academy.reports.prints.gaps import CharactersCannotBePrinted, find_gaps, mark_gaps, require_drawable
from academy.reports.prints.layout import SeatOrder
from academy.reports.prints.making import RECIPES, TooManySignatures, parts_of, put_together
from academy.reports.prints.records import Application, Grades, Hours, OwnMark, Sitting
from tests.reports.prints.factories import AT, PLENTY, make_dossier, make_person, make_session, with_names

NOTHING = Holdings(people=0, applications=0, sessions=0, room_capacity=None, confirmed_sittings=0, certificates=0, credited=0)


def test_every_form_is_one_of_the_list_at_its_stage_and_has_a_recipe() -> None:
    listed = {row["form_code"]: row["stage"] for row in packaged_rows("print_forms.csv")}
    assert len(listed) == 22
    assert [form.slug for form in FORMS if Stage(listed[form.code]) is not form.stage] == []
    assert {form.slug for form in FORMS} == set(RECIPES)
    assert len(BY_SLUG) == len(FORMS)


def test_an_empty_class_gives_a_reason_for_each_form_that_needs_something() -> None:
    reasons = {form.slug: explain_missing(form, NOTHING) for form in FORMS}
    assert sorted(slug for slug, reason in reasons.items() if reason is None) == ["application", "archive", "leave"]
    assert "还没有排课" in str(reasons["timetable"])
    assert "还没有人录取" in str(reasons["roster"])


@pytest.mark.parametrize(("capacity", "says"), [(None, "还没有选教室"), (29, "教室只容 29 人，坐不下 30 人")])
def test_a_seating_plan_needs_a_room_that_is_large_enough(capacity: int | None, says: str) -> None:
    held = replace(PLENTY, people=30, room_capacity=capacity)
    assert says in str(explain_missing(BY_SLUG["seating"], held))
    assert explain_missing(BY_SLUG["seating"], replace(held, room_capacity=30)) is None


def _roster(**options: Any) -> Facts:
    return facts_people.roster(BY_SLUG["roster"], make_dossier(3), Options(**options))


def test_every_form_says_which_class_and_who_printed_it_when() -> None:
    facts = _roster()
    assert facts["class"]["code"] == "XA-2026-015-03"
    assert facts["printed"] == {"at": "2026年11月23日 10:42", "by": "李明蕙"}
    assert facts["verify"]["url"].endswith("/classes/XA-2026-015-03")
    assert (facts["doc"]["title_zh"], facts["doc"]["title_en"]) == ("学员花名册", "Trainee roster")


def test_numbers_are_masked_unless_asked_for_in_full() -> None:
    assert _roster()["people_list"][0]["phone"] == "199****1892"
    assert _roster(in_full=True)["people_list"][0]["phone"] == "19912341892"
    asked = [_applied(1)]
    masked = facts_people.eligibility(BY_SLUG["eligibility"], make_dossier(1), PLAIN, asked)
    assert masked["people_list"][0]["id_number"] == "370000********1892"


def test_forms_without_numbers_hold_none() -> None:
    for slug in ("sign-in", "sign-in-all", "badges", "seating", "hours", "grades", "certificates", "notice", "timetable"):
        held: Any = {"hours": Hours({}, {}, {}), "grades": Grades((), {}), "certificates": ()}.get(slug)
        facts = RECIPES[slug].build(BY_SLUG[slug], make_dossier(3), Options(in_full=True), held)
        assert "19912341892" not in str(facts), slug
        assert "370000199001011892" not in str(facts), slug


def test_a_sign_in_sheet_is_for_all_half_days_or_for_one() -> None:
    form, found = BY_SLUG["sign-in"], make_dossier(3)
    assert [half["half"] for half in facts_people.sign_in(form, found, PLAIN)["halves"]] == ["上午", "下午"] * 2
    one = facts_people.sign_in(form, found, Options(half="2026-12-08-pm"))["halves"]
    assert [(half["on"], half["half"], [s["title"] for s in half["sessions"]]) for half in one] == [
        ("2026-12-08", "下午", ["社区议事第4讲"])
    ]


def test_a_very_thick_sign_in_sheet_is_printed_by_half_day() -> None:
    form, found = BY_SLUG["sign-in"], make_dossier(1001, days=2)
    with pytest.raises(TooManySignatures):
        put_together(form, found, PLAIN, PLENTY)
    assert len(put_together(form, found, Options(half="2026-12-07-am"), PLENTY)["halves"]) == 1


def test_badges_are_for_learners_and_for_those_who_teach() -> None:
    cards = facts_people.badges(BY_SLUG["badges"], make_dossier(2), PLAIN)["badges"]
    assert [(card["role"], card["seq"]) for card in cards] == [("学员", 1), ("学员", 2), ("讲师", 0)]


@pytest.mark.parametrize("order", SeatOrder)
def test_a_seating_plan_gives_everybody_one_seat_of_the_room(order: SeatOrder) -> None:
    found = make_dossier(28, capacity=30)
    facts = facts_people.seating(BY_SLUG["seating"], found, Options(order=order))
    assert sorted(seat["seq"] for seat in facts["seats"]) == list(range(1, 29))
    assert len({seat["seat"] for seat in facts["seats"]}) == 28


def test_a_seating_plan_prints_no_page_of_empty_chairs() -> None:
    facts = facts_people.seating(BY_SLUG["seating"], make_dossier(44, capacity=300), PLAIN)
    assert len(facts["layout"]["rows"]) == 8


def _applied(seq: int, *, nominated: bool = False, seated: bool = True) -> Application:
    return Application(
        person=make_person(seq), is_seated=seated, is_nominated=nominated, outcome="录取" if seated else "候补",
        source="单位推荐" if nominated else "本人报名", applied_at=AT, admitted_at=AT if seated else None,
        waitlist_no=None if seated else 4, reason="",
    )  # fmt: skip


def test_a_nomination_prints_as_one_and_a_class_without_applications_gets_a_blank_form() -> None:
    form, found = BY_SLUG["application"], make_dossier(2)
    facts = facts_people.application(form, found, PLAIN, [_applied(1), _applied(2, nominated=True)])
    assert [one["nominated"] for one in facts["people_list"]] == [False, True]
    blank = facts_people.application(form, found, PLAIN, [])["people_list"]
    assert [(one["name"], one["id_number"]) for one in blank] == [("", "")]


def test_an_eligibility_sheet_says_what_was_decided_and_why() -> None:
    form, found = BY_SLUG["eligibility"], replace(make_dossier(1), audience_codes=frozenset({"P01"}))
    facts = facts_people.eligibility(form, found, PLAIN, [_applied(1), _applied(2, seated=False)])
    assert [(one["outcome"], one["note"], one["fits"]) for one in facts["people_list"]] == [
        ("录取", "本人报名，11月23日录取", False),
        ("候补", "本人报名，候补4号", False),
    ]


def test_a_grade_book_shows_who_passed_failed_or_stayed_away() -> None:
    marks = {1: (Decimal("86.50"), True), 2: (Decimal("41.00"), False)}
    sitting = Sitting("结业考核", Decimal(100), Decimal(60), "甲", "乙", AT, marks)
    facts = facts_people.grade_book(BY_SLUG["grades"], make_dossier(3), PLAIN, Grades((sitting,), {1: Decimal("96.4")}))
    assert [(one["marks"], one["outcome"], one["rate"]) for one in facts["people_list"]] == [
        (["86.5"], "通过", "96.4%"),
        (["41"], "未通过", "—"),
        (["缺考"], "缺考", "—"),
    ]
    assert facts["passed"] == 1


def test_ones_own_hours_count_only_what_was_marked() -> None:
    marks = {1: OwnMark("出勤", 180), 2: OwnMark("请假", 0)}
    found = make_dossier(2)
    facts = facts_people.own_hours(BY_SLUG["own-hours"], found, Options(learner_id=2), (marks, 180))
    assert "计划16学时，实到4学时，出勤率25.0%" in facts["lead"]
    assert "计入继续教育4学时" in facts["lead"]
    assert [one["mark"] for one in facts["sessions"]] == ["出勤", "请假", "未点名", "未点名"]
    assert facts["holder"]["id_number"] == "370000********1892"


def test_a_timetable_sums_the_hours_of_each_course() -> None:
    sessions = (
        make_session(1, 0, title="甲课"),
        make_session(2, 0, "下午", title="乙课"),
        make_session(3, 7, "晚上", title="甲课"),
    )
    facts = facts_class.timetable(BY_SLUG["timetable"], replace(make_dossier(0), sessions=sessions), PLAIN)
    assert [(one["title"], one["seqs"], one["hours"]) for one in facts["courses"]] == [
        ("甲课", "1、3", "8"),
        ("乙课", "2", "4"),
    ]
    assert [week["halves"] for week in facts["weeks"]] == [["上午", "下午"], ["上午", "下午", "晚上"]]
    assert facts["total"] == "12"


def test_a_notice_is_to_the_units_or_to_one_person() -> None:
    form, found = BY_SLUG["notice"], make_dossier(3)
    to_units = facts_class.notice(form, found, PLAIN)
    assert (to_units["addressee"], len(to_units["people_list"])) == ("各有关单位", 3)
    own = facts_class.notice(form, found, Options(learner_id=1))
    assert (own["addressee"], own["people_list"]) == ("孙婷婷学员", [])
    assert "您已被录取" in own["lead"]
    words = str(to_units["parts"])
    assert "12月7日（周一）08:30开课，12月8日（周二）17:20结束，共16学时" in words
    assert "不收培训费" in words
    assert "出勤不低于90%" in words
    assert "70分及以上为合格；合格的颁发岗位能力证书，有效24个月" in words


def test_large_forms_come_in_parts() -> None:
    form, found = BY_SLUG["desk-cards"], make_dossier(401)
    assert parts_of(form, 401) == 2
    assert len(put_together(form, found, Options(part=1), PLENTY)["badges"]) == 400
    assert len(put_together(form, found, Options(part=2), PLENTY)["badges"]) == 2  # the last learner and the instructor


# ---- characters ----------------------------------------------------------------------------------------------------------


def _facts(*names: str) -> Facts:
    return facts_people.roster(BY_SLUG["roster"], with_names(make_dossier(1), *names), PLAIN)


def test_a_missing_character_is_named_with_its_person() -> None:
    with pytest.raises(CharactersCannotBePrinted) as refused:
        require_drawable(_facts("孙婷婷", "王𠮷祥"))
    assert "王𠮷祥（L-00000002）：姓名“王𠮷祥”里的“𠮷”（U+20BB7）" in str(refused.value)


def test_many_missing_characters_are_counted_and_the_first_named() -> None:
    with pytest.raises(CharactersCannotBePrinted) as refused:
        require_drawable(_facts(*[f"王𠮷{number}" for number in range(9)]))
    assert "有 9 处" in str(refused.value)
    assert str(refused.value).count("U+20BB7") == 3


def test_on_demand_a_missing_character_is_marked_and_noted() -> None:
    marked = mark_gaps(_facts("王𠮷祥", "李\u200b明"))
    assert [one["name"] for one in marked["people_list"]] == ["王〓祥", "李明"]
    assert "王〓祥（L-00000001）“王〓祥”为U+20BB7" in marked["notes"][0]
    assert find_gaps(marked) == []


def test_rare_characters_that_the_fonts_have_are_no_gaps() -> None:
    assert find_gaps(_facts("李𬀩", "王㛃", "买买提·艾力")) == []
    assert "notes" not in mark_gaps(_facts("李𬀩"))


def test_facts_of_a_large_class_are_put_together_by_the_row() -> None:
    found = make_dossier(2000, days=5)
    for slug in ("roster", "badges", "check-in", "sign-in-all"):
        facts = RECIPES[slug].build(BY_SLUG[slug], found, PLAIN, None)
        assert len(facts.get("badges") or facts["people_list"]) >= 2000
