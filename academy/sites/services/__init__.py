"""Every write of sites, one use case a file."""

from academy.sites.services.rooms import (
    add_room,
    edit_room,
)
from academy.sites.services.times import (
    close_place,
    lift_closure,
    set_hours,
    set_travel_time,
)

__all__ = [
    "add_room",
    "close_place",
    "edit_room",
    "lift_closure",
    "set_hours",
    "set_travel_time",
]
