"""A room as a grid of seats, and people put into it so that groups are kept apart. Pure."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from string import ascii_uppercase
from typing import NamedTuple, TypeVar

MOST_COLUMNS = 12  # more names than this across an A4 sheet cannot be read


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
