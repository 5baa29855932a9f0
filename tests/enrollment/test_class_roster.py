"""A roster for a class: people are registered and enrolled by the same rule as by every door, and told before what comes."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Role
from academy.core.clock import now as clock_now
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.outbox import drain
from academy.enrollment import services
from academy.enrollment.models import ClassRosterLine, Enrollment, Place
from academy.enrollment.queries.imports import place_counts
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.models import Learner, RosterImport, RosterState
from academy.people.rules import Education
from academy.timetable.models import TrainingClass
from tests.accounts.factories import make_user
from tests.core.nasty import HEADER, book
from tests.enrollment.factories import make_learner, put_in, states
from tests.statements import counted
from tests.timetable.factories import World, make_class, make_program, make_world

NUMBERS = ("370000199611130029", "370000198910198133", "370000200002290030", "37000019951222592X", "370000200208097607")
NAMES = ("赵晓梅", "王小明", "孙婷婷", "曲梓萱", "李文静")


def row(place: int, kind: str = "P12") -> tuple[str, ...]:
    return (NAMES[place], "", NUMBERS[place], f"1990000000{place}", "某某公司", kind)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


def upload(found: TrainingClass, content: bytes, actor: Actor, now: datetime) -> RosterImport:
    with transaction():
        roster = services.upload_class_roster(class_id=found.id, name="班.xlsx", content=content, actor=actor, now=now)
    drain(now=now)
    db.session.refresh(roster)
    return roster


def decide(roster: RosterImport, actor: Actor, now: datetime) -> None:
    with transaction():
        people_services.import_roster(code=roster.code, actor=actor, now=now)
    drain(now=now)
    db.session.expire_all()


def said(roster: RosterImport) -> list[tuple[int, str, int | None]]:
    query = select(ClassRosterLine).where(ClassRosterLine.roster_id == roster.id).order_by(ClassRosterLine.number)
    return [(line.number, line.place.value, line.waiting_no) for line in db.session.scalars(query)]


def test_the_preview_says_seat_number_or_refusal_and_the_import_does_just_that(
    session: Session, world: World, now: datetime
) -> None:
    found = make_class(world, now=now, seats=2)
    content = book(HEADER, row(0), row(1, "P01"), row(2), row(3), row(4))  # P01 is not in the audience
    roster = upload(found, content, world.manager, now)
    expected = [(2, "seat", None), (3, "refused", None), (4, "seat", None), (5, "waiting", 1), (6, "waiting", 2)]
    assert said(roster) == expected
    assert session.scalar(select(func.count(Learner.id))) == 0
    decide(roster, world.manager, now)
    assert said(roster) == expected
    assert sorted(states(found).values()) == [("admitted", None), ("admitted", None), ("waitlisted", 1), ("waitlisted", 2)]
    assert session.scalar(select(func.count(Learner.id))) == 5  # refused by the class, registered all the same
    refused = session.scalars(select(ClassRosterLine).where(ClassRosterLine.place == Place.REFUSED)).one()
    assert "人员类别" in str(refused.say)


def test_seats_that_are_gone_meanwhile_are_not_oversold(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now, seats=2)
    roster = upload(found, book(HEADER, row(0), row(1)), world.manager, now)
    assert place_counts(roster.id)[Place.SEAT] == 2
    put_in(found, make_learner(now), actor=world.manager, now=now)
    decide(roster, world.manager, now)
    assert [place for _, place, _ in said(roster)] == ["seat", "waiting"]
    assert session.get_one(TrainingClass, found.id, populate_existing=True).admitted_count == 2


def test_the_same_roster_again_enrolls_nobody_twice(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now, seats=5)
    content = book(HEADER, row(0), row(1))
    for expected in ("seat", "already"):
        roster = upload(found, content, world.manager, now)
        assert {place for _, place, _ in said(roster)} == {expected}
        decide(roster, world.manager, now)
    assert session.scalar(select(func.count(Enrollment.id))) == 2


def test_a_decision_before_everything_was_said_enrolls_everybody(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now, seats=5)
    roster = upload(found, book(HEADER, row(0), row(1)), world.manager, now)
    session.query(ClassRosterLine).delete()
    session.commit()
    decide(roster, world.manager, now)
    assert [place for _, place, _ in said(roster)] == ["seat", "seat"]


def test_whoever_lost_the_right_meanwhile_enrolls_nobody(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now, seats=5)
    user = make_user(Role.CLASS_MANAGER)
    actor = Actor(user.id, user.name_zh, world.manager.grants)
    roster = upload(found, book(HEADER, row(0)), actor, now)
    user.is_active = False
    session.commit()
    decide(roster, actor, now)
    assert said(roster) == [(2, "refused", None)]
    assert states(found) == {}


def test_only_who_manages_enrollments_uploads_for_a_class(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now)
    with pytest.raises(Forbidden):
        services.upload_class_roster(class_id=found.id, name="x", content=b"x", actor=Actor(1, "x"), now=now)


def test_rows_that_cannot_be_read_are_neither_registered_nor_enrolled(session: Session, world: World, now: datetime) -> None:
    found = make_class(world, now=now, seats=5)
    bad = ("赵晓梅", "", "370000199611130028", "19900000009", "", "P12")
    roster = upload(found, book(HEADER, bad, row(1)), world.manager, now)
    decide(roster, world.manager, now)
    assert said(roster) == [(3, "seat", None)]
    assert roster.state is RosterState.IMPORTED
    assert [line.row.number for line in people.refused_lines(roster.id)] == [2]


def test_the_pages_from_upload_to_result_and_the_file_of_the_class(
    client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, world: World
) -> None:
    found = make_class(world, now=clock_now(), seats=1)
    code = found.code
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/classes/{code}/people/import"
    assert page in client.get(f"/manage/classes/{code}/people").get_data(as_text=True)
    data = {"csrf_token": client.token(page), "file": (BytesIO(book(HEADER, row(0), row(1))), "班.xlsx")}  # type: ignore[attr-defined]
    address = client.post(page, data=data, content_type="multipart/form-data").headers["Location"]
    drain(now=clock_now())
    place = client.get(address).headers["Location"]
    shown = client.get(place).get_data(as_text=True)
    assert "有席位 1 人，候补 1 人，不能登记 0 人" in shown
    assert NUMBERS[0] not in shown
    client.post_form(address, {"decision": "import"}, page=place)  # type: ignore[attr-defined]
    assert "正在登记" in client.get(place).get_data(as_text=True)
    drain(now=clock_now())
    assert "录取 1 人，候补 1 人" in client.get(place).get_data(as_text=True)
    export = f"/manage/classes/{code}/people/export"
    people_page = f"/manage/classes/{code}/people"
    text = client.post_form(export, {"format": "csv"}, page=people_page).data.decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "赵晓梅" in text
    assert "候补" in text
    assert NUMBERS[0] not in text
    other = make_class(world, now=clock_now())
    assert client.get(place.replace(code, other.code)).status_code == 404


def test_of_somebody_not_on_record_yet_the_whole_rule_is_asked(session: Session, world: World, now: datetime) -> None:
    """Also what the class requires of the past, and the schooling that the file itself gives."""
    beginner = make_class(world, now=now, prerequisite_program_id=make_program(world).id)
    assert said(upload(beginner, book(HEADER, row(0)), world.manager, now)) == [(2, "refused", None)]
    schooled = make_class(world, now=now, min_education=Education.BACHELOR)
    content = book((*HEADER, "学历"), (*row(0), "本科"), (*row(2), "高中"))
    roster = upload(schooled, content, world.manager, now)
    expected = [(2, "seat", None), (3, "refused", None)]
    assert said(roster) == expected
    decide(roster, world.manager, now)
    assert said(roster) == expected


def test_the_forecast_costs_the_same_for_few_and_many(session: Session, world: World, now: datetime) -> None:
    counts = []
    for known in (1, 4):
        found = make_class(world, now=now, seats=9)
        roster = upload(found, book(HEADER, *(row(place) for place in range(known))), world.manager, now)
        decide(roster, world.manager, now)
        again = make_class(world, now=now, seats=9, program_id=make_program(world, f"XA-9{known}").id)
        roster = upload(again, book(HEADER, *(row(place) for place in range(5))), world.manager, now)
        services.forget_forecast(roster_id=roster.id)
        with counted("SELECT") as seen:
            services.forecast_slice(roster_id=roster.id, now=now)
        counts.append(len(seen))
        session.rollback()
    assert counts[0] == counts[1]
