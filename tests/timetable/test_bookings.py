"""No room and no instructor is in two places at once."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.timetable import queries, services
from academy.timetable.models import Booking, ClassSession
from academy.timetable.rules import ClassState, ResourceKind, Step
from academy.timetable.services.sessions import (
    IsTaken,
    PlanDoesNotFit,
    SessionPlan,
    SessionsAreFixed,
    SessionTimeIsUnusable,
)
from tests.conftest import LiveApp
from tests.processes import begin_together
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_world

BEGIN = at(FIRST_DAY, 8, 30)


def plan(world: World, begin: datetime = BEGIN, *, hours: int = 2, staff: tuple[int, ...] = ()) -> SessionPlan:
    return SessionPlan("议事规则", begin, begin + timedelta(minutes=hours * 50), hours * 45, None, world.room.id, staff)


def save(world: World, code: str, wanted: SessionPlan, now: datetime, seq: int | None = None) -> ClassSession:
    with transaction():
        return services.save_session(code=code, seq=seq, plan=wanted, actor=world.manager, now=now)


def test_a_taken_room_is_refused_with_the_other_booking(session: Session, now: datetime) -> None:
    world = make_world()
    first, second = make_class(world, now=now), make_class(world, now=now)
    save(world, first.code, plan(world), now)
    with pytest.raises(IsTaken) as refused:
        save(world, second.code, plan(world, BEGIN + timedelta(minutes=90)), now)
    assert first.code in str(refused.value)
    assert "302" in str(refused.value)
    assert queries.sessions_of(second.id) == []
    save(world, second.code, plan(world, BEGIN + timedelta(minutes=100)), now)  # the very minute it becomes free


def test_a_taken_instructor_is_refused_by_name(session: Session, now: datetime) -> None:
    world = make_world()
    first, second = make_class(world, now=now), make_class(world, now=now)
    staff = (world.instructors[0].id,)
    save(world, first.code, plan(world, staff=staff), now)
    elsewhere = SessionPlan("别处", BEGIN, BEGIN + timedelta(minutes=100), 90, None, world.hall.id, staff)
    with pytest.raises(IsTaken, match="梁伯渊"):
        save(world, second.code, elsewhere, now)


def test_moving_a_session_frees_what_it_had(session: Session, now: datetime) -> None:
    world = make_world()
    first, second = make_class(world, now=now), make_class(world, now=now)
    moved = save(world, first.code, plan(world), now)
    save(world, first.code, plan(world, at(FIRST_DAY, 14)), now, seq=moved.seq)
    save(world, second.code, plan(world), now)
    assert session.scalar(select(func.count(Booking.id))) == 2


def test_a_session_may_be_saved_again_where_it_is(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now)
    kept = save(world, found.code, plan(world, staff=(world.instructors[0].id,)), now)
    save(world, found.code, plan(world, staff=(world.instructors[0].id,)), now, seq=kept.seq)
    assert session.scalar(select(func.count(Booking.id))) == 2


def test_a_cancelled_class_gives_its_rooms_back(session: Session, now: datetime) -> None:
    world = make_world()
    first, second = make_class(world, now=now), make_class(world, now=now)
    save(world, first.code, plan(world), now)
    with transaction():
        services.take_step(class_id=first.id, step=Step.CANCEL, actor=world.manager, now=now, reason="并班")
    save(world, second.code, plan(world), now)


@pytest.mark.parametrize(
    ("begin", "length", "minutes"),
    [(BEGIN - timedelta(days=1), 100, 90), (BEGIN, -10, 90), (BEGIN, 0, 90), (BEGIN, 100, 101), (BEGIN, 100, 0)],
)
def test_impossible_times_are_refused(session: Session, now: datetime, begin: datetime, length: int, minutes: int) -> None:
    world = make_world()
    found = make_class(world, now=now)
    with pytest.raises(SessionTimeIsUnusable):
        save(world, found.code, SessionPlan("x", begin, begin + timedelta(minutes=length), minutes), now)


def test_what_was_taught_is_not_moved(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, state=ClassState.RUNNING)
    taught = make_session(found, BEGIN)
    with pytest.raises(SessionsAreFixed):
        save(world, found.code, plan(world, at(FIRST_DAY, 14)), BEGIN + timedelta(hours=1), seq=taught.seq)


def test_the_plan_follows_the_program_and_prefers_who_teaches_the_field(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, room_id=world.room.id)
    ids = [one.id for one in world.instructors]
    for _ in range(2):  # planning again replaces the plan
        with transaction():
            made = services.generate_sessions(code=found.code, instructor_ids=ids, actor=world.manager, now=now)
    assert [(one.starts_at, one.minutes) for one in made] == [
        (at(FIRST_DAY, 8, 30), 180), (at(FIRST_DAY, 14), 180), (at(FIRST_DAY + timedelta(days=1), 8, 30), 90),
    ]  # fmt: skip
    teaching = queries.session_instructors(one.id for one in made)
    assert [teaching[one.id] for one in made] == [[ids[0]], [ids[0]], [ids[1]]]
    assert session.scalar(select(func.count(Booking.id))) == 6


def test_a_plan_that_needs_more_days_says_how_many(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, ends_on=FIRST_DAY)
    with pytest.raises(PlanDoesNotFit, match="共需 2 天，这个班只有 1 天"), transaction():
        services.generate_sessions(code=found.code, actor=world.manager, now=now)


def test_only_staff_plan(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now)
    with pytest.raises(Forbidden), transaction():
        services.generate_sessions(code=found.code, actor=Actor(1, "学员"), now=now)


def test_postgresql_itself_refuses_an_overlap(session: Session, now: datetime) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("the exclusion constraint is PostgreSQL's; on SQLite writers take turns")
    world = make_world()
    found = make_class(world, now=now)
    first, second = make_session(found, BEGIN), make_session(found, BEGIN)
    for kind, name in ((ResourceKind.ROOM, "ex_booking_room_twice"), (ResourceKind.INSTRUCTOR, "ex_booking_instructor_twice")):
        rows = [
            Booking(resource_kind=kind, resource_id=7, session_id=one.id, starts_at=begin, ends_at=begin + timedelta(hours=2))
            for one, begin in ((first, BEGIN), (second, BEGIN + timedelta(hours=1)))
        ]
        with pytest.raises(IntegrityError, match=name), session.begin_nested():
            session.add_all(rows)
    touching = [
        Booking(resource_kind=kind, resource_id=7, session_id=one.id, starts_at=begin, ends_at=begin + timedelta(hours=1))
        for kind in ResourceKind
        for one, begin in ((first, BEGIN), (second, BEGIN + timedelta(hours=1)))
    ]
    session.add_all(touching)
    session.flush()


WORKER = """
import json, sys
from datetime import datetime, timedelta
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.timetable.services import save_session
from academy.timetable.services.sessions import SessionPlan

app = create_app()
given = json.loads(sys.argv[1])
begin = datetime.fromisoformat(given["begin"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
print("ready", flush=True)
sys.stdin.readline()
outcomes = []
with app.app_context():
    for day in range(3):
        for hour in range(4):
            at = begin + timedelta(days=day, hours=hour)
            plan = SessionPlan("争一间", at, at + timedelta(minutes=100), 90, None, given["room"], ())
            try:
                with transaction():
                    save_session(code=given["code"], seq=None, plan=plan, actor=staff, now=begin)
                outcomes.append("booked")
            except DomainError as error:
                outcomes.append(error.code)
print(json.dumps(outcomes))
"""


@pytest.mark.serialized
@pytest.mark.parallel
def test_two_who_book_one_room_at_once_never_both_get_it(live_app: LiveApp, now: datetime) -> None:
    world = make_world()
    shared = {"room": world.room.id, "begin": BEGIN.isoformat()}
    each = [{**shared, "code": make_class(world, now=now).code} for _ in range(2)]
    outcomes = [word for outcome in begin_together(live_app, WORKER, each) for word in outcome]
    assert set(outcomes) == {"booked", "is_taken"}
    db.session.rollback()
    spans = sorted((row.starts_at, row.ends_at) for row in db.session.scalars(select(Booking)))
    assert len(spans) == outcomes.count("booked")
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
