"""Where people sit, and how sessions fall into half-days and weeks. Pure."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from string import ascii_uppercase
from typing import NamedTuple, Protocol, TypeVar

from academy.core.text import N_

NOON, EVENING = 12, 18
HALVES = (N_("上午"), N_("下午"), N_("晚上"))
HALF_CODES = dict(zip(("am", "pm", "eve"), HALVES, strict=True))
MOST_COLUMNS = 12  # more names than this across an A4 sheet cannot be read
FRIDAY = 4
ROWS_ON_A_PAGE = 8  # seating_plan.typ


class SeatOrder(StrEnum):
    """In which order people are given seats."""

    CODE = "code"
    MIXED = "mixed"


ORDER_WORDS = {SeatOrder.CODE: N_("按学号"), SeatOrder.MIXED: N_("各单位错开")}


class Layout(NamedTuple):
    """A room as a grid: rows by letter, blocks of columns between aisles, places that are not there."""

    rows: tuple[str, ...]
    blocks: tuple[int, ...]
    absent: tuple[str, ...]

    @property
    def seats(self) -> list[str]:
        """Every seat, row by row from the lectern, left to right."""
        width, absent = sum(self.blocks), set(self.absent)
        codes = (f"{row}{column}" for row in self.rows for column in range(1, width + 1))
        return [code for code in codes if code not in absent]


def row_name(number: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = ascii_uppercase[letter] + name
    return name


def compute_layout(capacity: int) -> Layout:
    """A room of so many seats, a little wider than deep, at most 12 columns; the last row may be shorter.

    Two blocks up to 8 columns, three above: nobody climbs over more than three neighbors to an aisle.
    """
    if capacity < 1:
        raise ValueError(capacity)
    columns = min(MOST_COLUMNS, max(1, round((capacity * 1.6) ** 0.5)))
    columns = min(columns, capacity)
    count = -(-capacity // columns)
    rows = tuple(row_name(number) for number in range(count))
    left = capacity - (count - 1) * columns
    absent = tuple(f"{rows[-1]}{column}" for column in range(left + 1, columns + 1))
    return Layout(rows, _blocks(columns), absent)


def _blocks(columns: int) -> tuple[int, ...]:
    if columns <= 3:
        return (columns,)
    if columns <= 8:
        return (columns - columns // 2, columns // 2)
    side = (columns - columns // 3) // 2
    return (side, columns - 2 * side, side)


def rows_used(placed: Sequence[tuple[str, object]], layout: Layout) -> int:
    """How many rows from the lectern somebody sits in."""
    taken = {code for code, _ in placed}
    width = sum(layout.blocks)
    used = [n for n, row in enumerate(layout.rows, 1) if any(f"{row}{c}" in taken for c in range(1, width + 1))]
    return max(used, default=0)


Person = TypeVar("Person")


def arrange(people: Sequence[Person], groups: Sequence[Hashable], layout: Layout) -> list[tuple[str, Person]]:
    """Give seats in the order of the room so that, as far as it goes, nobody has somebody of her own group in front or beside.

    `groups` has the group of each person. The largest group that still waits goes first, which keeps the last rows mixed too.
    """
    waiting: dict[Hashable, list[Person]] = defaultdict(list)
    for person, group in zip(people, groups, strict=True):
        waiting[group].append(person)
    left = Counter({group: len(members) for group, members in waiting.items()})
    order = {group: place for place, group in enumerate(waiting)}
    sits: dict[tuple[int, int], Hashable] = {}
    width, absent = sum(layout.blocks), set(layout.absent)
    placed: list[tuple[str, Person]] = []
    for row, name in enumerate(layout.rows):
        for column in range(1, width + 1):
            code = f"{name}{column}"
            if code in absent or not left:
                continue
            near = (sits.get((row, column - 1)), sits.get((row - 1, column)))
            group = min(left, key=lambda one: (one in near, one == near[0], -left[one], order[one]))
            sits[row, column] = group
            placed.append((code, waiting[group].pop(0)))
            left[group] -= 1
            if not left[group]:
                del left[group]
    return placed


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
