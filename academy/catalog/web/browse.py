"""Browsing and searching: words, facets, order, pages, all in the address."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from academy.catalog import queries
from academy.catalog.rules import OpenClassCard
from academy.catalog.search import LONGEST_QUERY
from academy.catalog.shelf import Facet, Shelf, Sort, Wanted
from academy.catalog.web import blueprint, facets, fragments, hooks
from academy.core.access import current_actor, public
from academy.ui.paging import page_of

CLASSES_SHOWN = 6
PROGRAMS_SHOWN = 4
MOST_HOURS = 999


def read_wanted(args: MultiDict[str, str], shelf: Shelf, cities: Iterable[str] = ()) -> Wanted:
    """What an address asks for; whatever does not exist is left out."""
    cities = frozenset(cities)
    picked = {facet: shelf.known(facet, args.getlist(facet.value), cities) for facet in Facet}
    sort = args.get("sort", "")
    least, most = _hours(args.get("h_min")), _hours(args.get("h_max"))
    lowest, highest = shelf.hours_range
    q = " ".join(args.get("q", "")[:LONGEST_QUERY].replace("\0", " ").split())
    return Wanted(
        q=q,
        terms=shelf.terms(q),
        picked={facet: values for facet, values in picked.items() if values},
        least_hours=least if least is not None and least > lowest else None,
        most_hours=most if most is not None and most < highest else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.MATCH,
        page=page_of(args.get("page")).number,
    )


def _hours(typed: str | None) -> int | None:
    return min(int(typed), MOST_HOURS) if typed and typed.isascii() and typed.isdigit() and len(typed) < 7 else None


@blueprint.get("/catalog")
@public
def browse() -> ResponseReturnValue:
    """Classes that take enrollments, programs and courses."""
    shelf = queries.shelf()
    cards, token = hooks.open_classes()
    mine = hooks.own_type()

    def content() -> Markup:
        return _content(shelf, cards, mine)

    def page(body: Markup) -> str:
        return render_template("catalog/browse.html", content=body)

    key = (request.full_path, token, mine)
    if current_actor().user_id is not None or "_flashes" in session:
        return page(fragments.kept_page(shelf, ("content", *key), content))
    return fragments.kept_page(shelf, ("guest", *key), lambda: page(content()))  # all guests see the same header


def _content(shelf: Shelf, cards: Sequence[OpenClassCard], mine: str | None) -> Markup:
    wanted = read_wanted(request.args, shelf, {card.city_code for card in cards})
    classes = shelf.pick_classes(cards, wanted)
    results = fragments.results(shelf, wanted, next_starts(shelf, cards), mine)
    return fragments.rendered(
        "catalog/_browse.html",
        shelf=shelf,
        wanted=wanted,
        classes=classes[:CLASSES_SHOWN],
        class_total=len(classes),
        card=lambda one: fragments.class_card(one, shelf, wanted.terms, mine),
        programs=shelf.find_programs(wanted),
        programs_shown=PROGRAMS_SHOWN,
        program_card=lambda one: fragments.program_card(one, shelf, wanted.terms, mine),
        results=results,
        facets=facets.facets(shelf, wanted, results.counts, _cities(cards, wanted, shelf)),
        picked=facets.picked(shelf, wanted, {card.city_code: card.city for card in cards}),
        nearest=None if results.total or not wanted.q else shelf.nearest_field(wanted.q),
        Sort=Sort,
    )


def next_starts(shelf: Shelf, cards: Sequence[OpenClassCard]) -> Mapping[str, date]:
    """For each course, the first day of the next class that holds it."""
    held = {program.code: program.course_codes for program in shelf.programs}
    starts: dict[str, date] = {}
    for card in cards:
        for code in held.get(card.program_code, ()):
            starts[code] = min(card.starts_on, starts.get(code, card.starts_on))
    return starts


def _cities(cards: Sequence[OpenClassCard], wanted: Wanted, shelf: Shelf) -> tuple[tuple[str, str, int], ...]:
    """Cities with open classes: code, name, how many of the classes wanted are there."""
    everywhere = Wanted(q=wanted.q, terms=wanted.terms, picked={k: v for k, v in wanted.picked.items() if k is not Facet.CITY})
    counts: dict[str, int] = {}
    for card in shelf.pick_classes(cards, everywhere):
        counts[card.city_code] = counts.get(card.city_code, 0) + 1
    names = {card.city_code: card.city for card in cards}
    return tuple((code, names[code], counts.get(code, 0)) for code in sorted(names, key=lambda c: (-counts.get(c, 0), c)))
