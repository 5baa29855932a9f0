"""Who marks which script: balanced, the same for the same seed, nobody twice, and nobody her own unit's people if avoidable."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Marker:
    """Somebody who marks: her units, and the learner that she is herself."""

    id: int
    units: frozenset[int] = frozenset()
    learner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A script that needs `count` more people. `seen_by`: who has or had it already."""

    script_id: int
    learner_id: int
    unit: int | None
    count: int
    seen_by: frozenset[int] = frozenset()


@dataclass(slots=True)
class Allocation:
    """The people for each script in order, and the scripts for which too few are left."""

    chosen: dict[int, tuple[int, ...]] = field(default_factory=dict)
    short: list[int] = field(default_factory=list)


def place_of(seed: str, *parts: object) -> int:
    """A number that looks random and is the same for the same seed: order without a generator's state."""
    text = "\x1f".join([seed, *map(str, parts)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


def may_mark(marker: Marker, need: Need) -> bool:
    """Whether she may have it at all: not twice, and never her own paper."""
    return marker.id not in need.seen_by and marker.learner_id != need.learner_id


def is_own_unit(marker: Marker, need: Need) -> bool:
    """Whether the candidate belongs to a unit of hers."""
    return need.unit is not None and need.unit in marker.units


def allocate(needs: Iterable[Need], markers: Sequence[Marker], *, seed: str, load: Mapping[int, int]) -> Allocation:
    """People for scripts. `load`: how many scripts each has to mark already.

    Scripts with the fewest free people come first, so that the others even the numbers out; each takes those who have least.
    A script for which too few people are left gets those there are and is named in `short`.
    """
    made, loads = Allocation(), {marker.id: load.get(marker.id, 0) for marker in markers}
    for need in sorted(needs, key=lambda one: (_free(one, markers), place_of(seed, one.script_id))):
        allowed = [marker for marker in markers if may_mark(marker, need)]
        allowed.sort(key=lambda one: (is_own_unit(one, need), loads[one.id], place_of(seed, need.script_id, one.id)))
        people = sorted((one.id for one in allowed[: need.count]), key=lambda one: place_of(seed, "turn", need.script_id, one))
        for person in people:
            loads[person] += 1
        if people:
            made.chosen[need.script_id] = tuple(people)
        if len(people) < need.count:
            made.short.append(need.script_id)
    return made


def _free(need: Need, markers: Sequence[Marker]) -> int:
    return sum(may_mark(marker, need) and not is_own_unit(marker, need) for marker in markers)


def is_control_due(given: int, every: int) -> bool:
    """Whether the marker's `given`th mark of a question is followed by a script that she has marked before (0: never)."""
    return every > 0 and given > 0 and given % every == 0


def choose_control(seed: str, marker_id: int, own: Iterable[int], served: Iterable[int]) -> int | None:
    """Which of a marker's own scripts is served again: each at most once, chosen by the seed."""
    left = set(own) - set(served)
    return min(left, key=lambda one: (place_of(seed, "control", marker_id, one), one)) if left else None
