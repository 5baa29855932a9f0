"""When sites and rooms are open, and how far they are from one another."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select

from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.sites.models import Closure as Closure  # what reads give back is public by name
from academy.sites.models import OpeningHours, Room, TeachingSite, TravelTime
from academy.sites.rules import ClosedSpan, OpenSpan, TravelSource, TravelTimes, WeekHours

_room, _site, _travel = table_of(Room), table_of(TeachingSite), table_of(TravelTime)


def lock_rooms(room_ids: Iterable[int]) -> None:
    """Hold rooms until the transaction ends, in the order of their ids: who books first looks first."""
    ids = sorted(set(room_ids))
    if ids:
        query = select(_room.c.id).where(_room.c.id.in_(ids)).order_by(_room.c.id)
        db.session.execute(query.with_for_update(key_share=True)).all()


def travel_times(site_ids: Iterable[int]) -> TravelTimes:
    """The times between these sites; nothing is read for a single one."""
    ids = set(site_ids)
    if len(ids) < 2:
        return TravelTimes()
    places = db.session.execute(select(_site.c.id, _site.c.lon, _site.c.lat).where(_site.c.id.in_(ids)))
    query = select(_travel.c.site_id, _travel.c.other_site_id, _travel.c.minutes)
    query = query.where(_travel.c.source == TravelSource.ADJUSTED, _travel.c.site_id.in_(ids), _travel.c.other_site_id.in_(ids))
    adjusted = {(one, other): minutes for one, other, minutes in db.session.execute(query)}
    return TravelTimes({id_: (lon, lat) for id_, lon, lat in places}, adjusted)


def find_travel_time(site_id: int, other_site_id: int) -> TravelTime | None:
    """What somebody has set for a pair, or put back to what the coordinates give."""
    one, other = sorted((site_id, other_site_id))
    query = select(TravelTime).where(TravelTime.site_id == one, TravelTime.other_site_id == other)
    return db.session.scalars(query).one_or_none()


def week_hours(site_id: int, room_id: int | None = None) -> WeekHours:
    """The hours that count: the room's own when it has any, else the site's."""
    query = select(OpeningHours.room_id, OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)
    rows = db.session.execute(query.where(OpeningHours.site_id == site_id)).all()
    own = {row.weekday: OpenSpan(row.opens, row.closes) for row in rows if row.room_id is not None and row.room_id == room_id}
    shared = {row.weekday: OpenSpan(row.opens, row.closes) for row in rows if row.room_id is None}
    return WeekHours(own or shared or None)


def own_hours(site_id: int, room_id: int | None) -> dict[int, OpenSpan]:
    """What has been entered for a site (room_id None) or for one of its rooms, by weekday."""
    of = OpeningHours.room_id.is_(None) if room_id is None else OpeningHours.room_id == room_id
    query = select(OpeningHours).where(OpeningHours.site_id == site_id, of).order_by(OpeningHours.weekday)
    return {row.weekday: OpenSpan(row.opens, row.closes) for row in db.session.scalars(query)}


def closures_between(site_id: int, room_id: int | None, starts_at: datetime, ends_at: datetime) -> list[ClosedSpan]:
    """The closures of a site, and of one of its rooms, that touch [starts_at, ends_at), in order."""
    of = or_(Closure.room_id.is_(None), Closure.room_id == room_id) if room_id is not None else Closure.room_id.is_(None)
    query = (
        select(*[getattr(Closure, name) for name in ClosedSpan._fields])
        .where(Closure.site_id == site_id, of, Closure.lifted_at.is_(None))
        .where(Closure.starts_at < ends_at, Closure.ends_at > starts_at)
        .order_by(Closure.starts_at, Closure.id)
    )
    return [ClosedSpan._make(row) for row in db.session.execute(query)]


def closures_of(site_id: int, *, since: datetime) -> list[Closure]:
    """A site's closures that have not ended before an instant, those of its rooms too; lifted ones are left out."""
    query = select(Closure).where(Closure.site_id == site_id, Closure.ends_at > since, Closure.lifted_at.is_(None))
    return list(db.session.scalars(query.order_by(Closure.starts_at, Closure.id)))


def get_closure(code: str) -> Closure:
    """A closure by its code. Raises NotFound."""
    found = db.session.scalars(select(Closure).where(Closure.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found
