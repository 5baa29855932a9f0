"""The sites and their rooms."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.sites.models import Room as Room  # what reads give back is public by name
from academy.sites.models import TeachingSite as TeachingSite


def sites() -> list[TeachingSite]:
    """The teaching sites by city and code."""
    return list(db.session.scalars(select(TeachingSite).order_by(TeachingSite.city_code, TeachingSite.code)))


def get_site(code: str) -> TeachingSite:
    """A site by its code. Raises NotFound."""
    site = db.session.scalars(select(TeachingSite).where(TeachingSite.code == code)).one_or_none()
    if site is None:
        raise NotFound
    return site


def site_by_id(site_id: int) -> TeachingSite:
    """A site by its id. Raises NotFound."""
    site = db.session.get(TeachingSite, site_id)
    if site is None:
        raise NotFound
    return site


def sites_by_ids(ids: Iterable[int]) -> dict[int, TeachingSite]:
    """Sites by id."""
    return {site.id: site for site in db.session.scalars(select(TeachingSite).where(TeachingSite.id.in_(list(ids))))}


def rooms(site_id: int | None = None) -> list[Room]:
    """The rooms of a site, or all of them, by code."""
    query = select(Room).order_by(Room.code)
    return list(db.session.scalars(query if site_id is None else query.where(Room.site_id == site_id)))


def get_room(code: str) -> Room:
    """A room by its code. Raises NotFound."""
    room = db.session.scalars(select(Room).where(Room.code == code)).one_or_none()
    if room is None:
        raise NotFound
    return room


def room_by_id(room_id: int) -> Room:
    """A room by its id. Raises NotFound."""
    room = db.session.get(Room, room_id)
    if room is None:
        raise NotFound
    return room


def rooms_by_ids(ids: Iterable[int]) -> dict[int, Room]:
    """Rooms by id."""
    return {room.id: room for room in db.session.scalars(select(Room).where(Room.id.in_(list(ids))))}


def equipment_words() -> list[str]:
    """What any room has, each word once."""
    return sorted({word for equipment in db.session.scalars(select(Room.equipment)) for word in equipment})
