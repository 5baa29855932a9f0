"""Marks. Decimal from end to end; the rule is data, this module interprets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal(0)


class ResultState(StrEnum):
    """Where a result stands."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    RELEASED = "released"


class Method(StrEnum):
    """How an item's mark follows from key and response."""

    EXACT = "exact"
    NO_WRONG_OPTION = "no_wrong_option"


@dataclass(frozen=True, slots=True)
class ItemRule:
    """The rule for one kind of question. `per_right` counts where nothing wrong is chosen and something is missing."""

    method: Method
    per_right: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class MarkingRule:
    """A dated rule: by kind of question."""

    code: str
    items: Mapping[str, ItemRule]

    @classmethod
    def from_parameters(cls, code: str, parameters: Mapping[str, Any]) -> "MarkingRule":
        """The rule that a row of scoring_rule describes; figures are texts, so that none passes through a float."""
        items = {
            kind: ItemRule(Method(given["method"]), Decimal(given.get("per_right", "0"))) for kind, given in parameters.items()
        }
        return cls(code, items)


# 全国社会工作者职业水平考试，客观题：单选对得满分；多选错选不得分，少选每个正确选项 0.5 分，全对得满分。
NATIONAL: dict[str, dict[str, str]] = {
    "single": {"method": "exact"},
    "multiple": {"method": "no_wrong_option", "per_right": "0.5"},
}


def compute_mark(rule: ItemRule, *, key: str, response: str, marks: Decimal) -> Decimal:
    """The mark for a response to an item that is worth `marks`.

    Key and response are sets of letters. Whatever the rule, an exact answer has full marks, a blank one none, and no answer
    has more than an exact one.
    """
    wanted, chosen = frozenset(key), frozenset(response)
    if not chosen:
        return ZERO
    if chosen == wanted:
        return marks
    if rule.method is Method.EXACT or chosen - wanted:
        return ZERO
    return min(rule.per_right * len(chosen), marks)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the paper as scoring sees it."""

    position: int
    kind: str
    key: str
    marks: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """An attempt's marks: by item, by kind and in all."""

    item_marks: tuple[Decimal, ...]
    by_kind: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.by_kind.values(), ZERO)


class Scorer:
    """Scores many attempts at one paper; the same answer is computed once."""

    def __init__(self, rule: MarkingRule, items: Sequence[Item]) -> None:
        self._rule = rule
        self._items = items
        self._known: dict[tuple[int, str], Decimal] = {}

    def score(self, responses: Mapping[int, str]) -> Score:
        """The marks for responses by position; a position without a response is blank."""
        by_kind = {item.kind: ZERO for item in self._items}
        marks = []
        for item in self._items:
            mark = self._mark(item, responses.get(item.position, ""))
            marks.append(mark)
            by_kind[item.kind] += mark
        return Score(tuple(marks), by_kind)

    def _mark(self, item: Item, response: str) -> Decimal:
        known = self._known.get((item.position, response))
        if known is None:
            rule = self._rule.items[item.kind]
            known = compute_mark(rule, key=item.key, response=response, marks=item.marks)
            self._known[item.position, response] = known
        return known


def has_passed(total: Decimal, *, full: Decimal, pass_mark: Decimal) -> bool:
    """Whether `total` of `full` reaches the program's pass mark, which is out of 100. Exact: nothing is divided."""
    return total * 100 >= pass_mark * full


@dataclass(frozen=True, slots=True)
class Bin:
    """How many totals lie in [low, high); the last one includes full marks."""

    low: Decimal
    high: Decimal
    count: int


BINS = 20


def distribution(totals: Sequence[Decimal], full: Decimal) -> list[Bin]:
    """Totals counted in twenty equal steps of the full marks."""
    width = full / BINS
    counts = [0] * BINS
    for total in totals:
        counts[min(int(total / width), BINS - 1)] += 1
    return [Bin(width * place, width * (place + 1), count) for place, count in enumerate(counts)]


def median(ascending: Sequence[Decimal]) -> Decimal | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    if not ascending:
        return None
    middle = len(ascending) // 2
    return ascending[middle] if len(ascending) % 2 else (ascending[middle - 1] + ascending[middle]) / 2
