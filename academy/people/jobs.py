"""The background door of people: letters about papers that end, and appointments whose time is over."""

from datetime import datetime

import structlog

from academy.core.clock import today
from academy.core.db import transaction
from academy.core.errors import DomainError
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
