"""Sample data: 600 learners, 120 instructors with their fields, and who of them the demo users are."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from academy.accounts.queries import find_user_by_email, organizations_by_code
from academy.core.clock import today
from academy.core.db import db
from academy.core.sealed import blind_index
from academy.core.sheets import packaged_rows
from academy.people import sample_pool
from academy.people.models import Instructor, InstructorField, Learner

DEMO_PEOPLE: tuple[tuple[str, type[Learner] | type[Instructor], str], ...] = (
    ("learner@demo.example", Learner, "L-0025"),
    ("instructor@demo.example", Instructor, "F-001"),
)


def load(*, now: datetime) -> None:
    """Load people unless there are any; then tie the demo users to theirs."""
    if db.session.scalar(select(Learner.id).limit(1)) is None:
        units = {code: unit.id for code, unit in organizations_by_code().items()}
        db.session.execute(insert(Learner), [_learner(row, units, now) for row in packaged_rows("learners.csv")])
        _load_instructors(units)
    for email, model, code in DEMO_PEOPLE:
        user = find_user_by_email(email)
        if user is not None:
            db.session.execute(update(model).where(model.code == code, model.user_id.is_(None)).values(user_id=user.id))
    sample_pool.load(now=now)


def _learner(row: dict[str, str], units: dict[str, int], now: datetime) -> dict[str, Any]:
    return {
        "code": row["learner_code"],
        **{key: row[key] for key in ("name_zh", "gender", "id_number", "mobile", "email", "education", "held_level")},
        "id_number_index": blind_index(row["id_number"]),
        "mobile_index": blind_index(row["mobile"]),
        "organization_id": units[row["org_code"]],
        "unit_zh": "",
        "person_type_code": row["person_type"],
        "division_code": row["division_code"],
        **_career(row, today(now)),
        "created_at": now,
    }


def _career(row: dict[str, str], day: date) -> dict[str, date | None]:
    """Since when somebody works in the field, and until when she is registered: made up from her number, some unknown."""
    number = int(row["learner_code"].removeprefix("L-"))
    is_held, is_known = row["held_level"] != "none", number % 5 != 0
    return {
        "works_since": day - timedelta(days=200 + number * 37 % 5000) if is_known else None,
        "held_until": day + timedelta(days=60 + number * 53 % 1000) if is_held and is_known else None,
    }


def _load_instructors(units: dict[str, int]) -> None:
    rows = packaged_rows("instructors.csv")
    db.session.execute(insert(Instructor), [_instructor(row, units) for row in rows])
    ids = {row.code: row.id for row in db.session.execute(select(Instructor.code, Instructor.id))}
    taught = [
        {"instructor_id": ids[row["instructor_code"]], "field_code": code, "position": position}
        for row in rows
        for position, code in enumerate(row["field_codes"].split(";"), start=1)
    ]
    db.session.execute(insert(InstructorField), taught)


def _instructor(row: dict[str, str], units: dict[str, int]) -> dict[str, Any]:
    copied = ("name_zh", "gender", "title_zh", "kind", "home_division_code", "bio_zh", "email", "fee_tier")
    return {
        "code": row["instructor_code"],
        **{key: row[key] for key in copied},
        "organization_id": units[row["org_code"]],
        "max_hours_per_week": int(row["max_hours_per_week"]),
    }
