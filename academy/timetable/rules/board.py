"""What is taken or closed around some wanted times. Pure.

A `Board` decides about one save, about every date of a repeat rule and about each proposed time.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from academy.core.clock import local
from academy.core.text import Text
from academy.sites.rules import ClosedSpan, TravelTimes, WeekHours
from academy.timetable.rules.clashes import Clash, Taken

Week = tuple[int, int]


class ObstacleKind(StrEnum):
    """What can stand in the way of a session."""

    OWN = "own"  # the class itself: its learners cannot be in two sessions
    ROOM = "room"
    INSTRUCTOR = "instructor"
    ABSENCE = "absence"
    WEEK = "week"
    HOURS = "hours"
    CLOSURE = "closure"
    CAPACITY = "capacity"
    EQUIPMENT = "equipment"
    DATES = "dates"


class Obstacle(NamedTuple):
    """One reason why a session cannot be planned, with the booking behind it and the way out."""

    kind: ObstacleKind
    say: Text
    fix: Text
    clash: Clash | None = None


class Wanted(NamedTuple):
    """A session that somebody wants to plan."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    room_id: int | None = None
    instructor_ids: tuple[int, ...] = ()
    equipment: tuple[str, ...] = ()

    def moved(self, starts_at: datetime) -> "Wanted":
        """The same at another time."""
        return self._replace(starts_at=starts_at, ends_at=starts_at + (self.ends_at - self.starts_at))


class Away(NamedTuple):
    """A span of time in which an instructor does not teach."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A room as the check sees it; for a session without a room the class's site (no name, no capacity)."""

    site_id: int
    name: str = ""
    capacity: int | None = None
    equipment: frozenset[str] = frozenset()
    hours: WeekHours = field(default_factory=WeekHours)
    closures: Sequence[ClosedSpan] = ()


@dataclass(frozen=True, slots=True)
class InstructorFacts:
    """An instructor as the check sees her."""

    name: str
    most_minutes: int  # of teaching in a week
    away: Sequence[Away] = ()


class Held(NamedTuple):
    """A session on the board; sorted by its beginning."""

    starts_at: datetime
    session_id: int
    minutes: int
    taken: Taken


@dataclass
class Board:
    """Everything around some wanted times. `add` puts a session on it, so that several can be planned one after another."""

    class_id: int
    class_code: str
    class_title: str
    seats: int
    first_day: date
    last_day: date
    places: Mapping[int | None, PlaceFacts]
    instructors: Mapping[int, InstructorFacts]
    times: TravelTimes
    own: list[Held] = field(default_factory=list)
    rooms: dict[int, list[Held]] = field(default_factory=dict)
    teaching: dict[int, list[Held]] = field(default_factory=dict)
    repeats: Mapping[int, Text] = field(default_factory=dict)  # the repeat rule behind a session of the class

    def add(self, wanted: Wanted, title: str, session_id: int = 0) -> None:
        """Put a session of the class on the board."""
        place = self.places[wanted.room_id]
        span = (wanted.starts_at, wanted.ends_at, place.site_id)
        taken = Taken(self.class_id, self.class_code, self.class_title, session_id, title, *span)
        held = Held(wanted.starts_at, session_id, wanted.minutes, taken)
        insort(self.own, held)
        if wanted.room_id is not None:
            insort(self.rooms.setdefault(wanted.room_id, []), held)
        for instructor_id in wanted.instructor_ids:
            insort(self.teaching.setdefault(instructor_id, []), held)


def week_of(instant: datetime) -> Week:
    """The ISO week of the academy's day."""
    year, week, _ = local(instant).isocalendar()
    return year, week
