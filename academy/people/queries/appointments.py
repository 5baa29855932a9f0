"""Appointments of instructors."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.people.models import InstructorAppointment as InstructorAppointment  # what reads give back is public by name
from academy.people.rules import AppointmentState

_A = InstructorAppointment


def get_appointment(code: str) -> InstructorAppointment:
    """An appointment by its code. Raises NotFound."""
    found = db.session.scalars(select(_A).where(_A.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def appointments_of(instructor_ids: Iterable[int]) -> dict[int, list[InstructorAppointment]]:
    """Every appointment of each instructor, the latest first; who has none is left out."""
    query = select(_A).where(_A.instructor_id.in_(list(instructor_ids))).order_by(_A.starts_on.desc(), _A.id.desc())
    found: dict[int, list[InstructorAppointment]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.instructor_id, []).append(row)
    return found


def appointments_in_force(instructor_ids: Iterable[int], first: date, last: date) -> dict[int, list[InstructorAppointment]]:
    """The appointments that cover a day of [first, last], the latest first. One that ended early counts until it did."""
    by_instructor = appointments_of(instructor_ids)
    covering = {
        id_: [row for row in rows if row.letter_no and row.starts_on <= last and first <= row.until]
        for id_, rows in by_instructor.items()
    }
    return {id_: rows for id_, rows in covering.items() if rows}


def find_overlapping_appointment(instructor_id: int, first: date, last: date) -> InstructorAppointment | None:
    """The appointment that is in force on a day of [first, last]."""
    query = select(_A).where(_A.instructor_id == instructor_id, _A.state == AppointmentState.APPOINTED)
    return db.session.scalars(query.where(_A.starts_on <= last, _A.ends_on >= first).limit(1)).first()


def appointments_past(day: date) -> list[int]:
    """Ids of appointments whose last day lies before a day."""
    query = select(_A.id).where(_A.state == AppointmentState.APPOINTED, _A.ends_on < day)
    return list(db.session.scalars(query.order_by(_A.id)))


def next_letter_serial(year: int) -> int:
    """The next number of a year's letters of appointment."""
    prefix = letter_prefix(year)
    last = db.session.scalar(select(func.max(_A.letter_no)).where(_A.letter_no.startswith(prefix)))
    return int(last.removeprefix(prefix)) + 1 if last else 1


def letter_prefix(year: int) -> str:
    """XA-PR-2026-."""
    return f"XA-PR-{year}-"
