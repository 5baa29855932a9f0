"""Real processes: two machines, a code that two use at once, more time against the collection."""

import time
from datetime import timedelta
from functools import partial

import pytest

from academy.core.access import Actor
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.rules.devices import device_mark
from academy.exams.rules.kinds import AttemptState
from academy.exams.rules.receipts import ReceiptState
from tests.conftest import LiveApp
from tests.exams.factories import MANAGER, NOW, World, make_sitting, make_world
from tests.exams.processes import Work, together

pytestmark = pytest.mark.parallel

FIRST, SECOND = device_mark("first"), device_mark("second")
SECONDS, MANY = timedelta(seconds=1), 100_000


@pytest.fixture
def world(live_app: LiveApp) -> World:
    return make_world(learners=1)


@pytest.fixture
def attempt(world: World) -> Attempt:
    sitting = make_sitting(world)
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=NOW, device=FIRST)


def _write(code: str, actor: Actor, device: str, *, most: int, until: str) -> list[int]:
    """Save from the event that the server holds on: so many times, or until it is refused so; what was acknowledged."""
    acknowledged: list[int] = []
    while len(acknowledged) < most:
        seq = _last(code, actor) + 1
        try:
            with transaction():
                services.save_answer(
                    code=code, seq=seq, position=seq % 3 + 1, response="AB"[device == SECOND], is_flagged=False,
                    actor=actor, now=NOW, device=device,
                )  # fmt: skip
            acknowledged.append(seq)
        except DomainError as error:
            if error.code == until:
                break
            time.sleep(0.005)
    return acknowledged


def _last(code: str, actor: Actor) -> int:
    """The number of the last event that the server holds."""
    db.session.rollback()
    db.session.expire_all()
    return queries.get_attempt(code, user_id=actor.user_id).attempt.seq


def _after_five(code: str, actor: Actor) -> None:
    while _last(code, actor) < 5:
        time.sleep(0.005)


def _resume_later(code: str, typed: str, actor: Actor, device: str) -> bool:
    _after_five(code, actor)
    return _resume(code, typed, actor, device)


def _resume(code: str, typed: str, actor: Actor, device: str) -> bool:
    with transaction():
        return services.resume_attempt(code=code, typed=typed, device=device, actor=actor, now=NOW) is not None


def _issue(attempt: Attempt) -> str:
    with transaction():
        return services.issue_resume_code(code=attempt.code, reason="黑屏", actor=MANAGER, now=NOW)


def _seqs(attempt: Attempt) -> list[int]:
    db.session.rollback()
    db.session.expire_all()
    return [event.seq for event in queries.events_of(attempt.id)]


def test_when_machines_change_every_event_is_one_machines_and_none_is_lost(
    live_app: LiveApp, world: World, attempt: Attempt
) -> None:
    me, code = world.actor(0), _issue(attempt)
    works: list[Work] = [
        partial(_write, attempt.code, me, FIRST, most=MANY, until="attempt_is_elsewhere"),
        partial(_write, attempt.code, me, SECOND, most=20, until=""),
        partial(_resume_later, attempt.code, code, me, SECOND),
    ]
    first, second, resumed = together(live_app, works)
    assert resumed
    assert sorted(first + second) == _seqs(attempt)
    assert first
    assert second
    assert max(first) < min(second)


def test_a_code_that_two_machines_use_at_the_same_moment_lets_one_in(live_app: LiveApp, world: World, attempt: Attempt) -> None:
    me, code = world.actor(0), _issue(attempt)
    machines = [device_mark(f"machine {number}") for number in range(6)]
    works: list[Work] = [partial(_resume, attempt.code, code, me, machine) for machine in machines]
    outcomes = together(live_app, works)
    assert outcomes.count(True) == 1
    db.session.expire_all()
    assert queries.get_attempt(attempt.code, user_id=me.user_id).attempt.device == machines[outcomes.index(True)]


def _collect() -> int:
    with transaction():
        return services.time_out_overdue(now=NOW + timedelta(minutes=60) + 6 * SECONDS)


def _extend(attempt_id: int) -> bool:
    try:
        with transaction():
            services.extend_attempt(attempt_id=attempt_id, minutes=5, reason="停电", actor=MANAGER, now=NOW)
    except services.AttemptHasEnded:
        return False
    return True


def test_more_time_and_the_collection_never_both_have_their_way(live_app: LiveApp, world: World, attempt: Attempt) -> None:
    works: list[Work] = [_collect, partial(_extend, attempt.id)]
    collected, extended = together(live_app, works)
    assert (collected == 1) != extended
    db.session.expire_all()
    found = queries.get_attempt(attempt.code, user_id=world.actor(0).user_id).attempt
    assert (found.state is AttemptState.IN_PROGRESS) == extended


def _hand_in(code: str, actor: Actor) -> str:
    _after_five(code, actor)
    with transaction():
        return services.submit_attempt(code=code, actor=actor, now=NOW, device=FIRST).receipt or ""


def test_the_receipt_covers_every_event_that_was_acknowledged_while_handing_in(
    live_app: LiveApp, world: World, attempt: Attempt
) -> None:
    me = world.actor(0)
    works: list[Work] = [
        partial(_write, attempt.code, me, FIRST, most=MANY, until="attempt_is_over"),
        partial(_write, attempt.code, me, FIRST, most=MANY, until="attempt_is_over"),
        partial(_hand_in, attempt.code, me),
        partial(_hand_in, attempt.code, me),
    ]
    one, two, receipt, again = together(live_app, works)
    assert receipt == again
    assert sorted({*one, *two}) == _seqs(attempt)  # the same event from two processes is one event
    assert queries.check_receipt(attempt.code, receipt).state is ReceiptState.HOLDS
