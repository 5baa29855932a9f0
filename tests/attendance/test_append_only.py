"""The ledger is append-only: the database refuses to change it, whoever asks."""

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from academy.attendance.models import CreditEntry
from academy.attendance.rules import EntryKind, EntrySource, MarkState
from academy.core.db import db
from tests.attendance.factories import make_room, mark
from tests.attendance.hours_factories import ledger, ledger_sum, make_keeper, make_registered, write_down


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credit_entry SET minutes = minutes + 45",
        "UPDATE credit_entry SET learner_id = learner_id",
        "DELETE FROM credit_entry",
        "DELETE FROM credit_entry WHERE id = :id",
    ],
)
def test_an_entry_is_neither_edited_nor_deleted_in_sql(session: Session, now: datetime, statement: str) -> None:
    room = make_room(now)
    mark(room, {0: MarkState.PRESENT})
    entry = ledger(room.learners[0])[0]
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(statement), {"id": entry.id} if ":id" in statement else {})
    session.expire_all()
    assert ledger_sum(room.learners[0]) == 180


def test_the_table_is_not_emptied(session: Session, now: datetime) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite knows no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("TRUNCATE credit_entry CASCADE"))


def test_an_object_of_the_session_is_not_changed_either(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    write_down(learner, 3, date(2026, 5, 1), keeper, now)
    entry = ledger(learner)[0]
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        entry.minutes = 450
        session.flush()
    session.expire_all()
    assert ledger_sum(learner) == 135


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": EntrySource.SESSION},
        {"source": EntrySource.MAKE_UP, "title_zh": "补课"},
        {"source": EntrySource.CONVERSION, "title_zh": "论文"},
        {"source": EntrySource.DECREE, "title_zh": "文件"},
        {"source": EntrySource.MANUAL, "title_zh": ""},
        {"source": EntrySource.IMPORT},
    ],
)
def test_each_source_needs_its_references(session: Session, now: datetime, wrong: dict[str, object]) -> None:
    learner = make_registered(now)
    row = CreditEntry(
        learner_id=learner.id, kind=EntryKind.CREDIT, minutes=45, rule="x", earned_on=date(2026, 5, 1), entered_at=now, **wrong
    )
    with pytest.raises(IntegrityError, match="source_fits"), session.begin_nested():
        db.session.add(row)


def test_hours_written_down_do_not_lean_on_a_mark(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: MarkState.PRESENT})
    entry = ledger(room.learners[0])[0]
    row = CreditEntry(
        learner_id=entry.learner_id, source=EntrySource.MANUAL, title_zh="别处", mark_id=entry.mark_id, kind=EntryKind.CREDIT,
        minutes=45, rule="x", earned_on=date(2026, 5, 1), entered_at=now,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="source_fits"), session.begin_nested():
        db.session.add(row)
