"""When a site or a room is open. No database, no clock, no Flask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from academy.core.clock import TZ, local
from academy.core.text import N_

WEEKDAY_WORDS = {
    1: N_("周一"),
    2: N_("周二"),
    3: N_("周三"),
    4: N_("周四"),
    5: N_("周五"),
    6: N_("周六"),
    7: N_("周日"),
}  # by ISO weekday
MINUTES_PER_DAY = 24 * 60
USUAL_DAY = (8 * 60 + 30, 18 * 60)  # what is proposed where nobody has entered hours


class OpenSpan(NamedTuple):
    """Minutes of the day from which until which it is open."""

    opens: int
    closes: int


class ClosedSpan(NamedTuple):
    """A closure: a site (room_id None) or one room, from an instant until another."""

    id: int
    site_id: int
    room_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a span of time falls into it."""
        return self.starts_at < ends_at and starts_at < self.ends_at


def clock_words(minutes: int) -> str:
    """510 → 08:30."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_minute(day: date, minutes: int) -> datetime:
    """The instant of a minute of the academy's day; 1440 is midnight at its end."""
    return datetime.combine(day, time(0), tzinfo=TZ) + timedelta(minutes=minutes)


def day_span(day: date) -> tuple[datetime, datetime]:
    """The instants at which an academy's day begins and ends."""
    return day_minute(day, 0), day_minute(day, MINUTES_PER_DAY)


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Opening hours by ISO weekday; None: nobody has entered any, so nothing is refused. A day that is missing is closed."""

    days: Mapping[int, OpenSpan] | None = field(default=None)

    def on(self, day: date) -> OpenSpan | None:
        """The hours of a day; None when it is closed."""
        return OpenSpan(0, MINUTES_PER_DAY) if self.days is None else self.days.get(day.isoweekday())

    def covers(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a span lies inside the hours of its day."""
        day = local(starts_at).date()
        hours = self.on(day)
        if hours is None:
            return False
        return day_minute(day, hours.opens) <= starts_at and ends_at <= day_minute(day, hours.closes)

    def to_propose(self, day: date) -> OpenSpan | None:
        """The hours among which a free time is looked for."""
        return OpenSpan(*USUAL_DAY) if self.days is None else self.on(day)
