"""Every write of sites."""

from datetime import datetime

from academy.core.access import Actor, Role
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Forbidden
from academy.sites import queries
from academy.sites.models import Room


def add_room(*, site_code: str, code: str, name_zh: str, capacity: int, actor: Actor, now: datetime) -> Room:
    """Add a room to a site. Raises NotFound, Forbidden."""
    if not actor.has(Role.ADMINISTRATOR):
        raise Forbidden
    site = queries.get_site(site_code)
    room = Room(site_id=site.id, code=code, name_zh=name_zh, capacity=capacity, equipment=[])
    db.session.add(room)
    db.session.flush()
    record(actor, "sites.room_added", f"room:{code}", now=now, after={"site": site_code, "capacity": capacity})
    return room
