"""The map of teaching sites with its table, and the page of one site."""

from collections import Counter

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts.queries import divisions
from academy.core.access import current_actor, public
from academy.core.text import N_
from academy.sites import queries
from academy.sites.models import TeachingSite
from academy.sites.policies import can_manage_places
from academy.sites.rules import SITE_TYPE_WORDS, SiteType
from academy.sites.web import blueprint
from academy.sites.web.drawing import NamedPlace, draw
from academy.ui.filters import bilingual

SITE_TYPE_INKS = {SiteType.THEORY: "sg", SiteType.PRACTICAL: "ps", SiteType.RED: "pb"}
SITE_TYPE_SHAPES = {SiteType.THEORY: N_("圆"), SiteType.PRACTICAL: N_("方"), SiteType.RED: N_("三角")}


@blueprint.get("/sites")
@public
def map() -> ResponseReturnValue:  # noqa: A001 - the endpoint's name
    """Where the academy teaches: a map, and the same as a table."""
    everything = queries.sites()
    kind = next((kind for kind in SiteType if kind.value == request.args.get("type")), None)
    city = next((site for site in everything if site.city_code == request.args.get("city")), None)
    search = request.args.get("q", "")[:40].strip()
    shown = [site for site in everything if _fits(site, kind, city.city_code if city else None, search)]
    rooms = Counter(room.site_id for room in queries.rooms())
    level, wanted = ("county", city.city_code) if city else ("city", "370000")
    places = [
        NamedPlace(bilingual(one.name_zh, one.name_en.removesuffix(" City")), one.lon, one.lat)
        for one in divisions(level)
        if one.parent_code == wanted and one.lon is not None and one.lat is not None
    ]
    return render_template(
        "sites/map.html",
        sites=shown,
        total=len(everything),
        city_count=len({site.city_code for site in shown}),
        cities=Counter((site.city_code, site.city_zh) for site in everything),
        kinds=Counter(site.site_type for site in everything),
        city=city,
        kind=kind,
        search=search,
        rooms=rooms,
        wide=draw(shown, places, width=1000, margin=64, letter=16, radius=7),
        phone=draw(shown, places, width=420, margin=34, letter=13, radius=6),
        type_words=SITE_TYPE_WORDS,
        shape_words=SITE_TYPE_SHAPES,
        inks=SITE_TYPE_INKS,
    )


def _fits(site: TeachingSite, kind: SiteType | None, city_code: str | None, search: str) -> bool:
    return (
        (kind is None or site.site_type is kind)
        and (city_code is None or site.city_code == city_code)
        and (not search or search in f"{site.name_zh}{site.city_zh}{site.county_zh}{site.code}")
    )


@blueprint.get("/sites/<code>")
@public
def site(code: str) -> ResponseReturnValue:
    """One site with its rooms."""
    found = queries.get_site(code)
    neighbors = [other for other in queries.sites() if other.city_code == found.city_code and other.id != found.id]
    return render_template(
        "sites/site.html",
        site=found,
        rooms=queries.rooms(found.id),
        neighbors=neighbors,
        may_manage=can_manage_places(current_actor()),
        type_words=SITE_TYPE_WORDS,
        inks=SITE_TYPE_INKS,
    )
