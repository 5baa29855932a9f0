"""Starting, saving and handing in, by the server's clock alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams import queries, services
from academy.exams.models import AnswerEvent, Attempt
from academy.exams.rules.kinds import AttemptState, SittingState
from tests.exams.factories import World, make_sitting, make_world
from tests.statements import counted

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


@pytest.fixture
def attempt(world: World, now: datetime) -> Attempt:
    return services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now)


def save(attempt: Attempt, actor: Actor, now: datetime, seq: int, position: int = 1, response: str = "A") -> services.Receipt:
    return services.save_answer(
        code=attempt.code, seq=seq, position=position, response=response, is_flagged=False, actor=actor, now=now
    )


def test_the_time_ends_with_the_window_if_that_comes_first(world: World, now: datetime) -> None:
    sitting = make_sitting(world, minutes=60, opens_at=now - 100 * MINUTE)
    attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    assert attempt.due_at == sitting.closes_at == now + 30 * MINUTE


def test_starting_again_goes_on_with_the_same_attempt(world: World, attempt: Attempt, now: datetime) -> None:
    again = services.start_attempt(sitting_id=attempt.sitting_id, actor=world.actor(0), now=now + MINUTE)
    assert (again.id, again.due_at) == (attempt.id, attempt.due_at)


def test_saved_answers_are_there_after_a_reload(world: World, attempt: Attempt, now: datetime) -> None:
    me = world.actor(0)
    save(attempt, me, now, 1, 1, "B")
    save(attempt, me, now, 2, 4, "CA")
    save(attempt, me, now, 3, 1, "C")
    assert queries.answers_of_attempt(attempt.id) == {1: "C", 4: "AC"}
    assert [(e.seq, e.position, e.response) for e in queries.events_of(attempt.id)] == [(1, 1, "B"), (2, 4, "AC"), (3, 1, "C")]


def test_a_stale_write_is_refused_and_nothing_is_merged(world: World, attempt: Attempt, now: datetime) -> None:
    me = world.actor(0)
    save(attempt, me, now, 1, 1, "B")
    with pytest.raises(services.AnswerIsStale):
        save(attempt, me, now, 1, 1, "D")
    with pytest.raises(services.AnswerIsStale):
        save(attempt, me, now, 3, 2, "D")
    assert queries.answers_of_attempt(attempt.id) == {1: "B"}


def test_the_same_event_again_is_acknowledged_again_and_kept_once(world: World, attempt: Attempt, now: datetime) -> None:
    me = world.actor(0)
    first = save(attempt, me, now, 1)
    again = save(attempt, me, now + MINUTE, 1)
    assert again.received_at == first.received_at
    assert len(queries.events_of(attempt.id)) == 1


def test_an_answer_within_the_grace_is_kept_and_a_later_one_is_refused(world: World, attempt: Attempt, now: datetime) -> None:
    me, due = world.actor(0), attempt.due_at
    save(attempt, me, due + timedelta(seconds=5), 1)
    with pytest.raises(services.AnswerIsLate):
        save(attempt, me, due + timedelta(seconds=5, milliseconds=1), 2)
    assert len(queries.events_of(attempt.id)) == 1


def test_after_handing_in_nothing_changes(world: World, attempt: Attempt, now: datetime) -> None:
    me = world.actor(0)
    save(attempt, me, now, 1)
    first = services.submit_attempt(code=attempt.code, actor=me, now=now).submitted_at
    again = services.submit_attempt(code=attempt.code, actor=me, now=now + MINUTE)
    assert (again.state, again.submitted_at) == (AttemptState.SUBMITTED, first)
    with pytest.raises(services.AttemptIsOver):
        save(attempt, me, now + MINUTE, 2)
    with pytest.raises(services.SittingIsNotOpen):
        services.start_attempt(sitting_id=attempt.sitting_id, actor=me, now=now + MINUTE)


def test_time_out_hands_in_what_was_acknowledged(world: World, attempt: Attempt, now: datetime) -> None:
    save(attempt, world.actor(0), now, 1)
    assert services.time_out_overdue(now=attempt.due_at) == 0
    assert services.time_out_overdue(now=attempt.due_at + MINUTE) == 1
    assert services.time_out_overdue(now=attempt.due_at + MINUTE) == 0
    db.session.refresh(attempt)
    assert (attempt.state, attempt.submitted_at) == (AttemptState.TIMED_OUT, attempt.due_at)
    assert queries.answers_of_attempt(attempt.id) == {1: "A"}


def test_handing_in_late_counts_as_timed_out(world: World, attempt: Attempt) -> None:
    late = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=attempt.due_at + MINUTE)
    assert (late.state, late.submitted_at) == (AttemptState.TIMED_OUT, attempt.due_at)


def test_a_sitting_closes_when_its_window_is_over_and_nobody_writes(world: World, attempt: Attempt) -> None:
    sitting = queries.sitting_by_id(attempt.sitting_id)
    after = sitting.closes_at + MINUTE
    assert services.close_finished_sittings(now=after) == []
    services.time_out_overdue(now=after)
    assert services.close_finished_sittings(now=after) == [sitting.id]
    db.session.refresh(sitting)
    assert sitting.state is SittingState.CLOSED


def test_options_that_do_not_exist_are_refused(world: World, attempt: Attempt, now: datetime) -> None:
    for position, response in ((1, "F"), (1, "AB"), (4, "AA"), (2, "1")):
        with pytest.raises(services.AnswerIsNoOption):
            save(attempt, world.actor(0), now, 1, position, response)
    with pytest.raises(NotFound):
        save(attempt, world.actor(0), now, 1, position=99)
    assert queries.events_of(attempt.id) == []


def test_nobody_writes_into_another_persons_attempt(world: World, attempt: Attempt, now: datetime) -> None:
    with pytest.raises(NotFound):
        save(attempt, world.actor(1), now, 1)
    with pytest.raises(NotFound):
        services.submit_attempt(code=attempt.code, actor=world.actor(1), now=now)


def test_clearing_an_answer_is_an_answer_too(world: World, attempt: Attempt, now: datetime) -> None:
    save(attempt, world.actor(0), now, 1)
    save(attempt, world.actor(0), now, 2, response="")
    assert queries.answers_of_attempt(attempt.id) == {1: ""}


def test_a_save_takes_one_statement_on_postgresql_and_three_elsewhere(world: World, attempt: Attempt, now: datetime) -> None:
    save(attempt, world.actor(0), now, 1)  # reads once which positions there are
    db.session.commit()
    with counted("SELECT", "INSERT", "UPDATE", "WITH", "\nWITH") as statements:
        save(attempt, world.actor(0), now, 2)
    assert len(statements) == (1 if db.engine.dialect.name == "postgresql" else 3)
    assert len(list(db.session.scalars(select(AnswerEvent)))) == 2
