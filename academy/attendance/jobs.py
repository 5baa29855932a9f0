"""The background door of attendance."""

from datetime import datetime

from academy.attendance import services
from academy.core.db import transaction
from academy.core.queues import Queue
from academy.core.tasks import job

SIX_HOURS = 6 * 3600


@job(queue=Queue.DEFAULT, every=SIX_HOURS)
def remind_about_hours(*, now: datetime) -> None:
    """Tell whose registration period ends, and whose hours of the year are short."""
    with transaction():
        services.remind_of_periods(now=now)
    with transaction():
        services.remind_of_year(now=now)
