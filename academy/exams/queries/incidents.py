"""Reading the log of a sitting and what candidates were granted."""

from collections.abc import Iterable

from sqlalchemy import exists, func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import ExamAccommodation, ExamIncident
from academy.exams.rules.incidents import IncidentKind


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


def extra_minutes_of(sitting_id: int, learner_id: int) -> int:
    """The minutes that the log gave a candidate: entries about her, and about everybody while she was writing are in due_at."""
    query = select(func.coalesce(func.sum(ExamIncident.minutes), 0)).where(
        ExamIncident.sitting_id == sitting_id, ExamIncident.learner_id == learner_id, ExamIncident.extended > 0
    )
    return int(db.session.scalar(query) or 0)


def accommodations_of(sitting_id: int) -> dict[int, ExamAccommodation]:
    """The decision that holds for each learner of a sitting."""
    query = select(ExamAccommodation).where(ExamAccommodation.sitting_id == sitting_id)
    return {one.learner_id: one for one in db.session.scalars(query.order_by(ExamAccommodation.version))}


def incident_counts(sitting_ids: Iterable[int]) -> dict[int, int]:
    """How many entries the log of each sitting holds."""
    query = select(ExamIncident.sitting_id, func.count()).where(ExamIncident.sitting_id.in_(list(sitting_ids)))
    return dict(db.session.execute(query.group_by(ExamIncident.sitting_id)).all())
