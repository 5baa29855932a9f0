"""The background door of enrollment."""

from datetime import datetime

from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue
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


@subscribe("people.roster_uploaded", name="enrollment.forget_forecast", queue=Queue.DOCUMENTS)
def forget_forecast(*, now: datetime, roster_id: int, run_id: int) -> None:
    """Forget what was said about a class's roster that is read anew."""
    services.forget_forecast(roster_id=roster_id)


@subscribe("people.roster_read", name="enrollment.forecast_roster", queue=Queue.DOCUMENTS)
def forecast_roster(*, now: datetime, roster_id: int) -> Again | None:
    """Say of each row of a class's roster what enrolling it would do."""
    return Again() if services.forecast_slice(roster_id=roster_id, now=now) else None


@subscribe("people.roster_imported", name="enrollment.enroll_roster", queue=Queue.DOCUMENTS)
def enroll_roster(*, now: datetime, roster_id: int) -> Again | None:
    """Enroll the people of a class's roster once they are registered."""
    return Again() if services.enroll_slice(roster_id=roster_id, now=now) else None
