"""The week grid: sessions as slots of half-hour rows from 08:00, days in groups of five; weeks by their Monday. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from academy.core.clock import local

ROW_MINUTES = 30
FIRST_ROW = 8 * 60  # 08:00
LAST_ROW = 17 * 60 + 30
LONGEST_SPAN = 8
DAYS_IN_A_ROW = 5
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Slot(NamedTuple):
    """A session as the timetable shows it."""

    session_id: int
    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    panel: str  # css class of its field's panel, empty for an assessment
    people: tuple[str, ...]
    place: str  # empty when it is the class's own room
    note: str = ""  # the class, where several are shown together
    href: str = ""
    why: str = ""  # the reason, when it is cancelled

    @property
    def day(self) -> date:
        """The academy's calendar day."""
        return local(self.starts_at).date()

    @property
    def row(self) -> str:
        """The row in which it begins, as in the css class at-0830."""
        minutes = min(max(_nearest_row(self.starts_at), FIRST_ROW), LAST_ROW)
        return f"{minutes // 60:02}{minutes % 60:02}"

    @property
    def span(self) -> int:
        """How many rows it takes, as in the css class for-7."""
        clock = local(self.ends_at)
        last = -(-(clock.hour * 60 + clock.minute) // ROW_MINUTES) * ROW_MINUTES  # the row it ends in belongs to it
        return min(max((last - _nearest_row(self.starts_at)) // ROW_MINUTES, 1), LONGEST_SPAN)


class Day(NamedTuple):
    """A day with its slots."""

    day: date
    slots: tuple[Slot, ...]


def _nearest_row(at: datetime) -> int:
    clock = local(at)
    return round((clock.hour * 60 + clock.minute) / ROW_MINUTES) * ROW_MINUTES


def compute_weeks(slots: Sequence[Slot]) -> list[list[Day]]:
    """Days with sessions, five to a row; a new calendar week begins a new row."""
    days = [Day(day, tuple(group)) for day, group in groupby(sorted(slots, key=lambda s: s.starts_at), key=lambda s: s.day)]
    rows: list[list[Day]] = []
    for day in days:
        is_same_week = bool(rows) and rows[-1][-1].day.isocalendar()[:2] == day.day.isocalendar()[:2]
        if is_same_week and len(rows[-1]) < DAYS_IN_A_ROW:
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def read_week(typed: str | None, today: date) -> date:
    """The Monday that an address asks for by any day of its week; the present week when it is none."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return monday_of(today)
    return monday_of(day) if FIRST_YEAR <= day.year <= LAST_YEAR else monday_of(today)
