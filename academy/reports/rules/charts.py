"""Where things fall in a drawing. Numbers in, coordinates out; templates write the SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy.reports.rules.goal import GOAL_ON, GOAL_PEOPLE, Path
from academy.reports.rules.months import Month

STEPS = (1, 2, 5, 10)
HEAT_LEVELS = 5


def round_step(top: float, parts: int) -> int:
    """A round distance between grid lines so that about `parts` of them reach `top`."""
    rough = max(top, 1) / parts
    power = 10 ** (len(str(int(rough))) - 1) if rough >= 1 else 1
    return max(1, int(next(step * power for step in STEPS if step * power >= rough)))


def heat_level(value: int, top: int) -> int:
    """0 for nothing, else 1 to 5 by the share of the highest value."""
    if value <= 0 or top <= 0:
        return 0
    return min(HEAT_LEVELS, 1 + (value * HEAT_LEVELS - 1) // top)


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing area of a line chart: pixels, and the months and people that they stand for."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    is_phone: bool
    first: Month
    most: int

    def x(self, month: Month) -> float:
        """Across: the end of a month."""
        share = (month.minus(self.first)) / max(1, Month.of(GOAL_ON).minus(self.first))
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, people: float) -> float:
        """Down."""
        return round(self.bottom - people / self.most * (self.bottom - self.top), 1)

    def points(self, months: Sequence[Month], people: Sequence[float]) -> str:
        """A polyline."""
        return " ".join(f"{self.x(m)},{self.y(p)}" for m, p in zip(months, people, strict=True))


@dataclass(frozen=True, slots=True)
class Ahead:
    """The forecast as it is drawn: the line, the two wedges and the end point."""

    line: str
    band80: str
    band50: str
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PathChart:
    """Everything that the path to the goal draws."""

    frame: Frame
    grid: tuple[tuple[int, float], ...]
    years: tuple[tuple[int, float], ...]
    line: str
    today: tuple[float, float]
    goal_y: float
    ahead: Ahead | None


def path_chart(path: Path, *, is_phone: bool) -> PathChart:
    """The path drawn wide, or narrow for a phone."""
    highest = max(GOAL_PEOPLE, path.forecast.high80 if path.forecast else 0, path.total)
    step = round_step(highest, 3)
    most = int(highest * 1.08)
    frame = (
        Frame(390, 330, 52, 382, 30, 296, True, path.months[0], most)  # noqa: FBT003 - coordinates, read by name
        if is_phone
        else Frame(1200, 400, 62, 1180, 30, 360, False, path.months[0], most)  # noqa: FBT003
    )
    now = path.months[-1]
    years = range(frame.first.year, GOAL_ON.year + 1)
    return PathChart(
        frame=frame,
        grid=tuple((n, frame.y(n)) for n in range(0, most + 1, step)),
        years=tuple((year, frame.x(Month(year, 12))) for year in years),
        line=frame.points(path.months, path.totals),
        today=(frame.x(now), frame.y(path.total)),
        goal_y=frame.y(GOAL_PEOPLE),
        ahead=_ahead(path, frame, now),
    )


def _ahead(path: Path, frame: Frame, now: Month) -> Ahead | None:
    seen = path.forecast
    if seen is None:
        return None
    end = Month.of(GOAL_ON)
    start = (frame.x(now), frame.y(path.total))

    def wedge(low: int, high: int) -> str:
        corners = [start, (frame.x(end), frame.y(low)), (frame.x(end), frame.y(high))]
        return " ".join(f"{x},{y}" for x, y in corners)

    return Ahead(
        line=frame.points([now, end], [path.total, seen.expected]),
        band80=wedge(seen.low80, seen.high80),
        band50=wedge(seen.low50, seen.high50),
        end=(frame.x(end), frame.y(seen.expected)),
    )


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a histogram."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    is_pass: bool


def columns(labels: Sequence[str], counts: Sequence[int], *, pass_from: int, width: int, height: int) -> list[Column]:
    """A histogram whose columns stand on `height`."""
    top = max([1, *counts])
    step = width / max(1, len(labels))
    return [
        Column(
            label,
            count,
            round(n * step + step * 0.14, 1),
            round(height - height * count / top, 1),
            round(step * 0.72, 1),
            round(height * count / top, 1),
            n >= pass_from,
        )
        for n, (label, count) in enumerate(zip(labels, counts, strict=True))
    ]


TILES: dict[str, tuple[int, int]] = {  # sixteen cities by neighbourhood, column and row; not a survey
    "371400": (1, 0), "371600": (2, 0), "370500": (3, 0), "370600": (4, 0), "371000": (5, 0),
    "371500": (0, 1), "370100": (1, 1), "370300": (2, 1), "370700": (3, 1), "370200": (4, 1),
    "370900": (1, 2), "371300": (2, 2), "371100": (3, 2),
    "371700": (0, 3), "370800": (1, 3), "370400": (2, 3),
}  # fmt: skip
TILE_WIDTH, TILE_HEIGHT = 92, 80


def city_of(division_code: str | None) -> str | None:
    """The city of a division code (GB/T 2260: the first four digits)."""
    return f"{division_code[:4]}00" if division_code and len(division_code) == 6 else None
