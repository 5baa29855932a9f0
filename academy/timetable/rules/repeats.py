"""Repeat rules: weekly on chosen weekdays, every so many weeks, until a date or so many times, some dates left out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple

from dateutil.rrule import rrulestr

from academy.core.clock import TZ, local
from academy.core.text import N_, Text

MOST_DATES = 120  # one rule plans no more
MOST_INTERVAL = 12
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORDS = {
    0: N_("一"),
    1: N_("二"),
    2: N_("三"),
    3: N_("四"),
    4: N_("五"),
    5: N_("六"),
    6: N_("日"),
}


class Repeat(NamedTuple):
    """What a person decides: from `first` on, on these ISO weekdays, every `interval` weeks, until a day or `times` times."""

    first: date
    begins: time
    ends: time
    weekdays: tuple[int, ...]
    interval: int = 1
    until: date | None = None
    times: int | None = None
    skip: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Dates:
    """What a rule gives: its dates, those left out by hand, and whether it would give more than one rule may."""

    days: tuple[date, ...]
    skipped: tuple[date, ...]
    is_too_long: bool


def rule_text(repeat: Repeat) -> str:
    """The rule as RFC 5545 writes it, without its start."""
    parts = ["FREQ=WEEKLY", f"INTERVAL={repeat.interval}", "BYDAY=" + ",".join(_DAYS[n - 1] for n in sorted(repeat.weekdays))]
    if repeat.times is not None:
        parts.append(f"COUNT={repeat.times}")
    elif repeat.until is not None:
        parts.append(f"UNTIL={repeat.until:%Y%m%d}T235959")
    return ";".join(parts)


def dates_of(repeat: Repeat) -> Dates:
    """The dates of a rule, at most MOST_DATES, in order; a date left out by hand counts toward `times`."""
    found = rrulestr(rule_text(repeat), dtstart=datetime.combine(repeat.first, time(12)))
    days = [one.date() for one in islice(found, MOST_DATES + 1)]
    kept = tuple(day for day in days[:MOST_DATES] if day not in repeat.skip)
    skipped = tuple(day for day in days[:MOST_DATES] if day in repeat.skip)
    return Dates(kept, skipped, is_too_long=len(days) > MOST_DATES)


def span_on(day: date, repeat: Repeat) -> tuple[datetime, datetime]:
    """When the session of a day begins and ends."""
    return datetime.combine(day, repeat.begins, tzinfo=TZ), datetime.combine(day, repeat.ends, tzinfo=TZ)


def repeat_words(rule: str, starts_at: datetime, ends_at: datetime) -> Text:
    """“每两周一、三 09:00—10:40” as a person would say it, of a rule that is kept."""
    parts: Mapping[str, str] = dict(part.split("=", 1) for part in rule.split(";"))
    weekdays = [_DAYS.index(code) for code in parts.get("BYDAY", "").split(",") if code in _DAYS]
    begins, ends = (f"{local(at):%H:%M}" for at in (starts_at, ends_at))
    interval = int(parts.get("INTERVAL", "1"))
    days = _joined(Text(_WORDS[n]) for n in weekdays)
    if interval == 1:
        return Text(N_("重复规则“每周%(days)s %(begins)s—%(ends)s”"), days=days, begins=begins, ends=ends)
    text = N_("重复规则“每 %(interval)s 周的周%(days)s %(begins)s—%(ends)s”")
    return Text(text, interval=interval, days=days, begins=begins, ends=ends)


def _joined(words: Iterable[Text]) -> Text | str:
    whole: Text | str = ""
    for word in words:
        whole = Text(N_("%(these)s、%(one)s"), these=whole, one=word) if whole else word
    return whole
