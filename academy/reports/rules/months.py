"""Calendar months as points on a line."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Month(NamedTuple):
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day."""
        return cls(day.year, day.month)

    def plus(self, count: int) -> "Month":
        """The month `count` months later."""
        at = self.year * 12 + self.month - 1 + count
        return Month(at // 12, at % 12 + 1)

    def minus(self, other: "Month") -> int:
        """How many months lie between."""
        return (self.year - other.year) * 12 + self.month - other.month

    @property
    def first_day(self) -> date:
        """The first of the month."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.month)[1]


def months_through(first: Month, last: Month) -> list[Month]:
    """All months from the first to the last, both included."""
    return [first.plus(n) for n in range(last.minus(first) + 1)]


def count_by_month(days: Iterable[date]) -> dict[Month, int]:
    """How many of the days fall into each month."""
    counts: dict[Month, int] = {}
    for day in days:
        month = Month.of(day)
        counts[month] = counts.get(month, 0) + 1
    return counts
