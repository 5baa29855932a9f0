"""One unit of work: all or nothing, opened once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import SYSTEM
from academy.core.audit import AuditRow, record
from academy.core.db import TransactionAlreadyOpen, UtcDateTime, after_commit, db, transaction


def _subjects(session: Session) -> list[str]:
    return list(session.scalars(select(AuditRow.subject).order_by(AuditRow.id)))


def test_it_commits_at_the_end(session: Session, now: datetime) -> None:
    with transaction():
        record(SYSTEM, "test.done", "thing:1", now=now)
    session.rollback()
    assert _subjects(session) == ["thing:1"]


def test_it_leaves_nothing_behind_when_it_fails(session: Session, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="on purpose"), transaction():
        record(SYSTEM, "test.done", "thing:1", now=now)
        raise RuntimeError("on purpose")
    assert _subjects(session) == []


def test_it_is_not_opened_twice(session: Session) -> None:
    with transaction(), pytest.raises(TransactionAlreadyOpen), transaction():
        pass


def test_rows_changed_outside_are_refused(session: Session, now: datetime) -> None:
    session.add(AuditRow(at=now, actor_name="x", action="a", subject="s", reason=""))
    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    session.expunge_all()


def test_callbacks_run_after_the_commit_only(session: Session) -> None:
    ran: list[str] = []
    with transaction():
        after_commit(lambda: ran.append("kept"))
        assert ran == []
    with pytest.raises(RuntimeError), transaction():
        after_commit(lambda: ran.append("lost"))
        raise RuntimeError
    assert ran == ["kept"]


def test_an_instant_needs_a_time_zone() -> None:
    column: Any = UtcDateTime()
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 1, 1), db)  # noqa: DTZ001 - the naive value is the test


def test_an_instant_comes_back_in_utc(session: Session, now: datetime, make_audit_row: Callable[[], AuditRow]) -> None:
    row_id = make_audit_row().id
    session.expire_all()
    kept = session.get_one(AuditRow, row_id)
    assert kept.at == now
    assert kept.at.tzinfo is UTC


@pytest.fixture
def make_audit_row(session: Session, now: datetime) -> Callable[[], AuditRow]:
    """An audit row that is flushed."""

    def make() -> AuditRow:
        row = AuditRow(at=now, actor_name="x", action="a", subject="s", reason="")
        session.add(row)
        session.commit()
        return row

    return make
