"""Two machines, codes, more time, handing in and the deadline in random order, against a model of a few lines."""

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
from academy.exams.rules.devices import CODE_LIFE, MOST_TRIES, device_mark
from academy.exams.rules.receipts import ReceiptState
from tests.exams.factories import MANAGER, World, make_sitting, make_world

MACHINES = tuple(device_mark(name) for name in ("first", "second", "third"))


@dataclass
class Model:
    """What must be true of the server."""

    due_at: datetime
    holder: str = MACHINES[0]
    events: list[tuple[int, str]] = field(default_factory=list)
    is_over: bool = False
    code: str = ""
    code_until: datetime | None = None
    wrong: int = 0

    def is_open(self, now: datetime) -> bool:
        return not self.is_over and now <= self.due_at + GRACE

    def save(self, machine: str, seq: int, position: int, response: str, now: datetime) -> bool:
        if 0 < seq <= len(self.events) and self.events[seq - 1] == (position, response):
            return True
        if not self.is_open(now) or machine != self.holder or seq != len(self.events) + 1:
            return False
        self.events.append((position, response))
        return True

    def resume(self, machine: str, typed: str, now: datetime) -> bool:
        if not self.is_open(now):
            return False
        if self.code_until and typed == self.code and now < self.code_until:
            self.holder, self.code_until = machine, None
            return True
        if self.code_until:
            self.wrong += 1
            self.code_until = None if self.wrong >= MOST_TRIES else self.code_until
        return False


class Server:
    """The services, each call in a transaction of its own; a refusal is False."""

    def __init__(self, world: World, attempt: Attempt) -> None:
        self.me, self.attempt = world.actor(0), attempt

    def save(self, machine: str, seq: int, position: int, response: str, now: datetime) -> bool:
        try:
            with transaction():
                services.save_answer(
                    code=self.attempt.code, seq=seq, position=position, response=response, is_flagged=False,
                    actor=self.me, now=now, device=machine,
                )  # fmt: skip
        except DomainError:
            return False
        return True

    def issue(self, now: datetime) -> str:
        try:
            with transaction():
                return services.issue_resume_code(code=self.attempt.code, reason="x", actor=MANAGER, now=now)
        except (services.AttemptHasEnded, services.AttemptIsNotRunning):
            return ""

    def resume(self, machine: str, typed: str, now: datetime) -> bool:
        try:
            with transaction():
                return bool(
                    services.resume_attempt(code=self.attempt.code, typed=typed, device=machine, actor=self.me, now=now)
                )
        except (services.AttemptHasEnded, services.AttemptIsNotRunning):
            return False

    def extend(self, now: datetime) -> bool:
        try:
            with transaction():
                services.extend_attempt(attempt_id=self.attempt.id, minutes=3, reason="x", actor=MANAGER, now=now)
        except (services.AttemptHasEnded, services.AttemptIsNotRunning):
            return False
        return True

    def hand_in(self, machine: str, now: datetime) -> bool:
        try:
            with transaction():
                services.submit_attempt(code=self.attempt.code, actor=self.me, now=now, device=machine)
        except services.AttemptIsElsewhere:
            return False
        return True

    def time_out(self, now: datetime) -> bool:
        with transaction():
            return services.time_out_overdue(now=now) > 0


@pytest.mark.parametrize("seed", range(25))
def test_one_machine_writes_at_a_time_whatever_the_order(session: Session, now: datetime, seed: int) -> None:
    rng = random.Random(seed)
    world = make_world(learners=1)
    attempt = services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now, device=MACHINES[0])
    db.session.commit()
    model, server, at = Model(attempt.due_at), Server(world, attempt), now
    for _ in range(70):
        at += timedelta(seconds=rng.choice((0, 1, 20, 90, 200)))
        _step(rng, model, server, at)
        db.session.expire_all()
    assert [(event.position, event.response) for event in queries.events_of(attempt.id)] == model.events
    assert queries.answers_of_attempt(attempt.id) == dict(model.events)
    assert attempt.device == model.holder
    assert attempt.due_at == model.due_at
    if model.is_over:
        assert attempt.receipt
        assert queries.check_receipt(attempt.code, attempt.receipt).state is ReceiptState.HOLDS


def _step(rng: random.Random, model: Model, server: Server, at: datetime) -> None:
    machine, what = rng.choice(MACHINES), rng.random()
    if what < 0.06:
        code = server.issue(at)
        assert bool(code) == model.is_open(at)
        if code:
            model.code, model.code_until, model.wrong = code, at + CODE_LIFE, 0
    elif what < 0.18:
        typed = model.code if rng.random() < 0.7 else "00000000"
        assert server.resume(machine, typed, at) == model.resume(machine, typed, at)
    elif what < 0.21:
        assert server.extend(at) == (not model.is_over)
        model.due_at += timedelta(0) if model.is_over else timedelta(minutes=3)
    elif what < 0.23:
        done = server.hand_in(machine, at)
        assert done == (model.is_over or machine == model.holder)
        model.is_over = model.is_over or done
    elif what < 0.27:
        assert server.time_out(at) == (not model.is_over and at > model.due_at + GRACE)
        model.is_over = model.is_over or at > model.due_at + GRACE
    else:
        seq, position = len(model.events) + rng.choice((1, 1, 1, 0, 2)), rng.randint(1, 3)
        response = rng.choice("ABCDE")
        assert server.save(machine, seq, position, response, at) == model.save(machine, seq, position, response, at)
