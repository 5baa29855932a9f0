"""The background door of attendance."""

from datetime import datetime, timedelta

from academy.attendance import messages, queries, services
from academy.attendance.services import MARKABLE, merging
from academy.core.db import transaction
from academy.core.outbox import subscribe
from academy.core.tasks import job
from academy.timetable import queries as timetable

LOOK_BACK = timedelta(days=14)
REMIND_AFTER = timedelta(hours=24)
SIX_HOURS = 6 * 3600


@subscribe("attendance.leave_changed", name="attendance.review_leave")
def review_leave(*, now: datetime, class_id: int) -> None:
    """Propose to remove whoever's leave in a cadre class exceeds the limit; a person decides."""
    services.review_leave(class_id=class_id, now=now)


@subscribe("timetable.class_closed", name="attendance.settle_class")
def settle_class(*, now: datetime, class_id: int) -> None:
    """Say who completed a class that has ended."""
    services.settle_class(class_id=class_id, now=now)


@subscribe("attendance.marked", name="attendance.settle_again")
def settle_again(*, now: datetime, session_id: int) -> None:
    """A mark that changes after the class has ended may change who completed it."""
    services.settle_class(class_id=timetable.session_by_id(session_id).class_id, now=now)


@job(every=60)
def close_due_check_ins(*, now: datetime) -> None:
    """Close check-ins whose session has ended. Those who did not check in stay unmarked."""
    with transaction():
        services.close_due_check_ins(now=now)


@job(every=900)
def remind_unmarked(*, now: datetime) -> None:
    """Write once to the instructors of a session that ended a day ago and has people without a mark."""
    sessions = timetable.sessions_between(now - LOOK_BACK, now, states=MARKABLE)
    due = [one for one in sessions if one.ends_at <= now - REMIND_AFTER]
    marked = queries.marked_counts(one.id for one in due)
    classes = timetable.classes_by_ids({one.class_id for one in due})
    for one in due:
        missing = classes[one.class_id].admitted_count - marked.get(one.id, 0)
        if missing > 0:
            with transaction():
                messages.tell_unmarked(one, missing, now=now)


@job(every=SIX_HOURS)
def remind_about_hours(*, now: datetime) -> None:
    """Tell whose registration period ends, and whose hours of the year are short."""
    with transaction():
        services.remind_of_periods(now=now)
    with transaction():
        services.remind_of_year(now=now)


@subscribe("people.learners_merged", name="attendance.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Marks and hours of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)
