"""In which order people sit, and how sessions fall into half-days and weeks. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple, Protocol, TypeVar

from academy.core.text import N_

NOON, EVENING = 12, 18
HALVES = (N_("上午"), N_("下午"), N_("晚上"))
HALF_CODES = dict(zip(("am", "pm", "eve"), HALVES, strict=True))
FRIDAY = 4
ROWS_ON_A_PAGE = 8  # seating_plan.typ


class SeatOrder(StrEnum):
    """In which order people are given seats."""

    CODE = "code"
    MIXED = "mixed"


ORDER_WORDS = {SeatOrder.CODE: N_("按学号"), SeatOrder.MIXED: N_("各单位错开")}


# ---- half-days and weeks -----------------------------------------------------------------------------------------------


class Sits(Protocol):
    """What lies in a half-day."""

    @property
    def on(self) -> date:
        """The day."""

    @property
    def half(self) -> str:
        """上午, 下午 or 晚上."""


Session = TypeVar("Session", bound=Sits)


class HalfDay(NamedTuple):
    """A half-day: 2026-12-07-am."""

    on: date
    half: str

    @property
    def code(self) -> str:
        """As it stands in an address."""
        return f"{self.on.isoformat()}-{next(code for code, half in HALF_CODES.items() if half == self.half)}"


def half_of(hour: int) -> str:
    """The half-day in which something begins."""
    return HALVES[0] if hour < NOON else HALVES[1] if hour < EVENING else HALVES[2]


def by_half_day(sessions: Iterable[Session]) -> list[tuple[HalfDay, list[Session]]]:
    """Sessions in order, grouped by the half-day in which they begin."""
    return [(key, list(group)) for key, group in groupby(sessions, key=lambda one: HalfDay(one.on, one.half))]


def weeks_of(sessions: Sequence[Session]) -> list[list[tuple[date, list[Session]]]]:
    """Calendar weeks, Monday to Friday and the weekend days on which something is held; each day with its sessions."""
    by_day: dict[date, list[Session]] = defaultdict(list)
    for session in sessions:
        by_day[session.on].append(session)
    mondays = sorted({day - timedelta(days=day.weekday()) for day in by_day})
    weeks = []
    for monday in mondays:
        days = [monday + timedelta(days=number) for number in range(7)]
        weeks.append([(day, by_day.get(day, [])) for day in days if day.weekday() <= FRIDAY or day in by_day])
    return weeks
