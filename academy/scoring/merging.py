"""Results and holds follow when two records of one person are merged."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from academy.core.access import SYSTEM
from academy.core.audit import record
from academy.core.db import db
from academy.core.text import N_
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import Held
from academy.scoring.models import Result, ResultHold


def follow_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Give results to the kept record; where both have one of a sitting's version, the merged one's stays. Repeat-safe.

    What is held back stays held back: a hold goes with the result that it is about.
    """
    kept_id = people.learner_by_id(kept_id).id
    moved, left = people_services.repoint(Result, kept_id=kept_id, merged_id=merged_id, unique=["sitting_id", "version"])
    people_services.repoint(ResultHold, kept_id=kept_id, merged_id=merged_id, unique=["sitting_id"], when=_both_live)
    after = {"learner_id": kept_id, "results": moved, "left": left}
    record(SYSTEM, "scoring.followed_merge", f"learner:{merged_id}", now=now, before={"learner_id": merged_id}, after=after)
    codes = db.session.scalars(select(Result.code).where(Result.id.in_(left)).order_by(Result.id))
    remarks = [f"result:{code}" for code in codes]
    people_services.note_moved(merged_id=merged_id, subject="scoring", moved=moved, left=remarks, now=now)


def _both_live(kept: Any, mine: Any) -> ColumnElement[bool]:
    return and_(kept.c.lifted_at.is_(None), mine.c.lifted_at.is_(None))


@people.holds("scoring", place=4)
def held(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold here."""
    counted = select(Result.learner_id, func.count(Result.id)).where(Result.learner_id.in_([kept_id, merged_id]))
    counts = dict(db.session.execute(counted.group_by(Result.learner_id)).all())
    return [Held(N_("成绩"), counts.get(kept_id, 0), counts.get(merged_id, 0))]
