"""Central allocation: who gets which of her choices. Pure: no database, no clock, no Flask.

Applicant-proposing deferred acceptance: D. Gale and L. S. Shapley, "College Admissions and the Stability of Marriage",
The American Mathematical Monthly 69 (1962), 9-15. Everybody asks for her first choice; a class keeps the best by its
priorities as far as its seats go and turns the others away; whoever was turned away asks for her next choice, and the
class weighs her against those whom it keeps. It ends when nobody has anything left to ask for.

Parts of a class's seats may be limited to groups (a unit, a kind of people). The groups of one class lie side by side or
inside one another; then what a class keeps depends on who asked, never on the order of asking, and these hold:

- Nobody is over: no class and no group has more people than seats.
- Stable: nobody was refused a class she likes better while somebody behind her, or an empty seat, is there.
- Best for the applicants: no other stable outcome gives any of them more.
- Honest: nobody gains by naming her choices in another order than she likes them.
- The order in which applicants are given changes nothing.
- Without somebody who gets nothing, the same people get seats and nobody fares worse. Somebody may fare better: asking
  sets off a chain of others' moves, also when it comes to nothing. If all classes go by one order, nothing changes.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Priority: TypeAlias = tuple[int | str, ...]  # the smaller goes first; no two are equal in one class
WHOLE_CLASS = ""  # the group in which everybody of a class is
NO_LIMITS: Mapping[str, int] = MappingProxyType({})


class Bid(NamedTuple):
    """One choice of an applicant: the class, her priority there, the class's groups that count her, the inner ones first."""

    class_id: int
    priority: Priority
    groups: tuple[str, ...] = ()


class RankedApplicant(NamedTuple):
    """An applicant with her choices, the best first."""

    id: int
    bids: tuple[Bid, ...]


class OfferedClass(NamedTuple):
    """A class with the seats it can give, and at most how many of them to each group."""

    id: int
    seats: int
    limits: Mapping[str, int] = NO_LIMITS


class Given(NamedTuple):
    """What an applicant got: a class, and the how manieth of her choices it was."""

    class_id: int
    rank: int


class Refusal(NamedTuple):
    """Why a class did not take an applicant: all seats of `group` went to people ahead of her; `last` is the last of them.

    `last` None: the group had no seat at all.
    """

    group: str
    seats: int
    last: Priority | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who got what, who is in each class in its order, and why each better choice was refused."""

    given: Mapping[int, Given]
    admitted: Mapping[int, tuple[int, ...]]
    refusals: Mapping[tuple[int, int], Refusal]  # by applicant and class


def compute_allocation(applicants: Iterable[RankedApplicant], classes: Iterable[OfferedClass]) -> Outcome:
    """The stable outcome that is best for the applicants (see the module). O(bids · log bids).

    Raises ValueError: an applicant or class given twice, a bid for an unknown class or twice for one, equal priorities in
    one class, groups that cross one another.
    """
    asking, benches = _at_the_table(list(applicants), list(classes))
    turn = dict.fromkeys(asking, 0)  # which of her choices each one asks for
    for start in asking:
        current: int | None = start
        while current is not None and turn[current] < len(asking[current].bids):
            current = benches[asking[current].bids[turn[current]].class_id].ask(current)
            if current is not None:
                turn[current] += 1
    given = {
        one.id: Given(one.bids[turn[one.id]].class_id, turn[one.id] + 1)
        for one in asking.values()
        if turn[one.id] < len(one.bids)
    }
    refusals = {
        (one.id, bid.class_id): benches[bid.class_id].why_not(one.id)
        for one in asking.values()
        for bid in one.bids[: turn[one.id]]
    }
    return Outcome(given, {bench.id: bench.admitted() for bench in benches.values()}, refusals)


def _at_the_table(
    applicants: list[RankedApplicant], classes: list[OfferedClass]
) -> tuple[dict[int, RankedApplicant], dict[int, "_Bench"]]:
    """Tell each class who may ask for it, and refuse what makes no sense."""
    asking, benches = {one.id: one for one in applicants}, {one.id: _Bench(one) for one in classes}
    if len(asking) != len(applicants) or len(benches) != len(classes):
        raise ValueError("an applicant or a class is given twice")
    for one in applicants:
        if len({bid.class_id for bid in one.bids}) != len(one.bids):
            raise ValueError(f"applicant {one.id} names a class twice")
        for bid in one.bids:
            if bid.class_id not in benches:
                raise ValueError(f"applicant {one.id} asks for the unknown class {bid.class_id}")
            benches[bid.class_id].expect(one.id, bid)
    for bench in benches.values():
        bench.line_up()
    return asking, benches


class _Bench:
    """A class while people ask for it. Priorities become places 0, 1, 2 …, so that the worst one kept is quickly found."""

    def __init__(self, offered: OfferedClass) -> None:
        self.id = offered.id
        self._limits = {**offered.limits, WHOLE_CLASS: offered.seats}
        self._bids: dict[int, Bid] = {}
        self._chains: dict[int, tuple[str, ...]] = {}
        self._ids: list[int] = []  # by place
        self._places: dict[int, int] = {}
        self._kept: set[int] = set()  # places
        self._counts = dict.fromkeys(self._limits, 0)
        self._heaps: dict[str, list[int]] = {group: [] for group in self._limits}  # of negative places

    def expect(self, applicant: int, bid: Bid) -> None:
        """Somebody may ask for this class."""
        self._bids[applicant] = bid
        groups = (group for group in bid.groups if group in self._limits and group != WHOLE_CLASS)
        self._chains[applicant] = (*groups, WHOLE_CLASS)

    def line_up(self) -> None:
        """Everybody is known: give out the places."""
        self._ids = sorted(self._bids, key=lambda applicant: self._bids[applicant].priority)
        self._places = {applicant: place for place, applicant in enumerate(self._ids)}
        if len({bid.priority for bid in self._bids.values()}) != len(self._bids):
            raise ValueError(f"class {self.id}: two applicants have the same priority")
        outer: dict[str, str] = {}
        for chain in self._chains.values():
            for inner, around in pairwise(chain):
                if outer.setdefault(inner, around) != around:
                    raise ValueError(f"class {self.id}: the group {inner!r} crosses another one")

    def ask(self, applicant: int) -> int | None:
        """Take an applicant. Returns who has to go for it, perhaps herself; None when there was room."""
        group = self._full_group(applicant)
        if group is None:
            self._keep(applicant)
            return None
        worst = self._worst(group)
        if worst is None or worst < self._places[applicant]:
            return applicant
        self._drop(worst)
        self._keep(applicant)
        return self._ids[worst]

    def why_not(self, applicant: int) -> Refusal:
        """What kept an applicant out, as the class now stands."""
        group = self._full_group(applicant)
        if group is None:
            raise RuntimeError(f"class {self.id} refused {applicant} and has room for her")
        worst = self._worst(group)
        last = self._bids[self._ids[worst]].priority if worst is not None else None
        return Refusal(group, self._limits[group], last)

    def admitted(self) -> tuple[int, ...]:
        """Who is in, in the order of the priorities."""
        return tuple(self._ids[place] for place in sorted(self._kept))

    def _full_group(self, applicant: int) -> str | None:
        """The innermost of her groups that has no seat left. One more in it and only its own members could make room."""
        return next((group for group in self._chains[applicant] if self._counts[group] >= self._limits[group]), None)

    def _worst(self, group: str) -> int | None:
        heap = self._heaps[group]
        while heap and -heap[0] not in self._kept:
            heapq.heappop(heap)
        return -heap[0] if heap else None

    def _keep(self, applicant: int) -> None:
        place = self._places[applicant]
        self._kept.add(place)
        for group in self._chains[applicant]:
            self._counts[group] += 1
            heapq.heappush(self._heaps[group], -place)

    def _drop(self, place: int) -> None:
        self._kept.discard(place)
        for group in self._chains[self._ids[place]]:
            self._counts[group] -= 1
