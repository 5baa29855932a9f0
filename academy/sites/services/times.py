"""Opening hours, closures, and the time between two sites."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, insert

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.sites import queries
from academy.sites.models import Closure, OpeningHours, Room, TeachingSite, TravelTime
from academy.sites.policies import can_manage_places
from academy.sites.rules import (
    LONGEST_TRAVEL,
    OpenSpan,
    TravelSource,
    clock_words,
    compute_distance_km,
    compute_travel_minutes,
)

LONGEST_CLOSURE = timedelta(days=3 * 366)
MINUTES_PER_DAY = 1440


class HoursAreUnusable(Invalid):
    """A day that closes before it opens."""

    message = N_("开放时间要先开后关，在 00:00—24:00 之间。")


class ClosureIsUnusable(Invalid):
    """A closure that ends before it begins, lasts for years, or has no reason."""

    message = N_("停用要先开始后结束，最长三年，并写明原因。")


class RoomIsOfAnotherSite(Invalid):
    """A room that does not belong to the site."""

    message = N_("这间教室不在这个教学点。")


class IsClosedAlready(Conflict):
    """The same closure, a moment ago."""

    message = N_("这里在这段时间已经登记停用，没有再写一次。")


class ClosureHasEnded(Conflict):
    """The closure was lifted before."""

    message = N_("这次停用已经解除，没有再改动什么。")


class TravelIsUnusable(Invalid):
    """A time between a site and itself, or out of reach."""

    message = N_("两个不同教学点之间的路程，须为 0—%(most)s 分钟。")


def set_hours(*, site_code: str, room_code: str | None, days: Mapping[int, OpenSpan], actor: Actor, now: datetime) -> None:
    """Set the opening hours of a site, or of a room that has its own; a weekday that is missing is closed.

    No day at all takes the hours away: then nothing is refused, or the room keeps to its site's.
    Raises NotFound, Forbidden, HoursAreUnusable, RoomIsOfAnotherSite.
    """
    site, room = _place(site_code, room_code, actor)
    for weekday, span in days.items():
        if not (1 <= weekday <= 7 and 0 <= span.opens < span.closes <= MINUTES_PER_DAY):
            raise HoursAreUnusable
    room_id = room.id if room else None
    before = _words(queries.own_hours(site.id, room_id))
    of = OpeningHours.room_id.is_(None) if room is None else OpeningHours.room_id == room.id
    db.session.execute(delete(OpeningHours).where(OpeningHours.site_id == site.id, of))
    rows = [{"site_id": site.id, "room_id": room_id, "weekday": day, **span._asdict()} for day, span in days.items()]
    if rows:
        db.session.execute(insert(OpeningHours), rows)
    subject = f"room:{room.code}" if room else f"site:{site.code}"
    record(actor, "sites.hours_set", subject, now=now, before=before, after=_words(days))


def _words(days: Mapping[int, OpenSpan]) -> dict[str, object]:
    return {str(day): f"{clock_words(span.opens)}-{clock_words(span.closes)}" for day, span in sorted(days.items())}


def close_place(
    *,
    site_code: str,
    room_code: str | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Closure:
    """Close a site, or one room of it, for a time. Sessions that are planned there stay and wait in the work list.

    The site's row is locked, so that a second press finds the first.
    Raises NotFound, Forbidden, ClosureIsUnusable, RoomIsOfAnotherSite, IsClosedAlready.
    """
    site, room = _place(site_code, room_code, actor)
    db.session.refresh(site, with_for_update=True)
    if not timedelta(0) < ends_at - starts_at <= LONGEST_CLOSURE or not reason.strip():
        raise ClosureIsUnusable
    same = (room.id if room else None, starts_at, ends_at)
    if any((one.room_id, one.starts_at, one.ends_at) == same for one in queries.closures_of(site.id, since=starts_at)):
        raise IsClosedAlready
    closure = Closure(
        code=random_code16(),
        site_id=site.id,
        room_id=room.id if room else None,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        created_by=actor.name[:120],
        created_at=now,
    )
    db.session.add(closure)
    db.session.flush()
    after = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    subject = f"room:{room.code}" if room else f"site:{site.code}"
    record(actor, "sites.closed", subject, now=now, after=after, reason=closure.reason)
    return closure


def lift_closure(*, code: str, actor: Actor, now: datetime) -> Closure:
    """Open again what was closed. Raises NotFound, Forbidden, ClosureHasEnded."""
    if not can_manage_places(actor):
        raise Forbidden
    closure = queries.get_closure(code)
    db.session.refresh(closure, with_for_update=True)
    if closure.lifted_at is not None:
        raise ClosureHasEnded
    closure.lifted_at = now
    db.session.flush()
    record(actor, "sites.closure_lifted", f"closure:{code}", now=now, after={"reason": closure.reason})
    return closure


def _place(site_code: str, room_code: str | None, actor: Actor) -> tuple[TeachingSite, Room | None]:
    if not can_manage_places(actor):
        raise Forbidden
    site = queries.get_site(site_code)
    room = queries.get_room(room_code) if room_code else None
    if room is not None and room.site_id != site.id:
        raise RoomIsOfAnotherSite
    return site, room


def set_travel_time(
    *, site_code: str, other_code: str, minutes: int | None, reason: str, actor: Actor, now: datetime
) -> TravelTime:
    """Set the time between two sites, the same in both directions; None goes back to what the coordinates give.

    What is planned stays; the next saves count with it. Raises NotFound, Forbidden, TravelIsUnusable.
    """
    if not can_manage_places(actor):
        raise Forbidden
    one, other = sorted((queries.get_site(site_code), queries.get_site(other_code)), key=lambda site: site.id)
    if one.id == other.id or (minutes is not None and not 0 <= minutes <= LONGEST_TRAVEL):
        raise TravelIsUnusable(most=LONGEST_TRAVEL)
    found = queries.find_travel_time(one.id, other.id)
    before = {"minutes": found.minutes, "source": found.source.value} if found else None
    if found is None:
        found = TravelTime(site_id=one.id, other_site_id=other.id)
        db.session.add(found)
    computed = compute_travel_minutes(compute_distance_km((one.lon, one.lat), (other.lon, other.lat)))
    found.minutes = computed if minutes is None else minutes
    found.source = TravelSource.COMPUTED if minutes is None else TravelSource.ADJUSTED
    found.reason, found.changed_by, found.changed_at = reason.strip()[:200], actor.name[:120], now
    db.session.flush()
    after = {"minutes": found.minutes, "source": found.source.value}
    subject = f"travel:{one.code}/{other.code}"
    record(actor, "sites.travel_time_set", subject, now=now, before=before, after=after, reason=found.reason)
    return found
