"""Setting the pass mark by judges: reading what they said, and what each method makes of it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from academy.scoring.rules.standards import TooFewFigures, angoff, borderline_regression, hofstee

HUNDREDTH, FOUR_PLACES = Decimal("0.01"), Decimal("0.0001")
MOST_JUDGES, MOST_ITEMS = 100, 300
_COMMAS = re.compile("[,，、]")


class Standard(StrEnum):
    """How a pass mark is found."""

    ANGOFF = "angoff"
    BORDERLINE = "borderline"
    HOFSTEE = "hofstee"


class FiguresAreUnfit(ValueError):
    """What the judges said cannot be read, or is not enough."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a method gives: marks (None: no crossing) and their standard error, where it has one."""

    marks: Decimal | None
    error: Decimal | None = None


def read_figure(written: str) -> Decimal:
    """A finite number as it was typed. Raises FiguresAreUnfit."""
    try:
        figure = Decimal(written.strip())
    except InvalidOperation as error:
        raise FiguresAreUnfit from error
    if not figure.is_finite() or abs(figure) > 10_000:
        raise FiguresAreUnfit
    return figure


def read_judgments(written: str) -> list[list[Decimal]]:
    """One judge a line: the expected marks for each item, parted by blanks or commas; every judge for as many items."""
    lines = [_COMMAS.sub(" ", line).split() for line in written.splitlines() if line.strip()]
    if not lines or len(lines) > MOST_JUDGES or len(lines[0]) > MOST_ITEMS or len({len(line) for line in lines}) != 1:
        raise FiguresAreUnfit
    return [[read_figure(figure) for figure in line] for line in lines]


def read_grades(written: str) -> dict[str, Decimal]:
    """Global grades by candidate number: one candidate a line, number and grade."""
    grades: dict[str, Decimal] = {}
    for line in filter(None, map(str.strip, written.splitlines())):
        parts = _COMMAS.sub(" ", line).split()
        if len(parts) != 2 or parts[0] in grades:
            raise FiguresAreUnfit
        grades[parts[0]] = read_figure(parts[1])
    return grades


def angoff_cut(judgments: Sequence[Sequence[Decimal]], full: Decimal) -> Cut:
    """By what judges expect of a candidate on the borderline. Raises FiguresAreUnfit."""
    if any(figure < 0 for line in judgments for figure in line) or any(sum(line) > full for line in judgments):
        raise FiguresAreUnfit
    try:
        cut, error = angoff(judgments)
    except TooFewFigures as reason:
        raise FiguresAreUnfit from reason
    return Cut(_hundredths(cut), None if error is None else error.quantize(FOUR_PLACES, ROUND_HALF_UP))


def borderline_cut(grades: Mapping[str, Decimal], totals: Mapping[str, Decimal], borderline: Decimal, full: Decimal) -> Cut:
    """By the line of totals on global grades. A cut outside the marks is no cut: it is reported, not clamped."""
    if not grades or not set(grades) <= set(totals):
        raise FiguresAreUnfit
    numbers = sorted(grades)
    try:
        cut = borderline_regression([grades[n] for n in numbers], [totals[n] for n in numbers], borderline)
    except TooFewFigures as reason:
        raise FiguresAreUnfit from reason
    return Cut(_hundredths(cut) if 0 <= cut <= full else None)


def hofstee_cut(totals: Sequence[Decimal], bounds: Sequence[Decimal]) -> Cut:
    """Where the fail curve crosses the judges' line. `bounds`: lowest and highest cut in marks, lowest and highest percent."""
    low, high, least, most = bounds
    if not 0 <= least <= most <= 100 or not 0 <= low <= high:
        raise FiguresAreUnfit
    try:
        cut = hofstee(totals, min_cut=low, max_cut=high, min_fail=least, max_fail=most)
    except TooFewFigures as reason:
        raise FiguresAreUnfit from reason
    return Cut(None if cut is None else _hundredths(cut))


def _hundredths(cut: Decimal) -> Decimal:
    return cut.quantize(HUNDREDTH, ROUND_HALF_UP)
