"""Who taught what: the sessions of a span of time with their instructors and roles."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from academy.core.db import db
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import ClassState, SessionState, TeachingRole


class TeachingRow(NamedTuple):
    """One instructor in one session."""

    instructor_id: int
    role: TeachingRole
    session_id: int
    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    class_id: int
    class_code: str
    class_title: str


_COLUMNS = (
    SessionInstructor.instructor_id,
    SessionInstructor.role,
    ClassSession.id,
    ClassSession.seq,
    ClassSession.title_zh,
    ClassSession.starts_at,
    ClassSession.ends_at,
    ClassSession.minutes,
    TrainingClass.id,
    TrainingClass.code,
    TrainingClass.title_zh,
)


def teaching_between(
    since: datetime, until: datetime, *, states: Iterable[ClassState], instructor_id: int | None = None
) -> list[TeachingRow]:
    """Sessions that were not cancelled, of classes in some states, that begin in [since, until); a row for each instructor."""
    query = (
        select(*_COLUMNS)
        .join(ClassSession, ClassSession.id == SessionInstructor.session_id)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .where(ClassSession.starts_at >= since, ClassSession.starts_at < until, TrainingClass.state.in_(list(states)))
        .where(ClassSession.state == SessionState.PLANNED)
        .order_by(ClassSession.starts_at, ClassSession.id, SessionInstructor.instructor_id)
    )
    if instructor_id is not None:
        query = query.where(SessionInstructor.instructor_id == instructor_id)
    return [TeachingRow._make(row) for row in db.session.execute(query)]
