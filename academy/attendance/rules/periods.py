"""Registration periods: three years, re-registration in the last three months. No database, no clock, no Flask."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from academy.core.text import N_
from academy.people.rules import HeldLevel

PERIOD_MONTHS = 36
RENEWAL_MONTHS = 3
RENEWAL_DAYS = 93  # no three months are longer
MOST_EXTENDED_MONTHS = 36
REGISTERED_LEVELS = (HeldLevel.JUNIOR, HeldLevel.INTERMEDIATE, HeldLevel.SENIOR)


class PeriodSource(StrEnum):
    """How a period came to be recorded."""

    FIRST = "first"
    RENEWAL = "renewal"
    IMPORT = "import"


PERIOD_SOURCE_WORDS = {
    PeriodSource.FIRST: N_("首次登记"),
    PeriodSource.RENEWAL: N_("再登记"),
    PeriodSource.IMPORT: N_("资料导入"),
}


class Period(NamedTuple):
    """A registration period as the rules see it; both days belong to it."""

    level: HeldLevel
    starts_on: date
    ends_on: date


def _same_day(day: date, months: int) -> date | None:
    """The day of the same number so many months away; None when that month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day > monthrange(year, month + 1)[1]:
        return None
    return date(year, month + 1, day.day)


def _last_of_month(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def compute_last_day(first: date, months: int) -> date:
    """The last day of so many months that begin on a day: the day before the same day of the month.

    Where the last month has no such day, it ends with the month (Civil Code, article 202): from 29 February 2024 three
    years run to 28 February 2027.
    """
    same = _same_day(first, months)
    return same - timedelta(days=1) if same else _last_of_month(first, months)


def compute_period_end(starts_on: date) -> date:
    """The last day of a registration of three years (民发〔2009〕44号): 1 March 2024 to 28 February 2027."""
    return compute_last_day(starts_on, PERIOD_MONTHS)


def compute_extended_end(ends_on: date, months: int) -> date:
    """The last day of a period that a decree makes longer by so many months. The end of a month stays one."""
    return compute_last_day(ends_on + timedelta(days=1), months)


def compute_renewal_opens(ends_on: date) -> date:
    """The first day on which re-registration can be asked for: three months before the day after the period's end."""
    after = ends_on + timedelta(days=1)
    return _same_day(after, -RENEWAL_MONTHS) or _last_of_month(after, -RENEWAL_MONTHS)


def may_renew(ends_on: date, day: date) -> bool:
    """Whether re-registration is open on a day: in the last three months of the period."""
    return compute_renewal_opens(ends_on) <= day <= ends_on


def is_overlapping(one: Period, other: Period) -> bool:
    """Whether two periods share a day."""
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
