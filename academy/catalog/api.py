"""The JSON door of the catalog."""

from typing import Any

from pydantic import BaseModel, Field

from academy.catalog import queries
from academy.catalog.rules import CertificateKind, Level, Mode
from academy.catalog.shelf import CourseEntry, Facet, ProgramEntry, Wanted
from academy.core.access import public
from academy.core.api import endpoint
from academy.core.errors import NotFound


class FieldOut(BaseModel):
    """A field of the course system."""

    code: str
    panel: str
    name_zh: str
    name_en: str


class FieldList(BaseModel):
    """All fields by panel."""

    items: list[FieldOut]


class CourseOut(BaseModel):
    """A course in a list."""

    code: str
    title: str
    summary: str
    field: str
    level: Level
    mode: Mode
    hours: int = Field(description="teaching hours of 45 minutes")
    person_types: list[str]
    prerequisites: list[str]


class CourseDetail(CourseOut):
    """A course with what it aims at."""

    objectives: list[str]
    keywords: list[str]
    version: int
    programs: list[str]


class CourseQuery(BaseModel):
    """What to look for, and which page."""

    q: str = Field("", max_length=60)
    field: str = Field("", max_length=8)
    page: int = Field(1, ge=1, le=10_000)
    per_page: int = Field(50, ge=1, le=200)


class CoursePage(BaseModel):
    """A page of courses, best first."""

    total: int
    page: int
    items: list[CourseOut]


class ProgramOut(BaseModel):
    """A program with its courses in order and the rule of its certificate."""

    code: str
    title: str
    summary: str
    hours: int = Field(description="the fewest teaching hours that complete it")
    certificate_kind: CertificateKind
    validity_months: int | None
    person_types: list[str]
    courses: list[str]


class ProgramList(BaseModel):
    """All programs."""

    items: list[ProgramOut]


@endpoint("GET", "/fields", returns=FieldList, access=public)
def fields() -> FieldList:
    """The 25 fields of the course system."""
    entries = queries.shelf().fields.values()
    return FieldList(items=[FieldOut(code=e.code, panel=e.panel_code, name_zh=e.name_zh, name_en=e.name_en) for e in entries])


@endpoint("GET", "/courses", query=CourseQuery, returns=CoursePage, access=public)
def courses(query: CourseQuery) -> CoursePage:
    """Search the courses by words or pinyin initials."""
    shelf = queries.shelf()
    if query.field and query.field not in shelf.fields:
        raise NotFound
    picked = {Facet.FIELD: frozenset({query.field})} if query.field else {}
    found = shelf.find(Wanted(q=query.q, terms=shelf.terms(query.q), picked=picked), {}).courses
    start = (query.page - 1) * query.per_page
    return CoursePage(
        total=len(found), page=query.page, items=[CourseOut(**_course(one)) for one in found[start : start + query.per_page]]
    )


@endpoint("GET", "/courses/<code>", returns=CourseDetail, access=public)
def course(code: str) -> CourseDetail:
    """One course."""
    shelf = queries.shelf()
    entry = shelf.course_by_code.get(code)
    if entry is None:
        raise NotFound
    row = queries.get_course(code)
    return CourseDetail(
        **_course(entry),
        objectives=row.objectives,
        keywords=row.keywords,
        version=row.version,
        programs=[program.code for program in shelf.programs if code in program.course_codes],
    )


@endpoint("GET", "/programs", returns=ProgramList, access=public)
def programs() -> ProgramList:
    """The programs with their courses."""
    return ProgramList(items=[_program(entry) for entry in queries.shelf().programs])


def _course(entry: CourseEntry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "title": entry.title,
        "summary": entry.summary,
        "field": entry.field.code,
        "level": entry.level,
        "mode": entry.mode,
        "hours": entry.hours,
        "person_types": list(entry.types),
        "prerequisites": [code for code, _ in entry.prerequisites],
    }


def _program(entry: ProgramEntry) -> ProgramOut:
    return ProgramOut(
        code=entry.code,
        title=entry.title,
        summary=entry.summary,
        hours=entry.hours,
        certificate_kind=entry.certificate_kind,
        validity_months=entry.validity_months,
        person_types=list(entry.types),
        courses=list(entry.course_codes),
    )
