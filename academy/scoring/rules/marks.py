"""Marks. Decimal from end to end; the rule is data, this module interprets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal(0)
GIVEN_BY_PEOPLE = "essay"


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
    scoring: Mapping[str, Any] | None = None  # a rule of its own; none: its kind's


@dataclass(frozen=True, slots=True)
class Score:
    """An attempt's marks: by item, by kind and in all."""

    item_marks: tuple[Decimal, ...]
    by_kind: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.by_kind.values(), ZERO)

    @property
    def given(self) -> Decimal:
        """What people have given."""
        return self.by_kind.get(GIVEN_BY_PEOPLE, ZERO)

    @property
    def automatic(self) -> Decimal:
        """What the rule has given."""
        return self.total - self.given


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
