"""The instructor pool as the staff work with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from academy.accounts import queries as accounts
from academy.core.db import db
from academy.core.errors import NotFound
from academy.notifications.rules import Recipient
from academy.people.models import Instructor, InstructorAppointment, InstructorField
from academy.people.queries.qualifications import instructor_ids_with
from academy.people.rules import AppointmentState, Standing


@dataclass(frozen=True, slots=True)
class PoolFilter:
    """What the staff's list is narrowed to. `appointment` "none": never appointed, nor proposed."""

    search: str = ""
    field_code: str = ""
    appointment: str = ""
    standing: Standing | None = None


def _matching(wanted: PoolFilter, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search := wanted.search.strip():
        named = Instructor.name_zh.contains(search, autoescape=True)
        worded = Instructor.bio_zh.contains(search, autoescape=True)
        conditions.append(or_(named, worded, Instructor.code == search.upper()))
    if wanted.field_code:
        taught = select(InstructorField.instructor_id).where(InstructorField.field_code == wanted.field_code)
        conditions.append(Instructor.id.in_(taught))
    if wanted.appointment == "none":
        conditions.append(Instructor.id.not_in(select(InstructorAppointment.instructor_id)))
    elif wanted.appointment in set(AppointmentState):
        state = AppointmentState(wanted.appointment)
        conditions.append(
            Instructor.id.in_(select(InstructorAppointment.instructor_id).where(InstructorAppointment.state == state))
        )
    if wanted.standing is not None:
        conditions.append(Instructor.id.in_(instructor_ids_with(wanted.standing, day)))
    return conditions


def find_in_pool(wanted: PoolFilter, day: date, *, limit: int | None = 20, offset: int = 0) -> tuple[list[Instructor], int]:
    """A page of the pool by code, and how many there are in all."""
    conditions = _matching(wanted, day)
    total = db.session.scalar(select(func.count(Instructor.id)).where(*conditions)) or 0
    query = select(Instructor).where(*conditions).order_by(Instructor.code, Instructor.id).limit(limit).offset(offset)
    return list(db.session.scalars(query)), total


def lock_instructor(code: str) -> Instructor:
    """An instructor whom no other transaction changes at the same time. Raises NotFound."""
    query = select(Instructor).where(Instructor.code == code).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def instructor_recipients(instructor_ids: Iterable[int]) -> dict[int, Recipient]:
    """Instructors as receivers of messages: by their account, else by the address in the pool."""
    rows = db.session.scalars(select(Instructor).where(Instructor.id.in_(list(instructor_ids)))).all()
    users = accounts.users_by_ids(row.user_id for row in rows if row.user_id)
    found = {}
    for row in rows:
        user = users.get(row.user_id or 0)
        found[row.id] = Recipient(
            user.id if user else None,
            user.email if user else row.email or None,
            row.name_zh,
            user.locale if user else "zh_Hans",
        )
    return found


class PoolMember(NamedTuple):
    """An instructor as a search over the whole pool needs her."""

    id: int
    code: str
    name_zh: str
    title_zh: str
    max_hours_per_week: int
    home_division_code: str | None


def pool_members() -> list[PoolMember]:
    """The whole pool by code, in one statement."""
    query = select(*[getattr(Instructor, name) for name in PoolMember._fields]).order_by(Instructor.code, Instructor.id)
    return [PoolMember._make(row) for row in db.session.execute(query)]


def instructor_ids_teaching(field_code: str) -> set[int]:
    """Who teaches a field."""
    return set(db.session.scalars(select(InstructorField.instructor_id).where(InstructorField.field_code == field_code)))
