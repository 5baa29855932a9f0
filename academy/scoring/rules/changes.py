"""Recorded decisions that change results: corrected keys, scaling, equating, another pass mark. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any

CENT = Decimal("0.01")
MOST_POINTS = 200
LARGEST = Decimal(10_000)


class ChangeKind(StrEnum):
    """What a decision changes."""

    REGRADE = "regrade"  # keys or marks of questions
    SCALING = "scaling"  # all totals by one function
    EQUATING = "equating"  # totals of this form onto another form's scale
    CUT = "cut"  # the pass mark


class ChangeState(StrEnum):
    """Where a decision stands. One person proposes, another commits; so it is undone."""

    PROPOSED = "proposed"
    COMMITTED = "committed"
    WITHDRAWN = "withdrawn"
    UNDO_PROPOSED = "undo_proposed"
    UNDONE = "undone"


OPEN = (ChangeState.PROPOSED, ChangeState.UNDO_PROPOSED)
STANDING = (ChangeState.COMMITTED, ChangeState.UNDO_PROPOSED)


class Treatment(StrEnum):
    """What a correction does with a position."""

    KEY = "key"  # another key, another mark
    ANY = "any"  # each of these options alone is right
    FULL = "full"  # everybody has its marks
    VOID = "void"  # it counts for nobody, and the paper is worth less


@dataclass(frozen=True, slots=True)
class Correction:
    """What holds for a position of a paper instead of what the paper says. Nothing given: as the paper says."""

    position: int
    treatment: Treatment
    key: str | None = None
    marks: Decimal | None = None
    scoring: Mapping[str, Any] | None = None
    question_version_id: int | None = None

    def as_data(self) -> list[Any]:
        """What of it counts, for a digest."""
        marks = None if self.marks is None else str(self.marks.normalize())
        rule = None if self.scoring is None else dict(self.scoring)
        return [self.position, self.treatment.value, self.key, marks, rule]


class Function(StrEnum):
    """How a total becomes another."""

    ADD = "add"
    LINEAR = "linear"
    TABLE = "table"


class FunctionIsUnfit(ValueError):
    """The figures do not make a function of marks."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A function of totals. Points of a table rise; between two of them it is a line, outside it keeps the outermost one."""

    function: Function
    figures: tuple[Decimal, ...]

    @classmethod
    def checked(cls, function: Function, figures: tuple[Decimal, ...]) -> "Adjustment":
        """With figures that make sense: nobody who has more gets less. Raises FunctionIsUnfit."""
        if any(not figure.is_finite() or abs(figure) > LARGEST for figure in figures):
            raise FunctionIsUnfit
        match function:
            case Function.ADD:
                is_fit = len(figures) == 1
            case Function.LINEAR:
                is_fit = len(figures) == 2 and figures[0] > 0
            case Function.TABLE:
                olds, news = figures[::2], figures[1::2]
                is_fit = 4 <= len(figures) <= 2 * MOST_POINTS and len(figures) % 2 == 0
                is_fit = is_fit and list(olds) == sorted(set(olds)) and list(news) == sorted(news)
        if not is_fit:
            raise FunctionIsUnfit
        return cls(function, figures)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Adjustment":
        """What `as_data` wrote; figures are texts, so that none passes through a float."""
        try:
            return cls.checked(Function(data["function"]), tuple(Decimal(figure) for figure in data["figures"]))
        except InvalidOperation as error:
            raise FunctionIsUnfit from error

    def as_data(self) -> dict[str, Any]:
        """As a column of JSON keeps it."""
        return {"function": self.function.value, "figures": [f"{figure.normalize():f}" for figure in self.figures]}

    def of(self, total: Decimal, full: Decimal) -> Decimal:
        """The adjusted total: to a hundredth, half up, and never below none or above full marks."""
        match self.function:
            case Function.ADD:
                value = total + self.figures[0]
            case Function.LINEAR:
                value = total * self.figures[0] + self.figures[1]
            case Function.TABLE:
                value = self._between(total)
        return min(max(value, Decimal(0)), full).quantize(CENT, ROUND_HALF_UP)

    def _between(self, total: Decimal) -> Decimal:
        points = list(zip(self.figures[::2], self.figures[1::2], strict=True))
        if total <= points[0][0]:
            return points[0][1]
        for (low, new_low), (high, new_high) in pairwise(points):
            if total <= high:
                return new_low + (total - low) * (new_high - new_low) / (high - low)
        return points[-1][1]
