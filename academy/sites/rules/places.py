"""What a site is, and where a place falls on the drawn map. No database, no clock, no Flask."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from academy.core.text import N_


class SiteType(StrEnum):
    """What a teaching site is for."""

    THEORY = "theory_training"
    PRACTICAL = "practical_training"
    RED = "red_education"


SITE_TYPE_WORDS = {
    SiteType.THEORY: N_("理论培训教学点"),
    SiteType.PRACTICAL: N_("实践实训教学点"),
    SiteType.RED: N_("红色教育教学点"),
}


class SiteStatus(StrEnum):
    """Whether classes may be held there."""

    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Projection:
    """Equirectangular: degrees to units of the picture, narrowed by the cosine of the middle latitude."""

    west: float
    north: float
    scale: float
    narrowing: float
    margin: float
    width: float
    height: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place falls in the picture."""
        x = self.margin + (lon - self.west) * self.narrowing * self.scale
        return round(x, 1), round(self.margin + (self.north - lat) * self.scale, 1)


def compute_projection(places: Iterable[tuple[float, float]], *, width: float, margin: float) -> Projection:
    """A projection in which all (lon, lat) fill `width`; the height follows from their extent."""
    points = list(places)
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    narrowing = math.cos(math.radians((south + north) / 2))
    scale = (width - 2 * margin) / (max(east - west, 0.01) * narrowing)
    return Projection(west, north, scale, narrowing, margin, width, round((north - south) * scale + 2 * margin, 1))


def spread(points: Sequence[tuple[float, float]], least: float, rounds: int = 60) -> list[tuple[float, float]]:
    """Move points apart until no two are nearer than `least`, as little as that takes: markers must not hide each other."""
    moved = [list(point) for point in points]
    for _ in range(rounds):
        is_settled = True
        for one, other in combinations(range(len(moved)), 2):
            dx, dy = moved[other][0] - moved[one][0], moved[other][1] - moved[one][1]
            distance = math.hypot(dx, dy)
            if distance >= least:
                continue
            is_settled = False
            angle = math.atan2(dy, dx) if distance else 2.4 * other  # the same place: any direction will do, always the same
            push = (least - distance) / 2 + 0.01
            moved[one] = [moved[one][0] - push * math.cos(angle), moved[one][1] - push * math.sin(angle)]
            moved[other] = [moved[other][0] + push * math.cos(angle), moved[other][1] + push * math.sin(angle)]
        if is_settled:
            break
    return [(round(x, 1), round(y, 1)) for x, y in moved]
