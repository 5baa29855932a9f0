"""Every read of the catalog."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import select

from academy.accounts.queries import person_types
from academy.accounts.rules import short_type_name
from academy.catalog.models import (
    CatalogRevision,
    CoursePersonType,
    CoursePrerequisite,
    CourseVersion,
    Panel,
    ProgramCourse,
)
from academy.catalog.models import Course as Course  # what reads give back is public by name
from academy.catalog.models import Field as Field
from academy.catalog.models import Program as Program
from academy.catalog.rules import panel_class
from academy.catalog.search import initials_of, searchable
from academy.catalog.shelf import CourseEntry, FieldEntry, PanelEntry, ProgramEntry, Shelf, TypeEntry
from academy.core.db import db
from academy.core.errors import NotFound

_REVISION = select(CatalogRevision.__table__.c.token)  # without the ORM, which takes longer than the database
_held: dict[str, Shelf] = {}  # at most one: the newest that this process has seen


def panels() -> list[Panel]:
    """The panels in their order."""
    return list(db.session.scalars(select(Panel).order_by(Panel.position)))


def fields() -> list[Field]:
    """The fields by panel and code."""
    return list(
        db.session.scalars(select(Field).join(Panel, Panel.code == Field.panel_code).order_by(Panel.position, Field.code))
    )


def find_field(code: str) -> Field | None:
    """A field by its code."""
    return db.session.get(Field, code)


def get_course(code: str) -> Course:
    """A course by its code. Raises NotFound."""
    course = db.session.scalars(select(Course).where(Course.code == code)).one_or_none()
    if course is None:
        raise NotFound
    return course


def course_by_id(course_id: int) -> Course:
    """A course by its id. Raises NotFound."""
    course = db.session.get(Course, course_id)
    if course is None:
        raise NotFound
    return course


def courses_by_ids(ids: Iterable[int]) -> dict[int, Course]:
    """Courses by id."""
    return {course.id: course for course in db.session.scalars(select(Course).where(Course.id.in_(list(ids))))}


def course_versions(course_id: int) -> list[CourseVersion]:
    """What a course said before, newest first."""
    query = select(CourseVersion).where(CourseVersion.course_id == course_id).order_by(CourseVersion.version.desc())
    return list(db.session.scalars(query))


def programs() -> list[Program]:
    """The programs by code."""
    return list(db.session.scalars(select(Program).order_by(Program.code)))


def get_program(code: str) -> Program:
    """A program by its code. Raises NotFound."""
    program = db.session.scalars(select(Program).where(Program.code == code)).one_or_none()
    if program is None:
        raise NotFound
    return program


def program_by_id(program_id: int) -> Program:
    """A program by its id. Raises NotFound."""
    program = db.session.get(Program, program_id)
    if program is None:
        raise NotFound
    return program


def programs_by_ids(ids: Iterable[int]) -> dict[int, Program]:
    """Programs by id."""
    return {program.id: program for program in db.session.scalars(select(Program).where(Program.id.in_(list(ids))))}


def program_courses(program_id: int) -> list[Course]:
    """A program's courses in order."""
    query = (
        select(Course)
        .join(ProgramCourse, ProgramCourse.course_id == Course.id)
        .where(ProgramCourse.program_id == program_id)
        .order_by(ProgramCourse.position)
    )
    return list(db.session.scalars(query))


def shelf() -> Shelf:
    """The whole catalog. One statement, unless it was changed since this process last looked."""
    token: str = db.session.connection().scalar(_REVISION) or ""
    held = _held.get(token)
    if held is None:
        held = _read_shelf(token)
        _held.clear()
        _held[token] = held
    return held


def _read_shelf(token: str) -> Shelf:
    entries = {
        row.code: FieldEntry(row.code, row.panel_code, panel_class(row.panel_code), row.name_zh, row.name_en)
        for row in fields()
    }
    rows = list(db.session.scalars(select(Course).order_by(Course.code)))
    courses = _course_entries(rows, entries)
    kinds = tuple(TypeEntry(row.code, row.name_zh, row.name_en, short_type_name(row.name_zh)) for row in person_types())
    shelved = tuple(
        PanelEntry(
            row.code,
            panel_class(row.code),
            row.name_zh,
            row.name_en,
            tuple(entry for entry in entries.values() if entry.panel_code == row.code),
        )
        for row in panels()
    )
    return Shelf(token, shelved, kinds, courses, _program_entries(entries, {row.id: row.code for row in rows}))


def _course_entries(rows: list[Course], fields_: Mapping[str, FieldEntry]) -> tuple[CourseEntry, ...]:
    types: dict[int, list[str]] = defaultdict(list)
    for link in db.session.scalars(select(CoursePersonType).order_by(CoursePersonType.person_type_code)):
        types[link.course_id].append(link.person_type_code)
    named = {row.id: (row.code, row.title_zh) for row in rows}
    before: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for required in db.session.scalars(select(CoursePrerequisite)):
        before[required.course_id].append(named[required.required_id])
    read = {code: initials_of(entry.name_zh) for code, entry in fields_.items()}
    return tuple(
        CourseEntry(
            id=row.id,
            code=row.code,
            title=row.title_zh,
            initials=row.initials,
            summary=row.summary_zh,
            field=fields_[row.field_code],
            level=row.level,
            mode=row.mode,
            hours=row.hours,
            types=tuple(types[row.id]),
            prerequisites=tuple(sorted(before[row.id])),
            doc=searchable(
                code=row.code,
                title=row.title_zh,
                field=fields_[row.field_code].name_zh,
                summary=row.summary_zh,
                initials=row.initials,
                field_initials=read[row.field_code],
                keywords=row.keywords,
                keyword_initials=row.keyword_initials,
                objectives=row.objectives,
            ),
        )
        for row in rows
    )


def _program_entries(fields_: Mapping[str, FieldEntry], codes: Mapping[int, str]) -> tuple[ProgramEntry, ...]:
    held: dict[int, list[str]] = defaultdict(list)
    for place in db.session.scalars(select(ProgramCourse).order_by(ProgramCourse.program_id, ProgramCourse.position)):
        held[place.program_id].append(codes[place.course_id])
    return tuple(
        ProgramEntry(
            id=row.id,
            code=row.code,
            title=row.title_zh,
            initials=row.initials,
            summary=row.summary_zh,
            field=fields_[row.field_code],
            hours=row.min_hours,
            types=tuple(row.audience),
            certificate_kind=row.certificate_kind,
            validity_months=row.validity_months,
            course_codes=tuple(held[row.id]),
            doc=searchable(
                code=row.code,
                title=row.title_zh,
                field=fields_[row.field_code].name_zh,
                summary=row.summary_zh,
                initials=row.initials,
                field_initials=initials_of(fields_[row.field_code].name_zh),
            ),
        )
        for row in programs()
    )
