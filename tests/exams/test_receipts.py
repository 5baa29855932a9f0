"""The receipt: what the server held when the paper was handed in can be checked at any time after."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import AnswerEvent, Attempt
from academy.exams.rules.receipts import EventFacts, ReceiptState, compute_receipt
from tests.exams.factories import World, make_sitting, make_world

MINUTE = timedelta(minutes=1)
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
EVENTS = [EventFacts(1, 1, "A", False, AT), EventFacts(2, 4, "AC", True, AT), EventFacts(3, 1, "", False, AT)]


def test_any_change_of_what_was_received_changes_the_receipt() -> None:
    whole = compute_receipt("C", "submitted", AT, EVENTS)
    others = [
        compute_receipt("D", "submitted", AT, EVENTS),
        compute_receipt("C", "timed_out", AT, EVENTS),
        compute_receipt("C", "submitted", AT + timedelta(microseconds=1), EVENTS),
        compute_receipt("C", "submitted", AT, EVENTS[:2]),
        compute_receipt("C", "submitted", AT, [EVENTS[1], EVENTS[0], EVENTS[2]]),
        compute_receipt("C", "submitted", AT, [*EVENTS[:2], EVENTS[2]._replace(response="B")]),
        compute_receipt("C", "submitted", AT, [*EVENTS[:2], EVENTS[2]._replace(is_flagged=True)]),
        compute_receipt("C", "submitted", AT, [*EVENTS[:2], EVENTS[2]._replace(received_at=AT + MINUTE)]),
        compute_receipt("C", "submitted", AT, [EventFacts(1, 1, "A", False, AT), EventFacts(2, 4, 'AC",true', True, AT)]),
    ]
    assert len({whole, *others}) == 1 + len(others)


def test_the_receipt_is_a_plain_hash_that_anybody_can_compute() -> None:
    lines = """["C","submitted","2026-11-23T03:00:00.000000+00:00"]
[1,1,"A",false,"2026-11-23T03:00:00.000000+00:00"]
"""
    assert compute_receipt("C", "submitted", AT, EVENTS[:1]) == sha256(lines.encode()).hexdigest()


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=2)


@pytest.fixture
def attempt(world: World, now: datetime) -> Attempt:
    made = services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now)
    for seq, (position, response) in enumerate(((1, "A"), (4, "AC"), (1, "")), 1):
        services.save_answer(
            code=made.code, seq=seq, position=position, response=response, is_flagged=False, actor=world.actor(0), now=now
        )
    return made


def test_handing_in_gives_a_receipt_that_holds_and_again_the_same(world: World, attempt: Attempt, now: datetime) -> None:
    first = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    again = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now + MINUTE)
    assert first.receipt == again.receipt
    assert first.receipt
    db.session.expire_all()
    check = queries.check_receipt(attempt.code, first.receipt)
    assert (check.state, check.events, check.answered) == (ReceiptState.HOLDS, 3, 1)
    spaced = " ".join(first.receipt[at : at + 8].upper() for at in range(0, 64, 8))
    assert queries.check_receipt(attempt.code, spaced).state is ReceiptState.HOLDS


def test_time_out_gives_a_receipt_too(world: World, attempt: Attempt, now: datetime) -> None:
    services.time_out_overdue(now=attempt.due_at + MINUTE)
    db.session.expire_all()
    assert attempt.receipt
    assert queries.check_receipt(attempt.code, attempt.receipt).state is ReceiptState.HOLDS


def test_a_copy_with_a_mistake_an_open_attempt_and_an_unknown_one_do_not_hold(
    world: World, attempt: Attempt, now: datetime
) -> None:
    assert queries.check_receipt(attempt.code, "0" * 64).state is ReceiptState.UNKNOWN
    done = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    assert done.receipt
    db.session.expire_all()
    assert queries.check_receipt(attempt.code, done.receipt[:-1] + "x").state is ReceiptState.DIFFERS
    assert queries.check_receipt("0" * 16, done.receipt).state is ReceiptState.UNKNOWN


def test_an_event_that_is_altered_afterwards_is_found_out(world: World, attempt: Attempt, now: datetime) -> None:
    done = services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    assert done.receipt
    with db.session.begin_nested():
        _without_triggers()
        db.session.execute(update(AnswerEvent).where(AnswerEvent.seq == 2).values(response="BD"))
    db.session.expire_all()
    assert queries.check_receipt(attempt.code, done.receipt).state is ReceiptState.DIFFERS


def _without_triggers() -> None:
    """What only the owner of the database can do."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE answer_event DISABLE TRIGGER answer_event_append_only"))
    else:
        db.session.execute(text("DROP TRIGGER answer_event_no_update"))


@pytest.mark.parametrize("how", ["UPDATE answer_event SET response = 'B'", "DELETE FROM answer_event"])
def test_events_are_only_ever_added(world: World, attempt: Attempt, how: str) -> None:
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(text(how))
    assert len(queries.events_of(attempt.id)) == 3


def test_the_receipt_is_shown_after_handing_in_and_anybody_can_check_it(
    client: Any, sign_in: Callable[[Any, Any], None]
) -> None:
    world = make_world(learners=1)
    sitting = make_sitting(world, opens_at=datetime.now(UTC) - 5 * MINUTE)
    with transaction():
        attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC))
    sign_in(client, db.session.get(User, world.learners[0].user_id))
    page = client.post_form(f"/exams/attempts/{attempt.code}/hand-in", follow_redirects=True).get_data(as_text=True)
    db.session.expire_all()
    assert attempt.receipt
    assert attempt.receipt[:8] in page
    assert "交卷回执" in page
    with client.session_transaction() as kept:
        kept.clear()
    path = f"/exams/receipts?code={attempt.code.lower()}&digest={attempt.receipt}"
    checked = client.get(path).get_data(as_text=True)
    assert "回执有效" in checked
    assert "学员1" not in checked
    assert "对不上" in client.get(f"/exams/receipts?code={attempt.code}&digest=abc").get_data(as_text=True)
    assert "没有这份回执" in client.get("/exams/receipts?code=x&digest=y").get_data(as_text=True)
    assert client.get("/exams/receipts").status_code == 200
    found = client.get(f"/api/v1/exam-receipts/{attempt.code}?digest={attempt.receipt}").get_json()
    assert (found["state"], found["events"]) == ("holds", 0)
    assert client.get(f"/api/v1/exam-receipts/{attempt.code}").status_code == 422
