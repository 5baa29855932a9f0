"""Who in a class is entitled, read from everything that the academy knows."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import EntryKind
from academy.certificates import queries
from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.scoring.models import Result
from academy.scoring.rules import ResultState
from tests.certificates.factories import Graduates, issue, make_graduates
from tests.statements import counted


def unmet(graduates: Graduates, now: datetime, place: int = 0) -> list[str]:
    people = {person.learner_id: person for person in queries.evaluate_class(graduates.id, now=now)}
    person = people[graduates.learners[place].id]
    return [check.code for check in person.verdict.unmet]


def test_who_attended_and_passed_is_entitled(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    verdicts = queries.evaluate_class(graduates.id, now=now)
    assert len(verdicts) == 3
    assert all(person.verdict.allowed for person in verdicts)
    assert {person.credited_minutes for person in verdicts} == {360}


def test_hours_come_from_the_ledger(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    entry = db.session.query(CreditEntry).filter_by(learner_id=graduates.learners[0].id).first()
    assert entry
    copied = {name: getattr(entry, name) for name in ("learner_id", "class_id", "session_id", "mark_id", "rule", "earned_on")}
    db.session.add(CreditEntry(**copied, kind=EntryKind.COUNTER, minutes=-entry.minutes, counters_id=entry.id, entered_at=now))
    db.session.commit()
    assert unmet(graduates, now) == ["hours"]
    assert unmet(graduates, now, 1) == []


def test_attendance_below_the_program_s_share_refuses(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    session.execute(update(AttendanceMark).where(AttendanceMark.learner_id == graduates.learners[0].id).values(minutes=161))
    session.commit()
    assert unmet(graduates, now) == ["attendance"]


@pytest.mark.parametrize(
    ("values", "code"), [({"state": ResultState.CONFIRMED}, "exam"), ({"passed": False, "total": Decimal("69.5")}, "exam")]
)
def test_a_result_counts_once_it_is_released_and_passed(
    session: Session, now: datetime, values: dict[str, Any], code: str
) -> None:
    graduates = make_graduates(now)
    if "total" in values:
        values = {**values, "automatic_marks": values["total"]}
    session.execute(update(Result).where(Result.learner_id == graduates.learners[0].id).values(**values))
    session.commit()
    assert unmet(graduates, now) == [code]


@pytest.mark.parametrize("state", [EnrollmentState.WITHDRAWN, EnrollmentState.REMOVED])
def test_who_left_the_class_is_listed_with_the_reason(session: Session, now: datetime, state: EnrollmentState) -> None:
    graduates = make_graduates(now)
    session.execute(
        update(Enrollment).where(Enrollment.learner_id == graduates.learners[0].id).values(state=state, ended_at=now)
    )
    session.commit()
    assert "enrollment" in unmet(graduates, now)


def test_a_class_that_has_not_ended_gives_nothing(session: Session, now: datetime) -> None:
    from academy.timetable.rules import ClassState

    graduates = make_graduates(now)
    graduates.training_class.state = ClassState.RUNNING
    graduates.training_class.ends_on = now.date() + timedelta(days=1)
    session.commit()
    assert unmet(graduates, now) == ["enrollment"]


def test_who_holds_the_certificate_gets_no_second_one(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    issue(graduates, now)
    assert unmet(graduates, now) == ["first"]


def test_a_name_that_cannot_be_printed_is_caught_before_the_batch(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    graduates.learners[0].name_zh = "王𠮷祥"
    session.commit()
    assert unmet(graduates, now) == ["name"]
    (check,) = [c for p in queries.evaluate_class(graduates.id, now=now) for c in p.verdict.unmet]
    assert "𠮷" in str(check.record)


def test_forty_people_take_as_many_statements_as_two(session: Session, now: datetime) -> None:
    few = make_graduates(now, 2)
    many = make_graduates(now, 40, world=few.world)
    assert statements(few, now) == statements(many, now)


def statements(graduates: Graduates, now: datetime) -> int:
    db.session.expire_all()
    with counted() as seen:
        queries.evaluate_class(graduates.id, now=now)
    return len(seen)
