"""The background door of enrollment."""

from datetime import datetime

from academy.core.outbox import subscribe
from academy.enrollment import services
from academy.enrollment.services import merging


@subscribe("enrollment.placed", name="enrollment.tell_placed")
def tell_placed(*, now: datetime, code: str) -> None:
    """Write to somebody who got a seat or a number in the line. Afterwards, so that the rush itself stays short."""
    services.tell_placed(code=code, now=now)


@subscribe("timetable.class_started", name="enrollment.lapse_line")
def lapse_line(*, now: datetime, class_id: int) -> None:
    """End the waiting when a class starts."""
    services.lapse_line(class_id=class_id, now=now)


@subscribe("timetable.class_cancelled", name="enrollment.end_cancelled")
def end_cancelled(*, now: datetime, class_id: int) -> None:
    """End the enrollments of a class that does not take place."""
    services.end_cancelled(class_id=class_id, now=now)


@subscribe("timetable.session_changed", name="enrollment.tell_moved")
def tell_moved(*, now: datetime, session_id: int) -> None:
    """Tell the people of a class that a session was moved."""
    services.tell_moved(session_id=session_id, now=now)


@subscribe("people.learners_merged", name="enrollment.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Enrollments of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)
