"""Lecture fees (课酬): what teaching is worth after tax, and what is withheld. Money in integer fen.

The figures are dated data (academy/data/lecture_fees.csv, labor_tax.csv). Sources:

- 《中央和国家机关培训费管理办法》财行〔2016〕540号, article 10: ceilings after tax by the hours taught, at most four hours a
  half-day; a lecture for several classes at once is paid once.
- 《个人所得税扣缴申报管理办法（试行）》国家税务总局公告2018年第61号, articles 8 and 11, remuneration for labor: 800 yuan off up
  to 4,000 yuan, else 20 %; withheld at 20, 30 and 40 %. What is earned in one month counts as one payment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from academy.core.clock import TZ, local
from academy.core.data import data_rows
from academy.core.wording import MINUTES_PER_HOUR
from academy.timetable.rules import TeachingRole

TIERS = ("national_expert", "full_senior", "associate_senior", "intermediate")


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What an hour is worth, for teaching from a day on."""

    code: str
    valid_from: date
    fen_per_hour: Mapping[str, int]  # by fee tier
    minutes_per_half_day: int
    afternoon_from: time
    percent: Mapping[TeachingRole, int]
    source_zh: str
    source_en: str


class Band(NamedTuple):
    """A band of the withholding scale; `until` None is the last one."""

    until: int | None
    percent: int
    deduction: int


@dataclass(frozen=True, slots=True)
class TaxRule:
    """How tax on remuneration for labor is withheld, for payments from a day on."""

    code: str
    valid_from: date
    allowance: int  # taken off a gross amount up to `allowance_until`
    allowance_until: int
    allowance_percent: int  # taken off a larger one
    bands: tuple[Band, ...]
    source_zh: str
    source_en: str


@cache
def fee_rules() -> tuple[FeeRule, ...]:
    """Every rule that there has been, as the table has them."""
    return tuple(
        FeeRule(
            code=row["code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            fen_per_hour={tier: int(row[f"{tier}_fen"]) for tier in TIERS},
            minutes_per_half_day=int(row["hours_per_half_day"]) * MINUTES_PER_HOUR,
            afternoon_from=time.fromisoformat(row["afternoon_from"]),
            percent={role: int(row[f"{role}_percent"]) for role in TeachingRole},
            source_zh=row["source_zh"],
            source_en=row["source_en"],
        )
        for row in data_rows("lecture_fees.csv")
    )


@cache
def tax_rules() -> tuple[TaxRule, ...]:
    """Every withholding scale that there has been; one row of the table is one band."""
    by_code: dict[str, list[dict[str, str]]] = {}
    for row in data_rows("labor_tax.csv"):
        by_code.setdefault(row["code"], []).append(row)
    return tuple(
        TaxRule(
            code=code,
            valid_from=date.fromisoformat(rows[0]["valid_from"]),
            allowance=int(rows[0]["allowance_fen"]),
            allowance_until=int(rows[0]["allowance_until_fen"]),
            allowance_percent=int(rows[0]["allowance_percent"]),
            bands=tuple(_band(row) for row in rows),
            source_zh=rows[0]["source_zh"],
            source_en=rows[0]["source_en"],
        )
        for code, rows in by_code.items()
    )


def _band(row: dict[str, str]) -> Band:
    until = int(row["taxable_until_fen"]) if row["taxable_until_fen"] else None
    return Band(until, int(row["rate_percent"]), int(row["deduction_fen"]))


def fee_rule_on(day: date, rules: Iterable[FeeRule] | None = None) -> FeeRule | None:
    """The rule in force on a day; None before the first one."""
    in_force = [rule for rule in (fee_rules() if rules is None else rules) if rule.valid_from <= day]
    return max(in_force, key=lambda rule: rule.valid_from) if in_force else None


def tax_rule_on(day: date, rules: Iterable[TaxRule] | None = None) -> TaxRule | None:
    """The withholding scale in force on a day; None before the first one."""
    in_force = [rule for rule in (tax_rules() if rules is None else rules) if rule.valid_from <= day]
    return max(in_force, key=lambda rule: rule.valid_from) if in_force else None


# ---- from sessions to minutes that are paid ----------------------------------------------------------------------------


class Taught(NamedTuple):
    """A session that took place, as its fee needs it."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    minutes: int
    role: TeachingRole
    tier: str


class HalfDay(NamedTuple):
    """A morning or an afternoon of the academy's day."""

    day: date
    is_afternoon: bool


class FeeLine(NamedTuple):
    """What one session is worth."""

    session_id: int
    paid_minutes: int
    fen: int
    fen_per_hour: int
    percent: int
    is_capped: bool  # minutes above four hours a half-day, or taught together with another class, are not paid


def split(taught: Taught, afternoon_from: time) -> list[tuple[HalfDay, int]]:
    """A session's minutes by half-day, in the proportion of the clock; whole minutes, none lost."""
    span = taught.ends_at - taught.starts_at
    parts: list[tuple[HalfDay, int]] = []
    begin, placed = taught.starts_at, 0
    while begin < taught.ends_at:
        half, until = _half_of(begin, afternoon_from)
        end = min(until, taught.ends_at)
        upto = taught.minutes * (end - taught.starts_at) // span
        parts.append((half, upto - placed))
        begin, placed = end, upto
    return parts


def _half_of(instant: datetime, afternoon_from: time) -> tuple[HalfDay, datetime]:
    """The half-day of an instant, and when it ends. The evening belongs to the afternoon."""
    day = local(instant).date()
    noon = datetime.combine(day, afternoon_from, TZ)
    if instant < noon:
        return HalfDay(day, is_afternoon=False), noon
    return HalfDay(day, is_afternoon=True), datetime.combine(day + timedelta(days=1), time(), TZ)


def compute_fees(sessions: Iterable[Taught], rules: Iterable[FeeRule] | None = None) -> list[FeeLine]:
    """What one instructor's sessions are worth after tax, in their order.

    At most four hours are paid of a half-day, the earlier session first; what is taught to two classes at the same time is
    paid once.
    """
    left: dict[HalfDay, int] = {}
    paid_until: datetime | None = None
    lines = []
    for one in sorted(sessions, key=lambda taught: (taught.starts_at, taught.session_id)):
        rule = fee_rule_on(local(one.starts_at).date(), rules)
        if rule is None:
            lines.append(FeeLine(one.session_id, 0, 0, 0, 0, is_capped=False))
            continue
        is_again = paid_until is not None and one.starts_at < paid_until
        paid = 0 if is_again else _paid_minutes(one, rule, left)
        paid_until = one.ends_at if paid_until is None else max(paid_until, one.ends_at)
        rate, percent = rule.fen_per_hour[one.tier], rule.percent[one.role]
        fen = _rounded(paid * rate * percent, MINUTES_PER_HOUR * 100)
        lines.append(FeeLine(one.session_id, paid, fen, rate, percent, is_capped=paid < one.minutes))
    return lines


def _paid_minutes(one: Taught, rule: FeeRule, left: dict[HalfDay, int]) -> int:
    paid = 0
    for half, minutes in split(one, rule.afternoon_from):
        room = left.get(half, rule.minutes_per_half_day)
        counted = min(minutes, room)
        left[half] = room - counted
        paid += counted
    return paid


def _rounded(amount: int, divisor: int) -> int:
    """Integer division, half up."""
    return (2 * amount + divisor) // (2 * divisor)


# ---- tax ---------------------------------------------------------------------------------------------------------------


def compute_tax(gross: int, rule: TaxRule) -> int:
    """What is withheld from a gross amount (fen)."""
    off = rule.allowance if gross <= rule.allowance_until else _rounded(gross * rule.allowance_percent, 100)
    taxable = max(gross - off, 0)
    band = next(band for band in rule.bands if band.until is None or taxable <= band.until)
    return max(_rounded(taxable * band.percent, 100) - band.deduction, 0)


def compute_gross(net: int, rule: TaxRule) -> int:
    """The smallest gross amount (fen) of which at least `net` is left after tax.

    What is left never shrinks while the gross amount grows, so halving the interval finds it.
    """
    low, high = net, max(4 * net, 1)
    while low < high:
        middle = (low + high) // 2
        if middle - compute_tax(middle, rule) >= net:
            high = middle
        else:
            low = middle + 1
    return low
