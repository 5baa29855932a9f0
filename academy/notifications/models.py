"""Tables of notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.notifications.rules import Channel, MessageState


class Message(Base):
    """One row per person, reason, occasion and channel: whatever is retried, a person is written to once."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("user_id", "address", "reason", "key", "channel", name="uq_message_once"),
        Index("ix_message_inbox", "user_id", "channel", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    address: Mapped[str] = mapped_column(String(254), default="")
    name: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(80), index=True)
    key: Mapped[str] = mapped_column(String(80))
    channel: Mapped[Channel] = mapped_column(state_type(Channel))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[MessageState] = mapped_column(state_type(MessageState), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(String(500), default="")
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
