"""Which planned sessions a change of a place would touch: a closure, other opening hours, a smaller room."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from academy.core.db import db, table_of
from academy.sites import queries as sites
from academy.sites.queries import Closure, Room
from academy.sites.rules import WeekHours
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.queries.clashes import HELD, site_of_session

_classes, _sessions = table_of(TrainingClass), table_of(ClassSession)
_rooms = _sessions.metadata.tables["room"]


class PlannedThere(NamedTuple):
    """A session that is planned at a place."""

    class_code: str
    class_title: str
    seats: int
    admitted: int
    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    equipment: list[str]


def planned_there(site_id: int, room_id: int | None, *, since: datetime, until: datetime | None = None) -> list[PlannedThere]:
    """The sessions at a site, or in one of its rooms, that have not ended at `since` and begin before `until`, in order."""
    query = (
        select(
            _classes.c.code,
            _classes.c.title_zh,
            _classes.c.seats,
            _classes.c.admitted_count,
            _sessions.c.seq,
            _sessions.c.title_zh,
            _sessions.c.starts_at,
            _sessions.c.ends_at,
            _sessions.c.room_id,
            _sessions.c.equipment,
        )
        .select_from(
            _sessions.join(_classes, _classes.c.id == _sessions.c.class_id).outerjoin(
                _rooms, _rooms.c.id == _sessions.c.room_id
            )
        )
        .where(HELD, _sessions.c.ends_at > since)
        .order_by(_sessions.c.starts_at, _sessions.c.id)
    )
    query = query.where(site_of_session == site_id) if room_id is None else query.where(_sessions.c.room_id == room_id)
    if until is not None:
        query = query.where(_sessions.c.starts_at < until)
    return [PlannedThere._make(row) for row in db.session.execute(query)]


def in_closure(closure: Closure, *, now: datetime) -> list[PlannedThere]:
    """The sessions still to come that are planned into a closure."""
    since = max(closure.starts_at, now)
    return planned_there(closure.site_id, closure.room_id, since=since, until=closure.ends_at)


def outside_hours(site_id: int, room_id: int | None, hours: WeekHours, *, now: datetime) -> list[PlannedThere]:
    """The sessions to come that new opening hours of a site, or of one of its rooms, would leave outside."""
    planned = planned_there(site_id, room_id, since=now)
    if room_id is None:  # a room that has hours of its own does not follow its site
        own = {room.id for room in sites.rooms(site_id) if sites.own_hours(site_id, room.id)}
        planned = [one for one in planned if one.room_id not in own]
    return [one for one in planned if not hours.covers(one.starts_at, one.ends_at)]


def unsuited(room: Room, capacity: int, equipment: Iterable[str], *, now: datetime) -> list[PlannedThere]:
    """The sessions to come in a room that would no longer suit it."""
    has = set(equipment)
    planned = planned_there(room.site_id, room.id, since=now)
    return [one for one in planned if one.seats > capacity or not set(one.equipment) <= has]
