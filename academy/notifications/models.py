"""Tables of the message ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.notifications.rules import Channel, MessageState

UNREAD = text("channel = 'in_app' AND read_at IS NULL")


class Message(Base):
    """One person told one thing for one reason through one channel. The texts are kept as they were planned."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("person", "reason", "key", "channel", name="uq_message_person_reason"),
        CheckConstraint("state <> 'sending' OR claim IS NOT NULL", name="sending_is_claimed"),
        Index("ix_message_unread", "user_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_message_inbox", "user_id", "channel", "id"),
        Index("ix_message_state", "channel", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    person: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(120))
    channel: Mapped[Channel] = mapped_column(state_type(Channel))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(255))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_one_time: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[MessageState] = mapped_column(state_type(MessageState))
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(16))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(String(500), default="")
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageEvent(Base):
    """What happened to an e-mail, attempt by attempt; never changed."""

    __tablename__ = "message_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    state: Mapped[MessageState] = mapped_column(state_type(MessageState))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(String(500))
