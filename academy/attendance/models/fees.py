"""Confirmed statements of teaching hours and lecture fees."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime

_IS_CURRENT = text("is_current")


class FeeStatement(Base):
    """One instructor's month as it was confirmed. Never edited nor computed again: a correction is the next version."""

    __tablename__ = "fee_statement"
    __table_args__ = (
        UniqueConstraint("instructor_id", "month", "version"),
        Index(
            "uq_fee_statement_current",
            "instructor_id",
            "month",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
        CheckConstraint("net_fen >= 0 AND tax_fen >= 0 AND gross_fen = net_fen + tax_fen", name="sums_up"),
        CheckConstraint("version = 1 OR reason <> ''", name="corrected_with_reason"),
        Index("ix_fee_statement_month", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"))
    month: Mapped[date]  # its first day
    version: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=True, server_default=true())
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # name, rules and lines as they were
    minutes: Mapped[int]
    net_fen: Mapped[int]
    tax_fen: Mapped[int]
    gross_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_by: Mapped[str] = mapped_column(String(120))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
