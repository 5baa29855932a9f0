"""The background door of enrollment."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog

from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue
from academy.core.tasks import job
from academy.enrollment import queries, services
from academy.enrollment.services import allocating, merging, rounds

log = structlog.get_logger(__name__)


@subscribe("enrollment.placed", name="enrollment.tell_placed")
def tell_placed(*, now: datetime, code: str, state: str | None = None) -> None:
    """Write to somebody who got a seat or a number, or who applied. Afterwards, so that the rush itself stays short."""
    services.tell_placed(code=code, state=state, now=now)


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


@job(every=30)
def expire_offers(*, now: datetime) -> None:
    """End offers whose time is over; the seats go to the next."""
    _for_each_class(queries.class_ids_with_lapsed_offers(now), services.expire_offers, now)


@job(every=60)
def return_due_quotas(*, now: datetime) -> None:
    """Give back to everybody what units did not use by the set hour."""
    _for_each_class(queries.class_ids_with_due_quotas(now), services.return_due_quotas, now)


def _for_each_class(class_ids: Iterable[int], work: Callable[..., Any], now: datetime) -> None:
    """Each class in a transaction of its own: one that cannot holds up none."""
    for class_id in class_ids:
        try:
            with transaction():
                work(class_id=class_id, now=now)
        except DomainError as error:
            log.warning("enrollment.job_refused", class_id=class_id, why=error.code)


@subscribe("timetable.session_cancelled", name="enrollment.tell_cancelled")
def tell_cancelled(*, now: datetime, session_id: int) -> None:
    """Tell the people of a class that a session is called off."""
    services.tell_cancelled(session_id=session_id, now=now)


@job(every=30)
def close_rounds(*, now: datetime) -> None:
    """Notice that the windows of rounds have ended."""
    with transaction():
        rounds.close_rounds(now=now)


@subscribe("enrollment.round_closed", name="enrollment.tell_received")
def tell_received(*, now: datetime, round_id: int) -> Again | None:
    """Confirm to the applicants of a closed round what they chose, a slice at a time."""
    return Again() if allocating.write_letters(round_id=round_id, letter=allocating.RECEIVED, now=now) else None


@subscribe("enrollment.allocation_approved", name="enrollment.carry_out")
def carry_out(*, now: datetime, preview_id: int) -> Again | None:
    """Admit the people of an approved allocation, a slice at a time."""
    return Again() if allocating.carry_out_slice(preview_id=preview_id, now=now) else None


@subscribe("enrollment.round_ended", name="enrollment.tell_outcome")
def tell_outcome(*, now: datetime, round_id: int) -> Again | None:
    """Tell the applicants what became of their round, a slice at a time."""
    return Again() if allocating.write_letters(round_id=round_id, letter=allocating.ENDED, now=now) else None


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
