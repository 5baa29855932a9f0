"""Work promised now, done after the commit.

`announce` writes one row per subscriber in the open transaction. After the commit the queue is poked; a periodic
drain finds what a lost poke left behind. A row is claimed by one conditional update with a lease, so a worker that
dies gives it back. Each subscriber retries alone, with a growing delay, and ends done or failed and visible.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import JSON, Index, String, and_, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.codes import random_code16
from academy.core.db import Base, UtcDateTime, after_commit, db, insert_rows, state_type, table_of, transaction
from academy.core.queues import Queue, poke

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=5)


class OutboxState(StrEnum):
    """Where a promised piece of work stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"


class OutboxRow(Base):
    """One event for one subscriber."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "queue", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(80))
    subscriber: Mapped[str] = mapped_column(String(80))
    queue: Mapped[Queue] = mapped_column(state_type(Queue))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[OutboxState] = mapped_column(state_type(OutboxState), default=OutboxState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim: Mapped[str | None] = mapped_column(String(16))
    last_error: Mapped[str] = mapped_column(String(2000), default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_INSERT = insert(table_of(OutboxRow)).inline()


class Again:
    """Returned by a subscriber that has done one slice and wants to be called again at once."""


class LeaseLost(RuntimeError):
    """Another worker took the row over; what this one did is rolled back."""


Handler = Callable[..., Again | None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A named handler of an event."""

    name: str
    event: str
    handler: Handler
    queue: Queue
    is_transactional: bool


_subscriptions: dict[str, Subscription] = {}


def subscribe(
    event: str, *, name: str, queue: Queue = Queue.DEFAULT, transactional: bool = True
) -> Callable[[Handler], Handler]:
    """Register a handler, called as `handler(now=…, **ids)`.

    Transactional: it runs in one transaction with the mark that it is done, so its database effects happen exactly
    once. Otherwise (mail, PDFs, web hooks) it opens its own transactions and must be safe to repeat.
    """

    def register(handler: Handler) -> Handler:
        if name in _subscriptions:
            raise ValueError(f"two subscribers are named {name}")
        _subscriptions[name] = Subscription(name, event, handler, queue, transactional)
        return handler

    return register


def subscriptions() -> list[Subscription]:
    """Every subscriber, by name."""
    return [_subscriptions[name] for name in sorted(_subscriptions)]


def announce(event: str, *, now: datetime, **ids: Any) -> None:
    """Promise the event to every subscriber, in the open transaction. `ids` are JSON values, never objects."""
    announce_many(event, [ids], now=now)


def announce_many(event: str, payloads: list[dict[str, Any]], *, now: datetime) -> None:
    """`announce` for many payloads in one statement."""
    subscribers = [s for s in _subscriptions.values() if s.event == event]
    rows = [
        {
            "event": event,
            "subscriber": s.name,
            "queue": s.queue,
            "payload": payload,
            "state": OutboxState.PENDING,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
            "last_error": "",
        }
        for s in subscribers
        for payload in payloads
    ]
    if not rows:
        return
    insert_rows(_INSERT, rows)
    for queue in {s.queue for s in subscribers}:
        after_commit(lambda queue=queue: poke(queue))  # type: ignore[misc]


def newest_rows(event: str, *, payload: dict[str, Any], within: int = 1_000) -> list[int]:
    """The ids of the rows that the open transaction has just announced with this payload, one for each subscriber."""
    newest = db.session.scalar(select(func.max(OutboxRow.id))) or 0
    query = select(OutboxRow.id, OutboxRow.payload).where(OutboxRow.id > newest - within, OutboxRow.event == event)
    return [row_id for row_id, given in db.session.execute(query.order_by(OutboxRow.id)) if given == payload]


def rows_by_ids(ids: Iterable[int]) -> list[OutboxRow]:
    """Outbox rows by id, to show how far what was promised has come."""
    return list(db.session.scalars(select(OutboxRow).where(OutboxRow.id.in_(list(ids))).order_by(OutboxRow.id)))


def drain(*, now: datetime, queue: Queue | None = None, limit: int = 100_000) -> int:
    """Do everything that is due, oldest first, until nothing is; returns how many deliveries were made."""
    made = 0
    while made < limit:
        ids = _due(now, queue, min(200, limit - made))
        if not ids:
            break
        made += sum(_deliver(row_id, now) for row_id in ids)
    return made


def _is_due(now: datetime) -> Any:
    waiting = OutboxRow.state.in_([OutboxState.PENDING, OutboxState.CLAIMED])  # a claimed row is due when its lease ends
    return and_(waiting, OutboxRow.due_at <= now)


def _due(now: datetime, queue: Queue | None, limit: int) -> list[int]:
    query = select(OutboxRow.id).where(_is_due(now)).order_by(OutboxRow.id).limit(limit)
    if queue is not None:
        query = query.where(OutboxRow.queue == queue)
    ids = list(db.session.scalars(query))
    db.session.commit()
    return ids


def _deliver(row_id: int, now: datetime) -> bool:
    """Claim a row and hand it to its subscriber; False when somebody else has it."""
    claim = random_code16()
    with transaction():
        row = _claim(row_id, claim, now)
    if row is None:
        return False
    name, payload, attempts = row
    subscription = _subscriptions.get(name)
    try:
        if subscription is None:
            raise LookupError(f"no subscriber is named {name}")
        _hand_over(subscription, row_id, claim, payload, now)
    except Exception as error:
        log.warning("outbox.refused", subscriber=name, row=row_id, attempts=attempts, error=repr(error))
        with transaction():
            _settle(row_id, claim, _after_failure(error, attempts, now))
    return True


def _claim(row_id: int, claim: str, now: datetime) -> tuple[str, dict[str, Any], int] | None:
    row = db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, _is_due(now))
        .values(state=OutboxState.CLAIMED, claim=claim, due_at=now + LEASE, attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow.subscriber, OutboxRow.payload, OutboxRow.attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return (row.subscriber, row.payload, row.attempts) if row else None


def _hand_over(subscription: Subscription, row_id: int, claim: str, payload: dict[str, Any], now: datetime) -> None:
    if subscription.is_transactional:
        with transaction():
            outcome = subscription.handler(now=now, **payload)
            if not _settle(row_id, claim, _after_success(outcome, now)):
                raise LeaseLost(f"outbox row {row_id}")
        return
    outcome = subscription.handler(now=now, **payload)
    with transaction():
        _settle(row_id, claim, _after_success(outcome, now))


def _settle(row_id: int, claim: str, values: dict[str, Any]) -> bool:
    """Record the outcome; False when the claim is not ours any more."""
    settled = db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.claim == claim)
        .values(**values)
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return settled.one_or_none() is not None


def _after_success(outcome: Again | None, now: datetime) -> dict[str, Any]:
    if isinstance(outcome, Again):
        return {"state": OutboxState.PENDING, "due_at": now, "attempts": 0, "claim": None}
    return {"state": OutboxState.DONE, "done_at": now, "last_error": "", "claim": None}


def _after_failure(error: Exception, attempts: int, now: datetime) -> dict[str, Any]:
    delay = FIRST_DELAY * 4 ** (attempts - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    state = OutboxState.FAILED if attempts >= MOST_ATTEMPTS else OutboxState.PENDING
    return {"state": state, "due_at": now + delay, "last_error": repr(error)[:2000], "claim": None}


def failed_rows(*, limit: int = 200) -> list[OutboxRow]:
    """What was given up, newest first, for the operator."""
    query = select(OutboxRow).where(OutboxRow.state == OutboxState.FAILED).order_by(OutboxRow.id.desc()).limit(limit)
    return list(db.session.scalars(query))


def retry_failed(row_id: int, *, now: datetime) -> bool:
    """Give a failed row another round of attempts; False when it is not failed any more."""
    changed = db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.state == OutboxState.FAILED)
        .values(state=OutboxState.PENDING, attempts=0, due_at=now)
        .returning(OutboxRow.queue)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is not None:
        queue = changed.queue
        after_commit(lambda: poke(queue))
    return changed is not None
