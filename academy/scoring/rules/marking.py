"""Marking by people: how many mark, when their marks agree, and what the final mark is. Pure; Decimal throughout."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum

from academy.core.text import N_

TWO = Decimal(2)
STEPS = (Decimal("0.5"), Decimal(1))


class Mode(StrEnum):
    """How many people mark a script: one; two; two and a third; two, a third and the arbiter."""

    ONE = "1"
    TWO = "1+1"
    THREE = "2+1"
    FOUR = "2+1+1"


MODE_WORDS = {
    Mode.ONE: N_("单评"),
    Mode.TWO: N_("双评，取平均"),
    Mode.THREE: N_("双评，超差送第三评"),
    Mode.FOUR: N_("双评，超差送第三评，再超差送仲裁"),
}


class Tie(StrEnum):
    """What counts when the third mark lies as near to the one as to the other."""

    HIGHER = "higher"
    LOWER = "lower"
    ALL = "all"
    ARBITER = "arbiter"


TIE_WORDS = {
    Tie.HIGHER: N_("与较高的一评取平均"),
    Tie.LOWER: N_("与较低的一评取平均"),
    Tie.ALL: N_("三评取平均"),
    Tie.ARBITER: N_("送仲裁"),
}


class Round(IntEnum):
    """Whose turn a mark is. A control is a script served again to the same marker; it never counts."""

    CONTROL = 0
    FIRST = 1
    SECOND = 2
    THIRD = 3
    ARBITER = 4
    APPEAL = 5


ROUND_WORDS = {
    Round.CONTROL: N_("复评对照"),
    Round.FIRST: N_("第一评"),
    Round.SECOND: N_("第二评"),
    Round.THIRD: N_("第三评"),
    Round.ARBITER: N_("仲裁"),
    Round.APPEAL: N_("申诉复核"),
}


class How(StrEnum):
    """How a final mark came about."""

    BLANK = "blank"
    ONE = "one"
    MEAN = "mean"
    NEAREST = "nearest"
    THIRD = "third"
    ARBITER = "arbiter"


HOW_WORDS = {
    How.BLANK: N_("空白，记 0 分"),
    How.ONE: N_("单评"),
    How.MEAN: N_("两评平均"),
    How.NEAREST: N_("第三评与较近的一评平均"),
    How.THIRD: N_("以第三评为准"),
    How.ARBITER: N_("仲裁"),
}


class ScriptState(StrEnum):
    """Where a script stands: with its first markers, with the third, with the arbiter, or settled."""

    MARKING = "marking"
    THIRD = "third"
    ARBITRATION = "arbitration"
    SETTLED = "settled"


class TaskState(StrEnum):
    """Where one marker's look at one script stands."""

    OPEN = "open"
    GIVEN = "given"


def rounds_at_first(mode: Mode) -> tuple[Round, ...]:
    """The rounds with which a script begins."""
    return (Round.FIRST,) if mode is Mode.ONE else (Round.FIRST, Round.SECOND)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed for a question: the mode, how far two marks may lie apart, and the tie setting."""

    mode: Mode
    tolerance: Decimal
    tie: Tie


@dataclass(frozen=True, slots=True)
class Outcome:
    """The final mark and how it came about, or the round that is still missing."""

    mark: Decimal | None = None
    how: How | None = None
    needs: Round | None = None


def settle(agreed: Agreement, given: Mapping[Round, Decimal]) -> Outcome:
    """The final mark of a script from the marks given so far.

    Within tolerance the mean of two. Beyond it (2+1, 2+1+1) a third mark, which makes the mean with the nearest one if it lies
    within tolerance of it; else in 2+1 the third mark stands, in 2+1+1 the arbiter's. An arbiter's mark always stands. A mean
    is exact: half marks give quarters, nothing is rounded.
    """
    if Round.ARBITER in given:
        return Outcome(given[Round.ARBITER], How.ARBITER)
    missing = next((one for one in rounds_at_first(agreed.mode) if one not in given), None)
    if missing is not None:
        return Outcome(needs=missing)
    first = given[Round.FIRST]
    if agreed.mode is Mode.ONE:
        return Outcome(first, How.ONE)
    second = given[Round.SECOND]
    if agreed.mode is Mode.TWO or abs(first - second) <= agreed.tolerance:
        return Outcome((first + second) / TWO, How.MEAN)
    if Round.THIRD not in given:
        return Outcome(needs=Round.THIRD)
    return _with_third(agreed, min(first, second), max(first, second), given[Round.THIRD])


def _with_third(agreed: Agreement, low: Decimal, high: Decimal, third: Decimal) -> Outcome:
    to_low, to_high = abs(third - low), abs(third - high)
    last = Outcome(third, How.THIRD) if agreed.mode is Mode.THREE else Outcome(needs=Round.ARBITER)
    if min(to_low, to_high) > agreed.tolerance:
        return last
    if to_low != to_high:
        return Outcome((third + (low if to_low < to_high else high)) / TWO, How.NEAREST)
    match agreed.tie:
        case Tie.LOWER:
            return Outcome((third + low) / TWO, How.NEAREST)
        case Tie.HIGHER:
            return Outcome((third + high) / TWO, How.NEAREST)
        case Tie.ALL:
            return Outcome(third, How.NEAREST)  # as far from both: the mean of all three
    return last


def is_blank(response: str) -> bool:
    """Whether nobody can have written anything: blanks of every width, line breaks and invisible characters alone."""
    return not any(char.isprintable() and not char.isspace() and char not in "\u2800\u3164\uffa0" for char in response)
