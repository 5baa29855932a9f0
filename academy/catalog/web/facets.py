"""The form that narrows the list, and the conditions in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup

from academy.catalog.rules import LEVEL_WORDS, MODE_WORDS, Level, Mode
from academy.catalog.shelf import Facet, FieldEntry, Shelf, Wanted
from academy.catalog.web.fragments import rendered
from academy.core.text import N_, Text, render
from academy.ui.filters import bilingual

TYPES_SHOWN = 4
Cities = tuple[tuple[str, str, int], ...]  # code, name, how many classes


def facets(shelf: Shelf, wanted: Wanted, counts: Mapping[tuple[Facet, str], int], cities: Cities) -> Markup:
    """The form, with the number of courses that each value would leave."""
    kinds = sorted(shelf.types, key=lambda entry: (-counts.get((Facet.TYPE, entry.code), 0), entry.code))
    first = [entry for at, entry in enumerate(kinds) if at < TYPES_SHOWN or entry.code in wanted.of(Facet.TYPE)]
    near = _near_fields(shelf, wanted, counts)
    shown = {field for fields in near.values() for field in fields}
    return rendered(
        "catalog/_facets.html",
        shelf=shelf,
        wanted=wanted,
        counts=counts,
        near_fields=near,
        far_fields=[field for field in shelf.fields.values() if field not in shown],
        first_types=first,
        other_types=[entry for entry in kinds if entry not in first],
        levels=[(level.value, LEVEL_WORDS[level]) for level in Level],
        modes=[(mode.value, MODE_WORDS[mode]) for mode in Mode],
        cities=cities,
        Facet=Facet,
    )


def _near_fields(shelf: Shelf, wanted: Wanted, counts: Mapping[tuple[Facet, str], int]) -> dict[str, list[FieldEntry]]:
    """The fields shown under their panel: those picked, those of a picked panel, and, in a search, where most hits are."""
    fullest = max(shelf.panels, key=lambda panel: counts.get((Facet.PANEL, panel.code), 0), default=None)
    wide = wanted.of(Facet.PANEL) | ({fullest.code} if fullest and wanted.terms else set())
    return {
        panel.code: [
            field
            for field in panel.fields
            if field.code in wanted.of(Facet.FIELD) or (panel.code in wide and counts.get((Facet.FIELD, field.code), 0))
        ]
        for panel in shelf.panels
    }


@dataclass(frozen=True, slots=True)
class Picked:
    """A condition in force, and the address without it."""

    words: str
    href: str


def picked(shelf: Shelf, wanted: Wanted, city_names: Mapping[str, str]) -> list[Picked]:
    """Every condition in force."""
    found = [
        Picked(_words(shelf, facet, value, city_names), _without((facet.value, value)))
        for facet in Facet
        for value in sorted(wanted.of(facet))
    ]
    if wanted.has_hours:
        lowest, highest = shelf.hours_range
        words = Text(N_("%(least)s—%(most)s 学时"), least=wanted.least_hours or lowest, most=wanted.most_hours or highest)
        found.append(Picked(render(words), _without(("h_min", None), ("h_max", None))))
    return found


def _words(shelf: Shelf, facet: Facet, value: str, city_names: Mapping[str, str]) -> str:
    if facet is Facet.PANEL:
        panel = next(panel for panel in shelf.panels if panel.code == value)
        return bilingual(panel.name_zh, panel.name_en)
    if facet is Facet.FIELD:
        return bilingual(shelf.fields[value].name_zh, shelf.fields[value].name_en)
    if facet is Facet.TYPE:
        return bilingual(shelf.type_by_code[value].short_zh, shelf.type_by_code[value].name_en)
    if facet is Facet.CITY:
        return city_names[value]
    return render(LEVEL_WORDS[Level(value)] if facet is Facet.LEVEL else MODE_WORDS[Mode(value)])


def _without(*left_out: tuple[str, str | None]) -> str:
    """The present address without a condition (None: whatever its value), from the first page on."""
    pairs: Sequence[tuple[str, str]] = [
        (name, value)
        for name, values in request.args.lists()
        for value in values
        if name != "page" and (name, value) not in left_out and (name, None) not in left_out and value
    ]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path
