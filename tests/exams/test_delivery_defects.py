"""Each defect of delivery that was found in other systems, by name; each is a test that ours does not have it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.db import db
from academy.exams import queries, services
from academy.exams.api import AnswerIn
from academy.exams.models import Attempt
from academy.exams.rules.delivery import GRACE
from academy.exams.rules.kinds import AttemptState
from tests.exams.factories import World, make_sitting, make_world
from tests.exams.mixed import make_mixed_paper

SECOND = timedelta(seconds=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


@pytest.fixture
def attempt(world: World, now: datetime) -> Attempt:
    return services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now)


def save(attempt: Attempt, actor: Actor, now: datetime, seq: int, response: str, position: int = 1) -> services.Receipt:
    return services.save_answer(
        code=attempt.code, seq=seq, position=position, response=response, is_flagged=False, actor=actor, now=now
    )


def test_answers_are_not_lost_in_a_second_tab(world: World, attempt: Attempt, now: datetime) -> None:
    """Both tabs were opened at event 0: the one that saves second is told, and the first one's answer stays."""
    me = world.actor(0)
    save(attempt, me, now, 1, "B")
    with pytest.raises(services.AnswerIsStale):
        save(attempt, me, now, 1, "C", position=2)
    assert queries.answers_of_attempt(attempt.id) == {1: "B"}


def test_answers_are_not_lost_at_the_last_minute(world: World, attempt: Attempt, now: datetime) -> None:
    """What was on its way when the time ended counts, and the collection takes it along."""
    save(attempt, world.actor(0), attempt.due_at + GRACE, 1, "B")
    assert services.time_out_overdue(now=attempt.due_at + GRACE + SECOND) == 1
    assert queries.answers_of_attempt(attempt.id) == {1: "B"}


def test_elapsed_time_is_never_taken_from_the_client() -> None:
    """The door has no field for a time; one that is sent is not looked at."""
    sent: dict[str, Any] = {"seq": 1, "position": 1, "response": "A", "elapsed": 1, "received_at": "2000-01-01T00:00:00Z"}
    assert set(AnswerIn.model_validate(sent).model_dump()) == {"seq", "position", "response", "is_flagged"}
    with pytest.raises(ValidationError):
        AnswerIn.model_validate({"position": 1, "response": "A"})


def test_a_blank_essay_crashes_nothing(world: World, now: datetime) -> None:
    sitting = make_sitting(world, make_mixed_paper(world))
    for place in range(3):
        attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(place), now=now)
        if place:
            save(attempt, world.actor(place), now, 1, "" if place == 1 else "  \n ", position=8)
        services.submit_attempt(code=attempt.code, actor=world.actor(place), now=now)
    db.session.expire_all()
    answers = queries.answers_of(sitting.id)
    assert sorted(found.get(8, "-") for found in answers.values()) == ["", "  \n "]
    assert {attempt.state for attempt in queries.attempts_of(sitting.id)} == {AttemptState.SUBMITTED}


def test_nothing_is_taken_after_the_limit(world: World, attempt: Attempt) -> None:
    late = attempt.due_at + GRACE + SECOND
    with pytest.raises(services.AnswerIsLate):
        save(attempt, world.actor(0), late, 1, "A")
    done = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=late)
    assert (done.state, done.submitted_at) == (AttemptState.TIMED_OUT, attempt.due_at)


def test_the_attempt_limit_is_not_bypassed_by_a_second_tab(world: World, attempt: Attempt, now: datetime) -> None:
    """Two tabs that both press "enter" go on with one attempt; after handing in there is no second one."""
    me = world.actor(0)
    again = services.start_attempt(sitting_id=attempt.sitting_id, actor=me, now=now + SECOND)
    assert (again.id, again.started_at) == (attempt.id, attempt.started_at)
    services.submit_attempt(code=attempt.code, actor=me, now=now + SECOND)
    with pytest.raises(services.SittingIsNotOpen):
        services.start_attempt(sitting_id=attempt.sitting_id, actor=me, now=now + SECOND)
    assert len(queries.attempts_of(attempt.sitting_id)) == 1


def test_handing_in_twice_is_handing_in_once(world: World, attempt: Attempt, now: datetime) -> None:
    save(attempt, world.actor(0), now, 1, "A")
    first = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    assert services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now + SECOND) == first
