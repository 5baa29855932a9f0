"""What single forms need besides the class and its people: applications, marks, certificates, hours."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from academy.attendance import queries as attendance
from academy.attendance.models import AttendanceMark
from academy.attendance.rules import MARK_WORDS, MarkState
from academy.certificates import queries as certificates
from academy.certificates.models import Certificate
from academy.certificates.rules import CertificateState
from academy.core.db import db
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED, SOURCE_WORDS, STATE_WORDS, Source
from academy.exams import queries as exams
from academy.reports.prints.dossier import Person, people_on_forms
from academy.reports.prints.forms import Holdings
from academy.scoring import queries as scoring
from academy.scoring.models import ResultList
from academy.scoring.rules import ResultState
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

CERTAIN = frozenset({ResultState.CONFIRMED, ResultState.RELEASED})


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody asked for and what came of it."""

    person: Person
    is_seated: bool
    is_nominated: bool
    outcome: str
    source: str
    applied_at: datetime
    admitted_at: datetime | None
    waitlist_no: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """An exam of the class with confirmed results: marks by learner."""

    title: str
    full_marks: Decimal
    pass_mark: Decimal
    scored_by: str
    confirmed_by: str
    confirmed_at: datetime | None
    marks: dict[int, tuple[Decimal, bool]]


@dataclass(frozen=True, slots=True)
class Grades:
    """The confirmed results of a class, and everybody's attendance."""

    sittings: tuple[Sitting, ...]
    rates: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes by learner: attended, and credited in the ledger."""

    attended: dict[int, int]
    credited: dict[int, int]
    rates: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class OwnMark:
    """What one person's attendance of a session was."""

    words: str
    minutes: int


def applications(class_id: int) -> tuple[Application, ...]:
    """The newest application of everybody who ever asked: seats first in the order of admission, then by time."""
    newest: dict[int, Enrollment] = {}
    for one in enrollment.enrollments_of(class_id):
        known = newest.get(one.learner_id)
        if known is None or (one.applied_at, one.id) > (known.applied_at, known.id):
            newest[one.learner_id] = one
    seats = {id_: place for place, id_ in enumerate(enrollment.admitted_learner_ids(class_id))}
    order = sorted(newest, key=lambda id_: (id_ not in seats, seats.get(id_, 0), newest[id_].applied_at, newest[id_].id))
    return tuple(_application(person, newest[person.learner_id]) for person in people_on_forms(order))


def _application(person: Person, one: Enrollment) -> Application:
    is_seated = one.state in SEATED
    return Application(
        person=person,
        is_seated=is_seated,
        is_nominated=one.source is Source.NOMINATION,
        outcome="录取" if is_seated else str(STATE_WORDS.get(one.state, one.state)),
        source=str(SOURCE_WORDS.get(one.source, one.source)),
        applied_at=one.applied_at,
        admitted_at=one.admitted_at,
        waitlist_no=one.waitlist_no,
        reason=one.reason,
    )


def grades(class_id: int) -> Grades:
    """Of each sitting the newest version that two people have confirmed."""
    sittings = []
    for sitting in exams.sittings_of(class_id):
        confirmed = next((one for one in scoring.lists_of(sitting.id) if one.state in CERTAIN), None)
        if confirmed is not None:
            sittings.append(_sitting(sitting.title_zh, sitting.id, confirmed))
    return Grades(tuple(sittings), attendance.attendance_rate(class_id))


def _sitting(title: str, sitting_id: int, confirmed: ResultList) -> Sitting:
    results = scoring.results_of(sitting_id, confirmed.version)
    return Sitting(
        title=title,
        full_marks=confirmed.full_marks,
        pass_mark=confirmed.pass_mark,
        scored_by=confirmed.scored_by,
        confirmed_by=confirmed.confirmed_by,
        confirmed_at=confirmed.confirmed_at,
        marks={one.learner_id: (one.total, one.passed) for one in results},
    )


def issued(class_id: int) -> tuple[tuple[Person, Certificate], ...]:
    """The certificates of a class by number, those replaced or revoked among them."""
    found = certificates.certificates_of(class_id)
    people = {one.learner_id: one for one in people_on_forms(list(dict.fromkeys(one.learner_id for one in found)))}
    return tuple((people[one.learner_id], one) for one in found if one.learner_id in people)


def hours(class_id: int) -> Hours:
    """Attended and credited minutes of everybody who has a seat."""
    return Hours(
        attendance.attended_minutes(class_id),
        attendance.credited_minutes_of_class(class_id),
        attendance.attendance_rate(class_id),
    )


def own_marks(class_id: int, learner_id: int) -> dict[int, OwnMark]:
    """One person's current marks, by session."""
    marks = attendance.marks_of_learner(class_id, learner_id)
    return {id_: OwnMark(str(MARK_WORDS.get(mark.state, mark.state)), mark.minutes) for id_, mark in marks.items()}


def holdings(found: TrainingClass) -> Holdings:
    """What there is of a class to print from."""
    asked = select(func.count(func.distinct(Enrollment.learner_id))).where(Enrollment.class_id == found.id)
    sittings = exams.sittings_of(found.id)
    lists = [scoring.lists_of(sitting.id) for sitting in sittings]
    return Holdings(
        people=found.admitted_count if found.admitted_count else len(enrollment.admitted_learner_ids(found.id)),
        applications=db.session.scalar(asked) or 0,
        sessions=len(timetable.sessions_of(found.id)),
        room_capacity=sites.room_by_id(found.room_id).capacity if found.room_id else None,
        confirmed_sittings=sum(any(one.state in CERTAIN for one in versions) for versions in lists),
        certificates=certificates.certified_counts([found.id]).get(found.id, 0),
        credited=sum(minutes > 0 for minutes in attendance.credited_minutes_of_class(found.id).values()),
    )


def leave_marks(class_id: int) -> int:
    """How often somebody was on leave."""
    ids = [session.id for session in timetable.sessions_of(class_id)]
    query = select(func.count(AttendanceMark.id)).where(
        AttendanceMark.session_id.in_(ids), AttendanceMark.is_current, AttendanceMark.state == MarkState.LEAVE
    )
    return db.session.scalar(query) or 0


REGISTER_NOTES = {
    CertificateState.REPLACED: "已换发",
    CertificateState.REVOKED: "已撤销",
    CertificateState.SUSPENDED: "已暂停",
}
