"""From a blueprint to a paper: which questions, in which order."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.exams.rules.kinds import KIND_WORDS, OBJECTIVE, QuestionKind


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a paper: so many questions of a kind, worth so much each, of some fields (empty: any)."""

    kind: QuestionKind
    count: int
    marks: Decimal
    field_codes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The cell as a paper keeps it."""
        return {"kind": self.kind.value, "count": self.count, "marks": str(self.marks), "field_codes": list(self.field_codes)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may come into a paper."""

    version_id: int
    kind: QuestionKind
    field_code: str
    topic: str
    difficulty: int
    option_count: int
    key: str


class Chosen(NamedTuple):
    """A question with its place in the paper."""

    candidate: Candidate
    marks: Decimal


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell for which the bank has too few questions."""

    cell: Cell
    found: int

    @property
    def say(self) -> Text:
        """The shortage in words."""
        kind = Text(KIND_WORDS[self.cell.kind])
        return Text(N_("%(kind)s要 %(wanted)s 道，题库只有 %(found)s 道"), kind=kind, wanted=self.cell.count, found=self.found)


def national_blueprint(field_codes: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """The objective paper of the national exam: 60 single × 1 + 20 multiple × 2 = 100."""
    return (
        Cell(QuestionKind.SINGLE, 60, Decimal(1), field_codes),
        Cell(QuestionKind.MULTIPLE, 20, Decimal(2), field_codes),
    )


def _fitting(cell: Cell, pool: Iterable[Candidate]) -> list[Candidate]:
    fields = frozenset(cell.field_codes)
    return [c for c in pool if c.kind is cell.kind and (not fields or c.field_code in fields)]


def find_shortages(cells: Sequence[Cell], pool: Sequence[Candidate]) -> list[Shortage]:
    """The cells that the bank cannot fill, looking before anything is made."""
    found = [Shortage(cell, len(_fitting(cell, pool))) for cell in cells]
    return [shortage for shortage in found if shortage.found < shortage.cell.count]


def choose(cells: Sequence[Cell], pool: Sequence[Candidate], seed: int) -> list[Chosen]:
    """Fill every cell, spread over the topics as evenly as the bank allows, in the order of kinds and then of difficulty.

    The same seed gives the same paper. The caller has looked for shortages.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    chosen: list[Chosen] = []
    for cell in sorted(cells, key=lambda cell: OBJECTIVE.index(cell.kind)):
        picked = _spread(_fitting(cell, pool), cell.count, rng)
        picked.sort(key=lambda c: (c.difficulty, c.version_id))
        chosen += [Chosen(candidate, cell.marks) for candidate in picked]
    return chosen


def _spread(pool: list[Candidate], count: int, rng: random.Random) -> list[Candidate]:
    """Take from each topic in turn, so that no topic is left out while another one is used twice more."""
    by_topic: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(pool, key=lambda c: c.version_id):
        by_topic[candidate.topic].append(candidate)
    piles = [by_topic[topic] for topic in sorted(by_topic)]
    for pile in piles:
        rng.shuffle(pile)
    rng.shuffle(piles)
    picked: list[Candidate] = []
    while len(picked) < count:
        for pile in piles:
            if pile and len(picked) < count:
                picked.append(pile.pop())
    return picked
