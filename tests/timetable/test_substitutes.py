"""Free then, qualified, nearest: who is there and why, who is not and why; as many statements for many as for few."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from academy.accounts.models import Division
from academy.core.codes import random_code16
from academy.core.db import db, transaction
from academy.people.models import Instructor, InstructorAbsence, InstructorField, InstructorQualification
from academy.people.rules import Gender, InstructorKind, QualificationKind, QualificationState
from academy.timetable import queries, services
from academy.timetable.models import ClassSession
from academy.timetable.rules import Fit, FitFacts, count_reasons, explain_fit, rank
from academy.timetable.services.booking import SessionPlan
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_world

BEGIN = at(FIRST_DAY, 8, 30)


def facts(distance: float | None = 10.0, *, minutes: int = 90, **given: object) -> FitFacts:
    known = {"teaches_field": True, "is_qualified": True, "clash": None, "absence": None, "max_hours": 6, **given}
    return FitFacts(week_minutes=minutes, distance_km=distance, distance_from=None, **known)  # type: ignore[arg-type]


def fit(code: str, given: FitFacts) -> Fit:
    return Fit(int(code[1:]), code, given, explain_fit(given))


def test_the_nearest_comes_first_then_who_teaches_least() -> None:
    found = [
        fit("F1", facts(30.0)),
        fit("F2", facts(None)),
        fit("F3", facts(10.04)),
        fit("F4", facts(10.01, minutes=180)),
        fit("F5", facts(5.0, is_qualified=False)),
        fit("F6", facts(10.0)),
    ]
    assert [one.code for one in rank(found)] == ["F3", "F6", "F4", "F1", "F2"]
    assert count_reasons(found) == [("qualification", 1)]


def test_the_limit_of_the_week_may_be_reached_not_passed() -> None:
    assert fit("F1", facts(minutes=6 * 45)).refused == ()
    assert [check.code for check in fit("F1", facts(minutes=6 * 45 + 1)).refused] == ["week"]


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


def add_division(code: str, lon: float, lat: float) -> None:
    db.session.add(
        Division(
            code=code, name_zh=f"区{code}", pinyin="qu", name_en="Qu", level="county", type="district",
            parent_code="371600", lon=lon, lat=lat,
        )
    )  # fmt: skip
    db.session.flush()


def add_instructors(
    count: int, *, home: str | None = None, field: str = "SG-03", hours: int = 20, prefix: str = "G"
) -> list[int]:
    """Qualified instructors of a field."""
    made = [
        Instructor(
            code=f"{prefix}-{n:04}", name_zh=f"讲师{n}", gender=Gender.FEMALE, title_zh="讲师", kind=InstructorKind.EXPERT,
            max_hours_per_week=hours, home_division_code=home, bio_zh="", email="x@example.org", fee_tier="intermediate",
        )
        for n in range(count)
    ]  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    ids = [one.id for one in made]
    db.session.execute(insert(InstructorField), [{"instructor_id": id_, "field_code": field, "position": 1} for id_ in ids])
    license_in(ids)
    db.session.commit()
    return ids


def license_in(ids: list[int]) -> None:
    shared = {
        "kind": QualificationKind.LICENSE, "name_zh": "授课资格", "number": "1", "issued_on": date(2024, 1, 1),
        "state": QualificationState.CHECKED, "submitted_by": "教务", "submitted_at": BEGIN, "checked_at": BEGIN,
    }  # fmt: skip
    rows = [{**shared, "instructor_id": id_, "code": random_code16()} for id_ in ids]
    db.session.execute(insert(InstructorQualification), rows)


def session_of(
    world: World, now: datetime, begin: datetime = BEGIN, staff: tuple[int, ...] = (), room: bool = True
) -> ClassSession:
    found = make_class(world, now=now)
    place = world.room.id if room else world.hall.id
    plan = SessionPlan("议事规则", begin, begin + timedelta(minutes=100), 90, None, place, staff)
    with transaction():
        return services.save_session(code=found.code, seq=None, plan=plan, actor=world.manager, now=now)


def test_each_reason_is_counted_and_only_who_fits_is_listed(world: World, now: datetime, session: Session) -> None:
    add_division("370102", 117.0, 36.7)
    add_division("371603", 118.1, 37.7)
    far, near = add_instructors(1, home="370102", prefix="A")[0], add_instructors(1, home="371603", prefix="B")[0]
    (nowhere,) = add_instructors(1, prefix="C")
    (busy,), (away,), (full,), (stranger,) = (
        add_instructors(1, prefix="D"), add_instructors(1, prefix="E"), add_instructors(1, prefix="H", hours=1),
        add_instructors(1, prefix="I", field="PD-02"),
    )  # fmt: skip
    (lapsed,) = add_instructors(1, prefix="J")
    session.query(InstructorQualification).filter_by(instructor_id=lapsed).update({"expires_on": FIRST_DAY - timedelta(days=1)})
    session_of(world, now, staff=(busy,), room=False)
    session.add(InstructorAbsence(instructor_id=away, starts_at=BEGIN, ends_at=BEGIN + timedelta(hours=1), created_at=now))
    session.commit()
    wanted = session_of(world, now, BEGIN + timedelta(minutes=30))
    found = queries.find_substitutes([wanted], field_code="SG-03")
    assert [one.instructor_id for one in found.ranked] == [near, far, nowhere]
    assert found.ranked[0].facts.distance_km == pytest.approx(34.5, abs=1)
    assert "371603" in str(found.ranked[0].facts.distance_from)
    # the world's own two hold nothing; one of them, and the stranger, teach another field
    assert dict(found.reasons) == {"qualification": 3, "field": 2, "booking": 1, "absence": 1, "week": 1}
    assert (found.pool, found.kept_out) == (10, 7)
    assert {full, stranger, lapsed}.isdisjoint(one.instructor_id for one in found.ranked)


def test_a_wanted_kind_must_be_held_on_that_very_day(world: World, now: datetime) -> None:
    (who,) = add_instructors(1)
    wanted = session_of(world, now)
    assert queries.find_substitutes([wanted], field_code="SG-03", kind=QualificationKind.TEACHER).ranked == []
    found = queries.find_substitutes([wanted], field_code="SG-03", kind=QualificationKind.LICENSE)
    assert [one.instructor_id for one in found.ranked] == [who]


def test_all_sessions_of_a_need_must_fit(world: World, now: datetime) -> None:
    (who,) = add_instructors(1)
    first, second = session_of(world, now), session_of(world, now, at(FIRST_DAY, 14))
    session_of(world, now, at(FIRST_DAY, 14, 30), staff=(who,), room=False)
    assert len(queries.find_substitutes([first], field_code="SG-03").ranked) == 1
    assert queries.find_substitutes([first, second], field_code="SG-03").ranked == []


def test_from_a_session_that_day_counts_rather_than_home(world: World, now: datetime) -> None:
    add_division("370102", 117.0, 36.7)
    (who,) = add_instructors(1, home="370102")
    wanted = session_of(world, now)
    session_of(world, now, at(FIRST_DAY, 14), staff=(who,), room=False)
    (one,) = queries.find_substitutes([wanted], field_code="SG-03").ranked
    assert one.facts.distance_km == 0
    assert world.site.name_zh in str(one.facts.distance_from)


def test_who_declined_is_not_proposed_again(world: World, now: datetime) -> None:
    (who,) = add_instructors(1)
    found = queries.find_substitutes([session_of(world, now)], field_code="SG-03", declined=[who])
    assert found.ranked == []
    assert ("declined", 1) in found.reasons


def test_twelve_hundred_take_as_many_statements_as_twelve(world: World, now: datetime, session: Session) -> None:
    wanted = session_of(world, now)

    def statements() -> int:
        session.expire_all()
        session.refresh(wanted)
        with counted() as seen:
            queries.find_substitutes([wanted], field_code="SG-03")
        return len(seen)

    add_instructors(12, prefix="K")
    few = statements()
    ids = add_instructors(1188, prefix="L")
    session_of(world, now, staff=(ids[0],), room=False)
    assert statements() == few
    assert few <= 14
    assert len(queries.find_substitutes([wanted], field_code="SG-03").ranked) == 12 + 1188 - 1
