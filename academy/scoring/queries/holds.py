"""Results that are held back."""

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.scoring.models import ResultHold


def holds_of(sitting_id: int) -> list[ResultHold]:
    """Every hold of a sitting, those in force first, then the newest."""
    query = select(ResultHold).where(ResultHold.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ResultHold.lifted_at.isnot(None), ResultHold.held_at.desc(), ResultHold.id)))


def held_learner_ids(sitting_id: int) -> set[int]:
    """Whose results are held back."""
    held = ResultHold.lifted_at.is_(None)
    return set(db.session.scalars(select(ResultHold.learner_id).where(ResultHold.sitting_id == sitting_id, held)))


def get_hold(code: str, *, sitting_id: int) -> ResultHold:
    """A hold of a sitting by its code. Raises NotFound, also for another sitting's."""
    query = select(ResultHold).where(ResultHold.code == code, ResultHold.sitting_id == sitting_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found
