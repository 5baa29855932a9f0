"""Enrollments follow when two records of one person are merged."""

from datetime import datetime

from sqlalchemy import func, select

from academy.core.access import SYSTEM
from academy.core.audit import record_many
from academy.core.db import db
from academy.core.text import N_, Text
from academy.enrollment.models import AllocationRow, ChoiceApplication, Enrollment
from academy.enrollment.rules import LIVE, EnrollmentState
from academy.enrollment.services import recording
from academy.enrollment.services.line import run_line
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import Held
from academy.timetable import services as seats_of

# of two places in one class the first of these is the better one; in a line the smaller number is
BEST_FIRST = (
    EnrollmentState.ADMITTED,
    EnrollmentState.OFFERED,
    EnrollmentState.WAITLISTED,
    EnrollmentState.UNIT_APPROVED,
    EnrollmentState.APPLIED,
    EnrollmentState.RETURNED,
)
REASON = N_("两份档案合并：同一个人在本班只留一份报名")


def follow_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Give the enrollments of the merged record to the kept one. Repeat-safe.

    Of two live ones in one class the better stays, the other ends with a reason and gives back what it held.
    """
    survivor = people.lock_learner(kept_id)  # nobody enrolls her meanwhile; kept may have been merged further
    twice = _classes_of_both(survivor.id, merged_id)
    for class_id in twice:
        seats_of.lock_class(class_id=class_id)
        worse = _worse(class_id, survivor.id, merged_id)
        recording.end(worse, EnrollmentState.REMOVED, SYSTEM, now, reason=REASON)
    moved = people_services.repoint(Enrollment, kept_id=survivor.id, merged_id=merged_id).moved
    codes = db.session.scalars(select(Enrollment.code).where(Enrollment.id.in_(moved)).order_by(Enrollment.id))
    was, is_now = {"learner_id": merged_id}, {"learner_id": survivor.id}
    record_many(SYSTEM, "enrollment.followed_merge", [(f"enrollment:{code}", was, is_now) for code in codes], now=now)
    for class_id in twice:
        run_line(class_id, now)
    left = _move_choices(survivor.id, merged_id)
    people_services.note_moved(merged_id=merged_id, subject="enrollment", moved=moved, left=left, now=now)


def _move_choices(kept_id: int, merged_id: int) -> list[str]:
    """Applications to rounds, and what allocations gave them, follow too; whoever applied twice keeps her own. Who is left."""
    people_services.repoint(AllocationRow, kept_id=kept_id, merged_id=merged_id, unique=["preview_id"])
    stays = people_services.repoint(ChoiceApplication, kept_id=kept_id, merged_id=merged_id, unique=["round_id"]).left
    return sorted(db.session.scalars(select(ChoiceApplication.code).where(ChoiceApplication.id.in_(stays))))


def _classes_of_both(kept_id: int, merged_id: int) -> list[int]:
    query = select(Enrollment.class_id).where(Enrollment.learner_id.in_([kept_id, merged_id]), Enrollment.state.in_(LIVE))
    twice = query.group_by(Enrollment.class_id).having(func.count(Enrollment.id) > 1)
    return list(db.session.scalars(twice.order_by(Enrollment.class_id)))


def _worse(class_id: int, kept_id: int, merged_id: int) -> Enrollment:
    """The live enrollment that gives way: the later number in the line, the later application between equals."""
    query = select(Enrollment).where(
        Enrollment.class_id == class_id, Enrollment.learner_id.in_([kept_id, merged_id]), Enrollment.state.in_(LIVE)
    )
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return max(found, key=lambda one: (BEST_FIRST.index(one.state), one.waitlist_no or 0, one.applied_at, one.id))


@people.holds("enrollment", place=1)
def held(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold here."""
    query = select(Enrollment.learner_id, func.count(Enrollment.id)).where(Enrollment.learner_id.in_([kept_id, merged_id]))
    counts = dict(db.session.execute(query.group_by(Enrollment.learner_id)).all())
    twice = len(_classes_of_both(kept_id, merged_id))
    say = Text(N_("%(count)s 个班两份档案都在：保留较好的一份（录取先于候补），另一份注明原因后结束。"), count=twice)
    return [Held(N_("报名"), counts.get(kept_id, 0), counts.get(merged_id, 0), (say,) if twice else ())]
