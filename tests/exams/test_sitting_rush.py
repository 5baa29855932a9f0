"""Real processes around a sitting: the last seats of a slot, one chair, one ticket, time given twice."""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import func, select

from academy.core.access import Actor
from academy.core.codes import random_code16
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import ExamAccommodation, ExamCandidate, ExamIncident, ExamSeat, ExamSlot, ExamSlotBooking
from academy.exams.rules.incidents import IncidentKind
from tests.conftest import LiveApp
from tests.exams.factories import MANAGER, NOW, make_sitting, make_world
from tests.exams.processes import Work, together
from tests.exams.rooms import take_room
from tests.exams.test_slots import ids, make_slots

pytestmark = pytest.mark.parallel


def _try(work: Work) -> str:
    try:
        with transaction():
            work()
    except DomainError as error:
        return error.code
    return "done"


def _book_all(sitting_ids: list[int], actors: list[Actor]) -> list[str]:
    """Each of the people tries the slots one after the other, and then once more in the other direction."""
    outcomes = []
    for actor in actors:
        for sitting_id in (*sitting_ids, *reversed(sitting_ids)):
            outcomes.append(_try(partial(services.book_slot, sitting_id=sitting_id, actor=actor, now=NOW)))
    return outcomes


def test_many_people_never_book_more_than_the_seats(live_app: LiveApp) -> None:
    world = make_world(learners=24)
    group = make_slots(world, 3, 4, 2)
    group_id, there = group.id, ids(group)
    everybody = [world.actor(place) for place in range(24)]
    works: list[Work] = [
        partial(_book_all, there, everybody[::2]),
        partial(_book_all, there[::-1], everybody[1::2]),
        partial(_book_all, there, everybody[::-1]),  # everybody a second time at the same moment
        partial(_book_all, there[1:] + there[:1], everybody),
    ]
    outcomes = Counter(one for many in together(live_app, works) for one in many)
    assert set(outcomes) <= {"done", "slot_is_full"}
    slots = {slot.sitting_id: (slot.taken, slot.seats) for slot in db.session.scalars(select(ExamSlot))}
    booked = Counter(db.session.scalars(select(ExamSlotBooking.sitting_id).where(ExamSlotBooking.group_id == group_id)))
    assert {id_: taken for id_, (taken, _) in slots.items()} == {id_: booked[id_] for id_ in slots}
    assert sum(booked.values()) == 9  # all seats went, none twice
    assert all(taken <= seats for taken, seats in slots.values())


def _reseat(sitting_id: int, learner_id: int) -> str:
    return _try(
        partial(
            services.reseat, sitting_id=sitting_id, learner_id=learner_id, room_number=1, row=3, column=3, reason="坏了",
            actor=MANAGER, now=NOW,
        )
    )  # fmt: skip


def test_one_chair_goes_to_one_of_many(live_app: LiveApp) -> None:
    world = make_world(learners=6)
    sitting = make_sitting(world)
    take_room(world, sitting)
    with transaction():
        services.allocate_seats(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    outcomes = together(live_app, [partial(_reseat, sitting.id, learner.id) for learner in world.learners])
    assert Counter(outcomes) == {"done": 1, "seat_is_taken": 5}
    assert db.session.scalar(select(func.count(ExamSeat.id))) == 6


def _allocate(sitting_id: int) -> str:
    return _try(partial(services.allocate_seats, sitting_id=sitting_id, actor=MANAGER, now=NOW))


def test_allocating_at_once_seats_everybody_once(live_app: LiveApp) -> None:
    world = make_world(learners=10)
    sitting = make_sitting(world)
    take_room(world, sitting)
    assert together(live_app, [partial(_allocate, sitting.id)] * 5) == ["done"] * 5
    seats = queries.seats_of(sitting.id)
    assert (len(seats), len({seat.place for seat in seats.values()})) == (10, 10)


def _check(sitting_id: int) -> str:
    return _try(partial(services.check_ticket, sitting_id=sitting_id, candidate_no="K0001", actor=MANAGER, now=NOW))


def test_a_ticket_held_up_at_two_doors_is_checked_at_one(live_app: LiveApp) -> None:
    sitting = make_sitting(make_world(learners=1))
    outcomes = together(live_app, [partial(_check, sitting.id)] * 5)
    assert Counter(outcomes) == {"done": 1, "ticket_is_checked": 4}


def _give(sitting_id: int, code: str, minutes: int, candidate_no: str | None) -> str:
    return _try(
        partial(
            services.log_incident, code=code, sitting_id=sitting_id, kind=IncidentKind.EXTRA_TIME, candidate_no=candidate_no,
            note="停电", minutes=minutes, actor=MANAGER, now=NOW,
        )
    )  # fmt: skip


def test_time_given_at_once_adds_up_and_a_form_sent_twice_adds_once(live_app: LiveApp) -> None:
    world = make_world(learners=3)
    sitting = make_sitting(world)
    attempts = []
    for place in range(3):
        with transaction():
            attempts.append(services.start_attempt(sitting_id=sitting.id, actor=world.actor(place), now=NOW).id)
    twice = random_code16()
    works: list[Work] = [
        partial(_give, sitting.id, twice, 10, None),
        partial(_give, sitting.id, twice, 10, None),
        partial(_give, sitting.id, random_code16(), 5, "K0001"),
        partial(_give, sitting.id, random_code16(), 7, None),
        partial(_give, sitting.id, random_code16(), 3, "K0002"),
    ]
    assert together(live_app, works) == ["done"] * 5
    found = {one.id: one for one in queries.attempts_of(sitting.id)}
    given = [int((found[id_].due_at - NOW).total_seconds() // 60) - 60 for id_ in attempts]
    assert given == [22, 20, 17]
    assert db.session.scalar(select(func.count(ExamIncident.id))) == 4


def _accommodate(sitting_id: int) -> str:
    work = partial(services.accommodate, sitting_id=sitting_id, candidate_no="K0001", percent=50, reason="x", now=NOW)
    return _try(partial(work, actor=MANAGER))


def _start(sitting_id: int, actor: Actor) -> str:
    return _try(partial(services.start_attempt, sitting_id=sitting_id, actor=actor, now=NOW))


def test_percent_granted_at_the_moment_of_the_start_count_or_are_refused(live_app: LiveApp) -> None:
    world = make_world(learners=1)
    for _ in range(4):
        sitting = make_sitting(world)
        granted, started = together(live_app, [partial(_accommodate, sitting.id), partial(_start, sitting.id, world.actor(0))])
        assert started == "done"
        attempt = queries.attempts_of(sitting.id)[0]
        minutes = int((attempt.due_at - attempt.started_at).total_seconds() // 60)
        assert (granted, minutes) in {("done", 90), ("attempt_has_begun", 60)}
        percent = db.session.scalar(select(ExamCandidate.extra_percent).where(ExamCandidate.sitting_id == sitting.id))
        decided = select(func.count(ExamAccommodation.id)).where(ExamAccommodation.sitting_id == sitting.id)
        assert (percent, db.session.scalar(decided)) == ((50, 1) if granted == "done" else (0, 0))
