"""One rule decides and explains, whatever the door."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.core.outbox import drain
from academy.enrollment import queries, services
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState, Source
from academy.notifications.models import Message
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState
from tests.enrollment.factories import make_account, make_learner, make_learners, put_in, states
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program, make_session, make_world


def unmet(found: TrainingClass, learner_id: int, now: datetime) -> set[str]:
    return {check.code for check in queries.explain(found.id, learner_id, now).checks if check.state == "no"}


def enroll_self(found: TrainingClass, actor: Actor, now: datetime) -> services.Enrolled:
    with transaction():
        return services.apply(class_code=found.code, actor=actor, now=now)


def test_whoever_fits_gets_a_seat_an_audit_row_and_a_letter(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now)
    user, actor, learner = make_account(now)
    assert queries.explain(found.id, learner.id, now).unmet == ()
    outcome = enroll_self(found, actor, now)
    assert (outcome.number, outcome.is_new) == (None, True)
    assert states(found) == {learner.id: ("admitted", None)}
    assert session.get_one(TrainingClass, found.id, populate_existing=True).admitted_count == 1
    row = session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.admitted")).one()
    own = queries.live_enrollment(found.id, learner.id)
    assert own is not None
    assert (row.actor_id, row.subject) == (user.id, f"enrollment:{own.code}")
    drain(now=now)
    drain(now=now)
    letters = session.scalars(select(Message).where(Message.user_id == user.id, Message.channel == "in_app")).all()
    assert [one.reason for one in letters] == ["enrollment.admitted"]


def test_pressing_again_says_so_and_changes_nothing(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now)
    _, actor, _ = make_account(now)
    enroll_self(found, actor, now)
    assert enroll_self(found, actor, now).is_new is False
    assert session.scalar(select(func.count(Enrollment.id))) == 1


@pytest.mark.parametrize(
    ("given", "later", "code"),
    [
        ({"state": ClassState.APPROVED}, timedelta(0), "window"),
        ({"state": ClassState.RUNNING}, timedelta(0), "window"),
        ({"enroll_opens_at": datetime.fromisoformat("2026-11-24T09:00+08:00")}, timedelta(0), "window"),
        ({}, timedelta(days=9), "window"),
        ({}, timedelta(days=15), "start"),
        ({"audience": ["P01"]}, timedelta(0), "person_type"),
    ],
)
def test_the_rule_refuses_and_names_what_refuses(
    session: Session, now: datetime, given: dict[str, Any], later: timedelta, code: str
) -> None:
    world = make_world()
    found = make_class(world, now=now, **given)
    learner = make_learner(now)
    assert code in unmet(found, learner.id, now + later)
    with pytest.raises(services.MayNotEnroll) as refused:
        put_in(found, learner, actor=world.manager, now=now + later)
    assert code in {check.code for check in refused.value.verdict.checks if check.state == "no"}
    assert states(found) == {}


def test_the_deadline_is_exact(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now)
    first, second = make_learners(now, 2)
    put_in(found, first, actor=world.manager, now=found.enroll_closes_at - timedelta(microseconds=1))
    with pytest.raises(services.MayNotEnroll):
        put_in(found, second, actor=world.manager, now=found.enroll_closes_at)


def test_nobody_sits_in_two_classes_at_one_time(session: Session, now: datetime) -> None:
    world = make_world()
    first = make_class(world, now=now)
    second, third = (make_class(world, now=now, program_id=make_program(world, code).id) for code in ("XA-016", "XA-017"))
    make_session(first, at(FIRST_DAY, 8, 30))
    make_session(second, at(FIRST_DAY, 11))
    make_session(third, at(FIRST_DAY, 14))
    learner = make_learner(now)
    put_in(first, learner, actor=world.manager, now=now)
    check = next(c for c in queries.explain(second.id, learner.id, now).checks if c.code == "time")
    assert check.state == "no"
    assert first.title_zh in str(check.record)
    with pytest.raises(services.MayNotEnroll):
        put_in(second, learner, actor=world.manager, now=now)
    put_in(third, learner, actor=world.manager, now=now)


def test_one_person_takes_one_run_of_a_program(session: Session, now: datetime) -> None:
    world = make_world()
    first, second = make_class(world, now=now), make_class(world, now=now)
    learner = make_learner(now)
    put_in(first, learner, actor=world.manager, now=now)
    check = next(c for c in queries.explain(second.id, learner.id, now).checks if c.code == "equivalent")
    assert (check.state, check.link) == ("no", f"/classes/{first.code}")
    with pytest.raises(services.MayNotEnroll):
        put_in(second, learner, actor=world.manager, now=now)


def test_waiting_counts_as_a_booking_too(session: Session, now: datetime) -> None:
    """Otherwise a promotion could seat somebody in two places."""
    world = make_world()
    full = make_class(world, now=now, seats=1)
    other = make_class(world, now=now, program_id=make_program(world).id)
    make_session(full, at(FIRST_DAY, 8, 30))
    make_session(other, at(FIRST_DAY, 8, 30))
    first, second = make_learners(now, 2)
    put_in(full, first, actor=world.manager, now=now)
    put_in(full, second, actor=world.manager, now=now)
    assert "time" in unmet(other, second.id, now)


def test_the_staffs_door_obeys_the_same_limit(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, seats=2)
    learners = make_learners(now, 4)
    with transaction():
        outcome = services.enroll_many(
            class_id=found.id, learner_ids=[one.id for one in learners], actor=world.admin, now=now, source=Source.IMPORT
        )
    assert [one.number for one in outcome.values() if isinstance(one, services.Enrolled)] == [None, None, 1, 2]


def test_an_import_reports_whom_the_rule_refuses_and_takes_the_rest(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now)
    stranger, fitting = make_learner(now, person_type="P01"), make_learner(now)
    with transaction():
        outcome = services.enroll_many(class_id=found.id, learner_ids=[stranger.id, fitting.id], actor=world.admin, now=now)
    assert isinstance(outcome[stranger.id], services.MayNotEnroll)
    assert states(found) == {fitting.id: ("admitted", None)}


def test_learners_enroll_nobody_else(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now)
    _, actor, _ = make_account(now)
    with pytest.raises(Forbidden), transaction():
        services.enroll(class_id=found.id, learner_id=make_learner(now).id, actor=actor, now=now)


def test_the_database_refuses_a_second_live_enrollment(session: Session, now: datetime) -> None:
    world = make_world()
    found, learner = make_class(world, now=now), make_learner(now)
    put_in(found, learner, actor=world.manager, now=now)
    again = Enrollment(
        code="B" * 16, class_id=found.id, learner_id=learner.id, state=EnrollmentState.WAITLISTED, waitlist_no=1,
        source=Source.SELF, applied_at=now,
    )  # fmt: skip
    session.add(again)
    with pytest.raises(IntegrityError, match=r"uq_enrollment_live|enrollment\.class_id"):
        session.flush()
    session.rollback()


def test_the_database_refuses_more_admitted_than_seats(session: Session, now: datetime) -> None:
    found = make_class(make_world(), now=now, seats=2)
    found.admitted_count = 3
    with pytest.raises(IntegrityError, match="never_oversold"):
        session.flush()
    session.rollback()


def test_the_page_explains_and_the_form_works_without_javascript(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.enrollment.web.apply.now", lambda: now)
    world = make_world()
    found = make_class(world, now=now, seats=1)
    make_session(found, at(FIRST_DAY, 8, 30), instructor=world.instructors[0])
    page = f"/classes/{found.code}"
    assert "登录后可以报名" in client.get(page).get_data(as_text=True)
    user, _, learner = make_account(now)
    sign_in(client, user)
    shown = client.get(page).get_data(as_text=True)
    assert "可以报名" in shown
    assert "梁伯渊" in shown
    for word in ("报名成功", "您已经报过这个班"):
        answer = client.post_form(f"{page}/enroll", page=page, follow_redirects=True)  # type: ignore[attr-defined]
        assert word in answer.get_data(as_text=True)
    assert states(found) == {learner.id: ("admitted", None)}
    pressed = client.post_form(f"{page}/enroll", page=page, headers={"HX-Request": "true"})  # type: ignore[attr-defined]
    assert 'id="enroll-bar" hx-swap-oob="delete"' in pressed.get_data(as_text=True)
    assert '<a href="/catalog" aria-current="page">' in client.get(page).get_data(as_text=True)
    other, _, waiting = make_account(now)
    sign_in(client, other)
    answer = client.post_form(f"{page}/enroll", page=page, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已在候补，第 1 位" in answer.get_data(as_text=True)
    assert states(found)[waiting.id] == ("waitlisted", 1)


def test_drafts_are_not_shown_to_the_public(session: Session, client: FlaskClient, now: datetime) -> None:
    found = make_class(make_world(), now=now, state=ClassState.DRAFT)
    assert client.get(f"/classes/{found.code}").status_code == 404


def test_the_json_door_obeys_the_same_rule(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.enrollment.api.now", lambda: now)
    found = make_class(make_world(), now=now, seats=1)
    path = f"/api/v1/classes/{found.code}"
    shown = client.get(path).get_json()
    assert (shown["code"], shown["seats"], shown["admitted"]) == (found.code, 1, 0)
    assert client.get("/api/v1/classes").get_json()["total"] == 1
    assert client.post(f"{path}/enrollments").status_code in {400, 401}
    user, _, _ = make_account(now)
    sign_in(client, user)
    headers = {"X-CSRFToken": client.get("/api/v1/csrf-token").get_json()["csrf_token"]}
    assert client.get(f"{path}/verdict").get_json()["allowed"] is True
    for is_new in (True, False):
        answer = client.post(f"{path}/enrollments", headers=headers)
        assert answer.get_json() == {"class_code": found.code, "state": "admitted", "number": None, "is_new": is_new}
    assert client.delete(f"{path}/enrollments", headers=headers).status_code == 204
    assert client.delete(f"{path}/enrollments", headers=headers).status_code == 404
    assert client.get("/api/v1/classes/XA-0000-000-00").get_json()["code"] == "not_found"
