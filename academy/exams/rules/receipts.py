"""The receipt of an attempt: one hash over everything the server has received. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_FIGURES = re.compile(r"[^0-9a-f]")


class EventFacts(NamedTuple):
    """An answer event as the hash sees it."""

    seq: int
    position: int
    response: str
    is_flagged: bool
    received_at: datetime


class ReceiptState(StrEnum):
    """What a check of a receipt finds."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


def compute_receipt(code: str, state: str, submitted_at: datetime, events: Iterable[EventFacts]) -> str:
    """SHA-256 in hexadecimal: one JSON line for the attempt, then one for each event in the order of its number.

    A changed, missing, added or exchanged event gives another hash, and so does another moment of handing in.
    """
    whole = hashlib.sha256(_line([code, state, _instant(submitted_at)]))
    for event in events:
        whole.update(_line([event.seq, event.position, event.response, event.is_flagged, _instant(event.received_at)]))
    return whole.hexdigest()


def read_digest(typed: str) -> str:
    """A hash as a person may copy it: capitals, spaces, dashes."""
    return _FIGURES.sub("", typed[:200].lower())


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _line(values: list[object]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
