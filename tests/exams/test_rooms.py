"""Rooms and seats: a room holds one sitting at a time, a seat one person, a person one seat."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import db
from academy.core.errors import Forbidden, NotFound
from academy.exams import queries, services
from academy.exams.models import ExamRoom, ExamSeat, ExamSitting
from academy.exams.rules.seating import Place
from academy.timetable.models import ClassSession
from tests.exams.factories import MANAGER, World, make_sitting, make_world
from tests.exams.rooms import make_instructor, make_room, put_into_units, take_room


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=6)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    return make_sitting(world)


def allocate(sitting: ExamSitting, now: datetime, *, again: bool = False) -> services.Seated:
    return services.allocate_seats(sitting_id=sitting.id, again=again, actor=MANAGER, now=now)


def move(sitting: ExamSitting, world: World, who: int, to: tuple[int, int], now: datetime, reason: str = "屏幕坏了") -> None:
    services.reseat(
        sitting_id=sitting.id,
        learner_id=world.learners[who].id,
        room_number=1,
        row=to[0],
        column=to[1],
        reason=reason,
        actor=MANAGER,
        now=now,
    )


def test_everybody_gets_a_seat_away_from_her_unit_and_the_same_again(world: World, sitting: ExamSitting, now: datetime) -> None:
    put_into_units(world, 2)
    take_room(world, sitting)
    assert allocate(sitting, now) == services.Seated(new=6, pairs=0)
    first = {id_: seat.place for id_, seat in queries.seats_of(sitting.id).items()}
    assert len(set(first.values())) == 6
    assert allocate(sitting, now).new == 0
    assert allocate(sitting, now, again=True).new == 6
    assert {id_: seat.place for id_, seat in queries.seats_of(sitting.id).items()} == first
    seat = queries.seat_of(sitting.id, world.learners[0].id)
    assert seat is not None
    assert (seat.room_number, seat.row, seat.column, seat.label) == (1, 1, 1, "A1")


def test_too_few_seats_seat_nobody(world: World, sitting: ExamSitting, now: datetime) -> None:
    with pytest.raises(services.SeatsAreTooFew, match="一共 0 个座位，坐不下 6 名"):
        allocate(sitting, now)
    take_room(world, sitting, capacity=5)
    with pytest.raises(services.SeatsAreTooFew, match="一共 5 个座位"):
        allocate(sitting, now)
    assert queries.seats_of(sitting.id) == {}
    take_room(world, sitting, capacity=2, gap=1)
    assert allocate(sitting, now).new == 6


def test_a_room_is_not_taken_twice_at_the_same_time(world: World, sitting: ExamSitting, now: datetime) -> None:
    room = take_room(world, sitting)
    other = make_sitting(world, opens_at=sitting.opens_at + timedelta(minutes=30))
    with pytest.raises(services.RoomIsTaken, match="结业考试"):
        services.add_room(sitting_id=other.id, room_code=room.code, capacity=None, gap=0, actor=MANAGER, now=now)
    later = make_sitting(world, opens_at=sitting.closes_at)
    services.add_room(sitting_id=later.id, room_code=room.code, capacity=None, gap=0, actor=MANAGER, now=now)
    early = make_sitting(world, opens_at=sitting.opens_at - timedelta(minutes=30))
    services.cancel_sitting(sitting_id=sitting.id, actor=MANAGER, now=now)
    services.add_room(sitting_id=early.id, room_code=room.code, capacity=None, gap=0, actor=MANAGER, now=now)


def test_the_database_refuses_a_room_twice(world: World, sitting: ExamSitting) -> None:
    room = take_room(world, sitting)
    if db.session.get_bind().dialect.name != "postgresql":
        pytest.skip("an exclusion constraint of PostgreSQL")
    other = make_sitting(world, opens_at=sitting.opens_at + timedelta(minutes=30))
    times = {"starts_at": other.opens_at, "ends_at": other.closes_at}
    with pytest.raises(IntegrityError, match="ex_exam_room_twice"), db.session.begin_nested():
        row = {"sitting_id": other.id, "room_id": room.id, "number": 1, "capacity": 3, "gap": 0, "is_held": True, **times}
        db.session.execute(insert(ExamRoom).values(**row))


def test_a_room_in_which_a_class_is_taught_is_not_taken(world: World, sitting: ExamSitting, now: datetime) -> None:
    room = make_room(world)
    when = {"starts_at": sitting.opens_at + timedelta(minutes=20), "ends_at": sitting.opens_at + timedelta(minutes=50)}
    values = {"class_id": world.training_class.id, "seq": 2, "title_zh": "第二次课", "minutes": 30, "room_id": room.id}
    db.session.add(ClassSession(**values, **when))
    db.session.commit()
    with pytest.raises(services.RoomIsTaken, match="社会工作者初级考前系统培训"):
        services.add_room(sitting_id=sitting.id, room_code=room.code, capacity=None, gap=0, actor=MANAGER, now=now)


def test_the_database_knows_a_seat_once_and_a_person_once(world: World, sitting: ExamSitting, now: datetime) -> None:
    take_room(world, sitting)
    allocate(sitting, now)
    room_id = db.session.scalars(select(ExamRoom.id)).one()
    base = {"sitting_id": sitting.id, "exam_room_id": room_id, "seated_at": now}
    stranger = make_world(learners=1).learners[0].id
    for wrong in (
        {"learner_id": world.learners[0].id, "row_no": 3, "column_no": 3},  # the person twice
        {"learner_id": stranger, "row_no": 1, "column_no": 1},  # the seat twice
        {"learner_id": stranger, "row_no": 0, "column_no": 1},  # no such row
        {
            "learner_id": stranger,
            "row_no": 3,
            "column_no": 3,
            "sitting_id": make_sitting(world).id,
        },  # a room of another sitting
    ):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(insert(ExamSeat).values(**{**base, **wrong}))


def test_who_is_moved_has_a_reason_and_a_free_seat(world: World, sitting: ExamSitting, now: datetime) -> None:
    take_room(world, sitting)
    allocate(sitting, now)
    move(sitting, world, 0, (3, 2), now)
    assert queries.seats_of(sitting.id)[world.learners[0].id].place == Place(1, 3, 2)
    with pytest.raises(services.SeatIsTaken, match="第 1 考场 C2 已经有人"):
        move(sitting, world, 1, (3, 2), now)
    for nowhere in ((9, 1), (0, 1), (-1, 1), (1, 99)):
        with pytest.raises(services.SeatIsNotThere):
            move(sitting, world, 1, nowhere, now)
    with pytest.raises(services.ReasonIsMissing):
        move(sitting, world, 1, (3, 3), now, reason="  ")
    trail = db.session.scalars(select(AuditRow).where(AuditRow.action == "exams.reseated")).one()
    assert (trail.before, trail.after, trail.reason) == (
        {"candidate": "K0001", "room": 1, "seat": "A1"},
        {"candidate": "K0001", "room": 1, "seat": "C2"},
        "屏幕坏了",
    )


def test_seats_are_not_given_anew_once_somebody_has_begun(world: World, sitting: ExamSitting, now: datetime) -> None:
    take_room(world, sitting)
    allocate(sitting, now)
    services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    with pytest.raises(services.SittingIsOver):
        allocate(sitting, now, again=True)
    assert allocate(sitting, now).new == 0


def test_a_room_with_candidates_is_not_given_back(world: World, sitting: ExamSitting, now: datetime) -> None:
    take_room(world, sitting)
    allocate(sitting, now)
    with pytest.raises(services.RoomHasCandidates, match="已经安排了 6 人"):
        services.remove_room(sitting_id=sitting.id, number=1, actor=MANAGER, now=now)
    take_room(world, sitting)
    services.remove_room(sitting_id=sitting.id, number=2, actor=MANAGER, now=now)
    assert [view.exam_room.number for view in queries.rooms_of(sitting.id)] == [1]


def test_an_instructor_watches_one_sitting_at_a_time_and_sees_only_hers(
    world: World, sitting: ExamSitting, now: datetime
) -> None:
    instructor, actor = make_instructor()
    other = make_sitting(world)
    assert queries.sittings_seen_by(actor, queries.sittings()) == []
    assert not queries.may_watch(actor, sitting)
    given = {"instructor_code": instructor.code, "room_number": None, "actor": MANAGER, "now": now}
    services.assign_invigilator(sitting_id=sitting.id, **given)  # type: ignore[arg-type]
    with pytest.raises(services.WatchesAlready):
        services.assign_invigilator(sitting_id=sitting.id, **given)  # type: ignore[arg-type]
    with pytest.raises(services.InvigilatorIsBusy, match="要监考“结业考试”"):
        services.assign_invigilator(sitting_id=other.id, **given)  # type: ignore[arg-type]
    assert queries.sittings_seen_by(actor, queries.sittings()) == [sitting]
    assert queries.may_watch(actor, sitting)
    assert not queries.may_watch(actor, other)
    services.remove_invigilator(sitting_id=sitting.id, instructor_code=instructor.code, actor=MANAGER, now=now)
    assert not queries.may_watch(actor, sitting)
    with pytest.raises(NotFound):
        services.remove_invigilator(sitting_id=sitting.id, instructor_code=instructor.code, actor=MANAGER, now=now)


def test_who_may_not_changes_nothing(world: World, sitting: ExamSitting, now: datetime) -> None:
    nobody: Actor = world.actor(0)
    _, instructor = make_instructor()
    room = make_room(world)
    for actor in (nobody, instructor):
        with pytest.raises(Forbidden):
            services.add_room(sitting_id=sitting.id, room_code=room.code, capacity=None, gap=0, actor=actor, now=now)
        with pytest.raises(Forbidden):
            services.allocate_seats(sitting_id=sitting.id, actor=actor, now=now)
        with pytest.raises(Forbidden):
            services.reseat(
                sitting_id=sitting.id, learner_id=1, room_number=1, row=1, column=1, reason="x", actor=actor, now=now
            )


def test_what_is_over_is_not_seated(world: World, sitting: ExamSitting, now: datetime) -> None:
    take_room(world, sitting)
    db.session.execute(update(ExamSitting).values(state="closed"))
    db.session.commit()
    with pytest.raises(services.SittingIsOver):
        allocate(sitting, now)
