"""How long it takes from one site to another. No database, no clock, no Flask."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

EARTH_KM = 6371.0
ROAD_FACTOR = 1.3  # a road is so much longer than the straight line
SPEED_KMH = 60.0  # from door to door
STEP_MINUTES = 5
LEAST_TRAVEL = 5  # minutes between two different sites, however near
LONGEST_TRAVEL = 8 * 60  # minutes; the clash check looks no farther


class TravelSource(StrEnum):
    """Where a travel time comes from."""

    COMPUTED = "computed"
    ADJUSTED = "adjusted"


class Travel(NamedTuple):
    """The time between two sites, in either direction."""

    minutes: int
    source: TravelSource


def compute_distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great-circle distance between two (lon, lat)."""
    (lon1, lat1), (lon2, lat2) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def compute_travel_minutes(distance_km: float) -> int:
    """Minutes by road, rounded up to five: 30 km → 40 minutes."""
    minutes = distance_km * ROAD_FACTOR / SPEED_KMH * 60
    return min(max(math.ceil(round(minutes / STEP_MINUTES, 6)) * STEP_MINUTES, LEAST_TRAVEL), LONGEST_TRAVEL)


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """The times between some sites: what somebody has set counts, else what the coordinates give."""

    places: Mapping[int, tuple[float, float]] = field(default_factory=dict)  # (lon, lat) by site id
    adjusted: Mapping[tuple[int, int], int] = field(default_factory=dict)  # minutes by (smaller id, larger id)

    def between(self, one: int, other: int) -> Travel:
        """The time between two of the sites; 0 within one."""
        if one == other:
            return Travel(0, TravelSource.COMPUTED)
        minutes = self.adjusted.get((min(one, other), max(one, other)))
        if minutes is not None:
            return Travel(minutes, TravelSource.ADJUSTED)
        return Travel(compute_travel_minutes(compute_distance_km(self.places[one], self.places[other])), TravelSource.COMPUTED)
