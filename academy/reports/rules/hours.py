"""The hours that a registered social worker needs, and how far somebody is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR

REGION = "shandong"
LEVEL_WORDS = {"junior": N_("助理级"), "intermediate": N_("中级"), "senior": N_("高级")}
LEVEL_BY_DEFAULT = "junior"


@dataclass(frozen=True, slots=True)
class HoursRule:
    """How many hours a year, for which level, by which regulation."""

    level: str
    hours: int
    source_zh: str
    is_default: bool  # the person holds no level yet: the lowest one is shown

    @property
    def words(self) -> Text:
        """The rule as it is shown under the ring."""
        level = Text(LEVEL_WORDS[self.level])
        shown = N_("%(level)s，每年 %(hours)s 学时（%(source)s）。")
        if self.is_default:
            shown = N_("还没有登记等级，先按%(level)s的要求显示：每年 %(hours)s 学时（%(source)s）。")
        return Text(shown, level=level, hours=self.hours, source=self.source_zh)


def yearly_rule(held_level: str, rows: Iterable[Mapping[str, str]]) -> HoursRule:
    """The province's yearly rule for a level, from the rows of ce_rules.csv."""
    level = held_level if held_level in LEVEL_WORDS else LEVEL_BY_DEFAULT
    yearly = [row for row in rows if row["scope"] == REGION]
    row = next(row for row in yearly if row["level"] == level)
    source = next(r["label_zh"] for r in yearly if r["label_zh"] != "same")
    return HoursRule(level, int(row["hours"]), source, is_default=level != held_level)


@dataclass(frozen=True, slots=True)
class Ring:
    """Hours credited, booked and still open, as a ring shows them."""

    credited: Decimal
    booked: Decimal
    goal: int

    @property
    def missing(self) -> Decimal:
        """Hours that are not credited yet."""
        return max(Decimal(0), self.goal - self.credited)

    @property
    def open(self) -> Decimal:
        """Hours for which nothing is booked yet."""
        return max(Decimal(0), self.goal - self.credited - self.booked)

    @property
    def credited_part(self) -> Decimal:
        """The drawn part of what is credited."""
        return min(self.credited, Decimal(self.goal))

    @property
    def booked_part(self) -> Decimal:
        """The drawn part of credited and booked together."""
        return min(self.credited + self.booked, Decimal(self.goal))

    def after(self, minutes: int) -> Text:
        """What taking a class of so many minutes would change."""
        rest = self.goal - self.credited - self.booked - hours(minutes)
        if rest > 0:
            return Text(N_("本年还差 %(hours)s"), hours=plain(rest))
        return Text(N_("本年补齐，富余 %(hours)s"), hours=plain(-rest)) if rest < 0 else Text(N_("本年正好补齐"))


def compute_ring(credited_minutes: int, booked_minutes: int, rule: HoursRule) -> Ring:
    """The ring from minutes of the ledger and minutes still to come."""
    return Ring(hours(credited_minutes), hours(booked_minutes), rule.hours)


def hours(minutes: int) -> Decimal:
    """Minutes as hours of 45 minutes, one decimal."""
    return (Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.1"))


def plain(value: Decimal) -> str:
    """A number without needless zeros."""
    return f"{value.normalize():f}"
