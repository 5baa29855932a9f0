"""Pages about instructors: who may enter, what they do, what odd input does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.clock import local
from academy.core.db import db
from academy.people import queries as people
from academy.people.models import InstructorQualification
from academy.people.rules import QualificationState
from academy.timetable import queries
from academy.timetable.models import ClassSession, TeachingNeed, TrainingClass
from academy.timetable.rules import CandidateState, ClassState, NeedState
from tests.accounts.factories import make_user
from tests.conftest import ContextClient
from tests.timetable.factories import World, make_class, make_session, make_world
from tests.timetable.test_substitutes import license_in

SignIn = Callable[[ContextClient, Any], None]
STAFF_PAGES = ["/manage/instructors", "/manage/instructors.xlsx", "/manage/instructors/F-001", "/manage/needs",
               "/manage/instructors/F-001/absences", "/manage/instructors/F-001/qualifications/new", "/manage/fees",
               "/manage/fees.xlsx"]  # fmt: skip
OWN_PAGES = ["/teaching/needs", "/teaching/qualifications", "/teaching/absences", "/teaching/fees"]


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


@pytest.fixture
def coming(world: World) -> tuple[TrainingClass, ClassSession]:
    """A class in ten days of the real clock, with a session that nobody teaches: pages read the clock."""
    begin = local(datetime.now().astimezone()).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=10)
    found = make_class(
        world, now=begin - timedelta(days=20), state=ClassState.APPROVED, starts_on=begin.date(), ends_on=begin.date(),
        enroll_closes_at=begin - timedelta(days=1),
    )  # fmt: skip
    return found, make_session(found, begin, minutes=90)


def instructor(world: World, number: int = 0) -> User:
    user = make_user(Role.INSTRUCTOR, name=world.instructors[number].name_zh)
    world.instructors[number].user_id = user.id
    db.session.commit()
    return user


def test_each_page_is_for_its_people(world: World, client: ContextClient, sign_in: SignIn) -> None:
    for path in [*STAFF_PAGES, *OWN_PAGES]:
        assert client.get(path).status_code == 302
    sign_in(client, make_user(Role.LEARNER))
    assert {client.get(path).status_code for path in [*STAFF_PAGES, *OWN_PAGES]} == {403}
    sign_in(client, instructor(world))
    assert {client.get(path).status_code for path in STAFF_PAGES} == {403}
    assert {client.get(path).status_code for path in OWN_PAGES} == {200}
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert {client.get(path).status_code for path in STAFF_PAGES} == {200}
    sign_in(client, make_user(Role.INSTRUCTOR))  # an account that is nobody's in the pool
    for path in OWN_PAGES:
        assert "还没有和师资库里的人对上" in client.get(path).get_data(as_text=True)


def test_odd_filters_are_no_failure(world: World, client: ContextClient, sign_in: SignIn) -> None:
    sign_in(client, make_user(Role.ADMINISTRATOR))
    for query in (
        "?q=%25%27%00",
        "?field=zz",
        "?appointment=zz",
        "?papers=zz",
        "?page=0",
        "?page=99999999999",
        "?q=" + "长" * 99,
    ):
        assert client.get(f"/manage/instructors{query}").status_code == 200
    for query in ("?state=zz", "?page=x"):
        assert client.get(f"/manage/needs{query}").status_code == 200
    for path in ("/manage/instructors/F-999", "/manage/needs/none", "/manage/classes/none/needs/new", "/teaching/fees/none"):
        assert client.get(path).status_code == 404


def test_from_need_to_answer_to_timetable(
    world: World, coming: tuple[TrainingClass, ClassSession], client: ContextClient, sign_in: SignIn
) -> None:
    found, session = coming
    manager, her, other = make_user(Role.CLASS_MANAGER), instructor(world), instructor(world, 1)
    sign_in(client, manager)
    path = f"/manage/classes/{found.code}/needs/new"
    assert "还没有讲师" in client.get(path).get_data(as_text=True)
    deadline = f"{local(session.starts_at) - timedelta(days=3):%Y-%m-%dT%H:%M}"
    good = {"sessions": [session.id], "field": "SG-03", "role": "lead", "deadline_at": deadline, "kind": "", "replaces": ""}
    odd: list[dict[str, Any]] = [{"sessions": []}, {"field": "XX"}, {"deadline_at": "0001-01-01T00:00"}, {"kind": "x"}]
    for wrong in [*odd, {"sessions": [99999]}]:
        assert client.post_form(path, {**good, **wrong}).status_code == 422
    answer = client.post_form(path, good)
    assert answer.status_code == 302
    need = db.session.scalars(select(TeachingNeed)).one()
    page = f"/manage/needs/{need.code}"
    assert "师资库共 2 人" in client.get(page).get_data(as_text=True)
    client.post_form(f"{page}/invite", {"instructor": "F-001"}, page=page)
    asked = queries.candidates_of([need.id])[need.id][0]

    sign_in(client, other)
    stolen = f"/teaching/invitations/{asked.code}/accept"
    assert client.post_form(stolen, page="/teaching/absences").status_code == 404
    sign_in(client, make_user(Role.LEARNER))
    assert client.post_form(stolen, page="/me/profile").status_code == 403

    sign_in(client, her)
    shown = client.get("/teaching/needs").get_data(as_text=True)
    assert "1 份邀请等您答复" in shown
    client.post_form(f"/teaching/invitations/{asked.code}/accept", page="/teaching/needs")
    db.session.expire_all()
    assert asked.state is CandidateState.ACCEPTED

    sign_in(client, manager)
    client.post_form(f"{page}/assign", {"instructor": "F-001"}, page=page)
    db.session.expire_all()
    assert need.state is NeedState.ASSIGNED
    assert queries.session_instructors([session.id]) == {session.id: [world.instructors[0].id]}


def test_one_press_finds_a_substitute(
    world: World, coming: tuple[TrainingClass, ClassSession], client: ContextClient, sign_in: SignIn
) -> None:
    found, session = coming
    sign_in(client, make_user(Role.CLASS_MANAGER))
    path = f"/manage/classes/{found.code}/sessions/{session.seq}/substitutes"
    assert "那天没有有效的资格 2" in client.get(path).get_data(as_text=True)
    assert client.get(f"{path}?field=zz&kind=zz").status_code == 200
    license_in([one.id for one in world.instructors])
    db.session.commit()
    given = {"instructor": "F-002", "field": "SG-03", "step": "assign", "replaces": "zz", "role": "zz", "kind": "zz"}
    assert client.post_form(path, {**given, "instructor": "F-999"}).status_code == 404
    assert client.post_form(path, given).status_code == 302
    assert queries.session_instructors([session.id]) == {session.id: [world.instructors[1].id]}
    client.post_form(path, {**given, "instructor": "F-001", "step": "invite"}, page="/manage/instructors/F-001")
    need = queries.open_need_of_session(session.id)
    assert need is not None
    assert client.get(path).headers["Location"].endswith(f"/manage/needs/{need.code}")


def test_papers_are_handed_in_checked_and_shown_masked(world: World, client: ContextClient, sign_in: SignIn) -> None:
    her, manager = instructor(world), make_user(Role.CLASS_MANAGER)
    sign_in(client, her)
    form = {"kind": "teacher", "name_zh": "教师资格证", "number": "20213700012345678", "issued_on": "2021-07-01"}
    path = "/teaching/qualifications/new"
    for wrong in ({"number": ""}, {"issued_on": "x"}, {"issued_on": "9999-01-01"}, {"kind": "x"}, {"expires_on": "2020-01-01"}):
        assert client.post_form(path, {**form, **wrong}).status_code == 422
    assert client.post_form(path, form).status_code == 302
    made = db.session.scalars(select(InstructorQualification)).one()
    assert made.state is QualificationState.SUBMITTED
    assert "20213700012345678" not in client.get("/teaching/qualifications").get_data(as_text=True)
    base = f"/manage/instructors/F-001/qualifications/{made.code}"
    assert client.post_form(f"{base}/check", page="/teaching/absences").status_code == 403
    sign_in(client, manager)
    page = "/manage/instructors/F-001"
    assert "20213700012345678" not in client.get(page).get_data(as_text=True)
    assert "20213700012345678" in client.post_form(f"{base}/unmask", page=page).get_data(as_text=True)
    assert client.post_form(f"/manage/instructors/F-002/qualifications/{made.code}/check", page=page).status_code == 404
    client.post_form(f"{base}/check", page=page)
    db.session.expire_all()
    assert made.checked_at is not None
    assert people.qualified_on(made.issued_on) == {world.instructors[0].id: [made.kind]}


def test_absences_on_the_page(world: World, client: ContextClient, sign_in: SignIn) -> None:
    first, second = world.instructors
    sign_in(client, instructor(world))
    begin = local(datetime.now().astimezone()) + timedelta(days=3)
    given = {
        "starts_at": f"{begin:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begin + timedelta(hours=8):%Y-%m-%dT%H:%M}",
        "reason": "出差",
    }
    assert client.post_form("/teaching/absences", {**given, "ends_at": "2020-01-01T00:00"}).status_code == 422
    assert client.post_form("/teaching/absences", given).status_code == 302
    (one,) = people.absences_between([first.id], begin, begin + timedelta(days=1))[first.id]
    remove = f"/teaching/absences/{second.code}/remove"
    assert client.post_form(remove, {"absence": one.id}, page="/teaching/absences").status_code == 403
    for odd in ("", "x", "99999999", "-1", "²"):
        own = f"/teaching/absences/{first.code}/remove"
        wrong = client.post_form(own, {"absence": odd}, page="/teaching/absences")
        assert wrong.status_code == 404
    client.post_form(f"/teaching/absences/{first.code}/remove", {"absence": one.id}, page="/teaching/absences")
    assert people.absences_between([first.id], begin, begin + timedelta(days=1)) == {}
