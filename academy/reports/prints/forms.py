"""The forms of a class (print_forms.csv): who may print each, what it needs, and why it cannot be printed yet. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from academy.core.text import N_, Text


class Stage(StrEnum):
    """When a form is used."""

    PRE = "pre"
    DURING = "during"
    ASSESS = "assess"
    CLOSE = "close"


STAGE_WORDS = {
    Stage.PRE: N_("开班前"),
    Stage.DURING: N_("培训中"),
    Stage.ASSESS: N_("考核"),
    Stage.CLOSE: N_("结班"),
}


class Reader(StrEnum):
    """As what somebody stands to a class."""

    STAFF = "staff"  # administrators and class managers
    REVIEWER = "reviewer"  # certificate officers and auditors: they look, they run nothing
    INSTRUCTOR = "instructor"  # teaches in this class
    COORDINATOR = "coordinator"  # her organization has people in this class
    LEARNER = "learner"  # has a seat in this class


class Need(StrEnum):
    """What must be there before a form can be printed."""

    PEOPLE = "people"
    SESSIONS = "sessions"
    ROOM = "room"
    APPLICATIONS = "applications"
    RESULTS = "results"
    CERTIFICATES = "certificates"
    CREDITS = "credits"


class Numbers(StrEnum):
    """Which personal numbers a form shows; in full only on demand, with a purpose, and written down."""

    NONE = "none"
    PHONE = "phone"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `per_file` is how many people one file takes (0: all of them)."""

    slug: str
    code: str
    template: str
    title_zh: str
    title_en: str
    stage: Stage
    needs: tuple[Need, ...]
    readers: frozenset[Reader]
    names_people: bool = True
    numbers: Numbers = Numbers.NONE
    per_file: int = 0


_STAFF = frozenset({Reader.STAFF})
_REVIEWED = _STAFF | {Reader.REVIEWER}
_TAUGHT = _STAFF | {Reader.INSTRUCTOR}
_LISTED = _REVIEWED | {Reader.INSTRUCTOR}

FORMS: tuple[Form, ...] = (
    Form(
        "notice", "PF01", "notice", "开班通知", "Class opening notice", Stage.PRE, (Need.SESSIONS,),
        _STAFF | {Reader.COORDINATOR, Reader.LEARNER}, names_people=False,
    ),
    Form(
        "application", "PF02", "application_form", "报名表／推荐表", "Application and nomination form", Stage.PRE, (),
        _STAFF, numbers=Numbers.BOTH, per_file=100,
    ),
    Form(
        "eligibility", "PF03", "eligibility_review", "资格审核表", "Eligibility review sheet", Stage.PRE,
        (Need.APPLICATIONS,), _REVIEWED, numbers=Numbers.BOTH,
    ),
    Form(
        "roster", "PF04", "roster", "学员花名册", "Trainee roster", Stage.PRE, (Need.PEOPLE,), _LISTED, numbers=Numbers.PHONE
    ),
    Form(
        "timetable", "PF05", "timetable", "课程表", "Teaching plan and timetable", Stage.PRE, (Need.SESSIONS,),
        frozenset(Reader), names_people=False,
    ),
    Form("badges", "PF07", "name_badge", "胸牌", "Badges", Stage.PRE, (Need.PEOPLE,), _TAUGHT, per_file=1000),
    Form("desk-cards", "PF07", "desk_card", "座签", "Desk name cards", Stage.PRE, (Need.PEOPLE,), _TAUGHT, per_file=400),
    Form("seating", "PF08", "seating_plan", "座位表", "Seating plan", Stage.PRE, (Need.PEOPLE, Need.ROOM), _TAUGHT),
    Form(
        "check-in", "PF09", "check_in_register", "报到登记表", "Check-in register", Stage.DURING, (Need.PEOPLE,), _STAFF,
        numbers=Numbers.PHONE,
    ),
    Form(
        "sign-in", "PF10", "sign_in_half_day", "签到表", "Attendance sheet by half-day", Stage.DURING,
        (Need.PEOPLE, Need.SESSIONS), _TAUGHT,
    ),
    Form(
        "sign-in-all", "PF10", "sign_in_sheet", "签到总表", "Attendance sheet, all half-days", Stage.DURING,
        (Need.PEOPLE, Need.SESSIONS), _TAUGHT,
    ),
    Form("leave", "PF11", "leave_form", "请假单", "Leave form", Stage.DURING, (), _STAFF, names_people=False),
    Form(
        "grades", "PF15", "grade_book", "成绩册", "Grade book", Stage.ASSESS, (Need.PEOPLE, Need.RESULTS), _REVIEWED
    ),
    Form(
        "certificates", "PF17", "certificate_issue_register", "证书发放登记表", "Certificate issue register", Stage.CLOSE,
        (Need.CERTIFICATES,), _REVIEWED,
    ),
    Form(
        "hours", "PF18", "hour_proof_list", "学时证明清单", "Training-hour proof, list", Stage.CLOSE,
        (Need.PEOPLE, Need.CREDITS), _REVIEWED,
    ),
    Form(
        "own-hours", "PF18", "hour_proof", "学时证明", "Training-hour proof", Stage.CLOSE, (Need.PEOPLE, Need.SESSIONS),
        _STAFF | {Reader.LEARNER},
    ),
    Form(
        "archive", "PF22", "class_archive", "培训档案目录（一班一档）", "Class archive index", Stage.CLOSE, (), _REVIEWED,
        names_people=False,
    ),
)  # fmt: skip
BY_SLUG = {form.slug: form for form in FORMS}
OF_ONE_PERSON = frozenset({"own-hours"})  # not part of a class's pack: printed for somebody
MANY_PEOPLE = 1000  # more than so many on one print: a purpose is written down (domain.md, "Personal data")
MOST_SIGNATURES = 4000  # people × half-days in one file of sign-in sheets: about 100 pages


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of a class to print from."""

    people: int
    applications: int
    sessions: int
    room_capacity: int | None
    confirmed_sittings: int
    certificates: int
    credited: int  # people with credited hours


def may_print(form: Form, readers: Iterable[Reader]) -> bool:
    """Whether somebody who stands to the class like this may print the form."""
    return not form.readers.isdisjoint(readers)


def printable_by(readers: Iterable[Reader]) -> list[Form]:
    """The forms that somebody may print, in the order of the list."""
    found = frozenset(readers)
    return [form for form in FORMS if may_print(form, found)]


def explain_missing(form: Form, held: Holdings) -> Text | None:
    """Why a form cannot be printed yet; None when it can."""
    return next((reason for need in form.needs if (reason := _lacks(need, held)) is not None), None)


def _lacks(need: Need, held: Holdings) -> Text | None:
    if need is Need.ROOM:
        return _lacks_room(held)
    count, reason = {
        Need.PEOPLE: (held.people, N_("还没有人录取。")),
        Need.SESSIONS: (held.sessions, N_("还没有排课。")),
        Need.APPLICATIONS: (held.applications, N_("还没有人报名。")),
        Need.RESULTS: (held.confirmed_sittings, N_("还没有两人确认过的成绩。")),
        Need.CERTIFICATES: (held.certificates, N_("还没有签发证书。")),
        Need.CREDITS: (held.credited, N_("还没有人记入学时：先点名。")),
    }[need]
    return None if count else Text(reason)


def _lacks_room(held: Holdings) -> Text | None:
    if held.room_capacity is None:
        return Text(N_("还没有选教室，排不了座位。"))
    if held.room_capacity < held.people:
        words = N_("教室只容 %(capacity)s 人，坐不下 %(people)s 人。")
        return Text(words, capacity=held.room_capacity, people=held.people)
    return None
