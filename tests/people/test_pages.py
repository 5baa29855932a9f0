from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.people import queries
from tests.people.factories import load_people, make_learner, make_user

SignIn = Callable[[FlaskClient, Any], None]


@pytest.fixture(autouse=True)
def people(session: Session, now: datetime) -> None:
    load_people(now)


def test_the_pool_can_be_searched_and_filtered(client: FlaskClient) -> None:
    assert "120 位讲师" in client.get("/instructors").get_data(as_text=True)
    found = client.get("/instructors?q=孙砚秋&field=SG-01").get_data(as_text=True)
    assert "孙砚秋" in found
    assert "符合条件的有 1 位" in found
    assert "没有符合这些条件的讲师" in client.get("/instructors?q=无此人").get_data(as_text=True)


def test_an_instructor_page_keeps_mail_and_pay_from_the_public(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    assert "sunyanqiu.738@example.org" not in client.get("/instructors/F-001").get_data(as_text=True)
    sign_in(client, make_user(now))
    assert "sunyanqiu.738@example.org" in client.get("/instructors/F-001").get_data(as_text=True)


def test_staff_see_all_learners_masked(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    sign_in(client, make_user(now))
    shown = client.get("/manage/learners").get_data(as_text=True)
    assert "名册里有 600 位学员" in shown
    assert "370000••••••••8133" in shown
    assert "370000198910198133" not in shown


def test_a_coordinator_sees_her_own_people_only(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    sign_in(client, make_user(now, Role.ORGANIZATION_COORDINATOR, organization="WU-051"))
    shown = client.get("/manage/learners").get_data(as_text=True)
    assert "L-0001" in shown
    assert "L-0002" not in shown
    assert client.get("/manage/learners/L-0001").status_code == 200
    assert client.get("/manage/learners/L-0002").status_code == 404
    assert "查看原文" not in client.get("/manage/learners/L-0001").get_data(as_text=True)


def test_unmasking_is_written_down(client: FlaskClient, sign_in: SignIn, session: Session, now: datetime) -> None:
    sign_in(client, make_user(now))
    shown = client.post_form("/manage/learners/L-0001/unmask", page="/manage/learners/L-0001")  # type: ignore[attr-defined]
    assert "370000198910198133" in shown.get_data(as_text=True)
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "people.learner_unmasked")).all()
    assert [(row.subject, row.actor_name) for row in rows] == [("learner:L-0001", "孔延玲")]


def test_learners_cannot_open_the_register(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    sign_in(client, make_user(now, Role.LEARNER))
    for address in ("/manage/learners", "/manage/learners/L-0001", "/manage/learners/import"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%25_'\"", "page=99999999999999999999", "page=-1", "type=P99&level=x", "q=" + "长" * 500, "type=P01&type=P02"],
)
def test_odd_addresses_are_answered(client: FlaskClient, sign_in: SignIn, now: datetime, query: str) -> None:
    sign_in(client, make_user(now))
    for address in ("/manage/learners", "/instructors"):
        assert client.get(f"{address}?{query}").status_code == 200


def register(client: FlaskClient, **changes: str) -> Any:
    data = {
        "name_zh": "孙婷婷",
        "id_number": "370000200002290030",
        "mobile": "19900002827",
        "person_type": "P11",
        "organization": "",
        "education": "",
        **changes,
    }
    return client.post_form("/me/profile", data)  # type: ignore[attr-defined]


def test_a_newcomer_registers_herself(client: FlaskClient, sign_in: SignIn, session: Session, now: datetime) -> None:
    user = make_user(now, Role.LEARNER, name="孙婷婷")
    sign_in(client, user)
    assert register(client).status_code == 302
    learner = queries.find_learner_of_user(user.id)
    assert learner is not None
    assert learner.id_number == "370000200002290030"
    assert "370000••••••••0030" in client.get("/me/profile").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id_number", "370000200002290031", "校验码错误"),
        ("id_number", "370000200002300030", "出生日期不存在"),
        ("mobile", "1990000", "11 位"),
        ("name_zh", "王😊", "按身份证填写"),
        ("person_type", "P99", ""),
    ],
)
def test_a_wrong_record_is_refused_with_the_reason(
    client: FlaskClient, sign_in: SignIn, now: datetime, field: str, value: str, says: str
) -> None:
    user = make_user(now, Role.LEARNER)
    sign_in(client, user)
    answer = register(client, **{field: value})
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert queries.find_learner_of_user(user.id) is None


def test_a_record_made_by_a_roster_is_taken_over_when_all_three_agree(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime
) -> None:
    known = make_learner(now)
    user = make_user(now, Role.LEARNER, name="孙婷婷")
    sign_in(client, user)
    assert register(client, mobile="19900000001").status_code == 422
    assert register(client).status_code == 302
    session.refresh(known)
    assert known.user_id == user.id
    assert session.scalar(select(func.count()).select_from(type(known)).where(type(known).name_zh == "孙婷婷")) == 2
