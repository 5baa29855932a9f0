"""What a message is: reasons, recipients, channels and states."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a person."""

    IN_APP = "in_app"
    EMAIL = "email"


class MessageState(StrEnum):
    """Where a message stands."""

    PLANNED = "planned"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people are written to: its code, the texts as message ids, and where the message leads."""

    code: str
    subject: str
    body: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to, and in which language."""

    user_id: int | None
    email: str | None
    name: str
    locale: str = "zh_Hans"
