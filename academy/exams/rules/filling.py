"""Filling the cells of a blueprint, for one paper or for several forms that are equally difficult. Pure.

A question that fits two cells is given to the one that needs it: cells are filled from the scarcest on, and a cell that is
still short takes a question from another that can replace it (augmenting paths), so that a blueprint is refused only when no
choice at all would meet it. For several forms questions are taken in sets of equal difficulty, one for each form; what does
not come out even is dealt so that the forms' mean and spread of difficulty differ least. Forms share questions only as far as
the blueprint allows and the bank demands it.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations
from math import sqrt

from academy.exams.rules.blueprint import Candidate, Cell, Chosen, Shortage
from academy.exams.rules.kinds import ON_PAPER

MEAN_BOUND, SPREAD_BOUND = Decimal("0.10"), Decimal("0.15")  # steps of difficulty, 1 to 5, between any two forms
MOST_FORMS = 8
TRIES = 20


@dataclass
class Plan:
    """Which questions fill which cell, how many of each cell all forms share, and what is short."""

    cells: Sequence[Cell]
    forms: int
    shared: list[int]
    filled: list[list[Candidate]] = field(default_factory=list)

    @property
    def wanted(self) -> list[int]:
        """How many different questions each cell needs."""
        pairs = zip(self.cells, self.shared, strict=True)
        return [shared + self.forms * (cell.count - shared) for cell, shared in pairs]

    @property
    def shortages(self) -> list[Shortage]:
        """The cells that could not be filled."""
        rows = zip(self.cells, self.filled, self.wanted, strict=True)
        return [Shortage(cell, len(found), wanted) for cell, found, wanted in rows if len(found) < wanted]


@dataclass(frozen=True, slots=True)
class Evenness:
    """A form's difficulty, weighted by marks: its mean and its spread (standard deviation)."""

    mean: Decimal
    spread: Decimal


def plan_forms(cells: Sequence[Cell], pool: Sequence[Candidate], *, forms: int, most_common: int, rng: random.Random) -> Plan:
    """Fill the cells, sharing as few questions as the bank allows and never more than `most_common` percent of a cell."""
    plan = Plan(cells, forms, [0] * len(cells))
    most = [cell.count * most_common // 100 if forms > 1 else 0 for cell in cells]
    state = rng.getstate()
    while True:
        rng.setstate(state)
        plan.filled = _fill(cells, plan.wanted, pool, forms, rng)
        short = [wanted - len(found) for wanted, found in zip(plan.wanted, plan.filled, strict=True)]
        more = [
            min(most[n], plan.shared[n] + -(-missing // (forms - 1))) if missing > 0 and forms > 1 else plan.shared[n]
            for n, missing in enumerate(short)
        ]
        if more == plan.shared:
            return plan
        plan.shared = more


def find_shortages(cells: Sequence[Cell], pool: Sequence[Candidate], *, forms: int = 1, most_common: int = 0) -> list[Shortage]:
    """The cells that the bank cannot fill, looking before anything is made."""
    rng = random.Random(0)  # noqa: S311 - repeatable on purpose
    return plan_forms(cells, pool, forms=forms, most_common=most_common, rng=rng).shortages


def choose(cells: Sequence[Cell], pool: Sequence[Candidate], seed: int) -> list[Chosen]:
    """The questions of one paper."""
    return choose_forms(cells, pool, seed=seed)[0]


def choose_forms(
    cells: Sequence[Cell], pool: Sequence[Candidate], *, seed: int, forms: int = 1, most_common: int = 0
) -> list[list[Chosen]]:
    """The questions of each form in the order of kinds and then of difficulty; questions of one material stay together.

    The same seed gives the same papers. The caller has looked for shortages.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    plan = plan_forms(cells, pool, forms=forms, most_common=most_common, rng=rng)
    dealt: list[list[list[Candidate]]] = [[] for _ in range(forms)]  # by form and cell
    uneven: list[tuple[int, int]] = []  # cell and place of a set that is not equally difficult
    for number, (found, shared) in enumerate(zip(plan.filled, plan.shared, strict=True)):
        common, sets = _sets(found, shared, cells[number].count - shared, forms)
        for form in range(forms):
            dealt[form].append([*common, *(one[form] for one in sets)])
        uneven += [(number, shared + n) for n, one in enumerate(sets) if len({c.difficulty for c in one}) > 1]
    _even_out(cells, dealt, uneven)
    return [_in_order(cells, form) for form in dealt]


def choose_even_forms(
    cells: Sequence[Cell], pool: Sequence[Candidate], *, seed: int, forms: int = 1, most_common: int = 0
) -> list[list[Chosen]]:
    """Forms that are equally difficult, trying some seeds after the first; when none gives them, the last try."""
    made: list[list[Chosen]] = []
    for number in range(TRIES):
        made = choose_forms(cells, pool, seed=seed + number, forms=forms, most_common=most_common)
        if are_even([evenness(form) for form in made]):
            break
    return made


def evenness(chosen: Sequence[Chosen]) -> Evenness:
    """Mean and spread of difficulty, rounded to hundredths."""
    mean, spread = _Sums([(c.marks, c.candidate.difficulty) for c in chosen]).moments
    return Evenness(Decimal(f"{mean:.2f}"), Decimal(f"{spread:.2f}"))


def are_even(found: Sequence[Evenness]) -> bool:
    """Whether forms are equally difficult within the bounds."""
    means, spreads = [one.mean for one in found], [one.spread for one in found]
    return max(means) - min(means) <= MEAN_BOUND and max(spreads) - min(spreads) <= SPREAD_BOUND


def _fill(
    cells: Sequence[Cell], wanted: Sequence[int], pool: Sequence[Candidate], forms: int, rng: random.Random
) -> list[list[Candidate]]:
    fitting = [[c for c in pool if c.fits(cell)] for cell in cells]
    filled: list[list[Candidate]] = [[] for _ in cells]
    taken: dict[int, int] = {}
    for n in sorted(range(len(cells)), key=lambda n: (len(fitting[n]) - wanted[n], n)):
        free = [c for c in fitting[n] if c.version_id not in taken]
        filled[n] = _pick(free, wanted[n], forms, rng)
        taken |= {c.version_id: n for c in filled[n]}
    for n in range(len(cells)):
        while len(filled[n]) < wanted[n] and _augment(n, fitting, filled, taken):
            pass
    return filled


def _augment(start: int, fitting: list[list[Candidate]], filled: list[list[Candidate]], taken: dict[int, int]) -> bool:
    """Get one more question for a cell, from another cell that can replace it if need be; False when nothing helps."""
    came_from: dict[int, tuple[int, Candidate] | None] = {start: None}
    queue = [start]
    for cell in queue:
        free = next((c for c in fitting[cell] if c.version_id not in taken), None)
        if free is not None:
            _move_along(cell, free, came_from, filled, taken)
            return True
        for c in fitting[cell]:
            owner = taken[c.version_id]
            if owner not in came_from:
                came_from[owner] = (cell, c)
                queue.append(owner)
    return False


def _move_along(
    cell: int,
    gained: Candidate,
    came_from: dict[int, tuple[int, Candidate] | None],
    filled: list[list[Candidate]],
    taken: dict[int, int],
) -> None:
    while True:
        filled[cell].append(gained)
        taken[gained.version_id] = cell
        step = came_from[cell]
        if step is None:
            return
        before, gained = step
        filled[cell].remove(gained)
        cell = before


def _pick(free: list[Candidate], count: int, forms: int, rng: random.Random) -> list[Candidate]:
    """Take from each topic in turn, so that no topic is left out while another one is used twice more.

    For several forms whole sets of one topic and difficulty come first, then sets of one difficulty, then what is left.
    """
    picked: list[Candidate] = []
    stages = ((forms, True, True), (forms, False, True), (1, True, False)) if forms > 1 else ((1, True, False),)
    for size, is_by_topic, is_by_difficulty in stages:
        taken = {c.version_id for c in picked}
        left = [c for c in free if c.version_id not in taken]
        piles, names = _piles(left, rng, is_by_topic=is_by_topic, is_by_difficulty=is_by_difficulty)
        _take_in_turn(piles, names, size, count, picked)
    return picked


def _piles(
    free: Sequence[Candidate], rng: random.Random, *, is_by_topic: bool, is_by_difficulty: bool
) -> tuple[dict[tuple[str, int], list[Candidate]], list[tuple[str, int]]]:
    """Candidates in shuffled piles, and the piles' names in a shuffled order."""
    piles: defaultdict[tuple[str, int], list[Candidate]] = defaultdict(list)
    for c in sorted(free, key=lambda c: c.version_id):
        piles[(c.topic if is_by_topic else "", c.difficulty if is_by_difficulty else 0)].append(c)
    names = sorted(piles)
    for name in names:
        rng.shuffle(piles[name])
        piles[name].sort(key=lambda c: -c.exposure)  # the least seen are popped first; equals stay as they were shuffled
    rng.shuffle(names)
    return piles, names


def _take_in_turn(
    piles: dict[tuple[str, int], list[Candidate]],
    names: list[tuple[str, int]],
    size: int,
    count: int,
    picked: list[Candidate],
) -> None:
    topics: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for name in names:
        topics[name[0]].append(name)
    is_moving = True
    while is_moving and len(picked) + size <= count:
        is_moving = False
        for own in topics.values():
            full = [name for name in own if len(piles[name]) >= size]
            if full and len(picked) + size <= count:
                picked += [piles[full[0]].pop() for _ in range(size)]
                own.append(own.pop(own.index(full[0])))  # the next difficulty of this topic the next time
                is_moving = True


def _sets(found: list[Candidate], shared: int, sets: int, forms: int) -> tuple[list[Candidate], list[list[Candidate]]]:
    """Divide a cell's questions: those that all forms share, and sets with one question for each form."""
    if forms == 1:
        return [], [[c] for c in found]
    even: list[list[Candidate]] = []
    left = found
    for is_by_topic in (True, False):
        groups: defaultdict[tuple[int, str], list[Candidate]] = defaultdict(list)
        for candidate in left:
            groups[(candidate.difficulty, candidate.topic if is_by_topic else "")].append(candidate)
        left = []
        for _, group in sorted(groups.items()):
            whole = len(group) // forms * forms
            even += [group[n : n + forms] for n in range(0, whole, forms)]
            left += group[whole:]
    left += [c for one in even[sets:] for c in one]
    even = even[:sets]
    left.sort(key=lambda c: (c.difficulty, c.version_id))
    while len(even) < sets:  # the tightest of what does not come out even
        start = min(range(len(left) - forms + 1), key=lambda n: left[n + forms - 1].difficulty - left[n].difficulty)
        even.append(left[start : start + forms])
        del left[start : start + forms]
    return left, even


def _even_out(cells: Sequence[Cell], dealt: list[list[list[Candidate]]], uneven: list[tuple[int, int]]) -> None:
    """Swap what stands in uneven sets with others of its cell as long as that brings the forms closer together."""
    sums = [_Sums([(cell.marks, c.difficulty) for cell, own in zip(cells, form, strict=True) for c in own]) for form in dealt]
    best = _distance(sums)
    swaps = [
        (number, place, other, pair)
        for number, place in uneven
        for other in range(len(dealt[0][number]))
        for pair in permutations(range(len(dealt)), 2)
        if dealt[0][number][other] is not dealt[1][number][other]  # what all forms share stays
    ]
    is_moving = True
    while is_moving:
        is_moving = False
        for number, place, other, (one, two) in swaps:
            mine, theirs = dealt[one][number], dealt[two][number]
            out, back, marks = mine[place].difficulty, theirs[other].difficulty, float(cells[number].marks)
            if out == back:
                continue
            sums[one].swap(marks, out, back)
            sums[two].swap(marks, back, out)
            distance = _distance(sums)
            if distance < best - 1e-12:
                best, is_moving = distance, True
                mine[place], theirs[other] = theirs[other], mine[place]
            else:
                sums[one].swap(marks, back, out)
                sums[two].swap(marks, out, back)


class _Sums:
    """The sums from which a form's mean and spread follow."""

    def __init__(self, weighted: Sequence[tuple[Decimal, int]]) -> None:
        self.whole = float(sum(marks for marks, _ in weighted)) or 1.0
        self.first = sum(float(marks) * difficulty for marks, difficulty in weighted)
        self.second = sum(float(marks) * difficulty * difficulty for marks, difficulty in weighted)

    def swap(self, marks: float, out: int, back: int) -> None:
        """Another difficulty in the place of one."""
        self.first += marks * (back - out)
        self.second += marks * (back * back - out * out)

    @property
    def moments(self) -> tuple[float, float]:
        """Mean and spread."""
        mean = self.first / self.whole
        return mean, sqrt(max(self.second / self.whole - mean * mean, 0.0))


def _distance(forms: Sequence[_Sums]) -> float:
    moments = [form.moments for form in forms]
    means, spreads = [mean for mean, _ in moments], [spread for _, spread in moments]
    mean, spread = sum(means) / len(means), sum(spreads) / len(spreads)
    return sum((m - mean) * (m - mean) for m in means) + sum((s - spread) * (s - spread) for s in spreads)


def _in_order(cells: Sequence[Cell], form: list[list[Candidate]]) -> list[Chosen]:
    chosen: list[Chosen] = []
    for n in sorted(range(len(cells)), key=lambda n: ON_PAPER.index(cells[n].kind)):
        own = sorted(form[n], key=lambda c: (c.difficulty, c.version_id))
        chosen += [Chosen(candidate, cells[n].marks) for candidate in own]
    return _neighbors(chosen)


def _neighbors(chosen: list[Chosen]) -> list[Chosen]:
    """Questions about one material follow its first one, within their kind."""
    first: dict[tuple[str, int], int] = {}
    for n, one in enumerate(chosen):
        if one.candidate.material_id is not None:
            first.setdefault((one.candidate.kind, one.candidate.material_id), n)
    places = [
        first[(one.candidate.kind, one.candidate.material_id)] if one.candidate.material_id is not None else n
        for n, one in enumerate(chosen)
    ]
    return [chosen[n] for n in sorted(range(len(chosen)), key=lambda n: (places[n], n))]
