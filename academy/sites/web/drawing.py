"""A map drawn from coordinates alone: graticule, place names, and a marker for each site."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from academy.sites.models import TeachingSite
from academy.sites.rules import Projection, SiteType, compute_projection, spread


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A city or county to be named on the map."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Line:
    """A meridian or parallel with its degrees."""

    x1: float
    y1: float
    x2: float
    y2: float
    words: str


@dataclass(frozen=True, slots=True)
class Label:
    """A place name in the picture."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A site in the picture; its shape is an SVG path around (x, y)."""

    site: TeachingSite
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template writes as SVG."""

    width: float
    height: float
    letter: int
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    markers: tuple[Marker, ...]


def draw(
    sites: Sequence[TeachingSite], places: Sequence[NamedPlace], *, width: float, margin: float, letter: int, radius: float
) -> Drawing | None:
    """The map of the sites, as large as the places named; None when there is nothing to draw."""
    if not places:
        return None
    known = [(place.lon, place.lat) for place in places] + [(site.lon, site.lat) for site in sites]
    view = compute_projection(known, width=width, margin=margin)
    points = spread([view.place(site.lon, site.lat) for site in sites], least=2 * radius + 2)
    return Drawing(
        width=view.width,
        height=view.height,
        letter=letter,
        lines=_graticule(view, known),
        labels=tuple(_label(view, place, radius, letter, points) for place in places),
        markers=tuple(
            Marker(site, marker_path(site.site_type, *point, radius)) for site, point in zip(sites, points, strict=True)
        ),
    )


def _label(view: Projection, place: NamedPlace, radius: float, letter: int, markers: Sequence[tuple[float, float]]) -> Label:
    """The name above, below, right or left of its place: where it covers the fewest markers."""
    x, y = view.place(place.lon, place.lat)
    half = letter * len(place.name) / 2 if not place.name.isascii() else letter * len(place.name) / 3.4
    lift = 1.4 * radius + letter / 2
    spots = [(x, y - lift), (x, y + lift), (x + half + 1.6 * radius, y), (x - half - 1.6 * radius, y)]

    def covered(spot: tuple[float, float]) -> int:
        return sum(abs(mx - spot[0]) < half + radius and abs(my - spot[1]) < letter / 2 + radius for mx, my in markers)

    best = min((spot for spot in spots if half <= spot[0] <= view.width - half), key=covered, default=spots[0])
    return Label(round(best[0], 1), round(best[1] + 0.36 * letter, 1), place.name)


def _graticule(view: Projection, known: Sequence[tuple[float, float]]) -> tuple[Line, ...]:
    """Whole degrees; half degrees when the map shows less than three."""
    west, east = min(lon for lon, _ in known), max(lon for lon, _ in known)
    south, north = min(lat for _, lat in known), max(lat for _, lat in known)
    step = 1.0 if east - west > 3 else 0.5
    meridians = [Line((x := view.place(lon, north)[0]), 0, x, view.height, f"{lon:g}°E") for lon in _steps(west, east, step)]
    parallels = [Line(0, (y := view.place(west, lat)[1]), view.width, y, f"{lat:g}°N") for lat in _steps(south, north, step)]
    return tuple(meridians + parallels)


def _steps(first: float, last: float, step: float) -> list[float]:
    start = math.ceil(first / step)
    return [at * step for at in range(start, math.floor(last / step) + 1)]


def marker_path(kind: SiteType, x: float, y: float, radius: float) -> str:
    """A circle for theory, a square for practice, a triangle for red education."""
    if kind is SiteType.THEORY:
        return f"M{x - radius:.1f} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0Z"
    if kind is SiteType.PRACTICAL:
        side = round(1.75 * radius, 1)
        return f"M{x - side / 2:.1f} {y - side / 2:.1f}h{side}v{side}h{-side}Z"
    return f"M{x} {y - 1.2 * radius:.1f}L{x + 1.1 * radius:.1f} {y + 0.8 * radius:.1f}H{x - 1.1 * radius:.1f}Z"
