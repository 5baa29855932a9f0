"""The audit trail: one row with every write, chained after the commit so that it never serializes writers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.access import Actor
from academy.core.db import Base, UtcDateTime, db, insert_rows, table_of

SETTLED = timedelta(seconds=10)  # a transaction may commit after a later one: leave it time before it is chained
UNCHAINED_TOO_LONG = timedelta(hours=1)
GENESIS = "0" * 64


class AuditRow(Base):
    """Who did what to which thing, with before, after and the reason."""

    __tablename__ = "audit_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(String(2000), default="")


class AuditLink(Base):
    """One link of the chain: the hash of an audit row, and of all links before it."""

    __tablename__ = "audit_link"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row_id: Mapped[int] = mapped_column(ForeignKey("audit_row.id"), unique=True)
    row_hash: Mapped[str] = mapped_column(String(64))
    chain_hash: Mapped[str] = mapped_column(String(64))


_INSERT = insert(table_of(AuditRow)).inline()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of the chain found: the ids of rows that are altered, missing or left out of the chain."""

    checked: int
    altered: tuple[int, ...]
    missing: tuple[int, ...]
    unchained: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every row is there and as it was written."""
        return not (self.altered or self.missing or self.unchained)


def record(
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write an audit row in the open transaction. `subject` is "kind:code"; before and after hold plain JSON values."""
    record_many(actor, action, [(subject, before, after)], now=now, reason=reason)


def record_many(
    actor: Actor,
    action: str,
    changes: list[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]],
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """`record` for many subjects (subject, before, after) in one statement."""
    rows = [
        {
            "at": now,
            "actor_id": actor.user_id,
            "actor_name": actor.name[:120],
            "action": action,
            "subject": subject,
            "before": dict(before) if before else None,
            "after": dict(after) if after else None,
            "reason": reason[:2000],
        }
        for subject, before, after in changes
    ]
    insert_rows(_INSERT, rows)


def _row_hash(row: AuditRow) -> str:
    who_and_what = [row.id, row.at.isoformat(), row.actor_id, row.actor_name, row.action, row.subject]
    fields = [*who_and_what, row.before, row.after, row.reason]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _chained(previous: str, row_hash: str) -> str:
    return hashlib.sha256(f"{previous}{row_hash}".encode()).hexdigest()


def extend_chain(*, now: datetime, limit: int = 5000) -> int:
    """Chain the rows that have settled; returns how many. The caller's transaction is the only writer of links."""
    last = db.session.scalars(select(AuditLink).order_by(AuditLink.id.desc()).limit(1).with_for_update()).first()
    number, previous = (last.id, last.chain_hash) if last else (0, GENESIS)
    rows = db.session.scalars(
        select(AuditRow)
        .where(AuditRow.at < now - SETTLED, ~select(AuditLink.id).where(AuditLink.row_id == AuditRow.id).exists())
        .order_by(AuditRow.id)
        .limit(limit)
    ).all()
    links = []
    for row in rows:
        number += 1
        row_hash = _row_hash(row)
        previous = _chained(previous, row_hash)
        links.append({"id": number, "row_id": row.id, "row_hash": row_hash, "chain_hash": previous})
    if links:
        db.session.execute(insert(AuditLink), links)
    return len(links)


def check_chain(*, now: datetime) -> ChainReport:
    """Recompute the whole chain from the rows as they are now."""
    altered: list[int] = []
    missing: list[int] = []
    previous, number = GENESIS, 0
    pairs = db.session.execute(
        select(AuditLink, AuditRow).outerjoin(AuditRow, AuditRow.id == AuditLink.row_id).order_by(AuditLink.id)
    )
    for link, row in pairs:
        number += 1
        previous = _chained(previous, link.row_hash)
        if row is None or link.id != number:
            missing.append(link.row_id)
            number = link.id
        elif _row_hash(row) != link.row_hash or previous != link.chain_hash:
            altered.append(row.id)
        previous = link.chain_hash
    late = select(AuditRow.id).where(
        AuditRow.at < now - UNCHAINED_TOO_LONG, ~select(AuditLink.id).where(AuditLink.row_id == AuditRow.id).exists()
    )
    return ChainReport(number, tuple(altered), tuple(missing), tuple(db.session.scalars(late.order_by(AuditRow.id))))
