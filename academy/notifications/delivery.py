"""Sending one planned e-mail: claim, act without an open transaction, record."""

from datetime import datetime

from academy.config import settings
from academy.core.db import transaction
from academy.notifications import letters, services
from academy.notifications.models import Message
from academy.notifications.rules import MessageState
from academy.notifications.transport import Envelope, Post, hand_over


class TryAgainLater(RuntimeError):
    """The letter was not taken yet; the outbox comes back with a growing delay."""


def deliver(*, message_id: int, now: datetime) -> None:
    """Send an e-mail once. Safe to repeat: what was claimed or recorded is never sent again.

    The claim is committed before the letter goes out. If this process dies in between, the next delivery finds the
    claim, and when it has ended marks the message UNKNOWN for an operator instead of sending a second copy.
    """
    with transaction():
        message = services.claim(message_id=message_id, now=now)
    if message is None:
        return _wait_for_other(message_id)
    answer = hand_over(envelope_of(message, now), post())
    with transaction():
        state = services.settle(message=message, answer=answer, now=now)
    if state is MessageState.BOUNCED:
        raise TryAgainLater(answer.words)
    return None


def _wait_for_other(message_id: int) -> None:
    with transaction() as session:
        message = session.get(Message, message_id)
    if message is not None and message.state is MessageState.SENDING:
        raise TryAgainLater("another worker holds the claim")


def post() -> Post:
    """Where this installation hands letters in."""
    config = settings()
    return Post(config.mail_url, config.mail_dir, config.mail_from, config.academy_name_zh)


def envelope_of(message: Message, now: datetime) -> Envelope:
    """The letter in its receiver's language."""
    with letters.language(message.locale):
        words = letters.letter_of(message)
    body = f"{words.body}\n\n{settings().address}{words.link}\n" if words.link else f"{words.body}\n"
    return Envelope(message.code, message.email or "", message.name, words.subject, body, now)
