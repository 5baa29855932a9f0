"""Holding people's seats while something is written about them."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED


def lock_seats(*, class_id: int, learner_ids: Iterable[int]) -> set[int]:
    """Hold these people's enrollments until the transaction ends; returns who of them has a seat, as it then is.

    Whoever writes about one person in one class takes turns here. The class's row stays free, so that nobody's
    enrollment waits; rows are taken in the order of their ids, so that two who take many do not block each other.
    """
    query = select(Enrollment.learner_id).where(
        Enrollment.class_id == class_id, Enrollment.learner_id.in_(list(learner_ids)), Enrollment.state.in_(SEATED)
    )
    return set(db.session.scalars(query.order_by(Enrollment.id).with_for_update(key_share=True)))
