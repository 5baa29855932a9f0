"""Transfer and swap: all or nothing, nobody passed, history kept."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import transaction
from academy.core.errors import Forbidden, NotFound
from academy.core.outbox import drain
from academy.enrollment import services
from academy.enrollment.models import Enrollment
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.timetable.models import TrainingClass
from tests.enrollment.factories import counters, make_account, make_learner, make_learners, own, put_in, states
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_program, make_session, make_world


def two_runs(now: datetime, *, seats: int = 2) -> tuple[World, TrainingClass, TrainingClass]:
    """Two runs of one program."""
    world = make_world()
    return world, make_class(world, now=now, seats=seats), make_class(world, now=now, seats=seats)


def move(
    source: TrainingClass, target: TrainingClass, learner: Learner, actor: Actor, now: datetime, reason: str = ""
) -> Enrollment:
    with transaction():
        return services.transfer(code=own(source, learner).code, target_code=target.code, actor=actor, now=now, reason=reason)


def test_a_transfer_frees_one_seat_and_takes_another_with_its_history(session: Session, now: datetime) -> None:
    world, source, target = two_runs(now, seats=1)
    mover, waiting = make_learners(now, 2)
    for one in (mover, waiting):
        put_in(source, one, actor=world.manager, now=now)
    moved = move(source, target, mover, world.manager, now, "岗位调整")
    assert (counters(source), counters(target)) == ((0, 1, 0, 0), (1, 0, 0, 0))
    assert states(source) == {mover.id: ("transferred", None), waiting.id: ("offered", 1)}
    assert (moved.follows_id, moved.source) == (own(source, mover).id, "transfer")
    drain(now=now)
    letters = [
        row.reason for row in session.scalars(select(Message).where(Message.name == mover.name_zh)) if row.channel == "email"
    ]
    assert letters.count("enrollment.transferred") == 1
    assert letters.count("enrollment.admitted") == 1  # of the first class


def test_a_full_target_leaves_everything_as_it_was(session: Session, now: datetime) -> None:
    world, source, target = two_runs(now, seats=1)
    mover, holder = make_learners(now, 2)
    put_in(source, mover, actor=world.manager, now=now)
    put_in(target, holder, actor=world.manager, now=now)
    with pytest.raises(services.TargetIsFull):
        move(source, target, mover, world.manager, now, "想换")
    session.expire_all()
    assert states(source) == {mover.id: ("admitted", None)}
    assert (counters(source), counters(target)) == ((1, 0, 0, 0), (1, 0, 0, 0))


def test_a_transfer_passes_nobody_who_waits(session: Session, now: datetime) -> None:
    world, source, target = two_runs(now, seats=1)
    mover, holder, waiting = make_learners(now, 3)
    put_in(source, mover, actor=world.manager, now=now)
    for one in (holder, waiting):
        put_in(target, one, actor=world.manager, now=now)
    late = target.enroll_closes_at + timedelta(days=1)  # the line is not run any more, a seat stays empty
    with transaction():
        services.withdraw(code=own(target, holder).code, actor=world.manager, now=late, reason="调离")
    with pytest.raises(services.TargetIsFull):
        move(source, target, mover, world.manager, late, "想换")


def test_whoever_waits_in_the_other_class_is_not_swapped_into_it(session: Session, now: datetime) -> None:
    """Found by the state machine: the database refused it, and nobody had said why."""
    world = make_world()
    first = make_class(world, now=now, seats=1)
    second = make_class(world, now=now, seats=1, program_id=make_program(world).id)
    one, other = make_learners(now, 2)
    put_in(first, one, actor=world.manager, now=now)
    put_in(second, other, actor=world.manager, now=now)
    put_in(second, one, actor=world.manager, now=now)
    codes = own(first, one).code, own(second, other).code
    with pytest.raises(services.IsThereAlready), transaction():
        services.swap(code=codes[0], other_code=codes[1], actor=world.manager, now=now, reason="互换")
    session.expire_all()
    assert (states(first), states(second)[one.id]) == ({one.id: ("admitted", None)}, ("waitlisted", 1))


def test_the_rule_decides_about_the_target(session: Session, now: datetime) -> None:
    world, source, _ = two_runs(now)
    other = make_class(world, now=now, audience=["P01"])
    mover = make_learner(now)
    put_in(source, mover, actor=world.manager, now=now)
    with pytest.raises(services.MayNotEnroll):
        move(source, other, mover, world.manager, now, "想换")
    session.expire_all()
    assert states(source) == {mover.id: ("admitted", None)}


def test_a_learner_moves_herself_between_runs_of_one_program_before_the_start(session: Session, now: datetime) -> None:
    world, source, target = two_runs(now)
    elsewhere = make_class(world, now=now, program_id=make_program(world).id)
    _, actor, mover = make_account(now)
    with transaction():
        services.apply(class_code=source.code, actor=actor, now=now)
    with pytest.raises(services.OnlyWithinProgram):
        move(source, elsewhere, mover, actor, now)
    with pytest.raises(services.MayNotEnroll):
        move(source, target, mover, actor, target.enroll_closes_at)
    with pytest.raises(services.TooLateToWithdraw):
        move(source, target, mover, actor, now + timedelta(days=15))
    _, stranger, _ = make_account(now)
    with pytest.raises(NotFound):
        move(source, target, mover, stranger, now)
    move(source, target, mover, actor, now)
    assert states(target) == {mover.id: ("admitted", None)}
    with pytest.raises(services.AlreadyEnded):
        move(source, target, mover, actor, now)


def test_two_people_change_places_though_both_classes_are_full_and_people_wait(session: Session, now: datetime) -> None:
    world, first, second = two_runs(now, seats=1)
    one, other, *waiting = make_learners(now, 4)
    put_in(first, one, actor=world.manager, now=now)
    put_in(second, other, actor=world.manager, now=now)
    put_in(first, waiting[0], actor=world.manager, now=now)
    put_in(second, waiting[1], actor=world.manager, now=now)
    codes = own(first, one).code, own(second, other).code
    with transaction():
        services.swap(code=codes[0], other_code=codes[1], actor=world.manager, now=now, reason="互换班期")
    assert states(first)[other.id] == ("admitted", None)
    assert states(second)[one.id] == ("admitted", None)
    assert (counters(first), counters(second)) == ((1, 0, 0, 1), (1, 0, 0, 1))
    with pytest.raises(services.NotASwap), transaction():
        services.swap(code=codes[0], other_code=codes[1], actor=world.manager, now=now, reason="再按一次")


def test_a_swap_that_would_clash_is_refused_whole(session: Session, now: datetime) -> None:
    world, first, second = two_runs(now)
    third = make_class(world, now=now, program_id=make_program(world).id)
    make_session(second, at(FIRST_DAY, 8, 30))
    make_session(third, at(FIRST_DAY, 9))
    one, other = make_learners(now, 2)
    put_in(first, one, actor=world.manager, now=now)
    put_in(third, one, actor=world.manager, now=now)
    put_in(second, other, actor=world.manager, now=now)
    with pytest.raises(services.MayNotEnroll), transaction():
        services.swap(
            code=own(first, one).code, other_code=own(second, other).code, actor=world.manager, now=now, reason="互换"
        )
    session.expire_all()
    assert states(first) == {one.id: ("admitted", None)}
    assert states(second) == {other.id: ("admitted", None)}
    _, actor, _ = make_account(now)
    with pytest.raises(Forbidden), transaction():
        services.swap(code=own(first, one).code, other_code=own(second, other).code, actor=actor, now=now, reason="互换")
