"""What is still needed, by when, and which classes would close the gap. No database, no clock, no Flask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from academy.attendance.rules.periods import Period
from academy.people.rules import HeldLevel

MOST_TOGETHER = 3  # sets of classes up to this size are all compared
MOST_GREEDY = 6
MOST_COMPARED = 20


class Span(StrEnum):
    """Over what a rule counts: a registration period, or a calendar year."""

    PERIOD = "period"
    YEAR = "year"


class HoursRule(NamedTuple):
    """How many hours a level needs in a span, from a day on (academy/data/ce_rules.csv).

    The ministry counts 小时, the province 学时. Until the authority says otherwise both are taken as teaching hours of 45
    minutes: `minutes_per_hour` stands in the table, so that another reading is a new dated row, not a change of code.
    The rule in force on a span's first day holds for the whole span; nothing is made stricter afterwards. A calendar year
    counts whole, also where a registration begins or ends in it: the regulation knows no part of a year.
    """

    code: str
    scope: str
    level: HeldLevel
    span: Span
    hours: int
    minutes_per_hour: int
    division_prefix: str  # for whom: people registered in this area; empty for everybody
    valid_from: date
    source_zh: str
    source_en: str

    @property
    def minutes(self) -> int:
        """What is needed, in minutes."""
        return self.hours * self.minutes_per_hour


class Requirement(NamedTuple):
    """A rule over a span; both days belong to it."""

    rule: HoursRule
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far somebody is with one requirement. `booked`: sessions to come of classes in which she has a seat."""

    requirement: Requirement
    credited: int
    booked: int

    @property
    def needed(self) -> int:
        """Minutes that the rule asks for."""
        return self.requirement.rule.minutes

    @property
    def missing(self) -> int:
        """Minutes that are not credited yet."""
        return max(0, self.needed - self.credited)

    @property
    def open(self) -> int:
        """Minutes for which nothing is booked yet."""
        return max(0, self.needed - self.credited - self.booked)

    @property
    def deadline(self) -> date:
        """The last day that counts."""
        return self.requirement.last


@dataclass(frozen=True, slots=True)
class Option:
    """An open class that the person may enroll in: what it credits day by day, and when it meets."""

    class_id: int
    code: str
    ends_on: date
    earns: tuple[tuple[date, int], ...]
    meets: tuple[tuple[datetime, datetime], ...] = ()

    def counted(self, requirement: Requirement) -> int:
        """Minutes that fall into a requirement's span."""
        return sum(minutes for day, minutes in self.earns if requirement.first <= day <= requirement.last)

    def clashes(self, other: "Option") -> bool:
        """Whether the two meet at the same time."""
        return any(a < d and c < b for a, b in self.meets for c, d in other.meets)


@dataclass(frozen=True, slots=True)
class Choice:
    """The classes to take, and what would still be open by the requirement's rule code."""

    picked: tuple[Option, ...]
    left: Mapping[str, int]

    @property
    def closes(self) -> bool:
        """Whether nothing stays open."""
        return not any(self.left.values())


def parse_rules(rows: Iterable[Mapping[str, str]]) -> tuple[HoursRule, ...]:
    """The rules from the rows of ce_rules.csv."""
    return tuple(
        HoursRule(
            code=row["code"],
            scope=row["scope"],
            level=HeldLevel(row["level"]),
            span=Span(row["span"]),
            hours=int(row["hours"]),
            minutes_per_hour=int(row["minutes_per_hour"]),
            division_prefix=row["division_prefix"],
            valid_from=date.fromisoformat(row["valid_from"]),
            source_zh=row["source_zh"],
            source_en=row["source_en"],
        )
        for row in rows
    )


def compute_requirements(
    rules: Iterable[HoursRule], *, level: HeldLevel, division_code: str | None, period: Period | None, day: date
) -> tuple[Requirement, ...]:
    """What a person has to reach: each rule over its span, the earliest deadline first.

    A period's rule follows the level that was registered with it. Without a period only the calendar year counts. Whose
    area is unknown is taken for the province's.
    """
    known = tuple(rules)
    found = []
    year = date(day.year, 1, 1), date(day.year, 12, 31)
    spans = [(Span.YEAR, period.level if period else level, *year)]
    if period is not None:
        spans.append((Span.PERIOD, period.level, period.starts_on, period.ends_on))
    for span, for_level, first, last in spans:
        for scope in sorted({rule.scope for rule in known}):
            rule = _rule_on(known, scope, span, for_level, first)
            if rule is not None and (division_code or rule.division_prefix).startswith(rule.division_prefix):
                found.append(Requirement(rule, first, last))
    return tuple(sorted(found, key=lambda one: (one.last, one.rule.code)))


def _rule_on(rules: Sequence[HoursRule], scope: str, span: Span, level: HeldLevel, day: date) -> HoursRule | None:
    of_kind = [rule for rule in rules if (rule.scope, rule.span, rule.level) == (scope, span, level) and rule.valid_from <= day]
    return max(of_kind, key=lambda rule: rule.valid_from, default=None)


def choose_classes(shortfalls: Iterable[Shortfall], options: Iterable[Option]) -> Choice:
    """The open classes that close every gap before its deadline: the fewest, then the earliest end, then the code.

    Sets of up to three are compared in full. If none of them closes everything, classes are added one after the other,
    each time the one that gives most of what is still open, as long as one helps; `left` says what stays open.
    """
    unmet = [one for one in shortfalls if one.open]
    helpful = [option for option in options if any(_use(option, one, one.open) for one in unmet)]
    ranked = sorted(helpful, key=lambda option: (-_total_use(option, unmet), option.ends_on, option.code))[:MOST_COMPARED]
    for size in range(1, MOST_TOGETHER + 1) if unmet else ():
        closing = [group for group in combinations(ranked, size) if _closes(group, unmet) and not _clash(group)]
        if closing:
            best = min(closing, key=lambda group: (max(one.ends_on for one in group), sorted(one.code for one in group)))
            return _choice(best, unmet)
    return _choice(_greedy(ranked, unmet), unmet)


def _use(option: Option, shortfall: Shortfall, still_open: int) -> int:
    return min(still_open, option.counted(shortfall.requirement))


def _total_use(option: Option, unmet: Sequence[Shortfall]) -> int:
    return sum(_use(option, one, one.open) for one in unmet)


def _left(group: Sequence[Option], shortfall: Shortfall) -> int:
    return max(0, shortfall.open - sum(option.counted(shortfall.requirement) for option in group))


def _closes(group: Sequence[Option], unmet: Sequence[Shortfall]) -> bool:
    return all(_left(group, one) == 0 for one in unmet)


def _clash(group: Sequence[Option]) -> bool:
    return any(one.clashes(other) for one, other in combinations(group, 2))


def _choice(group: Sequence[Option], unmet: Sequence[Shortfall]) -> Choice:
    ordered = tuple(sorted(group, key=lambda option: (option.ends_on, option.code)))
    return Choice(ordered, {one.requirement.rule.code: _left(group, one) for one in unmet})


def _greedy(ranked: Sequence[Option], unmet: Sequence[Shortfall]) -> list[Option]:
    group: list[Option] = []
    while len(group) < MOST_GREEDY:
        left = {one: _left(group, one) for one in unmet}
        free = [option for option in ranked if option not in group and not _clash([*group, option])]
        gains = {option: sum(_use(option, one, left[one]) for one in unmet) for option in free}
        best = min(free, key=lambda option: (-gains[option], option.ends_on, option.code), default=None)
        if best is None or not gains[best]:
            break
        group.append(best)
    return group
