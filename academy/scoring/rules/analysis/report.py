"""Everything about the questions of one sitting, from its items, marks and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from academy.scoring.rules.analysis.classical import ItemFigures, TestFigures, classical
from academy.scoring.rules.analysis.options import Groups, ItemChoices, choices_of
from academy.scoring.rules.analysis.rasch import Rasch, rasch
from academy.scoring.rules.analysis.suspects import Flag, suspicions
from academy.scoring.rules.analysis.twopl import TwoParameter, two_parameter
from academy.scoring.rules.bulk import Answers
from academy.scoring.rules.marks import Item

FEWEST_FOR_MODELS = 30  # papers below which no model is fitted


@dataclass(frozen=True, slots=True)
class ItemReport:
    """An item with all its figures."""

    item: Item
    figures: ItemFigures
    choices: ItemChoices
    rasch: float | None
    slope: float | None
    difficulty: float | None
    flags: tuple[Flag, ...]

    @property
    def is_suspect(self) -> bool:
        """Whether its key may be wrong."""
        return any(flag.is_of_the_key for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Report:
    """A sitting's questions. `scores` are how many items each paper solved, among those that have a Rasch difficulty."""

    test: TestFigures
    items: tuple[ItemReport, ...]
    rasch: Rasch | None
    two: TwoParameter | None
    scores: tuple[int, ...]

    @property
    def suspects(self) -> list[ItemReport]:
        """Those whose key may be wrong, the worst first."""
        found = [one for one in self.items if one.is_suspect]
        return sorted(found, key=lambda one: (-sum(flag.is_of_the_key for flag in one.flags), one.figures.rest or 0.0))


def analyze(items: Sequence[Item], hundredths: NDArray[np.int32], answers: Sequence[Answers]) -> Report:
    """Item analysis of a table of marks (a row a paper, a column an item, hundredths) and the answers item by item.

    An item counts as solved in the models when it has full marks.
    """
    full = np.array([int(item.marks.scaleb(2)) for item in items], dtype=np.int32)
    test = classical(hundredths, full)
    solved = hundredths == full[None, :]
    enough = len(hundredths) >= FEWEST_FOR_MODELS
    by_rasch, by_two = (rasch(solved), two_parameter(solved)) if enough else (None, None)
    totals = hundredths.sum(axis=1, dtype=np.int64)
    groups = Groups(totals) if len(totals) else None
    rows = []
    for at, item in enumerate(items):
        choices = ItemChoices((), (), 0)
        if groups is not None:
            rest = totals - hundredths[:, at]
            choices = choices_of(item.kind, item.key, item.options, answers[at], rest=rest, groups=groups)
        rows.append(
            ItemReport(
                item=item,
                figures=test.items[at],
                choices=choices,
                rasch=by_rasch.difficulties[at] if by_rasch else None,
                slope=by_two.slopes[at] if by_two else None,
                difficulty=by_two.difficulties[at] if by_two else None,
                flags=tuple(suspicions(item.kind, item.key, test.papers, test.items[at], choices)),
            )
        )
    used = [at for at, one in enumerate(rows) if one.rasch is not None]
    return Report(test, tuple(rows), by_rasch, by_two, tuple(solved[:, used].sum(axis=1).tolist()))


def to_hundredths(marks: Sequence[Sequence[str]], items: int) -> NDArray[np.int32]:
    """Marks as results keep them (texts) as whole hundredths."""
    known: dict[str, int] = {}
    for row in marks:
        for mark in row:
            if mark not in known:
                known[mark] = int(Decimal(mark).scaleb(2))
    return np.array([[known[mark] for mark in row] for row in marks], dtype=np.int32).reshape(len(marks), items)
