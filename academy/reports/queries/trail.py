"""The audit trail as an auditor reads it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, or_, select

from academy.core.audit import AuditLink, AuditRow
from academy.core.clock import TZ
from academy.core.db import db


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What the auditor looks for."""

    search: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


def trail(wanted: TrailFilter, *, limit: int, offset: int) -> tuple[list[AuditRow], int]:
    """A page of audit rows, newest first, and how many there are."""
    query = select(AuditRow)
    if wanted.search:
        needle = wanted.search
        query = query.where(
            or_(
                AuditRow.actor_name.contains(needle, autoescape=True),
                AuditRow.subject.contains(needle, autoescape=True),
                AuditRow.reason.contains(needle, autoescape=True),
            )
        )
    if wanted.action:
        query = query.where(AuditRow.action == wanted.action)
    if wanted.since:
        query = query.where(AuditRow.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditRow.at < _midnight(wanted.until + timedelta(days=1)))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(db.session.scalars(query.order_by(AuditRow.id.desc()).limit(limit).offset(offset))), total


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TZ).astimezone(UTC)


def actions() -> list[str]:
    """Every action that occurs."""
    return list(db.session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))


def chained_count() -> int:
    """How many rows the chain of hashes holds."""
    return db.session.scalar(select(func.count(AuditLink.id))) or 0
