"""Who sits where in an exam: people of one unit apart as far as it goes, and the same again for the same people. Pure."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from academy.sites.rules.layout import Layout, compute_layout, row_name

MOST_GAP = 2
MOST_TRIES = 200_000  # of exchanging two people; a room of an academy needs a fraction of it


class Place(NamedTuple):
    """A seat: of which room (its number in the sitting), which row from the lectern, which column from the left."""

    room: int
    row: int
    column: int


def seat_label(row: int, column: int) -> str:
    """Row 1, column 3 → A3."""
    return f"{row_name(row - 1)}{column}"


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room of a sitting. `gap` columns stay free between two candidates."""

    number: int
    capacity: int
    gap: int = 0

    @property
    def layout(self) -> Layout:
        """All chairs of the room."""
        return compute_layout(self.capacity)

    @property
    def places(self) -> list[Place]:
        """The seats that a candidate may be given, row by row from the lectern."""
        layout = self.layout
        absent, width = set(layout.absent), sum(layout.blocks)
        return [
            Place(self.number, row, column)
            for row in range(1, len(layout.rows) + 1)
            for column in range(1, width + 1, self.gap + 1)
            if seat_label(row, column) not in absent
        ]


def neighbors(place: Place, gap: int) -> tuple[Place, Place, Place, Place]:
    """The seats beside, in front and behind; whether somebody sits there is another question."""
    number, row, column = place
    step = gap + 1
    return (
        Place(number, row, column - step),
        Place(number, row - 1, column),
        Place(number, row, column + step),
        Place(number, row + 1, column),
    )


def compute_seats(
    people: Sequence[tuple[int, Hashable]], rooms: Sequence[RoomPlan], seated: Mapping[Place, Hashable] | None = None
) -> dict[int, Place]:
    """Seats for people (id, unit), in the order of rooms and rows; whoever is `seated` (place and unit) stays.

    The largest unit that still waits goes first to a seat with none of its own beside or in front; then people are exchanged
    while that parts two of one unit. `None` as a unit is nobody's neighbor. Raises ValueError when there are too few seats.
    """
    taken = dict(seated or {})
    gaps = {room.number: room.gap for room in rooms}
    free = [place for room in sorted(rooms, key=lambda one: one.number) for place in room.places if place not in taken]
    if len(free) < len(people):
        raise ValueError(f"{len(free)} seats for {len(people)} people")
    groups = {id_: ("alone", id_) if unit is None else unit for id_, unit in people}
    placed = _first_fit(groups, free, taken, gaps)
    _exchange(placed, groups, taken, gaps)
    return placed


def _first_fit(
    groups: Mapping[int, Hashable], free: Sequence[Place], taken: dict[Place, Hashable], gaps: Mapping[int, int]
) -> dict[int, Place]:
    """`taken` is filled on the way."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for id_, group in groups.items():
        waiting[group].append(id_)
    left = Counter({group: len(ids) for group, ids in waiting.items()})
    order = {group: place for place, group in enumerate(waiting)}
    placed: dict[int, Place] = {}
    for place in free:
        if not left:
            break
        near = Counter(taken[other] for other in neighbors(place, gaps[place.room]) if other in taken)
        group = min(left, key=lambda one: (near[one], -left[one], order[one]))
        placed[waiting[group].pop(0)] = place
        taken[place] = group
        left[group] -= 1
        if not left[group]:
            del left[group]
    return placed


def _exchange(
    placed: dict[int, Place], groups: Mapping[int, Hashable], taken: dict[Place, Hashable], gaps: Mapping[int, int]
) -> None:
    """Exchange two people where that leaves fewer neighbors of one unit; every exchange lessens them, so it ends."""

    def near(place: Place) -> int:
        return sum(taken.get(other) == taken[place] for other in neighbors(place, gaps[place.room]))

    tries = 0
    for id_ in list(placed):
        if not near(placed[id_]):
            continue
        for other in placed:
            here, there = placed[id_], placed[other]
            if groups[id_] == groups[other]:
                continue
            tries += 1
            before = near(here) + near(there)
            taken[here], taken[there] = taken[there], taken[here]
            if near(here) + near(there) < before:
                placed[id_], placed[other] = there, here
                break
            taken[here], taken[there] = taken[there], taken[here]
        if tries > MOST_TRIES:
            return


def count_neighbors(seated: Iterable[tuple[Place, Hashable]], gaps: Mapping[int, int]) -> int:
    """How many pairs of one unit sit beside or behind one another. `None` is no unit."""
    units = {place: unit for place, unit in seated if unit is not None}
    return sum(units.get(other) == unit for place, unit in units.items() for other in neighbors(place, gaps[place.room])[2:])
