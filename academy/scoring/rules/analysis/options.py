"""What was chosen in place of the right answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy.scoring.rules.bulk import LETTERS, Answers
from academy.scoring.rules.methods import CHOICES

GROUP = 0.27  # Kelley 1939: the upper and the lower group with which a difference shows best
SHOWN = 6  # whole responses that are listed


@dataclass(frozen=True, slots=True)
class Choice:
    """An option, or a whole response: how many chose it, its shares, its correlation with the rest."""

    response: str
    is_key: bool
    count: int
    share: float
    upper: float
    lower: float
    rest: float | None


@dataclass(frozen=True, slots=True)
class ItemChoices:
    """The options of an item (empty where it has none), its most frequent whole responses, and how many left it blank."""

    options: tuple[Choice, ...]
    responses: tuple[Choice, ...]
    blank: int


class Groups:
    """The upper and lower 27 % by total; whoever has the mark at the edge belongs to it, so that no order of papers matters."""

    def __init__(self, totals: NDArray[np.int64]) -> None:
        size = max(1, round(len(totals) * GROUP))
        ordered = np.sort(totals)
        self.upper, self.lower = totals >= ordered[-size], totals <= ordered[size - 1]


def choices_of(kind: str, key: str, options: int, answers: Answers, *, rest: NDArray[np.int64], groups: Groups) -> ItemChoices:
    """Count what was answered at one item. `rest` is each paper's total without it, `groups` are of the totals.

    rest correlation of an option = corr(chosen 0/1, rest): positive for a good key, negative for a good distractor.
    """
    distinct = answers.distinct
    counts = _Counts(answers, rest, groups)
    whole = sorted(range(len(distinct)), key=lambda one: (-counts.all[one], distinct[one]))
    listed = [one for one in whole if distinct[one] and counts.all[one]][:SHOWN]
    responses = tuple(counts.choice(distinct[one], [one], is_key=_is_key(kind, distinct[one], key)) for one in listed)
    blank = int(counts.all[distinct.index("")]) if "" in distinct else 0
    if kind not in CHOICES:
        return ItemChoices((), responses, blank)
    letters = "TF" if kind == "true_false" else LETTERS[:options]
    chosen = [(letter, [place for place, one in enumerate(distinct) if letter in one]) for letter in letters]
    rows = tuple(counts.choice(letter, places, is_key=letter in key) for letter, places in chosen)
    return ItemChoices(rows, responses, blank)


def _is_key(kind: str, response: str, key: str) -> bool:
    return set(response) == set(key) if kind in CHOICES else response == key


class _Counts:
    """Sums by distinct response, from which those of any set of responses follow."""

    def __init__(self, answers: Answers, rest: NDArray[np.int64], groups: Groups) -> None:
        where, size = answers.where, len(answers.distinct)
        self.n = len(where)
        self.all = np.bincount(where, minlength=size)
        self.upper = np.bincount(where[groups.upper], minlength=size)
        self.lower = np.bincount(where[groups.lower], minlength=size)
        self.uppers, self.lowers = max(int(self.upper.sum()), 1), max(int(self.lower.sum()), 1)
        self.rest = np.bincount(where, weights=rest, minlength=size)
        self.mean, self.sd = float(rest.mean()) if self.n else 0.0, float(rest.std()) if self.n else 0.0

    def choice(self, response: str, places: list[int], *, is_key: bool) -> Choice:
        """The row of a set of distinct responses."""
        count = int(self.all[places].sum())
        share = count / self.n if self.n else 0.0
        spread = self.sd * float(np.sqrt(share * (1 - share)))
        apart = float(self.rest[places].sum()) / max(self.n, 1) - share * self.mean
        return Choice(
            response=response,
            is_key=is_key,
            count=count,
            share=share,
            upper=int(self.upper[places].sum()) / self.uppers,
            lower=int(self.lower[places].sum()) / self.lowers,
            rest=apart / spread if spread > 0 else None,
        )
