"""Every read of attendance."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from academy.attendance.models import AttendanceMark as AttendanceMark  # what reads give back is public by name
from academy.attendance.models import CreditEntry as CreditEntry
from academy.attendance.rules import MarkState, compute_rate
from academy.core.db import db, table_of
from academy.enrollment import queries as enrollment
from academy.timetable import queries as timetable


def marks_of_session(session_id: int) -> dict[int, AttendanceMark]:
    """The current mark of each learner in a session."""
    query = select(AttendanceMark).where(AttendanceMark.session_id == session_id, AttendanceMark.is_current)
    return {mark.learner_id: mark for mark in db.session.scalars(query)}


def fresh_marks(session_id: int, learner_ids: Iterable[int]) -> dict[int, AttendanceMark]:
    """The current marks of some people as they are now, whatever this transaction has read before it held them."""
    query = select(AttendanceMark).where(
        AttendanceMark.session_id == session_id,
        AttendanceMark.learner_id.in_(list(learner_ids)),
        AttendanceMark.is_current,
    )
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {mark.learner_id: mark for mark in found}


def marks_of_class(class_id: int) -> dict[tuple[int, int], AttendanceMark]:
    """Every current mark of a class, by learner and session."""
    query = select(AttendanceMark).where(AttendanceMark.session_id.in_(_session_ids(class_id)), AttendanceMark.is_current)
    return {(mark.learner_id, mark.session_id): mark for mark in db.session.scalars(query)}


def mark_history(session_id: int, learner_id: int) -> list[AttendanceMark]:
    """Every mark of a person in a session, the first one first."""
    query = select(AttendanceMark).where(AttendanceMark.session_id == session_id, AttendanceMark.learner_id == learner_id)
    return list(db.session.scalars(query.order_by(AttendanceMark.version)))


def corrected_learner_ids(session_id: int) -> set[int]:
    """Whose mark in a session has been corrected."""
    query = select(AttendanceMark.learner_id).where(AttendanceMark.session_id == session_id, AttendanceMark.version > 1)
    return set(db.session.scalars(query))


def marked_counts(session_ids: Iterable[int]) -> dict[int, int]:
    """How many people are marked in each session; sessions without marks are left out."""
    query = select(AttendanceMark.session_id, func.count(AttendanceMark.id)).where(
        AttendanceMark.session_id.in_(list(session_ids)), AttendanceMark.is_current
    )
    return dict(db.session.execute(query.group_by(AttendanceMark.session_id)).all())


def state_counts(session_ids: Iterable[int]) -> dict[int, dict[MarkState, int]]:
    """How many people stand in each state, by session."""
    query = select(AttendanceMark.session_id, AttendanceMark.state, func.count(AttendanceMark.id)).where(
        AttendanceMark.session_id.in_(list(session_ids)), AttendanceMark.is_current
    )
    found: dict[int, dict[MarkState, int]] = {}
    for session_id, state, number in db.session.execute(query.group_by(AttendanceMark.session_id, AttendanceMark.state)):
        found.setdefault(session_id, {})[state] = number
    return found


def _session_ids(class_id: int) -> list[int]:
    return [session.id for session in timetable.sessions_of(class_id)]


def planned_minutes(class_id: int) -> int:
    """Teaching minutes of a class's timetable."""
    return timetable.minutes_of_classes([class_id]).get(class_id, 0)


def attended_minutes(class_id: int) -> dict[int, int]:
    """Attended minutes of everybody who has a seat; 0 for those never marked."""
    query = select(AttendanceMark.learner_id, func.sum(AttendanceMark.minutes)).where(
        AttendanceMark.session_id.in_(_session_ids(class_id)), AttendanceMark.is_current
    )
    sums = {learner: int(total) for learner, total in db.session.execute(query.group_by(AttendanceMark.learner_id))}
    return {learner_id: sums.get(learner_id, 0) for learner_id in enrollment.admitted_learner_ids(class_id)}


def attended_minutes_of(class_id: int, learner_id: int) -> int:
    """One person's attended minutes in a class."""
    return sum(mark.minutes for mark in marks_of_learner(class_id, learner_id).values())


def attendance_rate(class_id: int) -> dict[int, Decimal]:
    """Attendance in percent of the planned minutes, of everybody who has a seat."""
    planned = planned_minutes(class_id)
    return {learner_id: compute_rate(minutes, planned) for learner_id, minutes in attended_minutes(class_id).items()}


def attendance_rate_of(class_id: int, learner_id: int) -> Decimal:
    """One person's attendance in percent of the planned minutes, whatever the size of the class; 0 for one never marked."""
    minutes, mark = timetable.minutes_of_sessions(class_id), table_of(AttendanceMark).c
    query = select(func.coalesce(func.sum(mark.minutes), 0)).where(
        mark.learner_id == learner_id, mark.session_id.in_(list(minutes)), mark.is_current
    )
    attended = db.session.connection().execute(query).scalar_one()
    return compute_rate(int(attended), sum(minutes.values()))


def marks_of_learner(class_id: int, learner_id: int) -> dict[int, AttendanceMark]:
    """A person's current marks in a class, by session."""
    query = select(AttendanceMark).where(
        AttendanceMark.learner_id == learner_id,
        AttendanceMark.session_id.in_(_session_ids(class_id)),
        AttendanceMark.is_current,
    )
    return {mark.session_id: mark for mark in db.session.scalars(query)}


def credited_minutes(learner_id: int, since: date, until: date) -> int:
    """The ledger's sum over [since, until], counter entries included."""
    query = select(func.coalesce(func.sum(CreditEntry.minutes), 0)).where(
        CreditEntry.learner_id == learner_id, CreditEntry.earned_on >= since, CreditEntry.earned_on <= until
    )
    return int(db.session.scalar(query) or 0)


def credited_minutes_of_class(class_id: int) -> dict[int, int]:
    """The ledger's sum for each learner from one class."""
    query = select(CreditEntry.learner_id, func.sum(CreditEntry.minutes)).where(CreditEntry.class_id == class_id)
    return {learner: int(total) for learner, total in db.session.execute(query.group_by(CreditEntry.learner_id))}


class OpenCredit(NamedTuple):
    """A credit that has not been countered."""

    id: int
    learner_id: int
    minutes: int


def open_credits(session_id: int, learner_ids: Iterable[int]) -> dict[int, OpenCredit]:
    """The credit of each learner for a session that still stands."""
    countered = select(CreditEntry.counters_id).where(CreditEntry.counters_id.is_not(None))
    query = select(CreditEntry.id, CreditEntry.learner_id, CreditEntry.minutes).where(
        CreditEntry.session_id == session_id,
        CreditEntry.learner_id.in_(list(learner_ids)),
        CreditEntry.minutes > 0,
        CreditEntry.id.not_in(countered),
    )
    return {row.learner_id: OpenCredit(*row) for row in db.session.execute(query)}
