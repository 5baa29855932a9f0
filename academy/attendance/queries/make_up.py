"""Reads of make-ups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from academy.attendance.models import MakeUp as MakeUp  # what reads give back is public by name
from academy.attendance.models import MakeUpSession as MakeUpSession
from academy.attendance.rules import MAKE_UP_LIVE, MakeUpState
from academy.core.db import db
from academy.core.errors import NotFound
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import LIVE
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.timetable.rules import ClassState

AHEAD = timedelta(days=180)
HOSTS = (ClassState.OPEN, ClassState.RUNNING)


def get_make_up(code: str) -> MakeUp:
    """A make-up by its code. Raises NotFound."""
    found = db.session.scalars(select(MakeUp).where(MakeUp.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def get_make_up_session(code: str) -> MakeUpSession:
    """A special session by its code. Raises NotFound."""
    found = db.session.scalars(select(MakeUpSession).where(MakeUpSession.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def make_up_sessions(limit: int = 100) -> list[MakeUpSession]:
    """The special sessions, the latest first."""
    query = select(MakeUpSession).order_by(MakeUpSession.starts_at.desc(), MakeUpSession.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def make_up_sessions_by_ids(ids: Iterable[int]) -> dict[int, MakeUpSession]:
    """Special sessions by id."""
    return {one.id: one for one in db.session.scalars(select(MakeUpSession).where(MakeUpSession.id.in_(list(ids))))}


def guests_of_session(session_id: int) -> list[MakeUp]:
    """Who comes to a class's session to make up another one."""
    return _those(MakeUp.host_session_id == session_id)


def people_of_make_up_session(make_up_session_id: int) -> list[MakeUp]:
    """Who comes to a special session."""
    return _those(MakeUp.make_up_session_id == make_up_session_id)


def _those(condition: object) -> list[MakeUp]:
    query = select(MakeUp).where(condition, MakeUp.state != MakeUpState.CANCELLED)  # type: ignore[arg-type]
    return list(db.session.scalars(query.order_by(MakeUp.id)))


def make_ups_of_learner(learner_id: int) -> dict[int, MakeUp]:
    """A person's live make-ups by the session that was missed."""
    query = select(MakeUp).where(MakeUp.learner_id == learner_id, MakeUp.state.in_(MAKE_UP_LIVE))
    return {one.session_id: one for one in db.session.scalars(query)}


@dataclass(frozen=True, slots=True)
class MakeUpChoice:
    """A session in which something can be made up; `clash` names what the learner has at that time."""

    host: ClassSession | None
    special: MakeUpSession | None
    starts_at: datetime
    ends_at: datetime
    minutes: int
    clash: str


def make_up_choices(missed: ClassSession, learner_id: int, *, now: datetime, with_full: bool = False) -> list[MakeUpChoice]:
    """Sessions ahead of the same course in other classes, and special ones with places left, the next first."""
    if missed.course_id is None:
        return []
    own = {one.class_id for one in enrollment.enrollments_of_learner(learner_id, LIVE)}
    ahead = timetable.sessions_between(now, now + AHEAD, states=HOSTS)
    busy = [one for one in ahead if one.class_id in own]
    hosts = [one for one in ahead if one.course_id == missed.course_id and one.class_id not in own]
    query = select(MakeUpSession).where(MakeUpSession.course_id == missed.course_id, MakeUpSession.starts_at > now)
    if not with_full:
        query = query.where(MakeUpSession.taken < MakeUpSession.places)
    choices = [MakeUpChoice(one, None, one.starts_at, one.ends_at, one.minutes, _clash(one, busy)) for one in hosts]
    choices += [
        MakeUpChoice(None, one, one.starts_at, one.ends_at, one.minutes, _clash(one, busy)) for one in db.session.scalars(query)
    ]
    return sorted(choices, key=lambda choice: choice.starts_at)


def _clash(one: ClassSession | MakeUpSession, busy: list[ClassSession]) -> str:
    return next((b.title_zh for b in busy if b.starts_at < one.ends_at and one.starts_at < b.ends_at), "")
