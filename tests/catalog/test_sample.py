from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.catalog import queries, sample
from academy.catalog.models import Course, CoursePrerequisite
from academy.core.sheets import packaged_rows


def test_it_loads_the_whole_catalog_once(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    sample.load(now=now)
    sample.load(now=now)
    assert len(queries.panels()) == 5
    assert len(queries.fields()) == 25
    assert session.scalar(select(func.count(Course.id))) == 708
    assert session.scalar(select(func.count()).select_from(CoursePrerequisite)) == sum(
        bool(row["prerequisites"]) for row in packaged_rows("courses.csv")
    )
    assert len(queries.programs()) == 30


def test_a_program_keeps_the_order_of_its_courses(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    sample.load(now=now)
    program = queries.get_program("XA-004")
    codes = [course.code for course in queries.program_courses(program.id)]
    assert codes[:4] == ["PB-01-001", "PB-01-003", "PB-01-009", "PB-01-011"]
    assert program.field_code == "PB-01"
    assert program.min_hours == 18


def test_course_hours_are_kept_in_minutes(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    sample.load(now=now)
    course = queries.get_course("PB-01-001")
    assert (course.minutes, course.hours) == (90, 2)
    assert course.initials == "kd“lqsx”：dxfwygzbj"
