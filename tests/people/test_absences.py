"""When an instructor cannot teach."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.people import queries
from academy.people.models import Instructor, InstructorAbsence
from academy.people.rules import Gender, InstructorKind
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def _instructor(session: Session, code: str) -> Instructor:
    found = Instructor(
        code=code, name_zh="梁伯渊", gender=Gender.MALE, title_zh="教授", kind=InstructorKind.EXPERT, max_hours_per_week=20,
        bio_zh="", email="a@example.org", fee_tier="full_senior",
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found


def _absence(session: Session, instructor_id: int, first: int, last: int) -> InstructorAbsence:
    found = InstructorAbsence(
        instructor_id=instructor_id, starts_at=NOW + first * HOUR, ends_at=NOW + last * HOUR, reason="出差", created_at=NOW
    )
    session.add(found)
    session.flush()
    return found


def test_those_that_touch_a_span_are_found_by_instructor_and_in_order(session: Session) -> None:
    one, other = _instructor(session, "F-901"), _instructor(session, "F-902")
    late, early = _absence(session, one.id, 4, 6), _absence(session, one.id, -2, 1)
    _absence(session, one.id, 8, 9)
    found = queries.absences_between([one.id, other.id], NOW, NOW + 8 * HOUR)
    assert {id_: [absence.id for absence in absences] for id_, absences in found.items()} == {one.id: [early.id, late.id]}


def test_one_that_ends_when_the_span_begins_does_not_count(session: Session) -> None:
    one = _instructor(session, "F-901")
    _absence(session, one.id, -2, 0)
    assert queries.absences_between([one.id], NOW, NOW + HOUR) == {}


def test_an_absence_ends_after_it_begins(session: Session) -> None:
    one = _instructor(session, "F-901")
    with pytest.raises(IntegrityError), session.begin_nested():
        _absence(session, one.id, 1, 1)
