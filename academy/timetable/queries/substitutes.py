"""Who could teach these sessions: free then, qualified, nearest. The number of statements does not grow with the pool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Absence, PoolMember
from academy.people.rules import QualificationKind
from academy.sites import queries as sites
from academy.sites.queries import TeachingSite
from academy.timetable.models import Booking, ClassSession, TrainingClass
from academy.timetable.rules import (
    ClassState,
    Fit,
    FitFacts,
    ResourceKind,
    Span,
    compute_distance_km,
    count_reasons,
    explain_fit,
    overlaps,
    rank,
)


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


class _Taken(NamedTuple):
    """A booking of an instructor, with where it is."""

    instructor_id: int
    starts_at: datetime
    ends_at: datetime
    minutes: int
    session_id: int
    title: str
    class_code: str
    site_id: int
    room_id: int | None


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that was read, to look at one instructor after the other."""

    wanted: list[tuple[ClassSession, TeachingSite]]
    weeks: dict[date, int]  # wanted minutes by the Monday of their week
    taken: dict[int, list[_Taken]]
    absences: dict[int, list[Absence]]
    homes: dict[str, tuple[float, float, str]]
    sites: dict[int, TeachingSite]
    rooms: dict[int, int]
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
    found = {row.id: row.site_id for row in _sites_of_classes({session.class_id for session in sessions})}
    all_sites = {site.id: site for site in sites.sites()}
    rooms = {room.id: room.site_id for room in sites.rooms()}
    places = [all_sites[rooms.get(one.room_id or 0, found[one.class_id])] for one in sessions]
    first, last = _week_start(min(one.starts_at for one in sessions)), _week_start(max(one.starts_at for one in sessions))
    since, until = _midnight(first), _midnight(last + timedelta(days=7))
    weeks: dict[date, int] = {}
    for one in sessions:
        week = _week_start(one.starts_at)
        weeks[week] = weeks.get(week, 0) + one.minutes
    taken: dict[int, list[_Taken]] = {}
    for row in _bookings(since, until):
        taken.setdefault(row.instructor_id, []).append(row)
    return _World(
        wanted=list(zip(sessions, places, strict=True)),
        weeks=weeks,
        taken=taken,
        absences=people.absences_between(
            instructor_ids, min(one.starts_at for one in sessions), max(one.ends_at for one in sessions)
        ),
        homes={one.code: (one.lon, one.lat, one.name_zh) for one in accounts.divisions() if one.lon and one.lat},
        sites=all_sites,
        rooms=rooms,
        teaching=people.instructor_ids_teaching(field_code),
        qualified=_qualified({local(one.starts_at).date() for one in sessions}, kind),
        declined=declined,
    )


def _sites_of_classes(class_ids: set[int]) -> list[TrainingClass]:
    return list(db.session.scalars(select(TrainingClass).where(TrainingClass.id.in_(class_ids))))


def _qualified(days: set[date], kind: QualificationKind | None) -> dict[int, list[QualificationKind]]:
    """Who holds something valid on each of these days. Papers are asked about once for the first and once for the last."""
    first, last = people.qualified_on(min(days), kind), people.qualified_on(max(days), kind)
    both = {id_: [held for held in kinds if held in last.get(id_, [])] for id_, kinds in first.items()}
    return {id_: kinds for id_, kinds in both.items() if kinds}


def _bookings(since: datetime, until: datetime) -> list[_Taken]:
    query = (
        select(
            Booking.resource_id,
            Booking.starts_at,
            Booking.ends_at,
            ClassSession.minutes,
            ClassSession.id,
            ClassSession.title_zh,
            TrainingClass.code,
            TrainingClass.site_id,
            ClassSession.room_id,
        )
        .join(ClassSession, ClassSession.id == Booking.session_id)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .where(Booking.resource_kind == ResourceKind.INSTRUCTOR, Booking.starts_at < until, Booking.ends_at > since)
        .where(TrainingClass.state != ClassState.CANCELLED)
        .order_by(Booking.starts_at, Booking.id)
    )
    return [_Taken._make(row) for row in db.session.execute(query)]


def _fit(member: PoolMember, world: _World) -> Fit:
    taken = world.taken.get(member.id, [])
    distance, place = _farthest(member, taken, world)
    facts = FitFacts(
        teaches_field=member.id in world.teaching,
        is_qualified=member.id in world.qualified,
        clash=_clash(taken, world),
        absence=_absence(world.absences.get(member.id, []), world),
        week_minutes=_fullest_week(taken, world),
        max_hours=member.max_hours_per_week,
        distance_km=distance,
        distance_from=place,
        has_declined=member.id in world.declined,
    )
    return Fit(member.id, member.code, facts, explain_fit(facts))


def _clash(taken: list[_Taken], world: _World) -> Text | None:
    for session, _ in world.wanted:
        for row in taken:
            if overlaps(Span(session.starts_at, session.ends_at, session.minutes), row.starts_at, row.ends_at):
                return Text(N_("%(code)s“%(title)s”，%(at)s"), code=row.class_code, title=row.title, at=row.starts_at)
    return None


def _absence(absences: list[Absence], world: _World) -> Text | None:
    for session, _ in world.wanted:
        for row in absences:
            if overlaps(Span(session.starts_at, session.ends_at, session.minutes), row.starts_at, row.ends_at):
                return Text(N_("%(since)s 到 %(until)s"), since=row.starts_at, until=row.ends_at)
    return None


def _fullest_week(taken: list[_Taken], world: _World) -> int:
    booked: dict[date, int] = {}
    for row in taken:
        week = _week_start(row.starts_at)
        booked[week] = booked.get(week, 0) + row.minutes
    return max(wanted + booked.get(week, 0) for week, wanted in world.weeks.items())


def _farthest(member: PoolMember, taken: list[_Taken], world: _World) -> tuple[float | None, Text | None]:
    """How far she has to come on the worst of the days, and from where."""
    ways = [way for session, site in world.wanted if (way := _way(member, taken, session, site, world)) is not None]
    return max(ways, key=lambda way: way[0]) if ways else (None, None)


def _way(
    member: PoolMember, taken: list[_Taken], session: ClassSession, site: TeachingSite, world: _World
) -> tuple[float, Text] | None:
    day = local(session.starts_at).date()
    same_day = [row for row in taken if local(row.starts_at).date() == day and row.session_id != session.id]
    if same_day:
        near = min(same_day, key=lambda row: _gap(row, session))
        there = world.sites[world.rooms.get(near.room_id or 0, near.site_id)]
        distance = compute_distance_km(there.lon, there.lat, site.lon, site.lat)
        return distance, Text(N_("从当天另一节课的%(place)s来"), place=there.name_zh)
    home = world.homes.get(member.home_division_code or "")
    if home is None:
        return None
    return compute_distance_km(home[0], home[1], site.lon, site.lat), Text(N_("从常住的%(place)s来"), place=home[2])


def _gap(row: _Taken, session: ClassSession) -> timedelta:
    return max(row.starts_at - session.ends_at, session.starts_at - row.ends_at)


def _week_start(instant: datetime) -> date:
    day = local(instant).date()
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TZ).astimezone(UTC)
