"""The classes that anybody may see."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.catalog.rules import OpenClassCard
from academy.core.access import public
from academy.core.clock import now
from academy.core.text import N_, render
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.rules import STATE_SIGNS, STATE_WORDS, ClassState
from academy.timetable.web import blueprint
from academy.ui.filters import bilingual
from academy.ui.paging import page_of

PER_PAGE = 20
BEHIND = frozenset({ClassState.RUNNING, ClassState.CLOSED})


@blueprint.get("/classes")
@public
def classes() -> ResponseReturnValue:
    """Classes that are open, then those that run or have ended."""
    search, city = request.args.get("q", "").strip()[:40], request.args.get("city", "")
    cards = queries.open_class_cards(now=now())
    cities = {card.city_code: card.city for card in cards}
    shown = [card for card in cards if _matches(card, search) and city in ("", card.city_code)]
    page = page_of(request.args.get("page"))
    filter_ = queries.ClassFilter(search=search, states=BEHIND)
    behind, total = queries.find_classes(filter_, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "timetable/classes.html",
        cards=shown,
        types=_type_names(shown),
        cities=cities,
        search=search,
        city=city,
        behind=behind,
        sites=sites.sites_by_ids({found.site_id for found in behind}),
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
    )


def _matches(card: OpenClassCard, search: str) -> bool:
    texts = (card.title, card.code, card.site_name, card.field_name, card.city, card.county)
    return not search or any(search.lower() in text.lower() for text in texts)


def _type_names(cards: list[OpenClassCard]) -> dict[str, str]:
    """Whom each class is for, by the short names of the person types."""
    names = {one.code: bilingual(short_type_name(one.name_zh), one.name_en) for one in accounts.person_types()}
    joint = render(N_("、"))
    return {card.code: joint.join(names[code] for code in card.person_types) for card in cards}
