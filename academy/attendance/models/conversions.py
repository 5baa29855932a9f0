"""Applications to count something else as hours: applied for by one person, decided by another."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import ConversionState
from academy.core.db import Base, UtcDateTime, state_type

_ONCE = text("is_once AND state IN ('applied', 'approved')")


class HoursConversion(Base):
    """One application. `minutes` is what it is worth by the rule; what was credited stands in the ledger."""

    __tablename__ = "hours_conversion"
    __table_args__ = (
        # a degree counts once in a life, whatever door, whoever is faster
        Index("uq_hours_conversion_once", "learner_id", "kind", unique=True, sqlite_where=_ONCE, postgresql_where=_ONCE),
        CheckConstraint("units > 0", name="units_positive"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("state NOT IN ('refused', 'revoked') OR reason <> ''", name="refused_with_reason"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> applied_by_id", name="two_people"),
        Index("ix_hours_conversion_learner_id", "learner_id"),
        Index("ix_hours_conversion_state", "state", "applied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    kind: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(20))  # kind and day from which the rule holds: degree 2009-09-07
    is_once: Mapped[bool]
    title_zh: Mapped[str] = mapped_column(String(120))
    units: Mapped[int]
    minutes: Mapped[int]
    earned_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(String(500))
    state: Mapped[ConversionState] = mapped_column(state_type(ConversionState))
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    applied_by: Mapped[str] = mapped_column(String(120))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
