"""Codes that rotate, and what an arrival means. No database, no clock, no Flask."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import pyotp

from academy.attendance.rules.marking import MarkState
from academy.core.text import N_

INTERVAL = 20  # seconds that a code lives
SKEW = timedelta(seconds=5)  # between the clock that showed the code and the one that checks it
TICKET_HOLDS = timedelta(minutes=5)  # from the scan to the press: time to sign in
DIGITS = 6


class CheckInKind(StrEnum):
    """Coming, or going before the end."""

    IN = "in"
    OUT = "out"


KIND_WORDS = {CheckInKind.IN: N_("签到"), CheckInKind.OUT: N_("签退")}


def new_secret() -> str:
    """A secret for one opening: 160 random bits in base32."""
    return pyotp.random_base32()


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=INTERVAL)


def code_at(secret: str, at: datetime) -> str:
    """The six digits that are shown at an instant."""
    return _totp(secret).at(at)


def seconds_left(at: datetime) -> int:
    """How long the code of an instant is still shown."""
    return INTERVAL - int(at.timestamp()) % INTERVAL


def accepts(secret: str, code: str, at: datetime) -> bool:
    """Whether a code was shown at an instant, give or take SKEW."""
    totp = _totp(secret)
    shown = {totp.at(at - SKEW), totp.at(at), totp.at(at + SKEW)}
    return any(hmac.compare_digest(one.encode(), code.encode()) for one in shown)


class Arrival(NamedTuple):
    """A mark: its state, and the attended teaching minutes."""

    state: MarkState
    minutes: int


def arrival_at(at: datetime, starts_at: datetime, planned: int, late_after: int) -> Arrival:
    """What a check-in is worth. Minutes after the start are missed once they exceed `late_after` minutes."""
    late = int((at - starts_at).total_seconds() // 60)
    if late <= late_after:
        return Arrival(MarkState.PRESENT, planned)
    return Arrival(MarkState.LATE, max(planned - late, 0))


def departure_at(at: datetime, ends_at: datetime, arrived: Arrival, early_before: int) -> Arrival:
    """What is left of an arrival when somebody goes before the end by more than `early_before` minutes."""
    early = int((ends_at - at).total_seconds() // 60)
    if early <= early_before:
        return arrived
    return Arrival(MarkState.LEFT_EARLY, max(arrived.minutes - early, 0))
