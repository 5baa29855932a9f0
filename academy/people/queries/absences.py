"""When instructors cannot teach."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from academy.core.db import db
from academy.people.models import InstructorAbsence


class Absence(NamedTuple):
    """A span of time in which an instructor teaches nothing."""

    id: int
    instructor_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str


def absences_between(instructor_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> dict[int, list[Absence]]:
    """The absences of each instructor that touch [starts_at, ends_at), in order; who has none is left out."""
    query = (
        select(*[getattr(InstructorAbsence, name) for name in Absence._fields])
        .where(InstructorAbsence.instructor_id.in_(list(instructor_ids)))
        .where(InstructorAbsence.starts_at < ends_at, InstructorAbsence.ends_at > starts_at)
        .order_by(InstructorAbsence.starts_at, InstructorAbsence.id)
    )
    found: dict[int, list[Absence]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.instructor_id, []).append(Absence._make(row))
    return found
