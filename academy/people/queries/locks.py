"""Holding people's rows, so that who writes about them first looks first."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db, table_of
from academy.people.models import Instructor, Learner

_instructors, _learners = table_of(Instructor), table_of(Learner)


def lock_instructors(instructor_ids: Iterable[int]) -> None:
    """Hold instructors until the transaction ends, in the order of their ids: no two bookings of one look at once."""
    ids = sorted(set(instructor_ids))
    if ids:
        query = select(_instructors.c.id).where(_instructors.c.id.in_(ids)).order_by(_instructors.c.id)
        db.session.execute(query.with_for_update(key_share=True)).all()


def lock_learners(learner_ids: Iterable[int]) -> None:
    """Hold learners until the transaction ends, in the order of their ids, as `lock_learner` holds one."""
    ids = sorted(set(learner_ids))
    if ids:
        query = select(_learners.c.id).where(_learners.c.id.in_(ids)).order_by(_learners.c.id)
        db.session.execute(query.with_for_update(key_share=True)).all()
