"""The path to 30,000 social workers by the end of 2028, and where the present pace leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import mean, stdev

from academy.core.text import N_, Text
from academy.reports.rules.months import Month, months_through

GOAL_PEOPLE = 30_000  # domain.md, "What the source text says": 30,000 social workers by 2028
GOAL_ON = date(2028, 12, 31)
OPENED_ON = date(2024, 8, 8)
LOOK_BACK = 12  # complete months from which the pace is taken
ENOUGH_MONTHS = 6  # fewer complete months say nothing about a pace
Z80, Z50 = 1.2816, 0.6745  # of the normal distribution


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the pace of the last complete months leads by the goal's day, with 80 % and 50 % intervals."""

    months_used: int
    per_month: float
    months_left: float
    expected: int
    low80: int
    high80: int
    low50: int
    high50: int
    needed_per_month: int

    @property
    def gap(self) -> int:
        """People missing on the goal's day; negative when there are more."""
        return GOAL_PEOPLE - self.expected


@dataclass(frozen=True, slots=True)
class Path:
    """Cumulative people at the end of each month since the opening; the last one is today's."""

    months: tuple[Month, ...]
    totals: tuple[int, ...]
    today: date
    forecast: Forecast | None

    @property
    def total(self) -> int:
        """People so far."""
        return self.totals[-1]

    @property
    def complete_months(self) -> int:
        """Complete months since the first person was trained, at most LOOK_BACK."""
        first = next((n for n, total in enumerate(self.totals) if total), len(self.totals) - 1)
        return min(LOOK_BACK, len(self.totals) - 1 - first)


def compute_path(by_month: dict[Month, int], today: date) -> Path:
    """The path from the people first trained in each month."""
    months = months_through(min([Month.of(OPENED_ON), *by_month]), Month.of(today))
    totals: list[int] = []
    for month in months:
        totals.append((totals[-1] if totals else 0) + by_month.get(month, 0))
    path = Path(tuple(months), tuple(totals), today, None)
    recent = [by_month.get(month, 0) for month in months[:-1][-path.complete_months :]] if path.complete_months else []
    return Path(path.months, path.totals, today, compute_forecast(recent, path.total, months_left(today)))


def months_left(today: date) -> float:
    """Months from today to the goal's day, the rest of this month as a share."""
    this = Month.of(today)
    return max(0.0, Month.of(GOAL_ON).minus(this) + (this.days - today.day) / this.days)


def compute_forecast(recent: Sequence[int], total: int, left: float) -> Forecast | None:
    """The forecast from the people of the last complete months; None when these are too few to say anything.

    Months are taken as independent with the spread seen: the interval grows with the root of the time left.
    """
    if len(recent) < ENOUGH_MONTHS:
        return None
    pace, spread = mean(recent), stdev(recent) * sqrt(left)

    def after(z: float) -> int:
        return max(total, round(total + pace * left + z * spread))

    needed = -(-(GOAL_PEOPLE - total) // left) if left and total < GOAL_PEOPLE else 0
    return Forecast(len(recent), pace, left, after(0), after(-Z80), after(Z80), after(-Z50), after(Z50), int(needed))


def finding(path: Path) -> Text:
    """What the line says, in one sentence."""
    if path.total >= GOAL_PEOPLE:
        return Text(N_("目标已经达到：累计培养 %(total)s 人"), total=f"{path.total:,}")
    if path.forecast is None:
        return Text(
            N_("已培养 %(total)s 人，离目标还有 %(left)s 人"), total=f"{path.total:,}", left=f"{GOAL_PEOPLE - path.total:,}"
        )
    if path.forecast.gap <= 0:
        return Text(N_("按现在的速度，到期会多出 %(more)s 人"), more=f"{-path.forecast.gap:,}")
    return Text(N_("按现在的速度，到期会差 %(gap)s 人"), gap=f"{path.forecast.gap:,}")


def next_step(path: Path) -> Text | None:
    """What would reach the goal."""
    if path.total >= GOAL_PEOPLE:
        return None
    if path.forecast is None:
        return Text(
            N_("完整月份只有 %(months)s 个，满 %(enough)s 个月才做预计。"), months=path.complete_months, enough=ENOUGH_MONTHS
        )
    if path.forecast.gap <= 0:
        return None
    now, needed = round(path.forecast.per_month), path.forecast.needed_per_month
    return Text(
        N_("每月要培养 %(needed)s 人，近 %(months)s 个月平均 %(now)s 人。"),
        needed=f"{needed:,}",
        months=path.forecast.months_used,
        now=f"{now:,}",
    )
