"""What a message is, which states it goes through, and what a mail server's answer means."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote

MOST_TRIES = 7  # with the outbox's growing delay the last try comes after about seven hours
CLAIM_HOLDS = timedelta(minutes=4)  # shorter than the outbox's lease: whoever comes after it finds a claim that has ended


class Channel(StrEnum):
    """How a message reaches a person."""

    IN_APP = "in_app"
    EMAIL = "email"


class MessageState(StrEnum):
    """Where a message stands. SENT: the mail server took it over; nobody can promise more by SMTP."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # refused for now, will be tried again
    UNKNOWN = "unknown"  # the worker or the line died between sending and recording: an operator decides
    NOT_REACHED = "not_reached"


MAY_BE_CLAIMED = (MessageState.PLANNED, MessageState.BOUNCED)
MAY_BE_RESENT = (MessageState.BOUNCED, MessageState.UNKNOWN, MessageState.NOT_REACHED)
NEEDS_A_PERSON = (MessageState.UNKNOWN, MessageState.NOT_REACHED)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is written to, and the letter. Texts are message ids with %(fact)s places.

    `is_one_time` marks a letter with an address that works once: it goes out first, by e-mail only, operators do not
    see its content, and its facts are wiped from the ledger once it has gone.
    """

    code: str
    subject: str
    body: str
    link: str | None = None
    is_one_time: bool = False

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Through which channels the letter goes."""
        return (Channel.EMAIL,) if self.is_one_time else (Channel.IN_APP, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is written to: with an account, with an address, with both or with neither."""

    user_id: int | None
    email: str | None
    name: str
    locale: str = "zh_Hans"

    @property
    def person(self) -> str:
        """The person as the ledger tells her from others."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"mail:{self.email.strip().lower()}"[:300] if self.email else f"name:{self.name}"[:300]


def channels_for(reason: Reason, recipient: Recipient) -> list[Channel]:
    """The channels that get a row. Nobody is skipped in silence: without any way there is a row that says so."""
    possible = {Channel.IN_APP: recipient.user_id is not None, Channel.EMAIL: bool(recipient.email)}
    return [channel for channel in reason.channels if possible[channel]] or [Channel.EMAIL]


def filled_link(link: str | None, facts: dict[str, str]) -> str | None:
    """A link with its facts, each quoted; only paths of this installation."""
    if not link or not link.startswith("/") or link.startswith("//"):
        return None
    return link % {name: quote(value, safe="") for name, value in facts.items()}


_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def is_address(email: str) -> bool:
    """Whether an e-mail address can be put on an envelope; refuses line breaks and lists of addresses."""
    return _ADDRESS.fullmatch(email) is not None and ".." not in email


def one_line(text: str, longest: int = 200) -> str:
    """Text for a header: control characters become spaces, so that no second header can be smuggled in."""
    return re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()[:longest]


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of an attempt with the provider's own words."""

    outcome: Outcome
    words: str


def outcome_of_code(code: int) -> Outcome:
    """An SMTP reply code: 4yz may be tried again, anything else that is not 2yz is final (RFC 5321, 4.2.1)."""
    if 200 <= code < 300:
        return Outcome.SENT
    return Outcome.LATER if 400 <= code < 500 else Outcome.REFUSED


def state_after(answer: Answer, tries: int) -> MessageState:
    """The message's state after its `tries`-th attempt."""
    if answer.outcome is Outcome.LATER:
        return MessageState.NOT_REACHED if tries >= MOST_TRIES else MessageState.BOUNCED
    return {
        Outcome.SENT: MessageState.SENT,
        Outcome.REFUSED: MessageState.NOT_REACHED,
        Outcome.UNKNOWN: MessageState.UNKNOWN,
    }[answer.outcome]
