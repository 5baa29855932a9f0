"""The background door of people: rosters read and imported, letters about papers that end, appointments whose time is over."""

from datetime import datetime

import structlog

from academy.core.clock import today
from academy.core.db import transaction
from academy.core.errors import DomainError, Invalid
from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue
from academy.core.tasks import job
from academy.people import queries, services

log = structlog.get_logger(__name__)


@job(every=3600)
def remind_of_ends(*, now: datetime) -> None:
    """Write about qualifications that end soon or have ended; each in a transaction of its own."""
    for qualification_id in [one.id for one in queries.qualifications_to_remind(today(now))]:
        with transaction():
            services.remind_of_end(qualification_id=qualification_id, now=now)


@job(every=3600)
def end_past_appointments(*, now: datetime) -> None:
    """End the appointments whose last day has gone by."""
    for appointment_id in queries.appointments_past(today(now)):
        try:
            with transaction():
                services.end_past_appointment(appointment_id=appointment_id, now=now)
        except DomainError as error:
            log.info("appointment.not_ended", appointment_id=appointment_id, why=error.code)


@subscribe("people.roster_uploaded", name="people.read_roster", queue=Queue.DOCUMENTS, transactional=False)
def read_roster(*, now: datetime, roster_id: int, run_id: int) -> None:
    """Read an uploaded roster into its preview. Called again, it goes on where it was cut off."""
    try:
        opened = services.open_roster(roster_id=roster_id, run_id=run_id)
    except Invalid as error:
        with transaction():
            services.give_up_reading(roster_id=roster_id, run_id=run_id, error=error, now=now)
        return
    if opened is None:
        return
    for part in opened.slices():
        with transaction():
            if not services.keep_slice(opened=opened, part=part, now=now):
                return
    with transaction():
        services.finish_reading(opened=opened, now=now)


@subscribe("people.roster_decided", name="people.import_roster", queue=Queue.DOCUMENTS)
def import_roster(*, now: datetime, roster_id: int) -> Again | None:
    """Import one slice of a roster; comes back until no row waits."""
    return Again() if services.import_slice(roster_id=roster_id, now=now) else None
