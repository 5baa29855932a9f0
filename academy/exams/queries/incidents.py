"""Reading the log of a sitting and what candidates were granted."""

from collections.abc import Iterable

from sqlalchemy import exists, func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Attempt, ExamAccommodation, ExamIncident, ExamSitting
from academy.exams.rules.delivery import compute_due_at
from academy.exams.rules.incidents import IncidentKind, compute_allowance, compute_given


def incidents_of(sitting_id: int) -> list[ExamIncident]:
    """The log of a sitting, newest first."""
    query = select(ExamIncident).where(ExamIncident.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ExamIncident.id.desc())))


def get_incident(sitting_id: int, code: str) -> ExamIncident:
    """An entry of a sitting's log. Raises NotFound."""
    query = select(ExamIncident).where(ExamIncident.sitting_id == sitting_id, ExamIncident.code == code)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def is_let_in(sitting_id: int, learner_id: int) -> bool:
    """Whether an invigilator lets a late candidate in, by an entry that nobody has countered."""
    counter = ExamIncident.__table__.alias("counter")
    query = select(ExamIncident.id).where(
        ExamIncident.sitting_id == sitting_id,
        ExamIncident.learner_id == learner_id,
        ExamIncident.kind == IncidentKind.LATE,
        ExamIncident.lets_in,
        ~exists().where(counter.c.counters_id == ExamIncident.id),
    )
    return db.session.scalar(query.limit(1)) is not None


def minutes_given(sitting: ExamSitting, attempt: Attempt, *, percent: int) -> int:
    """How many minutes an attempt was given while it ran, beyond what it had at its start with its percent."""
    minutes, closes_at = compute_allowance(minutes=sitting.minutes, closes_at=sitting.closes_at, percent=percent)
    return compute_given(attempt.due_at, planned=compute_due_at(attempt.started_at, minutes=minutes, closes_at=closes_at))


def accommodations_of(sitting_id: int) -> dict[int, ExamAccommodation]:
    """The decision that holds for each learner of a sitting."""
    query = select(ExamAccommodation).where(ExamAccommodation.sitting_id == sitting_id)
    return {one.learner_id: one for one in db.session.scalars(query.order_by(ExamAccommodation.version))}


def incident_counts(sitting_ids: Iterable[int]) -> dict[int, int]:
    """How many entries the log of each sitting holds."""
    query = select(ExamIncident.sitting_id, func.count()).where(ExamIncident.sitting_id.in_(list(sitting_ids)))
    return dict(db.session.execute(query.group_by(ExamIncident.sitting_id)).all())
