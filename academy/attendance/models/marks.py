"""Tables of attendance."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import EntryKind, MarkSource, MarkState
from academy.core.db import Base, UtcDateTime, state_type

_IS_CURRENT = text("is_current")


class AttendanceMark(Base):
    """One look at one person in one session. Never edited: a correction is the next version, and the current one."""

    __tablename__ = "attendance_mark"
    __table_args__ = (
        UniqueConstraint("session_id", "learner_id", "version"),
        Index(
            "uq_attendance_mark_current",
            "session_id",
            "learner_id",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
        Index("ix_attendance_mark_learner_id", "learner_id"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        CheckConstraint("made_up_minutes >= 0 AND made_up_minutes <= minutes", name="made_up_is_part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    version: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=True, server_default=true())
    state: Mapped[MarkState] = mapped_column(state_type(MarkState))
    minutes: Mapped[int]  # those made up are among them
    made_up_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    source: Mapped[MarkSource] = mapped_column(state_type(MarkSource), default=MarkSource.ROSTER, server_default="roster")
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")  # of a correction
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    marked_by: Mapped[str] = mapped_column(String(120))
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def seen_minutes(self) -> int:
        """Minutes attended in the session itself."""
        return self.minutes - self.made_up_minutes


class CreditEntry(Base):
    """A line of the ledger of hours. A counter entry takes back exactly the credit that it names."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("mark_id", "kind"),
        UniqueConstraint("counters_id"),
        CheckConstraint(
            "(kind = 'credit' AND minutes > 0 AND counters_id IS NULL) OR "
            "(kind = 'counter' AND minutes < 0 AND counters_id IS NOT NULL)",
            name="kind_fits",
        ),
        Index("ix_credit_entry_learner_id", "learner_id", "earned_on"),
        Index("ix_credit_entry_class_id", "class_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"))
    mark_id: Mapped[int] = mapped_column(ForeignKey("attendance_mark.id"))
    kind: Mapped[EntryKind] = mapped_column(state_type(EntryKind))
    minutes: Mapped[int]
    counters_id: Mapped[int | None] = mapped_column(ForeignKey("credit_entry.id"))
    rule: Mapped[str] = mapped_column(String(20))  # the dated rule by which the minutes were credited
    earned_on: Mapped[date]
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
