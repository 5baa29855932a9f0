"""Words and pure decisions of the sites, one subject a file."""

from academy.sites.rules.opening import (
    WEEKDAY_WORDS,
    ClosedSpan,
    OpenSpan,
    WeekHours,
    clock_words,
    day_minute,
    day_span,
)
from academy.sites.rules.places import (
    SITE_TYPE_WORDS,
    Projection,
    SiteStatus,
    SiteType,
    compute_projection,
    spread,
)
from academy.sites.rules.travel import (
    LEAST_TRAVEL,
    LONGEST_TRAVEL,
    ROAD_FACTOR,
    SPEED_KMH,
    Travel,
    TravelSource,
    TravelTimes,
    compute_distance_km,
    compute_travel_minutes,
)

__all__ = [
    "LEAST_TRAVEL",
    "LONGEST_TRAVEL",
    "ROAD_FACTOR",
    "SITE_TYPE_WORDS",
    "SPEED_KMH",
    "WEEKDAY_WORDS",
    "ClosedSpan",
    "OpenSpan",
    "Projection",
    "SiteStatus",
    "SiteType",
    "Travel",
    "TravelSource",
    "TravelTimes",
    "WeekHours",
    "clock_words",
    "compute_distance_km",
    "compute_projection",
    "compute_travel_minutes",
    "day_minute",
    "day_span",
    "spread",
]
