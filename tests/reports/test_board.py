"""The board's numbers are this installation's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.attendance.models import AttendanceMark
from academy.core.db import db
from academy.reports.queries.board import board, trained_total
from academy.reports.rules.months import Month
from academy.timetable.rules import ClassState
from tests.certificates.factories import issue, make_graduates
from tests.conftest import ContextClient
from tests.reports.factories import make_academy

SignIn = Callable[[ContextClient, Any], None]


def test_an_empty_installation_shows_nothing_and_invents_nothing(session: Session, now: datetime) -> None:
    found = board(now)
    assert (found.path.total, found.path.forecast, found.heat.top, found.marks.count) == (0, None, 0, 0)
    assert {figure.value for figure in found.figures} == {"0", "—"}


def test_a_person_is_counted_once_however_many_classes_she_took(session: Session, now: datetime) -> None:
    first = make_graduates(now - timedelta(days=3), 3)
    second = make_graduates(now - timedelta(days=3), 0, world=first.world)
    assert trained_total() == 3
    for mark in db.session.query(AttendanceMark).limit(2):
        assert mark.learner_id == first.learners[0].id
    second.training_class.state = ClassState.ARCHIVED
    db.session.commit()
    assert trained_total() == 3


def test_who_attended_too_little_is_not_counted(session: Session, now: datetime) -> None:
    graduates = make_graduates(now - timedelta(days=3), 3)
    session.execute(update(AttendanceMark).where(AttendanceMark.learner_id == graduates.learners[0].id).values(minutes=100))
    session.commit()
    assert trained_total() == 2


def test_a_running_class_has_trained_nobody_yet(session: Session, now: datetime) -> None:
    graduates = make_graduates(now - timedelta(days=3), 3)
    graduates.training_class.state = ClassState.RUNNING
    session.commit()
    assert trained_total() == 0


def test_every_part_agrees_with_the_others(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    issue(academy.graduates, now)
    found = board(now)
    figures = {figure.label: figure.value for figure in found.figures}
    assert found.path.total == trained_total() == 6
    assert sum(tile.people for tile in found.tiles) + found.elsewhere == 6
    assert figures["已签发证书"] == "6"
    assert figures["在办班次"] == "1"
    assert (found.marks.count, found.marks.passed) == (6, 6)
    assert found.heat.top == 7  # six who graduated and one who sits in the running class
    assert found.heat.top_month == Month(2026, 11)
    assert sum(value for _, _, _, rows in found.heat.panels for row in rows for value, _ in row.cells) == 7


def test_the_api_gives_the_same_numbers(session: Session, client: ContextClient, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["auditor"])
    answer = client.get("/api/v1/board").get_json()
    assert (answer["goal"], answer["trained"], answer["forecast"]) == (30_000, 6, None)
    assert len(answer["cities"]) == 16
    sign_in(client, academy.users["learner"])
    assert client.get("/api/v1/board").status_code == 403
