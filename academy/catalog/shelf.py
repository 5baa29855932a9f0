"""The catalog as an immutable whole, held by each process and searched in memory. Pure: knows no database.

Which courses have a property is one integer with a bit for each course, so a facet's counts are a few bitwise ands.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from academy.catalog.rules import CertificateKind, Level, Mode, OpenClassCard
from academy.catalog.search import Searchable, Term, compute_score, initials_of, is_initials, terms_of

READINGS, CANDIDATES = 3, 12  # words tried for pinyin initials, of so many that occur


class Facet(StrEnum):
    """By what the catalog can be narrowed, besides hours."""

    PANEL = "panel"
    FIELD = "field"
    TYPE = "type"
    LEVEL = "level"
    MODE = "mode"
    CITY = "city"  # of classes only


class Sort(StrEnum):
    """In which order courses come."""

    MATCH = "match"
    START = "start"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field with its panel's css class."""

    code: str
    panel_code: str
    panel: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """A panel with its fields."""

    code: str
    panel: str
    name_zh: str
    name_en: str
    fields: tuple[FieldEntry, ...]


@dataclass(frozen=True, slots=True)
class CourseEntry:
    """What a course's card shows, and what it is found by."""

    id: int
    code: str
    title: str
    initials: str
    summary: str
    field: FieldEntry
    level: Level
    mode: Mode
    hours: int
    types: tuple[str, ...]
    prerequisites: tuple[tuple[str, str], ...]  # code, title
    doc: Searchable


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """What a program's card shows, and what it is found by."""

    id: int
    code: str
    title: str
    initials: str
    summary: str
    field: FieldEntry
    hours: int
    types: tuple[str, ...]
    certificate_kind: CertificateKind
    validity_months: int | None
    course_codes: tuple[str, ...]
    doc: Searchable


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A person type as the facet shows it."""

    code: str
    name_zh: str
    name_en: str
    short_zh: str


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: words, picked facet values, a range of hours, an order, a page."""

    q: str = ""
    terms: tuple[Term, ...] = ()  # what Shelf.terms makes of q
    picked: Mapping[Facet, frozenset[str]] = field(default_factory=dict)
    least_hours: int | None = None
    most_hours: int | None = None
    sort: Sort = Sort.MATCH
    page: int = 1

    def of(self, facet: Facet) -> frozenset[str]:
        """The picked values of a facet."""
        return self.picked.get(facet, frozenset())

    @property
    def count(self) -> int:
        """How many conditions are picked."""
        return sum(len(values) for values in self.picked.values()) + self.has_hours

    @property
    def has_hours(self) -> bool:
        """Whether hours are limited."""
        return self.least_hours is not None or self.most_hours is not None


@dataclass(frozen=True)
class Found:
    """What the shelf holds of what was wanted: courses in order, and how many each facet value would leave."""

    courses: tuple[CourseEntry, ...]
    counts: Mapping[tuple[Facet, str], int]


def _mask(flags: Iterable[bool]) -> int:
    total = 0
    for at, flag in enumerate(flags):
        if flag:
            total |= 1 << at
    return total


@dataclass(frozen=True)
class Shelf:
    """Everything that is taught, as of one revision."""

    revision: str
    panels: tuple[PanelEntry, ...]
    types: tuple[TypeEntry, ...]
    courses: tuple[CourseEntry, ...]  # in order of their codes
    programs: tuple[ProgramEntry, ...]

    @cached_property
    def fields(self) -> Mapping[str, FieldEntry]:
        """Fields by code."""
        return {field.code: field for panel in self.panels for field in panel.fields}

    @cached_property
    def type_by_code(self) -> Mapping[str, TypeEntry]:
        """Person types by code."""
        return {entry.code: entry for entry in self.types}

    @cached_property
    def course_by_code(self) -> Mapping[str, CourseEntry]:
        """Courses by code."""
        return {course.code: course for course in self.courses}

    @cached_property
    def hours_range(self) -> tuple[int, int]:
        """The fewest and the most hours of a course."""
        hours = [course.hours for course in self.courses] or [1]
        return min(hours), max(hours)

    @cached_property
    def _everything(self) -> int:
        return (1 << len(self.courses)) - 1

    @cached_property
    def masks(self) -> Mapping[tuple[Facet, str], int]:
        """For each facet value, the courses that have it."""
        masks: dict[tuple[Facet, str], int] = {}
        for at, course in enumerate(self.courses):
            values = [
                (Facet.PANEL, course.field.panel_code),
                (Facet.FIELD, course.field.code),
                (Facet.LEVEL, course.level.value),
                (Facet.MODE, course.mode.value),
                *((Facet.TYPE, code) for code in course.types),
            ]
            for value in values:
                masks[value] = masks.get(value, 0) | 1 << at
        return masks

    def known(self, facet: Facet, values: Iterable[str], cities: frozenset[str]) -> frozenset[str]:
        """Those of the values that exist; an address may hold anything."""
        known: dict[Facet, Iterable[str]] = {
            Facet.PANEL: (panel.code for panel in self.panels),
            Facet.FIELD: self.fields,
            Facet.TYPE: self.type_by_code,
            Facet.LEVEL: (level.value for level in Level),
            Facet.MODE: (mode.value for mode in Mode),
            Facet.CITY: cities,
        }
        return frozenset(values) & frozenset(known[facet])

    @cached_property
    def _vocabulary(self) -> Counter[tuple[str, str]]:
        """Words that initials may stand for: (initials, word) of keywords and of names of fields and panels, counted."""
        words = Counter(
            (initials, word)
            for course in self.courses
            for initials, word in [
                *zip(course.doc.keyword_initials, course.doc.keywords, strict=True),
                (course.doc.field_initials, course.doc.field),
            ]
        )
        words.update((initials_of(panel.name_zh), panel.name_zh) for panel in self.panels)
        return Counter({pair: count for pair, count in words.items() if len(pair[0]) == len(pair[1])})

    def terms(self, q: str) -> tuple[Term, ...]:
        """The terms of a query; letters get the words that begin with them most often."""
        return tuple(Term(text, self._known_readings(text) if is_initials(text) else ()) for text in terms_of(q))

    @cached_property
    def _known_readings(self) -> Callable[[str], tuple[str, ...]]:
        return lru_cache(maxsize=1024)(self._readings)

    def _readings(self, letters: str) -> tuple[str, ...]:
        """The words that letters may stand for, those first that most courses are about."""
        found: Counter[str] = Counter()
        for (initials, word), count in self._vocabulary.items():
            if initials.startswith(letters):
                found[word[: len(letters)]] += count
        common = [word for word, _ in found.most_common(CANDIDATES)]
        about = {word: sum(doc.is_about(word) for doc in self._docs) for word in common}
        return tuple(sorted(common, key=lambda word: (-about[word], word))[:READINGS])

    @cached_property
    def _docs(self) -> tuple[Searchable, ...]:
        return tuple(course.doc for course in self.courses)

    def find(self, wanted: Wanted, starts: Mapping[str, date]) -> Found:
        """The courses that answer, in order, with the facets' counts. `starts` gives the next day a course is held."""
        scores = self._scores(wanted.terms)
        base = _mask(score > 0 for score in scores) if wanted.terms else self._everything
        groups = self._groups(wanted)
        chosen = base
        for mask in groups.values():
            chosen &= mask
        courses = [(scores[at], self.courses[at]) for at in range(len(self.courses)) if chosen >> at & 1]
        return Found(tuple(_ordered(courses, wanted.sort, starts)), self._counts(base, groups))

    def _scores(self, terms: Sequence[Term]) -> list[int]:
        if not terms:
            return [0] * len(self.courses)
        return [compute_score(course.doc, terms) for course in self.courses]

    def _groups(self, wanted: Wanted) -> dict[str, int]:
        """The mask of each group of conditions; a panel and its fields are one group."""
        groups: dict[str, int] = {}
        place = self._place_mask(wanted)
        if place is not None:
            groups["place"] = place
        for facet in (Facet.TYPE, Facet.LEVEL, Facet.MODE):
            if wanted.of(facet):
                groups[facet] = self._union((facet, value) for value in wanted.of(facet))
        if wanted.has_hours:
            least, most = wanted.least_hours or 0, wanted.most_hours or 10_000
            groups["hours"] = _mask(least <= course.hours <= most for course in self.courses)
        return groups

    def _place_mask(self, wanted: Wanted) -> int | None:
        """Picked fields, and those picked panels of which no field is picked."""
        fields = wanted.of(Facet.FIELD)
        narrowed = {self.fields[code].panel_code for code in fields}
        panels = wanted.of(Facet.PANEL) - narrowed
        if not fields and not panels:
            return None
        return self._union([*((Facet.FIELD, code) for code in fields), *((Facet.PANEL, code) for code in panels)])

    def _union(self, values: Iterable[tuple[Facet, str]]) -> int:
        total = 0
        for value in values:
            total |= self.masks.get(value, 0)
        return total

    def _counts(self, base: int, groups: Mapping[str, int]) -> dict[tuple[Facet, str], int]:
        """How many courses each value would leave, with the conditions of the other groups kept."""
        kept: dict[str, int] = {}
        for name in ("place", Facet.TYPE, Facet.LEVEL, Facet.MODE):
            kept[name] = base
            for other, mask in groups.items():
                if other != name:
                    kept[name] &= mask
        return {
            (facet, value): (mask & kept["place" if facet in {Facet.PANEL, Facet.FIELD} else facet]).bit_count()
            for (facet, value), mask in self.masks.items()
        }

    def find_programs(self, wanted: Wanted) -> list[ProgramEntry]:
        """The programs that answer, best first."""
        scored = [
            (compute_score(program.doc, wanted.terms) if wanted.terms else 1, program)
            for program in self.programs
            if _fits(program.field, program.types, wanted)
        ]
        return [program for score, program in sorted(scored, key=lambda pair: (-pair[0], pair[1].code)) if score]

    def nearest_field(self, q: str) -> FieldEntry | None:
        """The field whose name shares most characters with what was not found, at least two."""
        best = max(self.fields.values(), key=lambda entry: (len(set(q) & set(entry.name_zh)), entry.code), default=None)
        return best if best is not None and len(set(q) & set(best.name_zh)) >= 2 else None

    def pick_classes(self, cards: Iterable[OpenClassCard], wanted: Wanted) -> list[OpenClassCard]:
        """The classes that answer: by words, place, person type and city; soonest first."""
        answering = {program.code for program in self.find_programs(wanted)} if wanted.terms else set()
        cities = wanted.of(Facet.CITY)
        return sorted(
            (
                card
                for card in cards
                if (not cities or card.city_code in cities)
                and (not wanted.terms or card.program_code in answering or _names(card, wanted.terms))
                and (card.field_code not in self.fields or _fits(self.fields[card.field_code], card.person_types, wanted))
            ),
            key=lambda card: (card.starts_on, card.code),
        )


def _names(card: OpenClassCard, terms: Sequence[Term]) -> bool:
    text = f"{card.title} {card.site_name} {card.city} {card.county} {card.code}".lower()
    return all(term.text in text for term in terms)


def _fits(entry: FieldEntry, types: Sequence[str], wanted: Wanted) -> bool:
    """Whether a program or class lies in the picked panels or fields and is for a picked person type."""
    fields = wanted.of(Facet.FIELD)
    panels = wanted.of(Facet.PANEL)
    placed = not (fields or panels) or entry.code in fields or entry.panel_code in panels
    return placed and (not wanted.of(Facet.TYPE) or not wanted.of(Facet.TYPE).isdisjoint(types))


def _ordered(scored: Sequence[tuple[int, CourseEntry]], sort: Sort, starts: Mapping[str, date]) -> Iterable[CourseEntry]:
    if sort is Sort.START:
        keyed = sorted(scored, key=lambda pair: (starts.get(pair[1].code, date.max), -pair[0], pair[1].code))
    elif sort is Sort.HOURS:
        keyed = sorted(scored, key=lambda pair: (-pair[1].hours, -pair[0], pair[1].code))
    else:
        keyed = sorted(scored, key=lambda pair: (-pair[0], pair[1].code))
    return (course for _, course in keyed)
