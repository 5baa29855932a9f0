"""A message for one reason reaches a person once per channel."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.db import transaction
from academy.core.outbox import OutboxRow
from academy.notifications import queries, services
from academy.notifications.models import Message
from academy.notifications.rules import Channel, MessageState
from tests.notifications.factories import ADMITTED, FACTS, ONE_TIME, make_user, plan, stranger, to


def _messages(session: Session) -> list[Message]:
    session.expire_all()
    return list(session.scalars(select(Message).order_by(Message.id)))


def _promised(session: Session) -> list[str]:
    events = ("notifications.email_planned", "notifications.one_time_email_planned")
    return list(session.scalars(select(OutboxRow.event).where(OutboxRow.event.in_(events))))


def test_a_user_gets_one_row_in_each_channel_and_one_delivery(session: Session, now: datetime) -> None:
    plan(to(make_user("sun@demo.example", now)), now)
    states = {(m.channel, m.state) for m in _messages(session)}
    assert states == {(Channel.IN_APP, MessageState.DELIVERED), (Channel.EMAIL, MessageState.PLANNED)}
    assert _promised(session) == ["notifications.email_planned"]


def test_planning_again_changes_nothing(session: Session, now: datetime) -> None:
    user = make_user("sun@demo.example", now)
    for minutes in range(3):
        plan(to(user), now + timedelta(minutes=minutes))
    assert [m.planned_at for m in _messages(session)] == [now, now]
    assert len(_promised(session)) == 1


def test_another_key_is_another_message(session: Session, now: datetime) -> None:
    plan(stranger(), now, key="E26-0001")
    plan(stranger(), now, key="E26-0002")
    assert len(_messages(session)) == 2


def test_nothing_is_planned_when_the_fact_is_rolled_back(session: Session, now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction():
        services.plan(reason=ADMITTED, recipient=stranger(), facts=FACTS, key="1", now=now)
        raise RuntimeError
    assert _messages(session) == []
    assert _promised(session) == []


def test_somebody_without_any_address_is_on_the_not_reached_list_at_once(session: Session, now: datetime) -> None:
    plan(stranger(email=None), now)
    assert [(m.name, m.state, m.answer) for m in queries.not_reached()] == [
        ("王莎莎", MessageState.NOT_REACHED, services.NO_ADDRESS)
    ]
    assert _promised(session) == []


def test_a_one_time_letter_goes_by_the_urgent_queue_and_not_into_the_inbox(session: Session, now: datetime) -> None:
    user = make_user("sun@demo.example", now)
    plan(to(user), now, reason=ONE_TIME)
    assert _promised(session) == ["notifications.one_time_email_planned"]
    assert queries.inbox(user.id) == ([], 0)


def test_a_missing_fact_is_found_when_the_message_is_planned(session: Session, now: datetime) -> None:
    with pytest.raises(KeyError, match="title"), transaction():
        services.plan(reason=ADMITTED, recipient=stranger(), facts={}, key="1", now=now)


def test_four_hundred_people_are_planned_in_one_statement(session: Session, now: datetime) -> None:
    letters = [(stranger(f"p{n}@unit.example"), FACTS, str(n)) for n in range(400)]
    with transaction():
        services.plan_many(reason=ADMITTED, letters=letters, now=now)
        services.plan_many(reason=ADMITTED, letters=letters, now=now)
    assert len(_messages(session)) == len(_promised(session)) == 400


def test_the_database_has_the_last_word(session: Session, now: datetime) -> None:
    plan(stranger(), now)
    row = _messages(session)[0]
    copy = {c.key: getattr(row, c.key) for c in Message.__table__.columns if c.key not in ("id", "code")}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Message).values(**copy, code="ANOTHER"))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Message).values(**{**copy, "key": "x", "state": MessageState.SENDING}, code="THIRD"))
