"""Decrees: for a set of people, periods made longer and hours granted, as one act that can be undone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime

_STANDS = text("undone_at IS NULL")


class HoursDecree(Base):
    """One act by one document: which people were chosen how, what it gave them, and whether it was undone."""

    __tablename__ = "hours_decree"
    __table_args__ = (
        # the same document is not carried out twice, also when two press at once
        Index("uq_hours_decree_number", "number", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        CheckConstraint("months >= 0 AND minutes >= 0 AND months + minutes > 0", name="gives_something"),
        CheckConstraint("(undone_at IS NULL) = (undo_reason = '')", name="undone_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    number: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(500))
    months: Mapped[int]
    minutes: Mapped[int]
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON)
    people: Mapped[int]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")


class HoursDecreePerson(Base):
    """What a decree did to one period: its end before and after, and its version after the change."""

    __tablename__ = "hours_decree_person"
    __table_args__ = (Index("ix_hours_decree_person_period_id", "period_id"),)

    decree_id: Mapped[int] = mapped_column(ForeignKey("hours_decree.id"), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("registration_period.id"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    old_ends_on: Mapped[date]
    new_ends_on: Mapped[date]
    version_after: Mapped[int]
