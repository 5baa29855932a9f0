"""Places of what is drawn: numbers become coordinates here, so that templates only write them down."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from academy.scoring.rules.analysis.report import ItemReport, Report

LOGITS = 4.0
Scale = Callable[[float], float]


class Point(NamedTuple):
    """A question in a picture."""

    position: int
    x: float
    y: float
    is_suspect: bool
    is_named: bool  # whether its number is written beside it


class Tick(NamedTuple):
    """A line of the grid with its words."""

    at: float
    words: str


class Scatter(NamedTuple):
    """Facility across, correlation with the rest upwards."""

    width: int
    height: int
    left: float
    bottom: float
    points: list[Point]
    across: list[Tick]
    upward: list[Tick]
    zero: float
    good: float  # the line of 0.2: what is usually asked of a question


class Bar(NamedTuple):
    """A bar of a histogram."""

    x: float
    y: float
    width: float
    height: float
    papers: int


class PeopleMap(NamedTuple):
    """Abilities above the line, difficulties below it, on one scale of logits."""

    width: int
    height: int
    base: float
    bars: list[Bar]
    points: list[Point]
    across: list[Tick]


def scatter(items: Sequence[ItemReport], width: int, height: int) -> Scatter:
    """Where each question stands; questions without a correlation are not drawn."""
    drawn = [one for one in items if one.figures.facility is not None and one.figures.rest is not None]
    rests = [one.figures.rest or 0.0 for one in drawn]
    low, high = min([-0.1, *rests]) - 0.05, max([0.4, *rests]) + 0.05
    left, bottom, top = 40.0, height - 28.0, 10.0

    def x(facility: float) -> float:
        return left + (width - left - 12) * facility

    def y(rest: float) -> float:
        return bottom - (bottom - top) * (rest - low) / (high - low)

    points = [
        Point(one.item.position, x(one.figures.facility or 0.0), y(rest), one.is_suspect, one.is_suspect or rest < 0.05)
        for one, rest in zip(drawn, rests, strict=True)
    ]
    steps = [step / 10 for step in range(-10, 11, 2) if low <= step / 10 <= high]
    return Scatter(
        width=width,
        height=height,
        left=left,
        bottom=bottom,
        points=sorted(points, key=lambda point: point.is_suspect),
        across=[Tick(x(step / 100), f"{step}%") for step in range(0, 101, 25)],
        upward=[Tick(y(step), f"{step:.1f}".replace("-", "−")) for step in steps],
        zero=y(0.0),
        good=y(0.2),
    )


def people_map(report: Report, width: int, height: int) -> PeopleMap | None:
    """Both on one scale; None where no difficulty could be estimated."""
    if report.rasch is None:
        return None
    base = height * 0.52
    side = 14.0

    def x(logit: float) -> float:
        return side + (width - 2 * side) * (min(max(logit, -LOGITS), LOGITS) + LOGITS) / (2 * LOGITS)

    step = 0.5
    counts = [0] * int(2 * LOGITS / step)
    last = max(report.rasch.abilities, default=0) + 1
    for score in report.scores:
        theta = -LOGITS if score == 0 else (LOGITS if score == last else report.rasch.abilities.get(score, 0.0))
        counts[min(max(int((theta + LOGITS) / step), 0), len(counts) - 1)] += 1
    most, wide = max([*counts, 1]), x(step) - x(0.0)
    bars = [
        Bar(x(at * step - LOGITS) + 1, base - (base - 22) * count / most, wide - 2, (base - 22) * count / most, count)
        for at, count in enumerate(counts)
        if count
    ]
    return PeopleMap(width, height, base, bars, _stacked(report, x, base, height), _logits(x))


def _logits(x: Scale) -> list[Tick]:
    return [Tick(x(logit), f"{logit:+d}".replace("-", "−") if logit else "0") for logit in range(-4, 5, 2)]


def _stacked(report: Report, x: Scale, base: float, height: int) -> list[Point]:
    """Difficulties hang below the line; who would cover another one hangs lower."""
    points: list[Point] = []
    taken: dict[int, int] = {}
    for one in sorted(report.items, key=lambda one: (one.rasch or 0.0, one.item.position)):
        if one.rasch is None:
            continue
        at = x(one.rasch)
        deep = taken.get(int(at // 9), 0)
        taken[int(at // 9)] = deep + 1
        points.append(Point(one.item.position, at, min(base + 30 + 9 * deep, height - 4.0), one.is_suspect, is_named=False))
    return points
