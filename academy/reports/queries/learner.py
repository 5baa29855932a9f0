"""A learner's start page: the next session, what to do, the hours, what closes the gap, the certificates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache

from sqlalchemy import and_, func, or_, select

from academy.attendance.models import CreditEntry
from academy.attendance.queries import credited_minutes
from academy.certificates.models import Certificate
from academy.certificates.queries import certificates_of_learner
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.core.sheets import packaged_rows
from academy.core.text import N_, Text
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import LIVE, EnrollmentState
from academy.exams.models import Attempt, ExamSitting
from academy.exams.rules.kinds import FINISHED, SittingState
from academy.people.models import Instructor, Learner
from academy.people.queries import find_learner_of_user
from academy.reports.rules.hours import HoursRule, Ring, compute_ring, yearly_rule
from academy.sites.models import Room, TeachingSite
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import ClassState, SessionState

HELD = (ClassState.APPROVED, ClassState.OPEN, ClassState.RUNNING)
MOST_CLOSERS, MOST_ENTRIES = 5, 4


@dataclass(frozen=True, slots=True)
class NextSession:
    """Where to be next."""

    starts_at: datetime
    ends_at: datetime
    title: str
    seq: int
    total: int
    minutes: int
    class_code: str
    class_title: str
    site: str
    site_code: str
    room: str
    instructors: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Whether the class ends with it."""
        return self.seq == self.total


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for the learner."""

    title: Text
    detail: Text | str
    action: str
    endpoint: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closer:
    """A class that would add hours."""

    code: str
    title: str
    starts_on: date
    ends_on: date
    county: str
    minutes: int
    left: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger."""

    title: str
    earned_on: date
    minutes: int
    is_counter: bool


@dataclass(frozen=True, slots=True)
class LearnerDay:
    """Everything on the page."""

    learner: Learner
    next: NextSession | None
    todos: Sequence[Todo]
    rule: HoursRule
    ring: Ring
    entries: Sequence[Entry]
    closers: Sequence[Closer]
    certificates: Sequence[Certificate]


@cache
def ce_rules() -> tuple[dict[str, str], ...]:
    """The rules of continuing education as they are published."""
    return tuple(packaged_rows("ce_rules.csv"))


def find_learner_day(user_id: int, now: datetime) -> LearnerDay | None:
    """The page of a signed-in learner; None while she has no learner's profile."""
    learner = find_learner_of_user(user_id)
    if learner is None:
        return None
    year = local(now).year
    rule = yearly_rule(learner.held_level.value, ce_rules())
    credited = credited_minutes(learner.id, date(year, 1, 1), date(year, 12, 31))
    return LearnerDay(
        learner=learner,
        next=_next_session(learner.id, now),
        todos=[*_offers(learner.id), *_exams(learner.id, now)],
        rule=rule,
        ring=compute_ring(credited, _booked_minutes(learner.id, now, year), rule),
        entries=_entries(learner.id),
        closers=_closers(learner, now),
        certificates=certificates_of_learner(learner.id)[:MOST_ENTRIES],
    )


def _next_session(learner_id: int, now: datetime) -> NextSession | None:
    is_held = ClassSession.state == SessionState.PLANNED
    count = (
        select(func.count(ClassSession.id)).where(ClassSession.class_id == TrainingClass.id, is_held).correlate(TrainingClass)
    )
    query = (
        select(ClassSession, TrainingClass, TeachingSite, Room.name_zh, count.scalar_subquery())
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .join(Enrollment, Enrollment.class_id == TrainingClass.id)
        .join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
        .outerjoin(Room, Room.id == func.coalesce(ClassSession.room_id, TrainingClass.room_id))
        .where(Enrollment.learner_id == learner_id, Enrollment.state == EnrollmentState.ADMITTED)
        .where(TrainingClass.state.in_(HELD), ClassSession.ends_at > now, is_held)
        .order_by(ClassSession.starts_at, ClassSession.id)
        .limit(1)
    )
    row = db.session.execute(query).first()
    if row is None:
        return None
    session, found, site, room, total = row
    return NextSession(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=session.title_zh,
        seq=session.seq,
        total=total,
        minutes=session.minutes,
        class_code=found.code,
        class_title=found.title_zh,
        site=site.name_zh,
        site_code=site.code,
        room=room or "",
        instructors=_teachers(session.id),
    )


def _teachers(session_id: int) -> tuple[str, ...]:
    query = select(Instructor.name_zh).join(SessionInstructor, SessionInstructor.instructor_id == Instructor.id)
    return tuple(db.session.scalars(query.where(SessionInstructor.session_id == session_id).order_by(Instructor.id)))


def _offers(learner_id: int) -> list[Todo]:
    query = (
        select(TrainingClass.title_zh)
        .join(Enrollment, Enrollment.class_id == TrainingClass.id)
        .where(Enrollment.learner_id == learner_id, Enrollment.state == EnrollmentState.OFFERED)
        .order_by(Enrollment.id)
    )
    return [Todo(Text(N_("有一个席位留给您")), title, N_("去答复"), "enrollment.mine") for title in db.session.scalars(query)]


def _exams(learner_id: int, now: datetime) -> list[Todo]:
    begun = and_(Attempt.sitting_id == ExamSitting.id, Attempt.learner_id == learner_id)
    query = (
        select(ExamSitting, Attempt)
        .join(Enrollment, Enrollment.class_id == ExamSitting.class_id)
        .outerjoin(Attempt, begun)
        .where(Enrollment.learner_id == learner_id, Enrollment.state == EnrollmentState.ADMITTED)
        .where(ExamSitting.state == SittingState.PLANNED, ExamSitting.closes_at > now)
        .where(or_(Attempt.id.is_(None), Attempt.state.not_in(FINISHED)))
        .order_by(ExamSitting.opens_at, ExamSitting.id)
    )
    return [_exam(sitting, attempt, now) for sitting, attempt in db.session.execute(query)]


def _exam(sitting: ExamSitting, attempt: Attempt | None, now: datetime) -> Todo:
    if attempt is not None:
        left = Text(N_("已开始，%(at)s 收卷"), at=attempt.due_at)
        return Todo(Text(sitting.title_zh), left, N_("接着答"), "exams.paper", {"code": attempt.code})
    is_open = sitting.opens_at <= now
    shown = N_("%(title)s，%(at)s 前交卷，%(minutes)s 分钟") if is_open else N_("%(title)s，%(at)s 开放，%(minutes)s 分钟")
    at = sitting.closes_at if is_open else sitting.opens_at
    words = Text(shown, title=sitting.title_zh, at=at, minutes=sitting.minutes)
    if is_open:
        return Todo(Text(N_("考试已经开放")), words, N_("去考试"), "exams.enter", {"code": sitting.code})
    return Todo(Text(N_("准备考试")), words, N_("看安排"), "exams.mine")


def _booked_minutes(learner_id: int, now: datetime, year: int) -> int:
    end = datetime.combine(date(year + 1, 1, 1), time(), TZ).astimezone(UTC)
    query = (
        select(func.coalesce(func.sum(ClassSession.minutes), 0))
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .join(Enrollment, Enrollment.class_id == TrainingClass.id)
        .where(Enrollment.learner_id == learner_id, Enrollment.state == EnrollmentState.ADMITTED)
        .where(TrainingClass.state.in_(HELD), ClassSession.state == SessionState.PLANNED)
        .where(ClassSession.starts_at > now, ClassSession.starts_at < end)
    )
    return int(db.session.scalar(query) or 0)


def _entries(learner_id: int) -> list[Entry]:
    title = func.coalesce(ClassSession.title_zh, CreditEntry.title_zh)
    query = (
        select(title, CreditEntry.earned_on, CreditEntry.minutes, CreditEntry.counters_id)
        .outerjoin(ClassSession, ClassSession.id == CreditEntry.session_id)
        .where(CreditEntry.learner_id == learner_id)
        .order_by(CreditEntry.earned_on.desc(), CreditEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [Entry(title, day, minutes, counters is not None) for title, day, minutes, counters in db.session.execute(query)]


def _closers(learner: Learner, now: datetime) -> list[Closer]:
    """Open classes for her kind of person that she is not in, with seats left, the next one first."""
    mine = select(Enrollment.class_id).where(Enrollment.learner_id == learner.id, Enrollment.state.in_(LIVE))
    is_held = ClassSession.state == SessionState.PLANNED
    total = select(func.coalesce(func.sum(ClassSession.minutes), 0))
    minutes = total.where(ClassSession.class_id == TrainingClass.id, is_held)
    kept = TrainingClass.admitted_count + TrainingClass.held_count + TrainingClass.reserved_count
    query = (
        select(TrainingClass, TeachingSite.county_zh, minutes.correlate(TrainingClass).scalar_subquery())
        .join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
        .where(TrainingClass.state == ClassState.OPEN, TrainingClass.id.not_in(mine))
        .where(TrainingClass.enroll_opens_at <= now, TrainingClass.enroll_closes_at > now)
        .where(kept < TrainingClass.seats)
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    )
    fitting = [
        Closer(c.code, c.title_zh, c.starts_on, c.ends_on, county, int(total), c.seats_left)
        for c, county, total in db.session.execute(query)
        if not c.audience or learner.person_type_code in c.audience
    ]
    return fitting[:MOST_CLOSERS]
