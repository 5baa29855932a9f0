"""The background door of the message ledger."""

from datetime import datetime

from academy.core.outbox import subscribe
from academy.core.queues import Queue
from academy.notifications.delivery import deliver


@subscribe("notifications.email_planned", name="notifications.deliver", transactional=False)
def deliver_email(*, now: datetime, message_id: int) -> None:
    """Send a planned e-mail."""
    deliver(message_id=message_id, now=now)


@subscribe(
    "notifications.one_time_email_planned", name="notifications.deliver_one_time", queue=Queue.URGENT, transactional=False
)
def deliver_one_time_email(*, now: datetime, message_id: int) -> None:
    """Send an e-mail for which somebody sits and waits."""
    deliver(message_id=message_id, now=now)
