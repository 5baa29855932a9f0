"""Who could teach these sessions: free then, qualified, nearest. The number of statements does not grow with the pool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, or_

from academy.accounts import queries as accounts
from academy.core.clock import local
from academy.core.db import db, table_of
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Absence, PoolMember
from academy.people.rules import QualificationKind
from academy.sites import queries as sites
from academy.sites.queries import TeachingSite
from academy.sites.rules import TravelTimes, compute_distance_km
from academy.timetable.models import Booking, ClassSession
from academy.timetable.queries.board import weeks_around
from academy.timetable.queries.clashes import TAKEN, spot_of
from academy.timetable.rules import (
    Fit,
    FitFacts,
    ResourceKind,
    Spot,
    Taken,
    count_reasons,
    explain_fit,
    find_meeting,
    rank,
    week_of,
)

_sessions, _bookings = table_of(ClassSession), table_of(Booking)


@dataclass(frozen=True, slots=True)
class Search:
    """The outcome for the whole pool."""

    ranked: list[Fit]
    reasons: list[tuple[str, int]]  # how many each reason keeps out
    pool: int
    members: dict[int, PoolMember]
    held: dict[int, list[QualificationKind]]  # what each validly holds on every day concerned

    @property
    def kept_out(self) -> int:
        """How many do not fit."""
        return self.pool - len(self.ranked)


class _Booked(NamedTuple):
    """A booking of an instructor, with where it is."""

    taken: Taken
    minutes: int


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that was read, to look at one instructor after the other."""

    wanted: list[Spot]
    weeks: dict[tuple[int, int], int]  # wanted minutes by their week
    booked: dict[int, list[_Booked]]
    absences: dict[int, list[Absence]]
    homes: dict[str, tuple[float, float, str]]
    places: dict[int, TeachingSite]
    times: TravelTimes
    teaching: set[int]
    qualified: dict[int, list[QualificationKind]]
    declined: set[int]


def find_substitutes(
    sessions: Sequence[ClassSession],
    *,
    field_code: str,
    kind: QualificationKind | None = None,
    declined: Iterable[int] = (),
) -> Search:
    """Look at the whole pool for instructors who can teach all of these sessions.

    Nearest is measured from the site of her neighboring session that day, else from the division where she lives.
    """
    members = people.pool_members()
    world = _read(sessions, field_code, kind, set(declined), [member.id for member in members])
    fits = [_fit(member, world) for member in members]
    by_id = {member.id: member for member in members}
    return Search(rank(fits), count_reasons(fits), len(members), by_id, world.qualified)


def _read(
    sessions: Sequence[ClassSession],
    field_code: str,
    kind: QualificationKind | None,
    declined: set[int],
    instructor_ids: list[int],
) -> _World:
    spots = _spots(sessions)
    windows = weeks_around((one.starts_at, one.ends_at) for one in spots)
    booked = _booked(windows)
    weeks: dict[tuple[int, int], int] = {}
    for one in sessions:
        week = week_of(one.starts_at)
        weeks[week] = weeks.get(week, 0) + one.minutes
    return _World(
        wanted=spots,
        weeks=weeks,
        booked=booked,
        absences=people.absences_between(instructor_ids, min(o.starts_at for o in spots), max(o.ends_at for o in spots)),
        homes={one.code: (one.lon, one.lat, one.name_zh) for one in accounts.divisions() if one.lon and one.lat},
        places={site.id: site for site in sites.sites()},
        times=sites.travel_times(
            {spot.site_id for spot in spots} | {one.taken.site_id for rows in booked.values() for one in rows}
        ),
        teaching=people.instructor_ids_teaching(field_code),
        qualified=_qualified({local(one.starts_at).date() for one in spots}, kind),
        declined=declined,
    )


def _spots(sessions: Sequence[ClassSession]) -> list[Spot]:
    query = TAKEN.where(_sessions.c.id.in_([one.id for one in sessions]))
    return [spot_of(Taken._make(row)) for row in db.session.execute(query)]


def _qualified(days: set[date], kind: QualificationKind | None) -> dict[int, list[QualificationKind]]:
    """Who holds something valid on each of these days. Papers are asked about once for the first and once for the last."""
    first, last = people.qualified_on(min(days), kind), people.qualified_on(max(days), kind)
    both = {id_: [held for held in kinds if held in last.get(id_, [])] for id_, kinds in first.items()}
    return {id_: kinds for id_, kinds in both.items() if kinds}


def _booked(windows: Sequence[tuple[datetime, datetime]]) -> dict[int, list[_Booked]]:
    """Every booking of an instructor that begins in these spans, in order."""
    begins = or_(*[and_(_bookings.c.starts_at >= since, _bookings.c.starts_at < until) for since, until in windows])
    query = (
        TAKEN.add_columns(_sessions.c.minutes, _bookings.c.resource_id)
        .join(_bookings, _bookings.c.session_id == _sessions.c.id)
        .where(_bookings.c.resource_kind == ResourceKind.INSTRUCTOR, begins)
    )
    found: dict[int, list[_Booked]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.resource_id, []).append(_Booked(Taken._make(row[:8]), row.minutes))
    return found


def _fit(member: PoolMember, world: _World) -> Fit:
    booked = world.booked.get(member.id, [])
    distance, place = _farthest(member, booked, world)
    facts = FitFacts(
        teaches_field=member.id in world.teaching,
        is_qualified=member.id in world.qualified,
        clash=_clash(booked, world),
        absence=_absence(world.absences.get(member.id, []), world),
        week_minutes=_fullest_week(booked, world),
        max_hours=member.max_hours_per_week,
        distance_km=distance,
        distance_from=place,
        has_declined=member.id in world.declined,
    )
    return Fit(member.id, member.code, facts, explain_fit(facts))


def _clash(booked: list[_Booked], world: _World) -> Text | None:
    """What she teaches then, or so near in time that she could not come from there."""
    for spot in world.wanted:
        for row in booked:
            clash = find_meeting(spot, row.taken, world.times)
            if clash is not None:
                words = N_("%(code)s“%(title)s”，%(at)s")
                return Text(words, code=clash.class_code, title=clash.session_title, at=clash.starts_at)
    return None


def _absence(absences: list[Absence], world: _World) -> Text | None:
    for spot in world.wanted:
        for row in absences:
            if spot.starts_at < row.ends_at and row.starts_at < spot.ends_at:
                return Text(N_("%(since)s 到 %(until)s"), since=row.starts_at, until=row.ends_at)
    return None


def _fullest_week(booked: list[_Booked], world: _World) -> int:
    minutes: dict[tuple[int, int], int] = {}
    for row in booked:
        week = week_of(row.taken.starts_at)
        minutes[week] = minutes.get(week, 0) + row.minutes
    return max(wanted + minutes.get(week, 0) for week, wanted in world.weeks.items())


def _farthest(member: PoolMember, booked: list[_Booked], world: _World) -> tuple[float | None, Text | None]:
    """How far she has to come on the worst of the days, and from where."""
    ways = [way for spot in world.wanted if (way := _way(member, booked, spot, world)) is not None]
    return max(ways, key=lambda way: way[0]) if ways else (None, None)


def _way(member: PoolMember, booked: list[_Booked], spot: Spot, world: _World) -> tuple[float, Text] | None:
    site = world.places[spot.site_id]
    day = local(spot.starts_at).date()
    same_day = [row.taken for row in booked if local(row.taken.starts_at).date() == day]
    if same_day:
        there = world.places[min(same_day, key=lambda taken: _gap(taken, spot)).site_id]
        distance = compute_distance_km((there.lon, there.lat), (site.lon, site.lat))
        return distance, Text(N_("从当天另一节课的%(place)s来"), place=there.name_zh)
    home = world.homes.get(member.home_division_code or "")
    if home is None:
        return None
    return compute_distance_km(home[:2], (site.lon, site.lat)), Text(N_("从常住的%(place)s来"), place=home[2])


def _gap(taken: Taken, spot: Spot) -> timedelta:
    return max(taken.starts_at - spot.ends_at, spot.starts_at - taken.ends_at)
