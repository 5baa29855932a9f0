"""The facts of the forms that list people: roster, registers, plans, cards. Pure."""

from collections.abc import Sequence

from academy.attendance.rules import compute_rate
from academy.certificates.models import Certificate
from academy.core.clock import local
from academy.reports.prints.dossier import Dossier, Person
from academy.reports.prints.facts_common import (
    Facts,
    Options,
    common,
    hours,
    id_number,
    mark,
    percent,
    person,
    phone,
    session,
    zh_date,
    zh_instant,
)
from academy.reports.prints.forms import Form
from academy.reports.prints.layout import ORDER_WORDS, ROWS_ON_A_PAGE, SeatOrder, by_half_day
from academy.reports.prints.records import REGISTER_NOTES, Application, Grades, Hours, OwnMark
from academy.sites.rules.layout import arrange, compute_layout, rows_used


def roster(form: Form, found: Dossier, options: Options) -> Facts:
    """学员花名册."""
    people = [person(one, kind=one.kind, division=one.division, phone=phone(one, options)) for one in found.people]
    return common(form, found, people=people)


def check_in(form: Form, found: Dossier, options: Options) -> Facts:
    """报到登记表."""
    return common(form, found, people=[person(one, phone=phone(one, options)) for one in found.people])


def sign_in(form: Form, found: Dossier, options: Options) -> Facts:
    """签到表, a page or more for each half-day, or for the one that was chosen."""
    halves = [
        {"on": half.on.isoformat(), "half": half.half, "sessions": [session(one, found) for one in held]}
        for half, held in by_half_day(found.sessions)
        if options.half in ("", half.code)
    ]
    return {**common(form, found, people=[person(one) for one in found.people]), "halves": halves}


def sign_in_all(form: Form, found: Dossier, _options: Options) -> Facts:
    """签到总表, a column for each half-day."""
    halves = [{"on": half.on.isoformat(), "half": half.half} for half, _ in by_half_day(found.sessions)]
    return {**common(form, found, people=[person(one) for one in found.people]), "sessions": halves}


def badges(form: Form, found: Dossier, _options: Options) -> Facts:
    """胸牌 and 座签: the learners in their order, then those who teach."""
    cards = [{"name": one.name, "role": "学员", "seq": one.seq, "org": one.organization} for one in found.people]
    teachers = dict.fromkeys(name for one in found.sessions for name in one.teachers)
    cards += [{"name": name, "role": "讲师", "seq": 0, "org": found.site} for name in teachers]
    return {**common(form, found), "badges": cards}


def seating(form: Form, found: Dossier, options: Options) -> Facts:
    """座位表 of the class's own room."""
    layout = compute_layout(found.capacity or 1)
    people = sorted(found.people, key=lambda one: one.code)
    if options.order is SeatOrder.MIXED:
        placed: list[tuple[str, Person]] = arrange(people, [one.organization for one in people], layout)
    else:
        placed = list(zip(layout.seats, people, strict=False))
    rows = layout.rows[: max(rows_used(placed, layout), ROWS_ON_A_PAGE)]  # no page of empty chairs
    return {
        **common(form, found),
        "layout": {"rows": rows, "blocks": layout.blocks, "absent": layout.absent, "blocked": []},
        "seats": [{"seat": code, "name": one.name, "seq": one.seq} for code, one in placed],
        "room": found.room,
        "capacity": found.capacity,
        "order": ORDER_WORDS[options.order],
    }


def _form_fields(one: Person, options: Options) -> Facts:
    return person(
        one,
        kind=one.kind,
        division=one.division,
        education=one.education,
        level=one.level,
        id_number=id_number(one, options),
        phone=phone(one, options),
    )


BLANK: Facts = dict.fromkeys(
    ("number", "name", "gender", "org", "kind", "division", "education", "level", "id_number", "phone", "source", "applied_at"),
    "",
)


def application(form: Form, found: Dossier, options: Options, asked: Sequence[Application]) -> Facts:
    """报名表／推荐表, one a person; a blank one while nobody has applied."""
    people = [
        {
            **_form_fields(one.person, options),
            "source": one.source,
            "applied_at": zh_instant(one.applied_at),
            "nominated": one.is_nominated,
            "outcome": f"{one.outcome}。" if one.is_seated else "",
        }
        for one in asked
    ]
    condition = f"适用人员：{'、'.join(found.audience)}。" if found.audience else ""
    blank = {**BLANK, "seq": 0, "nominated": False, "outcome": ""}
    return {**common(form, found, people=people or [blank]), "condition": condition}


def eligibility(form: Form, found: Dossier, options: Options, asked: Sequence[Application]) -> Facts:
    """资格审核表: everybody who asked, with what was decided and why."""
    people = [
        {
            **_form_fields(one.person, options),
            "fits": not found.audience_codes or one.person.kind_code in found.audience_codes,
            "outcome": one.outcome,
            "note": _why(one),
        }
        for one in asked
    ]
    return {**common(form, found, people=people), "audience": "、".join(found.audience) or "不限"}


def _why(one: Application) -> str:
    said = one.source
    if one.is_seated and one.admitted_at:
        day = local(one.admitted_at)
        said += f"，{day.month}月{day.day}日录取"
    elif one.waitlist_no is not None:
        said += f"，候补{one.waitlist_no}号"
    return f"{said}；{one.reason}" if one.reason else said


def grade_book(form: Form, found: Dossier, _options: Options, held: Grades) -> Facts:
    """成绩册: confirmed marks of every sitting; who passed one has passed."""
    people, passed = [], 0
    for one in found.people:
        marks = [sitting.marks.get(one.learner_id) for sitting in held.sittings]
        got = [given for given in marks if given is not None]
        has_passed = any(ok for _, ok in got)
        passed += has_passed
        fields = {
            "rate": percent(held.rates.get(one.learner_id)),
            "marks": ["缺考" if given is None else mark(given[0]) for given in marks],
            "outcome": "通过" if has_passed else "未通过" if got else "缺考",
        }
        people.append(person(one, **fields))
    sittings = [
        {
            "title": one.title,
            "full": mark(one.full_marks),
            "pass": mark(one.pass_mark * one.full_marks / 100),
            "scored_by": one.scored_by,
            "confirmed_by": one.confirmed_by,
            "confirmed_at": zh_instant(one.confirmed_at) if one.confirmed_at else "",
        }
        for one in held.sittings
    ]
    return {**common(form, found, people=people), "sittings": sittings, "passed": passed}


def certificate_register(form: Form, found: Dossier, _options: Options, held: Sequence[tuple[Person, Certificate]]) -> Facts:
    """证书发放登记表: the name as it stands on the certificate."""
    people = [
        {
            **person(one),
            "seq": seq,
            "name": certificate.holder_name,
            "certificate": certificate.number,
            "issued_on": certificate.issued_on.isoformat(),
            "valid_until": certificate.valid_until.isoformat() if certificate.valid_until else "长期",
            "note": REGISTER_NOTES.get(certificate.state, ""),
        }
        for seq, (one, certificate) in enumerate(held, start=1)
    ]
    return common(form, found, people=people)


def hour_list(form: Form, found: Dossier, _options: Options, held: Hours) -> Facts:
    """学时证明清单."""
    people = [
        person(
            one,
            attended=hours(held.attended.get(one.learner_id, 0)),
            rate=percent(held.rates.get(one.learner_id)),
            credited=hours(held.credited.get(one.learner_id, 0)),
        )
        for one in found.people
    ]
    return {**common(form, found, people=people), "planned": hours(found.minutes)}


def own_hours(form: Form, found: Dossier, options: Options, held: tuple[dict[int, OwnMark], int]) -> Facts:
    """学时证明 of the one person that the print is for: every session, what came of it, what was credited."""
    marks, credited = held
    who = next(one for one in found.people if one.learner_id == options.learner_id)
    attended = sum(one.minutes for one in marks.values())
    rate = percent(compute_rate(attended, found.minutes))
    sessions = [
        {
            **session(one, found),
            "on": one.on.isoformat(),
            "mark": marks[one.session_id].words if one.session_id in marks else "未点名",
            "minutes": str(marks[one.session_id].minutes) if one.session_id in marks else "—",
        }
        for one in found.sessions
    ]
    lead = (
        f"兹证明上述学员参加我院举办的“{found.full_title}”，计划{hours(found.minutes)}学时，实到{hours(attended)}学时，"
        f"出勤率{rate}；截至{zh_date(local(found.at).date())}，计入继续教育{hours(credited)}学时。"
    )
    return {
        **common(form, found),
        "holder": {**person(who), "id_number": id_number(who, Options())},
        "lead": lead,
        "sessions": sessions,
        "printed_on": local(found.at).date().isoformat(),
    }
