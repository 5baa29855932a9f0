"""Checking a receipt against what the server holds now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from academy.core.db import db, table_of
from academy.exams.models import AnswerEvent
from academy.exams.queries.delivery import find_attempt_by_code
from academy.exams.rules.kinds import FINISHED, AttemptState
from academy.exams.rules.receipts import EventFacts, ReceiptState, compute_receipt, read_digest

_EVENT = table_of(AnswerEvent).c


class Ended(NamedTuple):
    """An attempt that has ended."""

    attempt_id: int
    code: str
    state: AttemptState
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """What came of checking a receipt. Nothing that tells who the candidate is."""

    state: ReceiptState
    sitting_title: str = ""
    submitted_at: datetime | None = None
    attempt_state: AttemptState | None = None
    events: int = 0
    answered: int = 0


def event_facts_of(attempt_ids: Sequence[int]) -> Mapping[int, Sequence[EventFacts]]:
    """What was received, by attempt and in order."""
    rows = db.session.connection().execute(
        select(_EVENT.attempt_id, _EVENT.seq, _EVENT.position, _EVENT.response, _EVENT.is_flagged, _EVENT.received_at)
        .where(_EVENT.attempt_id.in_(attempt_ids))
        .order_by(_EVENT.attempt_id, _EVENT.seq)
    )
    found: defaultdict[int, list[EventFacts]] = defaultdict(list)
    for attempt_id, *facts in rows:
        found[attempt_id].append(EventFacts(*facts))
    return found


def check_receipt(code: str, digest: str) -> ReceiptCheck:
    """Whether a receipt is the one given out, and whether the events that the server holds still give it."""
    view = find_attempt_by_code(code)
    if view is None or view.attempt.receipt is None or view.attempt.state not in FINISHED or view.attempt.submitted_at is None:
        return ReceiptCheck(ReceiptState.UNKNOWN)
    attempt = view.attempt
    events = event_facts_of([attempt.id]).get(attempt.id, ())
    is_whole = compute_receipt(attempt.code, attempt.state.value, view.attempt.submitted_at, events) == attempt.receipt
    holds = is_whole and read_digest(digest) == attempt.receipt
    latest = {event.position: event.response for event in events}
    return ReceiptCheck(
        ReceiptState.HOLDS if holds else ReceiptState.DIFFERS,
        sitting_title=view.sitting.title_zh,
        submitted_at=attempt.submitted_at,
        attempt_state=attempt.state,
        events=len(events),
        answered=sum(map(bool, latest.values())),
    )
