"""What exams does in the background."""

from datetime import datetime

from academy.core.db import transaction
from academy.core.outbox import subscribe
from academy.core.queues import Queue
from academy.core.tasks import job
from academy.exams import services
from academy.exams.services import merging


@job(queue=Queue.URGENT, every=10)
def collect_papers(*, now: datetime) -> None:
    """Hand in what is out of time, then close the sittings that have ended."""
    with transaction():
        services.time_out_overdue(now=now)
        services.close_finished_sittings(now=now)


@subscribe("people.learners_merged", name="exams.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Attempts of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)
