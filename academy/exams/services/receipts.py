"""The hash over what the server has received, when an attempt ends."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, update

from academy.core.db import db, table_of
from academy.exams import queries
from academy.exams.models import Attempt
from academy.exams.queries.receipts import Ended
from academy.exams.rules.receipts import compute_receipt

_SEAL = update(table_of(Attempt)).where(table_of(Attempt).c.id == bindparam("at")).values(receipt=bindparam("sealed"))


def compute_receipts(ended: Sequence[Ended]) -> dict[int, str]:
    """The hash over the events of attempts that have just ended in the open transaction; by attempt.

    No event can follow: a save needs the attempt to be in progress, and its row is locked by whoever has ended it.
    """
    events = queries.event_facts_of([one.attempt_id for one in ended])
    return {
        one.attempt_id: compute_receipt(one.code, one.state.value, one.submitted_at, events.get(one.attempt_id, ()))
        for one in ended
    }


def keep_receipts(receipts: Mapping[int, str]) -> None:
    """Keep the hashes with their attempts."""
    rows = [{"at": attempt_id, "sealed": receipt} for attempt_id, receipt in receipts.items()]
    if rows:
        db.session.connection().execute(_SEAL, rows if len(rows) > 1 else rows[0])
