"""Parts of pages that are the same for everybody, rendered once per revision and language.

The catalog changes a few times a day and is read all day, so each process keeps what it rendered last. A reader's own
tag ("含您的类别") is part of the key; nothing else about her is.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TypeVar

from flask import render_template
from flask_babel import get_locale
from markupsafe import Markup

from academy.catalog.rules import LEVEL_WORDS, MODE_ICONS, MODE_WORDS, OpenClassCard, certificate_line
from academy.catalog.search import Term, marked
from academy.catalog.shelf import CourseEntry, Facet, ProgramEntry, Shelf, Wanted
from academy.ui.filters import bilingual
from academy.ui.icons import use_icons
from academy.ui.paging import Page

PER_PAGE = 12
ICONS = ("cal", "cert", "cross", "left", "m-blend", "m-face", "m-online", "m-prac", "pin", "right", "search")  # of kept markup
T = TypeVar("T")


class Kept:
    """The fragments used last, by key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The fragment of a key, made if it is not kept."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]  # type: ignore[return-value]  # a key stands for one kind of fragment
        made = make()
        with self._lock:
            self._items[key] = made
            if len(self._items) > self._size:
                self._items.popitem(last=False)
        return made


_cards = Kept(4096)
_pages = Kept(256)


def kept_page(shelf: Shelf, key: Hashable, make: Callable[[], T]) -> T:
    """The content of a page of the catalog; `key` names it within revision and language."""
    use_icons(*ICONS)
    return _pages.get((shelf.revision, language(), key), make)


def language() -> str:
    """The reader's language."""
    return str(get_locale())


def rendered(template: str, **values: object) -> Markup:
    """A template's output, which has escaped what it was given."""
    return Markup(render_template(template, **values))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Results:
    """A page of courses, rendered, and what the facets count."""

    html: Markup
    total: int
    page: Page
    pages: int
    counts: Mapping[tuple[Facet, str], int]


def results(shelf: Shelf, wanted: Wanted, starts: Mapping[str, date], mine: str | None) -> Results:
    """The courses wanted."""
    found = shelf.find(wanted, starts)
    total = len(found.courses)
    pages = Page.count(total, PER_PAGE)
    page = Page(min(wanted.page, pages))
    shown = found.courses[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    html = Markup("\n").join(course_card(course, shelf, wanted.terms, mine) for course in shown)
    return Results(html, total, page, pages, found.counts)


def type_names(shelf: Shelf, codes: Sequence[str]) -> str:
    """Person types by their short names, in the reader's language."""
    entries = [shelf.type_by_code[code] for code in codes if code in shelf.type_by_code]
    joint = ", " if language() == "en" else "、"
    return joint.join(bilingual(entry.short_zh, entry.name_en) for entry in entries)


def course_card(course: CourseEntry, shelf: Shelf, terms: Sequence[Term] = (), mine: str | None = None) -> Markup:
    """A course as a book on the shelf."""
    is_mine = mine in course.types
    key = (shelf.revision, language(), course.code, tuple(terms), is_mine)
    return _cards.get(
        key,
        lambda: rendered(
            "catalog/_course.html",
            course=course,
            title=marked(course.title, terms, course.initials),
            summary=marked(course.summary, terms),
            types=type_names(shelf, course.types),
            is_mine=is_mine,
            level=LEVEL_WORDS[course.level],
            mode=MODE_WORDS[course.mode],
            mode_icon=MODE_ICONS[course.mode],
        ),
    )


def program_card(program: ProgramEntry, shelf: Shelf, terms: Sequence[Term] = (), mine: str | None = None) -> Markup:
    """A program as a book on the shelf."""
    is_mine = mine in program.types
    return _cards.get(
        (shelf.revision, language(), program.code, tuple(terms), is_mine),
        lambda: rendered(
            "catalog/_program.html",
            program=program,
            title=marked(program.title, terms, program.initials),
            summary=marked(program.summary, terms),
            types=type_names(shelf, program.types),
            is_mine=is_mine,
            certificate=certificate_line(program.certificate_kind, program.validity_months),
        ),
    )


def class_card(card: OpenClassCard, shelf: Shelf, terms: Sequence[Term] = (), mine: str | None = None) -> Markup:
    """An open class as a book on the shelf, with its seats as they are now: never kept."""
    return rendered(
        "catalog/_class.html",
        card=card,
        title=marked(card.title, terms),
        summary=marked(card.summary, terms),
        types=type_names(shelf, card.person_types),
        is_mine=mine in card.person_types,
    )
