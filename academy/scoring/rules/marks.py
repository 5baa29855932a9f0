"""Marks. Decimal from end to end; the rule is data (`rules.methods`), this module applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from academy.scoring.rules.credit import check_key, earned
from academy.scoring.rules.methods import GIVEN_BY_PEOPLE, ItemRule, MarkingRule, UnreadableRule

ZERO = Decimal(0)


def round_half_up(exact: Fraction) -> int:
    """Hundredths of a mark; halves away from zero."""
    hundredths = abs(exact) * 100 + Fraction(1, 2)
    whole = hundredths.numerator // hundredths.denominator
    return whole if exact >= 0 else -whole


def compute_mark(
    rule: ItemRule, *, key: str, response: str, marks: Decimal, kind: str = "multiple", options: int = 0
) -> Decimal:
    """The mark for a response to an item that is worth `marks`, rounded once, half up, to hundredths.

    Key and response as `exams.rules.keys` writes them; `options` is how many there are to choose from (for "1/w"). Whatever the
    rule, an exact answer has full marks, a blank one none, and no answer has more than an exact one.
    """
    exact = earned(rule, kind=kind, key=key, response=response, marks=Fraction(marks), options=options)
    return marks if exact == marks else Decimal(round_half_up(exact)).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the paper as scoring sees it."""

    position: int
    kind: str
    key: str
    marks: Decimal
    scoring: Mapping[str, Any] | None = None  # a rule of its own; none: its kind's
    options: int = 0


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
        """Raises UnreadableRule with the position whose rule or key cannot be applied."""
        self.items = items
        self._rules = [_rule_of(rule, item) for item in items]
        self._known: list[dict[str, Decimal]] = [{} for _ in items]

    def score(self, responses: Mapping[int, str], given: Mapping[int, Decimal] | None = None) -> Score:
        """The marks for responses by position; a position without a response is blank.

        `given` are the marks that people gave, by position: they count where the rule gives none (essays).
        """
        by_kind = {item.kind: ZERO for item in self.items}
        marks = []
        for place, item in enumerate(self.items):
            if item.kind == GIVEN_BY_PEOPLE:
                mark = (given or {}).get(item.position, ZERO)
            else:
                mark = self.mark_at(place, responses.get(item.position, ""))
            marks.append(mark)
            by_kind[item.kind] += mark
        return Score(tuple(marks), by_kind)

    def mark_at(self, place: int, response: str) -> Decimal:
        """The mark of a response to the item at a place (from 0) of the paper."""
        known = self._known[place].get(response)
        if known is None:
            item = self.items[place]
            known = compute_mark(
                self._rules[place], key=item.key, response=response, marks=item.marks, kind=item.kind, options=item.options
            )
            self._known[place][response] = known
        return known


def _rule_of(rule: MarkingRule, item: Item) -> ItemRule:
    try:
        check_key(item.kind, item.key)
        if item.scoring:
            return ItemRule.parse(item.kind, item.scoring)
        return rule.items[item.kind]
    except UnreadableRule as error:
        raise UnreadableRule(error.why, item.position) from error
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise UnreadableRule(f"key or kind: {error!r}"[:200], item.position) from error
