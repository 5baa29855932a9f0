"""One's own timetable and its feed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import transaction
from academy.enrollment import services
from academy.people.models import Learner
from academy.timetable import services as timetable
from academy.timetable.models import CalendarFeed, TrainingClass
from academy.timetable.rules import ClassState
from academy.timetable.services import SessionPlan
from tests.accounts.factories import make_user
from tests.conftest import ContextClient
from tests.enrollment.factories import make_account, make_learner, put_in
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_world

SignIn = Callable[[ContextClient, Any], None]
BEGIN = at(FIRST_DAY, 8, 30)
PAGE = "/my/timetable"


def plan(world: World, begin: datetime = BEGIN, *, staff: tuple[int, ...] = ()) -> SessionPlan:
    return SessionPlan("议事规则, 第一讲; 导入", begin, begin + timedelta(minutes=100), 90, None, world.hall.id, staff)


def add(world: World, found: TrainingClass, begin: datetime = BEGIN, *, staff: tuple[int, ...] = ()) -> None:
    with transaction():
        timetable.save_session(
            code=found.code, seq=None, plan=plan(world, begin, staff=staff), actor=world.manager, now=BEGIN - timedelta(days=14)
        )


@pytest.fixture
def learner(
    session: Session, client: ContextClient, sign_in: SignIn, now: datetime
) -> tuple[World, TrainingClass, User, Learner]:
    """A signed-in learner in a class with one session."""
    world = make_world()
    found = make_class(world, now=now)
    add(world, found)
    user, _, learner = make_account(now)
    put_in(found, learner, actor=world.manager, now=now)
    sign_in(client, user)
    return world, found, user, learner


def address_of(client: ContextClient) -> str:
    shown = client.post_form(f"{PAGE}/feed", page=PAGE).get_data(as_text=True)
    found = re.search(r"/calendar/[\w-]+\.ics", shown)
    assert found
    return found.group(0)


def events(client: ContextClient, address: str) -> list[Any]:
    answer = client.get(address)
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.get_data())
    assert str(calendar["VERSION"]) == "2.0"
    assert calendar["PRODID"]
    assert all(not component.errors for component in calendar.walk())
    return list(calendar.walk("VEVENT"))


def test_a_week_shows_her_classes_and_an_empty_one_leads_on(client: ContextClient, learner: tuple[Any, ...]) -> None:
    assert "议事规则" in client.get(f"{PAGE}?week=2026-12-07").get_data(as_text=True)
    empty = client.get(f"{PAGE}?week=2026-11-16").get_data(as_text=True)
    assert "week=2026-12-07" in empty
    assert client.get(f"{PAGE}?week=99999-12-07").status_code == 200


def test_the_feed_parses_and_follows_moves_and_cancellations(
    client: ContextClient, learner: tuple[World, TrainingClass, User, Learner], now: datetime
) -> None:
    world, found, _, _ = learner
    address = address_of(client)
    (event,) = events(client, address)
    assert event["DTSTART"].dt == BEGIN.astimezone(UTC)
    assert str(event["SUMMARY"]) == "议事规则, 第一讲; 导入"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event["UID"].startswith(f"{found.code}-1@")
    with transaction():
        services.move_session(code=found.code, seq=1, plan=plan(world, at(FIRST_DAY, 14)), actor=world.manager, now=now)
    (moved,) = events(client, address)
    assert (moved["UID"], moved["DTSTART"].dt) == (event["UID"], at(FIRST_DAY, 14).astimezone(UTC))
    assert moved["SEQUENCE"] > event["SEQUENCE"]
    assert moved["DTSTAMP"].dt == now.astimezone(UTC).replace(microsecond=0)
    with transaction():
        services.cancel_session(code=found.code, seq=1, reason="停电", actor=world.manager, now=now)
    (cancelled,) = events(client, address)
    assert str(cancelled["STATUS"]) == "CANCELLED"
    assert cancelled["SEQUENCE"] > moved["SEQUENCE"]
    assert "停电" in str(cancelled["DESCRIPTION"])


def test_two_readings_are_equal_and_the_second_is_not_sent(client: ContextClient, learner: tuple[Any, ...]) -> None:
    address = address_of(client)
    first, second = client.get(address), client.get(address)
    assert first.get_data() == second.get_data()
    assert all(len(line) <= 75 for line in first.get_data().split(b"\r\n"))
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_only_a_hash_is_kept_and_a_new_address_ends_the_old_one(
    client: ContextClient, learner: tuple[Any, ...], session: Session
) -> None:
    first = address_of(client)
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    kept = session.scalars(select(CalendarFeed)).one()
    assert token not in (kept.token_hash,)
    assert first not in client.get(PAGE).get_data(as_text=True)  # shown once
    second = address_of(client)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    client.post_form(f"{PAGE}/feed/revoke", page=PAGE)
    assert client.get(second).status_code == 404
    assert client.post_form(f"{PAGE}/feed/revoke", page=PAGE).status_code == 302
    for guess in ("x", "x" * 43, "x" * 64, "x" * 65, "%00", "..%2f"):
        assert client.get(f"/calendar/{guess}.ics").status_code == 404


def test_nobody_else_is_in_it(client: ContextClient, learner: tuple[Any, ...], now: datetime) -> None:
    world, found, _, own = learner
    put_in(found, make_learner(now, name="钱多多"), actor=world.manager, now=now)
    other = make_class(world, now=now)
    add(world, other, at(FIRST_DAY, 14), staff=(world.instructors[0].id,))
    text = client.get(address_of(client)).get_data(as_text=True)
    for private in ("钱多多", own.name_zh, own.code, other.code, world.instructors[0].name_zh):
        assert private not in text


def test_one_feed_holds_what_a_person_learns_and_teaches(
    client: ContextClient, learner: tuple[World, TrainingClass, User, Learner], now: datetime, session: Session
) -> None:
    world, _, user, _ = learner
    world.instructors[0].user_id = user.id
    session.commit()
    taught, draft = make_class(world, now=now), make_class(world, now=now, state=ClassState.DRAFT)
    add(world, taught, at(FIRST_DAY, 14), staff=(world.instructors[0].id,))
    add(world, draft, at(FIRST_DAY + timedelta(days=1), 14), staff=(world.instructors[0].id,))
    titles = [str(event["SUMMARY"]) for event in events(client, address_of(client))]
    assert titles == ["议事规则, 第一讲; 导入", "讲课：议事规则, 第一讲; 导入"]
    assert client.get(f"{PAGE}?week=2026-12-07").get_data(as_text=True).count("议事规则") == 2


def test_a_closed_account_s_feed_is_not_found(
    client: ContextClient, learner: tuple[World, TrainingClass, User, Learner], session: Session
) -> None:
    address = address_of(client)
    learner[2].is_active = False
    session.commit()
    assert client.get(address).status_code == 404


def test_who_has_left_the_class_no_longer_sees_its_sessions(
    client: ContextClient, learner: tuple[World, TrainingClass, User, Learner]
) -> None:
    _, found, _, _ = learner
    address = address_of(client)
    client.post_form(f"/classes/{found.code}/withdraw", page=f"/classes/{found.code}")
    assert events(client, address) == []


def test_a_stranger_signs_in_first_and_staff_are_told_why_it_is_empty(
    client: ContextClient, session: Session, sign_in: SignIn
) -> None:
    assert client.get(PAGE).status_code == 302
    sign_in(client, make_user(Role.ADMINISTRATOR))
    assert "既没有登记为学员" in client.get(PAGE).get_data(as_text=True)
