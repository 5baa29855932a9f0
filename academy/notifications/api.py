"""The JSON door of the message ledger."""

from datetime import datetime

from pydantic import BaseModel, Field

from academy.core.access import current_actor
from academy.core.api import endpoint
from academy.notifications import letters, queries


class MessagesQuery(BaseModel):
    """Which part of the inbox."""

    limit: int = Field(default=20, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class InboxMessage(BaseModel):
    """One message in the reader's language."""

    code: str
    reason: str
    subject: str
    body: str
    link: str | None
    planned_at: datetime
    read_at: datetime | None


class Inbox(BaseModel):
    """A part of the inbox, newest first."""

    total: int
    unread: int
    messages: list[InboxMessage]


@endpoint("GET", "/me/messages", query=MessagesQuery, returns=Inbox)
def messages(query: MessagesQuery) -> Inbox:
    """The signed-in person's own messages."""
    user_id = current_actor().user_id or 0
    found, total = queries.inbox(user_id, limit=query.limit, offset=query.offset)
    shown = []
    for message in found:
        words = letters.letter_of(message)
        shown.append(
            InboxMessage(
                code=message.code,
                reason=message.reason,
                subject=words.subject,
                body=words.body,
                link=words.link,
                planned_at=message.planned_at,
                read_at=message.read_at,
            )
        )
    return Inbox(total=total, unread=queries.unread_count(user_id), messages=shown)
