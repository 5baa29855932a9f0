"""Corrections, holds, release times, standards, pass rules in the browser; whose results one may read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.exams.models import Question, QuestionVersion
from academy.people.models import Instructor
from academy.people.rules import Gender, InstructorKind
from academy.scoring import queries, services
from academy.scoring.models import SittingSubject
from academy.scoring.rules import ChangeState, ResultState
from academy.scoring.web.hooks import CERTIFICATES, TouchedCertificate
from academy.timetable.models import ClassSession, SessionInstructor
from tests.accounts.factories import make_user
from tests.exams.factories import NOW
from tests.scoring.sat import Sat, make_sat

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def sat(client: Any) -> Sat:
    return make_sat()


@pytest.fixture
def page(sat: Sat) -> str:
    return f"/manage/scoring/{sat.sitting.code}"


def user_of(actor: Any) -> User:
    return db.session.get_one(User, actor.user_id)


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def regrade(client: Any, page: str, **typed: str) -> Any:
    form = {
        "position_1": "1",
        "treatment_1": "key",
        "key_1": "B",
        "treatment_2": "key",
        "treatment_3": "key",
        "reason": "答案印错",
    }
    return client.post_form(f"{page}/changes/new/regrade", {**form, **typed}, follow_redirects=True)


def test_from_the_dry_run_to_the_learners_page_and_back(
    client: Any, sign_in: SignIn, sat: Sat, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.scoring.web.results.now", lambda: NOW + timedelta(hours=3))
    old = sat.code(2)
    sign_in(client, user_of(sat.first))
    shown = text(regrade(client, page))
    assert "4 人的成绩变动，1 人由未合格变合格，0 人由合格变未合格" in shown
    assert "A → B" in shown
    assert "不牵动证书" in shown
    assert "原因：答案印错" in shown  # the letter as it would be
    assert "这一项是您提出的" in shown
    (change,) = queries.changes_of(sat.sitting.id)
    at = f"{page}/changes/{change.code}"
    assert "要由另一个人决定" in text(client.post_form(f"{at}/commit", page=at, follow_redirects=True))
    assert sat.newest().version == 1

    sign_in(client, user_of(sat.second))
    for said in ("已执行，成绩有了新的一版", "早已决定过，没有改动"):
        assert said in text(client.post_form(f"{at}/commit", page=at, follow_redirects=True))
    assert sat.newest().version == 2

    sign_in(client, db.session.get_one(User, sat.world.learners[2].user_id))
    new = text(client.get(f"/results/{sat.code(2)}?v=all"))
    assert "5 分，合格" in new
    assert "这份成绩更正过：答案印错" in new
    assert "B 选对" in new
    assert "答案已更正，原答案 A" in new
    before = text(client.get(f"/results/{old}?v=all"))
    assert "4 分" in before
    assert "现在算数的是第 2 版" in before

    sign_in(client, user_of(sat.second))
    assert "已提出撤销" in text(client.post_form(f"{at}/undo", {"reason": "没有错"}, page=at, follow_redirects=True))
    sign_in(client, user_of(sat.third))
    client.post_form(f"{at}/undone", page=at)
    assert (sat.newest().version, queries.get_change(change.code).state) == (3, ChangeState.UNDONE)
    assert "已撤销" in text(client.get(at))


def test_the_dry_run_names_the_certificates_that_it_touches(
    client: Any, sign_in: SignIn, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the hook that certificates fill; those of people who fail now come first."""
    asked: list[tuple[int, set[int]]] = []
    ids = [one.id for one in sat.world.learners]

    def touched(class_id: int, learner_ids: Any) -> dict[int, TouchedCertificate]:
        asked.append((class_id, set(learner_ids)))
        return {ids[0]: TouchedCertificate("XA20260120037S", "/manage/certificates/XA20260120037S")}

    monkeypatch.setitem(client.application.extensions, CERTIFICATES, touched)
    sign_in(client, user_of(sat.first))
    change = sat.propose_key()
    shown = text(client.get(f"/manage/scoring/{sat.sitting.code}/changes/{change.code}"))
    assert asked == [(sat.sitting.class_id, set(ids))]
    assert "牵动 1 张证书" in shown
    assert 'href="/manage/certificates/XA20260120037S"' in shown
    assert "分数变动，仍合格" in shown


def test_the_old_model_answer_is_nowhere_shown_as_right_after_a_regrade(
    client: Any, sign_in: SignIn, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not on the page of the old version, and its explanation, which argues for the old key, is gone from both."""
    monkeypatch.setattr("academy.scoring.web.results.now", lambda: NOW + timedelta(hours=3))
    question = db.session.scalars(select(Question.id).where(Question.code == "T-1")).one()
    db.session.execute(update(QuestionVersion).where(QuestionVersion.question_id == question).values(explanation_zh="因为甲"))
    db.session.commit()
    old = sat.code(2)
    sign_in(client, db.session.get_one(User, sat.world.learners[2].user_id))
    first = text(client.get(f"/results/{old}?v=all"))
    assert ("A 正确答案" in first, "因为甲" in first) == (True, True)
    sat.commit(sat.propose_key())
    for code in (old, sat.code(2)):
        shown = text(client.get(f"/results/{code}?v=all"))
        assert ("A 正确答案" in shown, "因为甲" in shown, "B 选对" in shown) == (False, False, True)


def test_a_new_version_of_the_question_gives_its_key_and_its_explanation(
    client: Any, sign_in: SignIn, sat: Sat, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.scoring.web.results.now", lambda: NOW + timedelta(hours=3))
    question = db.session.scalars(select(Question).where(Question.code == "T-1")).one()
    old = db.session.scalars(select(QuestionVersion).where(QuestionVersion.question_id == question.id)).one()
    question.version = 2
    db.session.add(
        QuestionVersion(
            question_id=question.id, version=2, stem_zh=old.stem_zh, options=old.options, answer="B", marks=old.marks,
            explanation_zh="因为乙", sub_questions=[], created_at=NOW, created_by="李主任",
        )
    )  # fmt: skip
    db.session.commit()
    sign_in(client, user_of(sat.first))
    regrade(client, page, treatment_1="version", key_1="")
    (change,) = queries.changes_of(sat.sitting.id)
    sat.commit(change)
    sign_in(client, db.session.get_one(User, sat.world.learners[2].user_id))
    shown = text(client.get(f"/results/{sat.code(2)}?v=all"))
    assert ("B 选对" in shown, "因为乙" in shown) == (True, True)


@pytest.mark.parametrize(
    "typed",
    [
        {"position_1": ""},
        {"position_1": "99"},
        {"position_1": "x"},
        {"key_1": "Z"},
        {"key_1": "AB"},
        {"marks_1": "NaN", "key_1": ""},
        {"marks_1": "-1", "key_1": ""},
        {"treatment_1": "any", "position_1": "4", "key_1": "AB"},
        {"treatment_1": "version"},
        {"treatment_1": "nonsense"},
        {"position_2": "1", "treatment_2": "full"},
        {"reason": " "},
        {"key_1": "A"},
    ],
)
def test_what_cannot_be_is_refused_in_words_and_kept(
    client: Any, sign_in: SignIn, sat: Sat, page: str, typed: dict[str, str]
) -> None:
    sign_in(client, user_of(sat.first))
    answer = regrade(client, page, **typed)
    assert answer.status_code == 422
    assert "处要改，已填的都保留着" in text(answer)
    assert queries.changes_of(sat.sitting.id) == []


@pytest.mark.parametrize("figures", ["", "x", "1 2 3", "NaN", "0 1", "9e999999 1"])
def test_figures_that_make_no_function_are_refused(client: Any, sign_in: SignIn, sat: Sat, page: str, figures: str) -> None:
    sign_in(client, user_of(sat.first))
    typed = {"kind": "scaling", "function": "linear", "figures": figures, "reason": "偏难"}
    assert client.post_form(f"{page}/changes/new/adjust", typed).status_code == 422


def test_scaling_shows_both_marks(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    sign_in(client, user_of(sat.first))
    typed = {"kind": "scaling", "function": "table", "figures": "0 0\n4 5\n7 7", "reason": "偏难"}
    assert "按对照表换算，3 个点" in text(client.post_form(f"{page}/changes/new/adjust", typed, follow_redirects=True))
    sat.commit(queries.changes_of(sat.sitting.id)[0])
    assert "原 4" in text(client.get(page))
    shown = text(client.get(f"/results/{sat.code(2)}"))
    assert "卷面分" in shown


def test_a_standard_is_recorded_and_used_by_two_people(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    sign_in(client, user_of(sat.first))
    at = f"{page}/standards"
    angoff = {"method": "angoff", "panel": "甲、乙", "judgments": "0.5 0.5 0.5 1 1\n0.7,0.5,0.5,1.2,1.2", "note": "一致同意"}
    assert "合格分 3.8 / 7" in text(client.post_form(at, angoff, follow_redirects=True))
    (found,) = queries.standards_of(sat.sitting.id)
    form = text(client.get(f"{page}/changes/new/cut?standard={found.code}"))
    assert 'value="54.29"' in form
    typed = {"pass_mark": "54.29", "reason": "标准设定会"}
    client.post_form(f"{page}/changes/new/cut?standard={found.code}", typed)
    change = queries.changes_of(sat.sitting.id)[0]
    assert change.standard_id == found.id
    sat.commit(change)
    assert sat.newest().passed_count == 2


def test_no_crossing_is_reported_and_not_clamped(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    sign_in(client, user_of(sat.first))
    hofstee = {"method": "hofstee", "panel": "甲", "min_cut": "6.5", "max_cut": "7", "min_fail": "0", "max_fail": "5"}
    assert "没有交点" in text(client.post_form(f"{page}/standards", hofstee, follow_redirects=True))
    assert [one.cut for one in queries.standards_of(sat.sitting.id)] == [None]


def test_borderline_regression_takes_grades_by_candidate_number(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    sign_in(client, user_of(sat.first))
    typed = {"method": "borderline", "panel": "甲", "borderline": "2", "grades": "K0001 4\nK0002 1\nK0003 3\nK0004 1"}
    assert "合格分 2.63" in text(client.post_form(f"{page}/standards", typed, follow_redirects=True))
    for wrong in ({"grades": "K9999 1"}, {"grades": "K0001"}, {"borderline": "x"}, {"method": "angoff"}, {"panel": ""}):
        assert client.post_form(f"{page}/standards", {**typed, **wrong}).status_code == 422


def test_who_is_held_back_is_seen_by_the_staff_alone(client: Any, sign_in: SignIn, page: str, sat: Sat) -> None:
    sat.commit(sat.propose_key(position=5, key="CD"))
    db.session.execute(update(type(sat.newest())).values(state=ResultState.CONFIRMED, released_at=None))
    db.session.commit()
    sign_in(client, user_of(sat.third))
    typed = {"candidate_no": "k0002", "reason": "雷同待查"}
    assert "K0002 的成绩暂缓发布" in text(client.post_form(f"{page}/hold", typed, page=page, follow_redirects=True))
    assert "都要填" in text(client.post_form(f"{page}/hold", {"candidate_no": ""}, page=page, follow_redirects=True))
    shown = text(client.get(page))
    assert "雷同待查" in shown
    (hold,) = queries.holds_of(sat.sitting.id)
    lift = f"{page}/holds/{hold.code}/lift"
    assert "要写明原因" in text(client.post_form(lift, {"reason": " "}, page=page, follow_redirects=True))
    assert "已解除暂缓" in text(client.post_form(lift, {"reason": "查清"}, page=page, follow_redirects=True))
    assert client.post_form(f"{page}/holds/{'X' * 16}/lift", {"reason": "x"}, page=page).status_code == 404


def test_the_time_of_release_is_typed_when_confirming_and_later(client: Any, sign_in: SignIn) -> None:
    sat = make_sat(released=False)
    page = f"/manage/scoring/{sat.sitting.code}"
    sign_in(client, user_of(sat.second))
    at = "2099-01-01T09:00"
    said = text(client.post_form(f"{page}/confirm", {"version": "1", "release_at": at}, page=page, follow_redirects=True))
    assert "一年之内" in said
    for wrong in ("x", "0001-01-01T00:00"):
        typed = {"version": "1", "release_at": wrong}
        assert "读不出来" in text(client.post_form(f"{page}/confirm", typed, page=page, follow_redirects=True))
    assert sat.newest().state is ResultState.PROVISIONAL


def test_instructors_read_the_results_of_their_own_classes_alone(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    user = make_user(Role.INSTRUCTOR)
    instructor = Instructor(
        code="I-R1", name_zh="王讲师", gender=Gender.MALE, title_zh="教授", kind=InstructorKind.EXPERT, max_hours_per_week=20,
        bio_zh="", email="w@example.org", fee_tier="full_senior", user_id=user.id,
    )  # fmt: skip
    db.session.add(instructor)
    db.session.flush()
    sign_in(client, user)
    code = sat.code(0)
    assert "还没有考试" in text(client.get("/manage/scoring"))
    assert [client.get(path).status_code for path in (page, f"/results/{code}")] == [404, 404]
    session = db.session.scalars(select(ClassSession).where(ClassSession.class_id == sat.sitting.class_id)).first()
    assert session is not None
    db.session.add(SessionInstructor(session_id=session.id, instructor_id=instructor.id))
    db.session.commit()
    assert sat.sitting.title_zh in text(client.get("/manage/scoring"))
    shown = text(client.get(page))
    assert "暂缓名单" not in shown
    assert client.get(f"/results/{code}").status_code == 200
    assert [client.get(f"{page}/{more}").status_code for more in ("changes", "standards")] == [403, 403]


def test_a_subject_is_named_before_scoring_and_its_window_shown_to_the_learner(client: Any, sign_in: SignIn) -> None:
    sat = make_sat()
    page = f"/manage/scoring/{sat.sitting.code}"
    sign_in(client, user_of(sat.first))
    with pytest.raises(services.SubjectIsFixed), transaction():
        services.name_subject(sitting_id=sat.sitting.id, subject_code="CAP_JUN", exam_year=2026, actor=sat.first, now=NOW)
    db.session.add(
        SittingSubject(sitting_id=sat.sitting.id, subject_code="CAP_JUN", exam_year=2026, named_by="李主任", named_at=NOW)
    )
    db.session.commit()
    sign_in(client, user_of(sat.third))
    line = {"division": "371600", "subject": "CAP_JUN", "exam_year": "2026", "pass_mark": "55", "source": "鲁民函〔2026〕1号"}
    assert "分数线已登记" in text(client.post_form("/manage/scoring/lines", line, follow_redirects=True))
    again = client.post_form("/manage/scoring/lines", line)
    assert (again.status_code, "已经登记过" in text(again)) == (422, True)
    for wrong in ({"pass_mark": "101"}, {"pass_mark": "NaN"}, {"exam_year": "1"}, {"division": "999999"}, {"source": ""}):
        assert client.post_form("/manage/scoring/lines", {**line, **wrong}).status_code == 422
    assert "达到地区线 55" in text(client.get(page))  # 4 of 7 is 57
    sign_in(client, db.session.get_one(User, sat.world.learners[0].user_id))
    mine = text(client.get("/results"))
    assert "还差 1 科，2026 考试年度内考过才算数" in mine
    assert "社会工作实务(初级)" in mine


def test_learners_see_no_page_of_the_staff(client: Any, sign_in: SignIn, sat: Sat, page: str) -> None:
    sign_in(client, db.session.get_one(User, sat.world.learners[0].user_id))
    for path in (f"{page}/changes", f"{page}/changes/new/cut", f"{page}/standards", "/manage/scoring/lines"):
        assert client.get(path).status_code == 403
    sign_in(client, make_user(Role.AUDITOR))
    assert client.get(f"{page}/changes").status_code == 200
    assert client.get(f"{page}/changes/new/cut").status_code == 403
    angoff = {"method": "angoff", "panel": "甲", "judgments": "1"}
    assert client.post_form(f"{page}/standards", angoff, page=page).status_code == 403
    assert queries.standards_of(sat.sitting.id) == []
