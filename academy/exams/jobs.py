"""What exams does in the background."""

from datetime import datetime

from academy.core.db import transaction
from academy.core.queues import Queue
from academy.core.tasks import job
from academy.exams import services


@job(queue=Queue.URGENT, every=10)
def collect_papers(*, now: datetime) -> None:
    """Hand in what is out of time, then close the sittings that have ended."""
    with transaction():
        services.time_out_overdue(now=now)
        services.close_finished_sittings(now=now)
