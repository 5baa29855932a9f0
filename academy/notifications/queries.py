"""Every read of the message ledger."""

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.notifications.models import Message, MessageEvent
from academy.notifications.rules import NEEDS_A_PERSON, Channel, MessageState


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the operator looks for among the e-mails."""

    states: tuple[MessageState, ...] = ()
    search: str = ""


def unread_count(user_id: int) -> int:
    """How many messages wait unread in a person's inbox."""
    query = select(func.count()).where(Message.user_id == user_id, Message.channel == Channel.IN_APP, Message.read_at.is_(None))
    return db.session.scalar(query) or 0


def inbox(user_id: int, *, limit: int = 20, offset: int = 0) -> tuple[list[Message], int]:
    """A page of a person's inbox, newest first, and how many there are."""
    query = select(Message).where(Message.user_id == user_id, Message.channel == Channel.IN_APP)
    return _page(query, limit, offset)


def get_message(code: str, *, user_id: int | None = None) -> Message:
    """A message by its code; with `user_id`, only one of that person's inbox. Raises NotFound."""
    query = select(Message).where(Message.code == code)
    if user_id is not None:
        query = query.where(Message.user_id == user_id, Message.channel == Channel.IN_APP)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def emails(wanted: QueueFilter, *, limit: int = 20, offset: int = 0) -> tuple[list[Message], int]:
    """A page of e-mails, newest first, and how many there are."""
    query = select(Message).where(Message.channel == Channel.EMAIL)
    if wanted.states:
        query = query.where(Message.state.in_(wanted.states))
    if wanted.search:
        query = query.where(
            or_(
                Message.name.contains(wanted.search, autoescape=True),
                Message.email.contains(wanted.search.lower(), autoescape=True),
                Message.reason.contains(wanted.search, autoescape=True),
            )
        )
    return _page(query, limit, offset)


def _page(query: Select[Message], limit: int, offset: int) -> tuple[list[Message], int]:
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(db.session.scalars(query.order_by(Message.id.desc()).limit(limit).offset(offset))), total


def email_counts() -> dict[MessageState, int]:
    """How many e-mails stand in each state."""
    query = select(Message.state, func.count()).where(Message.channel == Channel.EMAIL).group_by(Message.state)
    return dict(db.session.execute(query).all())


def not_reached_count() -> int:
    """How many e-mails wait for a person: they did not arrive, or nobody knows."""
    query = select(func.count()).where(Message.channel == Channel.EMAIL, Message.state.in_(NEEDS_A_PERSON))
    return db.session.scalar(query) or 0


def not_reached(*, limit: int = 200) -> list[Message]:
    """The e-mails that wait for a person, the longest waiting first."""
    query = select(Message).where(Message.channel == Channel.EMAIL, Message.state.in_(NEEDS_A_PERSON))
    return list(db.session.scalars(query.order_by(Message.changed_at, Message.id).limit(limit)))


def events_of(message_id: int) -> list[MessageEvent]:
    """What happened to an e-mail, in order."""
    query = select(MessageEvent).where(MessageEvent.message_id == message_id).order_by(MessageEvent.id)
    return list(db.session.scalars(query))
