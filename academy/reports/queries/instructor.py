"""An instructor's start page: today's sessions, what is to be marked, what comes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select

from academy.attendance.models import AttendanceMark
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.people.queries import find_instructor_of_user, qualifications_of
from academy.people.rules import Standing
from academy.sites.models import Room, TeachingSite
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass
from academy.timetable.queries import waiting_invitations
from academy.timetable.rules import ClassState, SessionState

TAKING_PLACE = (ClassState.APPROVED, ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED)
MARK_BACK = timedelta(days=30)
LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TaughtSession:
    """A session as its instructor sees it."""

    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    class_code: str
    class_title: str
    site: str
    room: str
    people: int
    marked: int

    @property
    def is_marked(self) -> bool:
        """Whether everybody has a mark."""
        return self.marked >= self.people


@dataclass(frozen=True, slots=True)
class InstructorDay:
    """Everything on the page."""

    today: list[TaughtSession]
    to_mark: list[TaughtSession]
    coming: list[TaughtSession]
    invitations: int  # that wait for an answer
    papers_ending: int  # that end soon or have ended


def find_instructor_day(user_id: int, now: datetime) -> InstructorDay | None:
    """The page of a signed-in instructor; None while the account belongs to nobody in the pool."""
    instructor = find_instructor_of_user(user_id)
    if instructor is None:
        return None
    day = local(now).date()
    start, end = (datetime.combine(d, time(), TZ).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    sessions = _sessions(instructor.id, now - MARK_BACK, end + LOOK_AHEAD)
    return InstructorDay(
        today=[s for s in sessions if start <= s.starts_at < end],
        to_mark=[s for s in sessions if s.starts_at < start and not s.is_marked],
        coming=[s for s in sessions if s.starts_at >= end],
        invitations=waiting_invitations(instructor.id),
        papers_ending=sum(
            held.standing in {Standing.EXPIRING, Standing.EXPIRED}
            for held in qualifications_of([instructor.id], day).get(instructor.id, [])
        ),
    )


def _sessions(instructor_id: int, since: datetime, until: datetime) -> list[TaughtSession]:
    marked = (
        select(func.count(AttendanceMark.id))
        .where(AttendanceMark.session_id == ClassSession.id, AttendanceMark.is_current)
        .correlate(ClassSession)
        .scalar_subquery()
    )
    query = (
        select(ClassSession, TrainingClass, TeachingSite.name_zh, Room.name_zh, marked)
        .join(SessionInstructor, SessionInstructor.session_id == ClassSession.id)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
        .outerjoin(Room, Room.id == func.coalesce(ClassSession.room_id, TrainingClass.room_id))
        .where(SessionInstructor.instructor_id == instructor_id, TrainingClass.state.in_(TAKING_PLACE))
        .where(ClassSession.state == SessionState.PLANNED)
        .where(ClassSession.starts_at >= since, ClassSession.starts_at < until)
        .order_by(ClassSession.starts_at, ClassSession.id)
    )
    return [
        TaughtSession(
            seq=session.seq,
            title=session.title_zh,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            minutes=session.minutes,
            class_code=found.code,
            class_title=found.title_zh,
            site=site,
            room=room or "",
            people=found.admitted_count,
            marked=count,
        )
        for session, found, site, room, count in db.session.execute(query)
    ]
