"""Tables of check-in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import CheckInKind
from academy.core.db import Base, UtcDateTime, state_type
from academy.core.sealed import SealedText

_IS_OPEN = text("closed_at IS NULL")


class CheckInOpening(Base):
    """A time during which people check in to, or out of, a session. Each opening has a secret of its own."""

    __tablename__ = "check_in_opening"
    __table_args__ = (
        Index("uq_check_in_opening_live", "session_id", "kind", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        CheckConstraint("opened_at < closes_at", name="times_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), index=True)
    kind: Mapped[CheckInKind] = mapped_column(state_type(CheckInKind))
    secret: Mapped[str] = mapped_column(SealedText)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by: Mapped[str] = mapped_column(String(120))

    def is_open_at(self, at: datetime) -> bool:
        """Whether codes are taken at an instant."""
        return self.closed_at is None and at < self.closes_at


class CheckIn(Base):
    """One person checked in, or out, once. A device stands for one person in a session."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("session_id", "kind", "learner_id"),
        UniqueConstraint("session_id", "kind", "device", name="uq_check_in_device"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opening_id: Mapped[int] = mapped_column(ForeignKey("check_in_opening.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"))
    kind: Mapped[CheckInKind] = mapped_column(state_type(CheckInKind))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    device: Mapped[str] = mapped_column(String(64))  # SHA-256 of the cookie that marks the device
    at: Mapped[datetime] = mapped_column(UtcDateTime)
