"""Promised work is done once, retried alone, and never lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from academy.core import outbox
from academy.core.access import SYSTEM
from academy.core.audit import AuditRow, record
from academy.core.db import transaction
from academy.core.outbox import Again, OutboxRow, OutboxState, announce, drain, retry_failed, subscribe


@pytest.fixture
def calls() -> Iterator[list[Any]]:
    """Subscribers of three test events, removed afterwards; what they were called with."""
    known = dict(outbox._subscriptions)
    seen: list[Any] = []

    @subscribe("test.simple", name="test.simple")
    def simple(*, now: datetime, number: int) -> None:
        record(SYSTEM, "test.handled", f"number:{number}", now=now)
        seen.append(number)

    @subscribe("test.broken", name="test.broken")
    def broken(*, now: datetime) -> None:
        record(SYSTEM, "test.handled", "broken:1", now=now)
        seen.append("tried")
        raise RuntimeError("the subscriber fails")

    @subscribe("test.sliced", name="test.sliced", transactional=False)
    def sliced(*, now: datetime, slices: int) -> Again | None:
        seen.append("slice")
        return Again() if len(seen) < slices else None

    yield seen
    outbox._subscriptions.clear()
    outbox._subscriptions.update(known)


def _promise(event: str, now: datetime, **ids: Any) -> None:
    with transaction():
        announce(event, now=now, **ids)


def _row(session: Session) -> OutboxRow:
    session.expire_all()
    return session.scalars(select(OutboxRow)).one()


def test_an_announcement_reaches_its_subscriber_once(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.simple", now, number=7)
    assert drain(now=now) == 1
    assert drain(now=now) == 0
    assert calls == [7]
    assert _row(session).state is OutboxState.DONE


def test_nothing_is_promised_by_a_transaction_that_fails(session: Session, calls: list[Any], now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction():
        announce("test.simple", now=now, number=7)
        raise RuntimeError
    assert drain(now=now) == 0


def test_an_event_without_subscribers_leaves_no_row(session: Session, now: datetime) -> None:
    _promise("test.nobody_listens", now)
    assert session.scalars(select(OutboxRow)).all() == []


def test_a_failure_is_rolled_back_and_retried_later_and_later(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.broken", now)
    assert drain(now=now) == 1
    first = _row(session).due_at
    assert first > now
    assert drain(now=first) == 1
    assert _row(session).due_at - first > first - now
    assert session.scalars(select(AuditRow).where(AuditRow.action == "test.handled")).all() == []


def test_what_keeps_failing_ends_failed_and_visible(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.broken", now)
    for _ in range(outbox.MOST_ATTEMPTS):
        drain(now=max(now, _row(session).due_at))
    row = _row(session)
    assert row.state is OutboxState.FAILED
    assert "the subscriber fails" in row.last_error
    assert [r.id for r in outbox.failed_rows()] == [row.id]
    with transaction():
        assert retry_failed(row.id, now=now)
    assert _row(session).state is OutboxState.PENDING


def test_one_subscribers_failure_does_not_hold_the_others(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.broken", now)
    _promise("test.simple", now, number=1)
    drain(now=now)
    assert calls == ["tried", 1]


def test_a_claimed_row_comes_back_when_its_lease_ends(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.simple", now, number=3)
    with transaction():
        session.execute(update(OutboxRow).values(state=OutboxState.CLAIMED, claim="DEADWORKER", due_at=now + outbox.LEASE))
    assert drain(now=now) == 0
    assert drain(now=now + outbox.LEASE + timedelta(seconds=1)) == 1
    assert calls == [3]


def test_a_worker_that_lost_its_lease_changes_nothing(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.simple", now, number=3)
    row = _row(session)
    with transaction():
        assert outbox._claim(row.id, "MINE", now)
    with transaction():
        session.execute(update(OutboxRow).values(claim="SOMEBODY-ELSE"))
    with pytest.raises(outbox.LeaseLost):
        outbox._hand_over(outbox._subscriptions["test.simple"], row.id, "MINE", {"number": 3}, now)
    assert session.scalars(select(AuditRow).where(AuditRow.action == "test.handled")).all() == []


def test_long_work_goes_on_in_slices(session: Session, calls: list[Any], now: datetime) -> None:
    _promise("test.sliced", now, slices=4)
    assert drain(now=now) == 4
    assert _row(session).state is OutboxState.DONE


def test_two_subscribers_may_not_share_a_name(calls: list[Any]) -> None:
    with pytest.raises(ValueError, match="two subscribers"):
        subscribe("test.other", name="test.simple")(lambda **_: None)
