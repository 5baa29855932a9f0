"""Slots: a candidate books one while seats last, and changes until an instant."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.exams import queries, services
from academy.exams.models import ExamCandidate, ExamSlot, ExamSlotGroup
from academy.exams.services.slots import SlotPlan
from academy.notifications.models import Message
from tests.exams.factories import MANAGER, NOW, World, make_short_paper, make_world
from tests.exams.rooms import take_room

HOUR = timedelta(hours=1)


def make_slots(world: World, *seats: int, change_until: datetime | None = None) -> ExamSlotGroup:
    """Slots of two hours from tomorrow on."""
    first = NOW + 24 * HOUR
    plans = [SlotPlan(first + 3 * n * HOUR, first + (3 * n + 2) * HOUR, count) for n, count in enumerate(seats)]
    group = services.plan_slots(
        class_id=world.training_class.id,
        paper_ids=[make_short_paper(world).id],
        title_zh="机考",
        minutes=60,
        entry_minutes=None,
        change_until=change_until or NOW + 12 * HOUR,
        slots=plans,
        actor=MANAGER,
        now=NOW,
    )
    db.session.commit()
    return group


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=4)


def book(sitting_id: int, actor: Actor, now: datetime) -> None:
    """As a door does it: in a transaction of its own."""
    with transaction():
        services.book_slot(sitting_id=sitting_id, actor=actor, now=now)


def ids(group: ExamSlotGroup) -> list[int]:
    return [view.sitting.id for view in queries.slots_of(group.id)]


def taken(group: ExamSlotGroup) -> list[int]:
    db.session.expire_all()
    return [view.slot.taken for view in queries.slots_of(group.id)]


def test_seats_last_as_long_as_there_are_some(world: World, now: datetime) -> None:
    group = make_slots(world, 1, 2)
    first, second = ids(group)
    book(first, world.actor(0), now)
    book(first, world.actor(0), now)  # again: the same
    with pytest.raises(services.SlotIsFull, match="1 个座位都约满了"):
        book(first, world.actor(1), now)
    assert queries.find_booking(group.id, world.learners[1].id) is None
    book(second, world.actor(1), now)
    assert taken(group) == [1, 1]
    book(second, world.actor(0), now)
    assert taken(group) == [0, 2]
    with pytest.raises(services.SlotIsFull):
        book(second, world.actor(2), now)
    with transaction():
        services.give_back_slot(group_code=group.code, actor=world.actor(0), now=now)
    assert taken(group) == [0, 1]
    assert db.session.scalars(select(Message.reason)).all().count("exams.slot_booked") >= 3


def test_who_wants_a_full_slot_keeps_her_own(world: World, now: datetime) -> None:
    group = make_slots(world, 1, 1)
    first, second = ids(group)
    book(first, world.actor(0), now)
    book(second, world.actor(1), now)
    for who, wanted in ((0, second), (1, first)):
        with pytest.raises(services.SlotIsFull):
            book(wanted, world.actor(who), now)
    assert taken(group) == [1, 1]
    assert queries.booked_learner_ids(first) == [world.learners[0].id]


def test_nothing_is_changed_after_the_deadline_unless_the_slot_was_called_off(world: World, now: datetime) -> None:
    group = make_slots(world, 2, 2)
    first, second = ids(group)
    book(first, world.actor(0), now)
    late = group.change_until
    for who in (0, 1):
        with pytest.raises(services.SlotsAreFixed):
            book(second, world.actor(who), late)
    with pytest.raises(services.SlotsAreFixed):
        services.give_back_slot(group_code=group.code, actor=world.actor(0), now=late)
    with transaction():
        services.cancel_sitting(sitting_id=first, actor=MANAGER, now=late)
    book(second, world.actor(0), late)
    assert taken(group) == [0, 1]
    with pytest.raises(services.SlotHasBegun):
        book(second, world.actor(1), late + 48 * HOUR)


def test_only_her_own_slot_lets_her_in(world: World, now: datetime) -> None:
    group = make_slots(world, 2, 2)
    first, second = (queries.sitting_by_id(id_) for id_ in ids(group))
    learner_id, during = world.learners[0].id, first.opens_at + HOUR / 2
    assert queries.sittings_of_learner(learner_id, now=now) == []
    assert [c.code for c in queries.explain_sitting(first, learner_id, now=during).unmet] == ["slot"]
    book(second.id, world.actor(0), now)
    with pytest.raises(services.SittingIsNotOpen, match="您约的是另一场"):
        services.start_attempt(sitting_id=first.id, actor=world.actor(0), now=during)
    assert [one.sitting.id for one in queries.sittings_of_learner(learner_id, now=now)] == [second.id]
    db.session.commit()
    attempt = services.start_attempt(sitting_id=second.id, actor=world.actor(0), now=second.opens_at)
    assert attempt.candidate_no == "K0001"


def test_numbers_and_seats_go_to_who_has_booked_and_leave_with_her(world: World, now: datetime) -> None:
    group = make_slots(world, 3, 3)
    first, second = ids(group)
    for who in (2, 0, 1):
        book(first, world.actor(who), now + who * timedelta(seconds=1))
    take_room(world, queries.sitting_by_id(first))
    with transaction():
        assert services.allocate_seats(sitting_id=first, actor=MANAGER, now=now).new == 3
    assert queries.candidates_of(second) == {}
    book(second, world.actor(0), now)
    assert world.learners[0].id not in queries.candidates_of(first).values()
    assert queries.seat_of(first, world.learners[0].id) is None
    book(first, world.actor(3), now)
    services.allocate_seats(sitting_id=first, actor=MANAGER, now=now)
    assert sorted(queries.candidates_of(first)) == ["K0002", "K0003", "K0004"]  # a number is never given twice


def test_granted_time_goes_along_when_the_slot_is_changed(world: World, now: datetime) -> None:
    group = make_slots(world, 2, 2)
    first, second = ids(group)
    book(first, world.actor(0), now)
    with transaction():
        services.assign_candidate_numbers(sitting_id=first, actor=MANAGER, now=now)
    services.accommodate(sitting_id=first, candidate_no="K0001", percent=50, reason="x", actor=MANAGER, now=now)
    db.session.commit()
    book(second, world.actor(0), now)
    with transaction():
        services.give_back_slot(group_code=group.code, actor=world.actor(0), now=now)
    book(first, world.actor(0), now)
    book(second, world.actor(0), now)
    sitting = queries.sitting_by_id(second)
    attempt = services.start_attempt(sitting_id=second, actor=world.actor(0), now=sitting.opens_at)
    assert attempt.due_at - attempt.started_at == timedelta(minutes=90)
    assert queries.accommodations_of(second)[world.learners[0].id].percent == 50


def test_strangers_book_nothing(world: World, now: datetime) -> None:
    group = make_slots(world, 2, 2)
    with pytest.raises(services.NotOfThisClass):
        book(ids(group)[0], make_world(learners=1).actor(0), now)
    with pytest.raises(services.LearnerIsUnknown):
        book(ids(group)[0], MANAGER, now)
    with pytest.raises(NotFound):
        book(10**6, world.actor(0), now)
    with pytest.raises(NotFound):
        services.give_back_slot(group_code=group.code, actor=world.actor(0), now=now)


def test_slots_that_make_no_choice_are_refused(world: World) -> None:
    for seats, until in (((3,), None), ((3, 0), None), ((3, 3), NOW + 30 * HOUR)):
        with pytest.raises(services.SlotsAreOutOfOrder):
            make_slots(world, *seats, change_until=until)
    with pytest.raises(Forbidden):
        services.plan_slots(
            class_id=1, paper_ids=[1], title_zh="x", minutes=1, entry_minutes=None, change_until=NOW, slots=[],
            actor=world.actor(0), now=NOW,
        )  # fmt: skip


def test_the_database_never_holds_more_than_the_seats(world: World) -> None:
    group = make_slots(world, 2, 2)
    for value in (3, -1):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(update(ExamSlot).where(ExamSlot.group_id == group.id).values(taken=value))


def test_numbers_go_on_after_ten_thousand(world: World, now: datetime) -> None:
    first = ids(make_slots(world, 2, 2))[0]
    db.session.add(ExamCandidate(sitting_id=first, learner_id=world.learners[3].id, candidate_no="K9999"))
    db.session.commit()
    for place, number in ((0, "K10000"), (1, "K10001")):
        book(first, world.actor(place), now)
        with transaction():
            services.assign_candidate_numbers(sitting_id=first, actor=MANAGER, now=now)
        assert queries.candidates_of(first)[number] == world.learners[place].id
