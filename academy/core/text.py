"""Text that is decided below the door and put into the reader's language at the door.

Message ids are the Chinese sentences themselves; English comes from academy/translations.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from flask import g, has_app_context
from flask_babel import force_locale, get_translations

from academy.core import wording

Param: TypeAlias = "str | int | Decimal | date | datetime | Text | Name | None"


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called in both languages: data, which no catalog translates."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if self.en and wording.is_english() else self.zh


def translate(msgid: str) -> str:
    """A sentence in the reader's language. The catalog is looked up once a request: pages ask for dozens of sentences."""
    if not has_app_context():
        return msgid
    catalog = g.get("catalog")
    if catalog is None:
        catalog = g.catalog = get_translations()
    return str(catalog.gettext(msgid))


@contextmanager
def in_language(locale: str) -> Iterator[None]:
    """Write in somebody else's language for a while, for a letter to her."""
    kept = g.pop("catalog", None)
    with force_locale(locale):
        yield
    g.catalog = kept


def N_(msgid: str) -> str:  # noqa: N802 - the name that message extraction looks for
    """Mark a sentence for translation without translating it yet."""
    return msgid


@dataclass(frozen=True, init=False)
class Text:
    """A sentence with its figures, translated when it is shown.

    >>> str(Text("余 %(left)s 席", left=3))
    '余 3 席'
    """

    msgid: str
    params: dict[str, Any] = field(default_factory=dict)

    def __init__(self, msgid: str, /, **params: Param) -> None:
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", params)

    def __str__(self) -> str:
        return self.msgid % {k: _shown(v) for k, v in self.params.items()} if self.params else self.msgid

    def as_json(self) -> dict[str, Any]:
        """The text as stored in a JSON column (dates become ISO strings, figures stay as they are)."""
        return {"msgid": self.msgid, "params": {k: _plain(v) for k, v in self.params.items()}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Text":
        """The text that `as_json` stored."""
        return cls(stored["msgid"], **{k: _read(v) for k, v in stored["params"].items()})


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return Name(**value) if "zh" in value else Text.from_json(value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_json()
    if isinstance(value, Name):
        return {"zh": value.zh, "en": value.en}
    return value if isinstance(value, str | int | None) else _shown(value)


def _shown(value: Any) -> Any:
    if isinstance(value, Text):
        return render(value)
    if isinstance(value, datetime):
        return wording.datetime_words(value)
    if isinstance(value, date):
        return wording.date_words(value)
    return value


def render(text: "Text | str | None") -> str:
    """The text in the reader's language; a plain string is taken as a message id without figures."""
    if text is None:
        return ""
    if isinstance(text, str):
        return translate(text) if text else text
    if not has_app_context():
        return str(text)
    translated = translate(text.msgid)
    return translated % {k: _shown(v) for k, v in text.params.items()} if text.params else translated
