"""The chain shows a row that was altered, removed or slipped in."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from academy.core.access import SYSTEM
from academy.core.audit import AuditLink, AuditRow, check_chain, extend_chain, record
from academy.core.db import transaction


@pytest.fixture
def later(session: Session, now: datetime) -> datetime:
    """Five rows, chained; the instant at which they have settled."""
    for number in range(5):
        with transaction():
            record(SYSTEM, "test.done", f"thing:{number}", now=now, after={"数": number})
    later = now + timedelta(minutes=1)
    with transaction():
        assert extend_chain(now=later) == 5
    return later


def test_untouched_rows_are_whole(later: datetime) -> None:
    report = check_chain(now=later)
    assert report.is_whole
    assert report.checked == 5


def test_chaining_again_adds_nothing(later: datetime) -> None:
    with transaction():
        assert extend_chain(now=later) == 0


def test_an_altered_row_is_named(session: Session, later: datetime) -> None:
    third = session.query(AuditRow).order_by(AuditRow.id)[2].id
    session.execute(update(AuditRow).where(AuditRow.id == third).values(actor_name="somebody else"))
    assert check_chain(now=later).altered == (third,)


def test_a_row_altered_together_with_its_link_breaks_the_chain(session: Session, later: datetime) -> None:
    session.execute(update(AuditLink).where(AuditLink.id == 3).values(row_hash="0" * 64))
    assert not check_chain(now=later).is_whole


def test_a_removed_link_is_seen(session: Session, later: datetime) -> None:
    session.execute(delete(AuditLink).where(AuditLink.id == 3))
    assert not check_chain(now=later + timedelta(hours=2)).is_whole


def test_a_row_slipped_in_late_is_named(session: Session, later: datetime, now: datetime) -> None:
    session.execute(
        insert(AuditRow), [{"at": now, "actor_name": "x", "action": "test.slipped", "subject": "thing:9", "reason": ""}]
    )
    assert len(check_chain(now=later + timedelta(hours=2)).unchained) == 1


def test_rows_that_may_still_be_overtaken_wait(session: Session, now: datetime) -> None:
    with transaction():
        record(SYSTEM, "test.done", "thing:1", now=now)
    with transaction():
        assert extend_chain(now=now + timedelta(seconds=5)) == 0
