"""Teaching needs: what is wanted, who was asked, what fits one instructor."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.people.queries import Instructor
from academy.timetable.models import ClassSession, NeedCandidate, NeedSession, SessionInstructor, TrainingClass
from academy.timetable.models import TeachingNeed as TeachingNeed  # what reads give back is public by name
from academy.timetable.rules import CandidateState, ClassState, NeedState, SessionState


def get_need(code: str) -> TeachingNeed:
    """A need by its code. Raises NotFound."""
    found = db.session.scalars(select(TeachingNeed).where(TeachingNeed.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def need_by_id(need_id: int) -> TeachingNeed:
    """A need by its id. Raises NotFound."""
    found = db.session.get(TeachingNeed, need_id)
    if found is None:
        raise NotFound
    return found


def find_needs(
    states: Iterable[NeedState] | None = None, *, limit: int = 20, offset: int = 0
) -> tuple[list[TeachingNeed], int]:
    """A page of needs, the nearest deadline of the open ones first, then the newest; and how many there are in all."""
    conditions: list[ColumnElement[bool]] = []
    if states is not None:
        conditions.append(TeachingNeed.state.in_(list(states)))
    total = db.session.scalar(select(func.count(TeachingNeed.id)).where(*conditions)) or 0
    is_closed = TeachingNeed.state != NeedState.OPEN
    query = select(TeachingNeed).where(*conditions).order_by(is_closed, TeachingNeed.deadline_at, TeachingNeed.id)
    return list(db.session.scalars(query.limit(limit).offset(offset))), total


def need_counts() -> dict[NeedState, int]:
    """How many needs stand in each state."""
    query = select(TeachingNeed.state, func.count(TeachingNeed.id)).group_by(TeachingNeed.state)
    return dict(db.session.execute(query).all())


def open_need_of_session(session_id: int) -> TeachingNeed | None:
    """The open need that a session is part of."""
    query = select(TeachingNeed).join(NeedSession, NeedSession.need_id == TeachingNeed.id)
    return db.session.scalars(
        query.where(NeedSession.session_id == session_id, TeachingNeed.state == NeedState.OPEN)
        .order_by(TeachingNeed.id)
        .limit(1)
    ).first()


def needs_due(now: datetime) -> list[int]:
    """Ids of open needs whose deadline has passed, or whose class or sessions will not be held."""
    over = (ClassState.CANCELLED, ClassState.CLOSED, ClassState.ARCHIVED)
    query = select(TeachingNeed.id).join(TrainingClass, TrainingClass.id == TeachingNeed.class_id)
    held = (
        select(NeedSession.session_id)
        .join(ClassSession, ClassSession.id == NeedSession.session_id)
        .where(NeedSession.need_id == TeachingNeed.id, ClassSession.state == SessionState.PLANNED)
    )
    is_due = (TeachingNeed.deadline_at <= now) | TrainingClass.state.in_(over) | ~held.exists()
    return list(db.session.scalars(query.where(TeachingNeed.state == NeedState.OPEN, is_due).order_by(TeachingNeed.id)))


def needs_that_fit(instructor: Instructor, now: datetime) -> list[TeachingNeed]:
    """Open needs in an instructor's fields that she has not been asked about, the nearest deadline first."""
    asked = select(NeedCandidate.need_id).where(NeedCandidate.instructor_id == instructor.id)
    query = select(TeachingNeed).where(
        TeachingNeed.state == NeedState.OPEN,
        TeachingNeed.deadline_at > now,
        TeachingNeed.field_code.in_(instructor.field_codes),
        TeachingNeed.id.not_in(asked),
    )
    return list(db.session.scalars(query.order_by(TeachingNeed.deadline_at, TeachingNeed.id)))


def candidates_of(need_ids: Iterable[int]) -> dict[int, list[NeedCandidate]]:
    """Who was asked or applied, by need, in the order in which they came."""
    query = select(NeedCandidate).where(NeedCandidate.need_id.in_(list(need_ids))).order_by(NeedCandidate.id)
    found: dict[int, list[NeedCandidate]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.need_id, []).append(row)
    return found


def find_candidate(need_id: int, instructor_id: int) -> NeedCandidate | None:
    """How it stands between a need and an instructor."""
    query = select(NeedCandidate).where(NeedCandidate.need_id == need_id, NeedCandidate.instructor_id == instructor_id)
    return db.session.scalars(query).one_or_none()


def get_candidate(code: str, *, instructor_id: int) -> NeedCandidate:
    """An instructor's own invitation or application by its code. Raises NotFound, also for somebody else's."""
    query = select(NeedCandidate).where(NeedCandidate.code == code, NeedCandidate.instructor_id == instructor_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def candidacies_of(instructor_id: int, *, limit: int = 50) -> list[tuple[NeedCandidate, TeachingNeed]]:
    """Everything that an instructor was asked or applied for, the newest first."""
    query = select(NeedCandidate, TeachingNeed).join(TeachingNeed, TeachingNeed.id == NeedCandidate.need_id)
    rows = db.session.execute(
        query.where(NeedCandidate.instructor_id == instructor_id).order_by(NeedCandidate.id.desc()).limit(limit)
    )
    return [(candidate, need) for candidate, need in rows]


def waiting_invitations(instructor_id: int) -> int:
    """How many invitations an instructor has not answered yet."""
    query = select(func.count(NeedCandidate.id)).join(TeachingNeed, TeachingNeed.id == NeedCandidate.need_id)
    query = query.where(NeedCandidate.instructor_id == instructor_id, NeedCandidate.state == CandidateState.INVITED)
    return db.session.scalar(query.where(TeachingNeed.state == NeedState.OPEN)) or 0


def sessions_of_needs(needs: Iterable[TeachingNeed]) -> dict[int, list[ClassSession]]:
    """The sessions of each need, in order; those that were deleted or cancelled since are left out."""
    wanted = {need.id: set(need.session_ids) for need in needs}
    ids = {session_id for found in wanted.values() for session_id in found}
    query = select(ClassSession).where(ClassSession.id.in_(ids), ClassSession.state == SessionState.PLANNED)
    query = query.order_by(ClassSession.starts_at, ClassSession.id)
    sessions = list(db.session.scalars(query))
    return {need_id: [one for one in sessions if one.id in found] for need_id, found in wanted.items()}


def taught_then(instructor_id: int, starts_at: datetime, ends_at: datetime) -> list[tuple[ClassSession, TrainingClass]]:
    """The sessions that an instructor is booked for in a span of time, of classes that are held."""
    query = (
        select(ClassSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .join(SessionInstructor, SessionInstructor.session_id == ClassSession.id)
        .where(SessionInstructor.instructor_id == instructor_id, TrainingClass.state != ClassState.CANCELLED)
        .where(ClassSession.starts_at < ends_at, ClassSession.ends_at > starts_at)
        .where(ClassSession.state == SessionState.PLANNED)
        .order_by(ClassSession.starts_at, ClassSession.id)
    )
    return [(session, found) for session, found in db.session.execute(query)]
