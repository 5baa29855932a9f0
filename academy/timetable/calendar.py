"""Sessions as an iCalendar feed (RFC 5545). Pure: no database, no clock, no Flask.

A feed is read again and again by programs. So an event keeps its UID for ever, its SEQUENCE only grows, and DTSTAMP is the
moment of its last change: two readings of the same timetable are equal byte for byte. Times are UTC.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event

PRODUCT = "-//Academy//Timetable//ZH"
REFRESH = timedelta(hours=1)


class CalendarEvent(NamedTuple):
    """A session in somebody's calendar."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    description: str
    location: str
    url: str
    is_cancelled: bool


def write_calendar(events: Iterable[CalendarEvent], *, name: str) -> bytes:
    """The feed as bytes, the events in the order of their beginning."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in sorted(events, key=lambda one: (one.starts_at, one.uid)):
        calendar.add_component(_event(one))
    return bytes(calendar.to_ical())


def _event(one: CalendarEvent) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", one.changed_at.astimezone(UTC))
    event.add("last-modified", one.changed_at.astimezone(UTC))
    event.add("dtstart", one.starts_at.astimezone(UTC))
    event.add("dtend", one.ends_at.astimezone(UTC))
    event.add("summary", one.title)
    if one.description:
        event.add("description", one.description)
    if one.location:
        event.add("location", one.location)
    event.add("url", one.url)
    event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if one.is_cancelled else "OPAQUE")
    return event
