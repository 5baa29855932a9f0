"""The line: strict order, nobody passed, nobody asked too late, everybody told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import transaction
from academy.core.errors import NotFound
from academy.core.outbox import drain
from academy.enrollment import queries, services
from academy.enrollment.models import Enrollment
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.timetable import services as timetable
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState, Step
from academy.timetable.services.seats import SeatsBelowAdmitted, SeatsExceedRoom
from tests.enrollment.factories import make_account, make_learner, make_learners, put_in, states
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_world


def filled(now: datetime, *, seats: int = 2, people: int = 5) -> tuple[World, TrainingClass, list[Learner]]:
    """A class with more people than seats."""
    world = make_world()
    found = make_class(world, now=now, seats=seats)
    learners = make_learners(now, people)
    for learner in learners:
        put_in(found, learner, actor=world.manager, now=now)
    return world, found, learners


def leave(found: TrainingClass, learner: Learner, actor: Actor, now: datetime) -> None:
    own = queries.live_enrollment(found.id, learner.id)
    assert own is not None
    with transaction():
        services.withdraw(code=own.code, actor=actor, now=now, reason="调离岗位")


def numbers(found: TrainingClass, learners: list[Learner]) -> list[tuple[str, int | None]]:
    seen = states(found)
    return [seen[learner.id] for learner in learners]


def test_a_freed_seat_goes_to_the_lowest_number_and_she_is_told(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    leave(found, learners[0], world.manager, now)
    assert numbers(found, learners) == [
        ("removed", None), ("admitted", None), ("offered", 1), ("waitlisted", 2), ("waitlisted", 3),
    ]  # fmt: skip
    drain(now=now)
    told = {(row.name, row.reason) for row in session.scalars(select(Message))}
    assert (learners[2].name_zh, "enrollment.offered") in told
    assert (learners[0].name_zh, "enrollment.removed") in told
    assert (learners[3].name_zh, "enrollment.offered") not in told


def test_whoever_leaves_the_line_is_not_asked(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    leave(found, learners[2], world.manager, now)
    leave(found, learners[0], world.manager, now)
    assert numbers(found, learners)[2:4] == [("removed", 1), ("offered", 2)]


def test_coming_back_means_the_end_of_the_line(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    leave(found, learners[2], world.manager, now)
    assert put_in(found, learners[2], actor=world.manager, now=now).number == 4


def test_nobody_passes_those_who_wait_not_even_into_a_seat_just_added(session: Session, now: datetime) -> None:
    """The counters forbid it even when the promotion has not run yet."""
    world, found, learners = filled(now)
    with transaction():
        timetable.set_seats(class_id=found.id, seats=4, actor=world.manager, now=now)
    newcomer = make_learner(now)
    assert put_in(found, newcomer, actor=world.manager, now=now).number == 4
    with transaction():
        asked = services.run_line(found.id, now)
    assert [one.learner_id for one in asked] == [learners[2].id, learners[3].id]


def test_added_seats_are_offered_in_order_once_and_only_as_many(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    with transaction():
        asked = services.change_seats(class_id=found.id, seats=4, actor=world.manager, now=now)
    assert [one.waitlist_no for one in asked] == [1, 2]
    with transaction():
        assert services.run_line(found.id, now) == []
    assert numbers(found, learners)[4] == ("waitlisted", 3)


def test_seats_are_never_taken_from_under_people(session: Session, now: datetime) -> None:
    world, found, _ = filled(now, seats=5)
    with pytest.raises(SeatsBelowAdmitted, match="已录取 5 人"), transaction():
        services.change_seats(class_id=found.id, seats=4, actor=world.manager, now=now)
    with pytest.raises(SeatsExceedRoom), transaction():
        services.change_seats(class_id=found.id, seats=301, actor=world.manager, now=now)
    assert session.get_one(TrainingClass, found.id, populate_existing=True).seats == 5


@pytest.mark.parametrize("later", [timedelta(days=9), timedelta(days=15)], ids=["after the deadline", "after the start"])
def test_nobody_is_asked_too_late(session: Session, now: datetime, later: timedelta) -> None:
    world, found, learners = filled(now)
    leave(found, learners[0], world.manager, now + later)
    with transaction():
        assert services.run_line(found.id, now + later) == []
    assert numbers(found, learners)[2] == ("waitlisted", 1)


def test_a_learner_leaves_by_herself_until_the_start(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now)
    _, actor, learner = make_account(now)
    for _ in range(2):
        with transaction():
            services.apply(class_code=found.code, actor=actor, now=now)
        leave(found, learner, actor, now)
    assert states(found)[learner.id] == ("withdrawn", None)
    with transaction():
        services.apply(class_code=found.code, actor=actor, now=now)
    with pytest.raises(services.TooLateToWithdraw):
        leave(found, learner, actor, now + timedelta(days=15))


def test_leaving_twice_frees_one_seat(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    own = queries.live_enrollment(found.id, learners[0].id)
    assert own is not None
    leave(found, learners[0], world.manager, now)
    with pytest.raises(services.AlreadyEnded), transaction():
        services.withdraw(code=own.code, actor=world.manager, now=now, reason="再按一次")
    counted = session.get_one(TrainingClass, found.id, populate_existing=True)
    assert (counted.admitted_count, counted.held_count, counted.waiting_count) == (1, 1, 2)


def test_other_peoples_enrollments_do_not_exist_for_a_learner(session: Session, now: datetime) -> None:
    _, found, learners = filled(now)
    own = queries.live_enrollment(found.id, learners[0].id)
    _, actor, _ = make_account(now)
    assert own is not None
    with pytest.raises(NotFound), transaction():
        services.withdraw(code=own.code, actor=actor, now=now)


def test_staff_say_why(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    own = queries.live_enrollment(found.id, learners[0].id)
    assert own is not None
    with pytest.raises(services.ReasonIsMissing), transaction():
        services.withdraw(code=own.code, actor=world.manager, now=now, reason="  ")


def test_the_line_lapses_when_the_class_starts(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    make_session(found, at(FIRST_DAY, 8, 30))
    start = at(FIRST_DAY, 8)
    with transaction():
        timetable.take_step(class_id=found.id, step=Step.START, actor=world.manager, now=start)
    drain(now=start)
    assert [state for state, _ in numbers(found, learners)] == ["admitted"] * 2 + ["lapsed"] * 3
    counted = session.get_one(TrainingClass, found.id, populate_existing=True)
    assert (counted.state, counted.waiting_count) == (ClassState.RUNNING, 0)
    reasons = [row.reason for row in session.scalars(select(Message)) if row.reason == "enrollment.lapsed"]
    assert len(reasons) == 3


def test_a_cancelled_class_lets_everybody_go_once(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    with transaction():
        timetable.take_step(class_id=found.id, step=Step.CANCEL, actor=world.manager, now=now, reason="教学点停电")
    drain(now=now)
    with transaction():
        assert services.end_cancelled(class_id=found.id, now=now) == []
    rows = session.scalars(select(Enrollment).where(Enrollment.class_id == found.id)).all()
    assert {(row.state.value, row.reason) for row in rows} == {("removed", "教学点停电")}
    told = [row.name for row in session.scalars(select(Message)) if row.reason == "enrollment.class_cancelled"]
    assert sorted(told) == sorted(learner.name_zh for learner in learners)
