"""What domains beside and above the catalog add to its pages, through app.extensions."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from flask import current_app

from academy.catalog.rules import OpenClassCard
from academy.core.access import current_actor

GUESTS_SEE_SECONDS = 1.0  # a guest cannot enroll: seats on her list may be as old as this; a class's own page is never


class OpenClasses(NamedTuple):
    """The classes as read at one moment; the token is another when any card is, seats included."""

    cards: Sequence[OpenClassCard]
    token: str


class _Seen(NamedTuple):
    provider: Callable[[], Sequence[OpenClassCard]]
    at: float
    classes: OpenClasses


def open_classes() -> OpenClasses:
    """The classes that take enrollments: as of now, for guests as of a moment ago."""
    provider = current_app.extensions.get("catalog.open_classes")
    if provider is None:
        return OpenClasses((), "")
    if current_actor().user_id is not None or current_app.testing:
        return _read(provider)
    seen: _Seen | None = current_app.extensions.get("catalog.seen_classes")
    if seen is None or seen.provider is not provider or monotonic() - seen.at > GUESTS_SEE_SECONDS:
        seen = _Seen(provider, monotonic(), _read(provider))
        current_app.extensions["catalog.seen_classes"] = seen
    return seen.classes


def _read(provider: Callable[[], Sequence[OpenClassCard]]) -> OpenClasses:
    cards = tuple(provider())
    return OpenClasses(cards, repr(cards))


def own_type() -> str | None:
    """The person type of whoever is signed in, None when nobody is or it is not known."""
    user_id = current_actor().user_id
    provider = current_app.extensions.get("catalog.person_type_of")
    return provider(user_id) if provider and user_id is not None else None
