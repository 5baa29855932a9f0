"""Sample data: 5 panels, 25 fields, 708 courses, 30 programs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from academy.catalog.models import Course, CoursePersonType, CoursePrerequisite, Field, Panel, Program, ProgramCourse
from academy.catalog.search import initials_of
from academy.catalog.services import renew_revision
from academy.core.db import db
from academy.core.sheets import packaged_rows
from academy.core.wording import MINUTES_PER_HOUR


def load(*, now: datetime) -> None:
    """Load the catalog unless there is one."""
    if db.session.scalar(select(Panel.code).limit(1)) is not None:
        return
    fields, courses, programs = (packaged_rows(f"{name}.csv") for name in ("fields", "courses", "programs"))
    panels = {row["panel_code"]: row for row in fields}
    db.session.execute(insert(Panel), [_panel(row) for row in panels.values()])
    db.session.execute(insert(Field), [_field(row) for row in fields])
    db.session.execute(insert(Course), [_course(row) for row in courses])
    ids = {row.code: row.id for row in db.session.execute(select(Course.code, Course.id))}
    _link_courses(courses, ids)
    db.session.execute(insert(Program), [_program(row) for row in programs])
    program_ids = {row.code: row.id for row in db.session.execute(select(Program.code, Program.id))}
    places = [
        {"program_id": program_ids[row["program_code"]], "course_id": ids[code], "position": position, "is_required": True}
        for row in programs
        for position, code in enumerate(row["required_course_codes"].split(";"), start=1)
    ]
    db.session.execute(insert(ProgramCourse), places)
    renew_revision()


def _panel(row: dict[str, str]) -> dict[str, Any]:
    names = {"name_zh": row["panel_zh"], "name_en": row["panel_en"]}
    return {"code": row["panel_code"], "position": int(row["panel_order"]), **names}


def _field(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["field_code"],
        "panel_code": row["panel_code"],
        "name_zh": row["field_zh"],
        "name_en": row["field_en"],
        "slug": row["field_slug"],
        "named_in_source": row["named_in_source"] == "1",
    }


def _course(row: dict[str, str]) -> dict[str, Any]:
    keywords = row["keywords_zh"].split(";")
    return {
        "code": row["course_code"],
        **{key: row[key] for key in ("field_code", "title_zh", "summary_zh", "level", "mode")},
        "minutes": int(row["hours"]) * MINUTES_PER_HOUR,
        "objectives": row["objectives_zh"].split("；"),
        "keywords": keywords,
        "initials": initials_of(row["title_zh"]),
        "keyword_initials": [initials_of(word) for word in keywords],
        "version": 1,
    }


def _link_courses(courses: list[dict[str, str]], ids: dict[str, int]) -> None:
    for_whom = [
        {"course_id": ids[row["course_code"]], "person_type_code": code}
        for row in courses
        for code in row["person_types"].split(";")
    ]
    before = [
        {"course_id": ids[row["course_code"]], "required_id": ids[code]}
        for row in courses
        for code in filter(None, row["prerequisites"].split(";"))
    ]
    db.session.execute(insert(CoursePersonType), for_whom)
    db.session.execute(insert(CoursePrerequisite), before)


def _program(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["program_code"],
        "field_code": row["required_course_codes"][:5],
        "title_zh": row["title_zh"],
        "summary_zh": row["summary_zh"],
        "audience": row["audience"].split(";"),
        "min_hours": int(row["min_hours"]),
        "pass_mark": Decimal(row["pass_mark"]),
        "min_attendance_pct": int(row["min_attendance_pct"]),
        "certificate_kind": row["certificate_kind"],
        "validity_months": int(row["validity_months"]) if row["validity_months"] else None,
        "initials": initials_of(row["title_zh"]),
    }
