"""A class goes through its states by one table, and each refusal says why."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.core.access import SYSTEM, Actor, Role
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.timetable import queries, services
from academy.timetable.jobs import start_due_classes
from academy.timetable.models import TrainingClass
from academy.timetable.rules import TRANSITIONS, ClassState, Step
from academy.timetable.services.classes import (
    ClassCannotBeEdited,
    ClassPlan,
    DatesAreUnusable,
    DeadlineIsUnusable,
    RoomIsElsewhere,
)
from academy.timetable.services.seats import SeatsExceedRoom
from academy.timetable.services.steps import StepIsRefused
from tests.accounts.factories import make_user
from tests.enrollment.factories import make_learner, put_in
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_staff, make_world

CLOSES = at(FIRST_DAY - timedelta(days=6), 18)


def plan(world: World, **given: object) -> ClassPlan:
    values: dict[str, object] = {
        "site_code": world.site.code,
        "room_code": world.room.code,
        "starts_on": FIRST_DAY,
        "ends_on": FIRST_DAY + timedelta(days=2),
        "seats": 30,
        "enroll_opens_at": at(FIRST_DAY - timedelta(days=20), 9),
        "enroll_closes_at": CLOSES,
        **given,
    }
    return ClassPlan(**values)  # type: ignore[arg-type]


def create(world: World, now: datetime, **given: object) -> TrainingClass:
    with transaction():
        return services.create_class(program_code="XA-015", plan=plan(world, **given), actor=world.manager, now=now)


def step(found: TrainingClass, what: Step, actor: Actor, now: datetime) -> TrainingClass:
    with transaction():
        return services.take_step(class_id=found.id, step=what, actor=actor, now=now)


def test_a_class_from_draft_to_archive(session: Session, now: datetime) -> None:
    world = make_world()
    found = create(world, now)
    assert (found.code, found.state, found.audience) == ("XA-2026-015-01", ClassState.DRAFT, world.program.audience)
    ids = [one.id for one in world.instructors]
    with transaction():
        services.generate_sessions(code=found.code, instructor_ids=ids, actor=world.manager, now=now)
    step(found, Step.SUBMIT, world.manager, now)
    step(found, Step.APPROVE, world.admin, now)
    step(found, Step.OPEN, world.manager, now)
    put_in(found, make_learner(now), actor=world.manager, now=now)
    step(found, Step.START, world.manager, at(FIRST_DAY, 8))
    step(found, Step.CLOSE, world.manager, at(FIRST_DAY + timedelta(days=2), 18))
    assert step(found, Step.ARCHIVE, world.manager, at(FIRST_DAY + timedelta(days=9), 9)).state is ClassState.ARCHIVED


@pytest.mark.parametrize("what", list(Step))
@pytest.mark.parametrize("state", list(ClassState))
def test_no_step_outside_the_table(session: Session, now: datetime, what: Step, state: ClassState) -> None:
    if state in TRANSITIONS[what].sources:
        pytest.skip("a step of the table")
    found = make_class(make_world(), now=now, state=state)
    with pytest.raises(StepIsRefused) as refused:
        step(found, what, SYSTEM, now)
    assert "state" in {check.code for check in refused.value.verdict.unmet}
    assert queries.class_by_id(found.id).state is state


@pytest.mark.parametrize(
    ("state", "what", "code"),
    [
        (ClassState.DRAFT, Step.SUBMIT, "sessions"),
        (ClassState.APPROVED, Step.OPEN, "sessions"),
        (ClassState.OPEN, Step.START, "starts_on"),
        (ClassState.RUNNING, Step.CLOSE, "taught"),
    ],
)
def test_what_is_missing_is_named(session: Session, now: datetime, state: ClassState, what: Step, code: str) -> None:
    found = make_class(make_world(), now=now, state=state)
    with pytest.raises(StepIsRefused) as refused:
        step(found, what, SYSTEM, now)
    assert code in {check.code for check in refused.value.verdict.unmet}


def test_whoever_submitted_does_not_approve(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, state=ClassState.DRAFT)
    make_session(found, at(FIRST_DAY, 8, 30))
    step(found, Step.SUBMIT, world.admin, now)
    with pytest.raises(StepIsRefused, match="您就是提交人"):
        step(found, Step.APPROVE, world.admin, now)
    with pytest.raises(Forbidden):
        step(found, Step.APPROVE, world.manager, now)
    _, second = make_staff(Role.ADMINISTRATOR)
    assert step(found, Step.APPROVE, second, now).approved_by_id == second.user_id


def test_a_room_that_is_too_small_is_refused(session: Session, now: datetime) -> None:
    world = make_world()
    with pytest.raises(SeatsExceedRoom, match="只容 30 人"):
        create(world, now, seats=31)
    found = make_class(world, now=now, state=ClassState.DRAFT, room_id=world.room.id, seats=31)
    make_session(found, at(FIRST_DAY, 8, 30))
    with pytest.raises(StepIsRefused, match="只容 30 人"):
        step(found, Step.SUBMIT, world.manager, now)


def test_unusable_dates_are_refused(session: Session, now: datetime) -> None:
    world = make_world()
    with pytest.raises(DatesAreUnusable):
        create(world, now, ends_on=FIRST_DAY - timedelta(days=1))
    with pytest.raises(DeadlineIsUnusable):
        create(world, now, enroll_closes_at=at(FIRST_DAY, 8))
    with pytest.raises(DeadlineIsUnusable):
        create(world, now, enroll_opens_at=CLOSES)


def test_a_room_of_another_site_is_refused(session: Session, now: datetime) -> None:
    world = make_world()
    world.room.site_id, other = world.site.id, world.hall
    moved = type(world.site)(**{
        **{c.key: getattr(world.site, c.key) for c in world.site.__table__.columns if c.key != "id"}, "code": "TS-T-009",
    })  # fmt: skip
    session.add(moved)
    session.flush()
    other.site_id = moved.id
    session.commit()
    with pytest.raises(RoomIsElsewhere):
        create(world, now, room_code=other.code)


def test_editing_an_approved_class_takes_the_approval_away(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, state=ClassState.APPROVED)
    with transaction():
        services.edit_class(code=found.code, plan=plan(world, seats=25), actor=world.manager, now=now)
    assert (found.state, found.approved_by_id, found.seats) == (ClassState.DRAFT, None, 25)


def test_an_open_class_keeps_its_dates_but_not_its_deadline(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now)
    with pytest.raises(ClassCannotBeEdited), transaction():
        services.edit_class(code=found.code, plan=plan(world), actor=world.manager, now=now)
    later = at(FIRST_DAY - timedelta(days=2), 18)
    with transaction():
        services.change_deadline(code=found.code, enroll_closes_at=later, actor=world.manager, now=now)
    with pytest.raises(DeadlineIsUnusable), transaction():
        services.change_deadline(code=found.code, enroll_closes_at=at(FIRST_DAY, 9), actor=world.manager, now=now)
    assert queries.class_by_id(found.id).enroll_closes_at == later


def test_runs_are_numbered_and_class_serials_are_the_years(session: Session, now: datetime) -> None:
    world = make_world()
    made = [create(world, now) for _ in range(3)]
    assert [one.run_no for one in made] == [1, 2, 3]
    assert len({one.class_serial for one in made}) == 3


def test_classes_start_by_themselves_and_one_that_cannot_holds_up_none(session: Session, now: datetime) -> None:
    world = make_world()
    empty, due, later = (make_class(world, now=now) for _ in range(3))
    later.starts_on = later.ends_on = FIRST_DAY + timedelta(days=5)
    session.commit()
    make_session(due, at(FIRST_DAY, 8, 30))
    put_in(due, make_learner(now), actor=world.manager, now=now)
    start_due_classes(now=at(FIRST_DAY, 7))
    states = [queries.class_by_id(one.id).state for one in (empty, due, later)]
    assert states == [ClassState.OPEN, ClassState.RUNNING, ClassState.OPEN]


def test_staff_create_a_class_in_the_browser(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    world = make_world()
    manager = make_user(Role.CLASS_MANAGER)
    sign_in(client, manager)
    form = {
        "program": "XA-015", "starts_on": "2027-03-01", "ends_on": "2027-03-03", "place": f"TS-T-001/{world.room.code}",
        "seats": "31", "enroll_opens_at": "2027-01-05T09:00", "enroll_closes_at": "2027-02-20T18:00",
    }  # fmt: skip
    refused = client.post_form("/manage/classes/new", form)  # type: ignore[attr-defined]
    assert refused.status_code == 422
    assert "只容 30 人" in refused.get_data(as_text=True)
    made = client.post_form("/manage/classes/new", {**form, "seats": "30"}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "XA-2027-015-01" in made.get_data(as_text=True)
    page = "/manage/classes/XA-2027-015-01"
    planned = client.post_form(f"{page}/plan", {"first": str(world.instructors[0].id)}, page=page, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已排 3 次课" in planned.get_data(as_text=True)
    asked = client.post_form(f"{page}/steps/submit", page=page, follow_redirects=True)  # type: ignore[attr-defined]
    assert "待审批" in asked.get_data(as_text=True)
    for wrong in ("", "abc", "2027-13-40", "99999-01-01", "9999-12-31", "0001-01-01"):
        answer = client.post_form("/manage/classes/new", {**form, "starts_on": wrong})  # type: ignore[attr-defined]
        assert answer.status_code == 422
    for wrong in ("0001-01-01T00:00", "0001-01-01T09:00", "9999-12-31T23:59"):
        answer = client.post_form("/manage/classes/new", {**form, "enroll_opens_at": wrong})  # type: ignore[attr-defined]
        assert answer.status_code == 422


def test_a_session_number_beyond_the_database_is_not_found(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    found = make_class(make_world(), now=now)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    for number in ("9223372036854775808", "9" * 30):
        assert client.get(f"/manage/classes/{found.code}/sessions/{number}").status_code == 404


def test_learners_do_not_manage(session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime) -> None:
    found = make_class(make_world(), now=now)
    sign_in(client, make_user(Role.LEARNER))
    for path in (
        "/manage/classes",
        "/manage/classes/new",
        f"/manage/classes/{found.code}",
        f"/manage/classes/{found.code}/people",
    ):
        assert client.get(path).status_code == 403
