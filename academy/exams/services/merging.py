"""Candidate numbers, seats, bookings, log entries and attempts follow when two records of one person are merged."""

from datetime import datetime

from sqlalchemy import func, select

from academy.core.access import SYSTEM
from academy.core.audit import record
from academy.core.db import Base, db
from academy.core.text import N_, Text
from academy.exams.models import (
    Attempt,
    ExamAccommodation,
    ExamCandidate,
    ExamConfirmation,
    ExamIncident,
    ExamSeat,
    ExamSlotBooking,
    PracticeRun,
)
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import Held

_FOLLOWING: tuple[tuple[type[Base], list[str]], ...] = (
    (ExamSeat, ["sitting_id"]),
    (ExamSlotBooking, ["group_id"]),
    (ExamAccommodation, ["sitting_id", "version"]),
    (ExamConfirmation, ["sitting_id", "rules_version"]),
    (ExamIncident, []),
    (PracticeRun, []),
)


def follow_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Give attempts and candidate numbers to the kept record. Repeat-safe.

    Where both records have one in a sitting, the merged one's stays where it is and is reported: two papers of one sitting
    are not made one by a machine.
    """
    kept_id = people.learner_by_id(kept_id).id
    attempts = people_services.repoint(Attempt, kept_id=kept_id, merged_id=merged_id, unique=["sitting_id"])
    numbers = people_services.repoint(ExamCandidate, kept_id=kept_id, merged_id=merged_id, unique=["sitting_id"])
    for model, unique in _FOLLOWING:
        people_services.repoint(model, kept_id=kept_id, merged_id=merged_id, unique=unique)
    was, is_now = {"learner_id": merged_id}, {"learner_id": kept_id}
    moved = {"attempts": attempts.moved, "candidates": numbers.moved, "left": attempts.left}
    record(SYSTEM, "exams.followed_merge", f"learner:{merged_id}", now=now, before=was, after={**is_now, **moved})
    left = db.session.scalars(select(Attempt.code).where(Attempt.id.in_(attempts.left)).order_by(Attempt.id))
    remarks = [f"attempt:{code}" for code in left]
    people_services.note_moved(merged_id=merged_id, subject="exams", moved=attempts.moved, left=remarks, now=now)


@people.holds("exams", place=3)
def held(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold here."""
    of = Attempt.learner_id
    counted = select(of, func.count(Attempt.id)).where(of.in_([kept_id, merged_id])).group_by(of)
    counts = dict(db.session.execute(counted).all())
    sat = select(Attempt.sitting_id).where(of.in_([kept_id, merged_id])).group_by(Attempt.sitting_id)
    both = len(list(db.session.scalars(sat.having(func.count(Attempt.id) > 1))))
    say = Text(N_("%(count)s 场考试两份档案都有答卷：旧档案的那份留在旧编号下，请人工核对。"), count=both)
    return [Held(N_("答卷"), counts.get(kept_id, 0), counts.get(merged_id, 0), (say,) if both else ())]
