"""Adding and changing rooms."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.sites import queries
from academy.sites.models import Room, TeachingSite
from academy.sites.policies import can_manage_places

MOST_PEOPLE = 2000
MOST_EQUIPMENT = 20


class RoomIsUnusable(Invalid):
    """A room without a name, without seats, or larger than anything."""

    message = N_("教室要有名称，容纳 1—%(most)s 人。")


class RoomNameIsTaken(Conflict):
    """Two rooms of a site with one name."""

    message = N_("这个教学点已有叫“%(name)s”的教室。")


def add_room(
    *,
    site_code: str,
    name_zh: str,
    capacity: int,
    actor: Actor,
    now: datetime,
    equipment: Iterable[str] = (),
    code: str | None = None,
) -> Room:
    """Add a room to a site, under the site's next code unless one is given.

    Raises NotFound, Forbidden, RoomIsUnusable, RoomNameIsTaken.
    """
    if not can_manage_places(actor):
        raise Forbidden
    site = queries.get_site(site_code)
    values = _values(name_zh, capacity, equipment)
    room = Room(site_id=site.id, code=code or _next_code(site))
    _save(room, values)
    record(actor, "sites.room_added", f"room:{room.code}", now=now, after={"site": site_code, **_shown(room)})
    return room


def edit_room(*, code: str, name_zh: str, capacity: int, equipment: Iterable[str], actor: Actor, now: datetime) -> Room:
    """Change a room. Booked sessions stay; whoever edits has seen which no longer suit.

    Raises NotFound, Forbidden, RoomIsUnusable, RoomNameIsTaken.
    """
    if not can_manage_places(actor):
        raise Forbidden
    room = queries.get_room(code)
    before = _shown(room)
    _save(room, _values(name_zh, capacity, equipment))
    record(actor, "sites.room_edited", f"room:{code}", now=now, before=before, after=_shown(room))
    return room


def _next_code(site: TeachingSite) -> str:
    """The code of a site's next room: TS-T-001-4. Two who add at once take turns."""
    db.session.execute(select(TeachingSite.id).where(TeachingSite.id == site.id).with_for_update(key_share=True))
    taken = {room.code for room in queries.rooms(site.id)}
    return next(code for n in range(1, len(taken) + 2) if (code := f"{site.code}-{n}") not in taken)


def _values(name_zh: str, capacity: int, equipment: Iterable[str]) -> dict[str, Any]:
    words = list(dict.fromkeys(word.strip() for word in equipment if word.strip()))
    if not name_zh.strip() or not 1 <= capacity <= MOST_PEOPLE or len(words) > MOST_EQUIPMENT:
        raise RoomIsUnusable(most=MOST_PEOPLE)
    return {"name_zh": name_zh.strip(), "capacity": capacity, "equipment": words}


def _save(room: Room, values: dict[str, Any]) -> None:
    try:
        with db.session.begin_nested():
            for name, value in values.items():
                setattr(room, name, value)
            db.session.add(room)
    except IntegrityError as error:
        raise RoomNameIsTaken(name=values["name_zh"]) from error


def _shown(room: Room) -> dict[str, Any]:
    return {"name": room.name_zh, "capacity": room.capacity, "equipment": room.equipment}
