"""Marking rules as data: which method an item is marked by, and its figures.

A rule is a JSON object, given for a kind in a dated rule or for one question in its `scoring`. Figures are texts, so that none
passes through a float.

| method            | for                    | figures (default)                                                            |
|-------------------|------------------------|------------------------------------------------------------------------------|
| exact             | every automatic kind   | all of it or nothing                                                         |
| no_wrong_option   | options                | per_right ("1/k"): any wrong option 0, else so much for each right one       |
| right_minus_wrong | options, matching      | per_right ("1/k"), per_wrong ("1/k")                                         |
| weights           | options                | weights {"A": "0.5", "B": "-1"} and other ("0"): shares of the marks         |
| pairs             | matching               | per_right ("1/k"), per_wrong ("0")                                           |
| positions         | ordering               | a share for each letter in its place                                         |
| neighbors         | ordering               | a share for each letter that its right successor follows at once             |
| longest           | ordering               | a share for each letter after the first of the longest part in right order   |
| blanks            | short_text             | case_sensitive, as_written, contains (all false)                             |
| numbers           | numeric                | needs_unit (false)                                                           |
| people            | essay                  | none: nothing is given by rule                                               |

`per_right` and `per_wrong` are marks ("0.5"), a share of the item's marks ("25%"), or the item's marks shared among its k right
("1/k") or w wrong options ("1/w"). `least` ("0") and `most` ("1") bound every method, as shares of the marks. Whatever the
rule, an exact answer has full marks, a blank one none, and no answer has more than an exact one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

GIVEN_BY_PEOPLE = "essay"
CHOICES = frozenset({"single", "multiple", "true_false"})
SEQUENCES = frozenset({"matching", "ordering"})
NOTHING, ALL = Fraction(0), Fraction(1)


class Method(StrEnum):
    """How an item's mark follows from key and response."""

    EXACT = "exact"
    NO_WRONG_OPTION = "no_wrong_option"
    RIGHT_MINUS_WRONG = "right_minus_wrong"
    WEIGHTS = "weights"
    PAIRS = "pairs"
    POSITIONS = "positions"
    NEIGHBORS = "neighbors"
    LONGEST = "longest"
    BLANKS = "blanks"
    NUMBERS = "numbers"
    PEOPLE = "people"


_OF_CHOICES = frozenset({Method.EXACT, Method.NO_WRONG_OPTION, Method.RIGHT_MINUS_WRONG, Method.WEIGHTS})
METHODS: Mapping[str, frozenset[Method]] = MappingProxyType(
    {
        **dict.fromkeys(CHOICES, _OF_CHOICES),
        "matching": frozenset({Method.EXACT, Method.PAIRS, Method.RIGHT_MINUS_WRONG}),
        "ordering": frozenset({Method.EXACT, Method.POSITIONS, Method.NEIGHBORS, Method.LONGEST}),
        "short_text": frozenset({Method.EXACT, Method.BLANKS}),
        "numeric": frozenset({Method.EXACT, Method.NUMBERS}),
        GIVEN_BY_PEOPLE: frozenset({Method.PEOPLE}),
    }
)


class UnreadableRule(ValueError):
    """A rule or key that cannot be applied. `why` is for the operator's log; `position` where it is an item's."""

    def __init__(self, why: str, position: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.position = position


class Per(StrEnum):
    """What an amount is a multiple of."""

    MARK = "mark"
    ITEM = "item"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Amount:
    """So much for an option: see the module."""

    figure: Fraction
    per: Per = Per.MARK

    @classmethod
    def parse(cls, written: object) -> "Amount":
        """Read "0.5", "25%", "1/k" or "1/w". Raises UnreadableRule."""
        text = str(written).strip()
        if text in ("1/k", "1/w"):
            return cls(ALL, Per.RIGHT if text == "1/k" else Per.WRONG)
        if text.endswith("%"):
            return cls(fraction(text[:-1]) / 100, Per.ITEM)
        return cls(fraction(text))

    def of(self, marks: Fraction, right: int, wrong: int) -> Fraction:
        """In marks, for an item with so many right and wrong options."""
        if self.per is Per.MARK:
            return self.figure
        if self.per is Per.ITEM:
            return self.figure * marks
        return marks * self.figure / max(right if self.per is Per.RIGHT else wrong, 1)


def fraction(written: object) -> Fraction:
    """An exact figure from its text. Raises UnreadableRule, also for infinities and more than 30 characters."""
    text = str(written).strip()
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableRule(f"{text[:30]!r} is no figure") from error
    if not number.is_finite() or len(text) > 30 or abs(number.adjusted()) > 30:
        raise UnreadableRule(f"{text[:30]!r} is no figure")
    return Fraction(number)


@dataclass(frozen=True, slots=True)
class ItemRule:
    """The rule for one kind of question, or for one question."""

    method: Method
    per_right: Amount = Amount(ALL, Per.RIGHT)
    per_wrong: Amount = Amount(NOTHING)
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    other: Fraction = NOTHING
    least: Fraction = NOTHING
    most: Fraction = ALL
    flags: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, kind: str, given: object) -> "ItemRule":
        """Read a rule for a kind of question. Raises UnreadableRule, also for a method that the kind does not know."""
        if not isinstance(given, Mapping):
            raise UnreadableRule("a rule is an object")
        try:
            method = Method(str(given.get("method")))
        except ValueError as error:
            raise UnreadableRule(f"no method {given.get('method')!r}") from error
        if kind not in METHODS or method not in METHODS[kind]:
            raise UnreadableRule(f"{method} is not for {kind}")
        lost = "1/k" if method is Method.RIGHT_MINUS_WRONG else "0"
        rule = cls(
            method,
            per_right=Amount.parse(given.get("per_right", "1/k")),
            per_wrong=Amount.parse(given.get("per_wrong", lost)),
            weights=_weights(given.get("weights")),
            other=fraction(given.get("other", "0")),
            least=fraction(given.get("least", "0")),
            most=fraction(given.get("most", "1")),
            flags=frozenset(name for name in FLAGS if given.get(name) is True),
        )
        if rule.least > rule.most or rule.most > ALL:
            raise UnreadableRule("bounds: least ≤ most ≤ 1")
        return rule


FLAGS = ("case_sensitive", "as_written", "contains", "needs_unit")


def _weights(given: Any) -> dict[str, Fraction]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UnreadableRule("weights are an object")
    return {str(letter): fraction(weight) for letter, weight in given.items()}


PLAIN: Mapping[str, ItemRule] = MappingProxyType(
    {kind: ItemRule(Method.PEOPLE if kind == GIVEN_BY_PEOPLE else Method.EXACT) for kind in METHODS}
)


@dataclass(frozen=True, slots=True)
class MarkingRule:
    """A dated rule: by kind of question. A kind that it does not name is marked as `PLAIN` says: all or nothing."""

    code: str
    items: Mapping[str, ItemRule]

    @classmethod
    def from_parameters(cls, code: str, parameters: Mapping[str, Any]) -> "MarkingRule":
        """The rule that a row of scoring_rule describes. Raises UnreadableRule."""
        return cls(code, {**PLAIN, **{kind: ItemRule.parse(kind, given) for kind, given in parameters.items()}})


# 全国社会工作者职业水平考试客观题：单选对得满分；多选错选不得分，少选每个正确选项 0.5 分，全对得满分。
# 国考客观卷只有这两种题型；其余题型是学院自己的记分办法：判断、计算全对得分，填空按空、连线按对、排序按位置得分，论述由人评。
NATIONAL: dict[str, dict[str, Any]] = {
    "single": {"method": "exact"},
    "multiple": {"method": "no_wrong_option", "per_right": "0.5"},
    "true_false": {"method": "exact"},
    "short_text": {"method": "blanks"},
    "numeric": {"method": "numbers"},
    "matching": {"method": "pairs"},
    "ordering": {"method": "positions"},
    "essay": {"method": "people"},
}
