"""Letters: facts as the ledger keeps them, and the words that one reader gets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from academy.core.text import Text, in_language, render
from academy.core.wording import date_words, datetime_words
from academy.notifications.models import Message
from academy.notifications.rules import filled_link

WIPED = "•••"  # stands for a one-time address that the ledger did not keep


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body in one language, and the page that the letter points to."""

    subject: str
    body: str
    link: str | None


def frozen(facts: Mapping[str, object]) -> dict[str, Any]:
    """Facts as JSON that remembers what is a date, an instant or a translatable text. Raises TypeError for others."""
    return {name: _frozen(value) for name, value in facts.items()}


def _frozen(value: object) -> Any:
    if isinstance(value, Text):
        return {"text": value.as_json()}
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, str | int | Decimal):
        return str(value)
    raise TypeError(f"a letter cannot hold a {type(value).__name__}")


def _in_words(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "text" in value:
        return render(Text.from_json(value["text"]))
    if "datetime" in value:
        return datetime_words(datetime.fromisoformat(value["datetime"]))
    return date_words(date.fromisoformat(value["date"]))


class _Words(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return WIPED


def letter(*, subject: str, body: str, link: str | None, facts: Mapping[str, Any], is_wiped: bool = False) -> Letter:
    """The letter in the language in force. Raises KeyError for a fact that the text needs and nobody gave."""
    words = {name: _in_words(value) for name, value in facts.items()}
    known: Mapping[str, str] = _Words(words) if is_wiped else words
    return Letter(render(subject) % known, render(body) % known, filled_link(link, dict(known)))


@contextmanager
def language(locale: str) -> Iterator[None]:
    """Write in somebody else's language."""
    with in_language("en" if locale.startswith("en") else "zh_Hans_CN"):
        yield


def letter_of(message: Message) -> Letter:
    """The letter of a ledger row in the language in force."""
    return letter(
        subject=message.subject,
        body=message.body,
        link=message.link,
        facts=message.facts,
        is_wiped=message.is_one_time,
    )
