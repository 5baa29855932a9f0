"""Two tabs, handing in, and the deadline in random order, against a model of a few lines."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.rules.delivery import GRACE
from academy.exams.rules.kinds import AttemptState
from tests.exams.factories import World, make_sitting, make_world

LETTERS = ("A", "B", "C", "D", "E", "")


@dataclass
class Model:
    """What must be true of the server."""

    due_at: datetime
    events: list[tuple[int, str]] = field(default_factory=list)
    is_over: bool = False

    def save(self, seq: int, position: int, response: str, now: datetime) -> bool:
        known = self.events[seq - 1] if 0 < seq <= len(self.events) else None
        if known == (position, response):
            return True
        if self.is_over or now > self.due_at + GRACE or seq != len(self.events) + 1:
            return False
        self.events.append((position, response))
        return True


@pytest.mark.parametrize("seed", range(25))
def test_the_server_and_the_model_agree_whatever_the_order(session: Session, now: datetime, seed: int) -> None:
    rng = random.Random(seed)
    world = make_world(learners=1)
    attempt = services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now)
    db.session.commit()
    model, tabs, at = Model(attempt.due_at), [0, 0], now
    for _ in range(60):
        at += timedelta(seconds=rng.choice((0, 1, 40, 240)))
        tab = rng.randrange(2)
        what = rng.random()
        if what < 0.03:
            _hand_in(world, attempt, model, at)
        elif what < 0.06:
            tabs[tab] = queries.get_attempt(attempt.code, user_id=world.actor(0).user_id).attempt.seq
        elif what < 0.09:
            with transaction():
                if services.time_out_overdue(now=at):
                    model.is_over = True
        else:
            seq = tabs[tab] + rng.choice((1, 1, 1, 1, 0, 2))
            position, response = rng.randint(1, 3), rng.choice(LETTERS)
            done = _save(world, attempt, seq, position, response, at)
            assert done == model.save(seq, position, response, at)
            if done:
                tabs[tab] = max(tabs[tab], seq)
        db.session.expire_all()
    assert [(e.position, e.response) for e in queries.events_of(attempt.id)] == model.events
    assert queries.answers_of_attempt(attempt.id) == dict(model.events)


def _save(world: World, attempt: Attempt, seq: int, position: int, response: str, at: datetime) -> bool:
    try:
        with transaction():
            services.save_answer(
                code=attempt.code,
                seq=seq,
                position=position,
                response=response,
                is_flagged=False,
                actor=world.actor(0),
                now=at,
            )
    except DomainError:
        return False
    return True


def _hand_in(world: World, attempt: Attempt, model: Model, at: datetime) -> None:
    with transaction():
        done = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=at)
    if not model.is_over:
        late = at > model.due_at + GRACE
        assert done.state is (AttemptState.TIMED_OUT if late else AttemptState.SUBMITTED)
    model.is_over = True
