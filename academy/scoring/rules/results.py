"""Results: where they stand, who has passed, how they are spread. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ResultState(StrEnum):
    """Where a result stands."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    RELEASED = "released"


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
