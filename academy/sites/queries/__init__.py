"""Every read of the sites, one subject a file."""

from academy.sites.queries.places import (
    Room,
    TeachingSite,
    equipment_words,
    get_room,
    get_site,
    room_by_id,
    rooms,
    rooms_by_ids,
    site_by_id,
    sites,
    sites_by_ids,
)
from academy.sites.queries.times import (
    Closure,
    closures_between,
    closures_of,
    find_travel_time,
    get_closure,
    lock_rooms,
    own_hours,
    travel_times,
    week_hours,
)

__all__ = [
    "Closure",
    "Room",
    "TeachingSite",
    "closures_between",
    "closures_of",
    "equipment_words",
    "find_travel_time",
    "get_closure",
    "get_room",
    "get_site",
    "lock_rooms",
    "own_hours",
    "room_by_id",
    "rooms",
    "rooms_by_ids",
    "site_by_id",
    "sites",
    "sites_by_ids",
    "travel_times",
    "week_hours",
]
