"""Locks on many learners at once."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db
from academy.people.models import Learner

SLICE = 500


def lock_learners(ids: Iterable[int]) -> None:
    """Lock these learners until the transaction ends, in the order of their ids, so that nobody waits in a circle."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), SLICE):
        query = select(Learner.id).where(Learner.id.in_(ordered[start : start + SLICE])).order_by(Learner.id)
        db.session.execute(query.with_for_update(key_share=True)).all()
