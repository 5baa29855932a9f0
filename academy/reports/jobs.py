"""The background door of reports."""

from datetime import datetime

from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue
from academy.reports.production import produce


@subscribe("reports.requested", name="reports.produce", queue=Queue.DOCUMENTS, transactional=False)
def produce_report(*, now: datetime, run_id: int) -> Again | None:
    """Make a report's files."""
    return produce(run_id=run_id, now=now)
