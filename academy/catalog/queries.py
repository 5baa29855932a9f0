"""Every read of the catalog."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.catalog.models import Course, CourseVersion, Field, Panel, Program, ProgramCourse
from academy.core.db import db
from academy.core.errors import NotFound


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
