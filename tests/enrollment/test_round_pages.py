"""The pages of central allocation: who sees what, what each button does, and what odd input gets."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core import clock, outbox
from academy.core.access import Role
from academy.core.db import db
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries.rounds import get_round
from academy.enrollment.rules.rounds import RoundState
from tests.accounts.factories import make_organization, make_user
from tests.conftest import ContextClient
from tests.enrollment.factories import make_account
from tests.enrollment.rounds import Stage, make_stage
from tests.timetable.factories import make_class

SignIn = Callable[[FlaskClient, Any], None]


def user_of(stage: Stage, who: str) -> User:
    """The stage's manager or administrator as a user who can sign in."""
    actor = stage.world.manager if who == "manager" else stage.world.admin
    return db.session.get_one(User, actor.user_id)


@pytest.fixture
def stage(session: Session) -> Stage:
    """A round that is open now, by the real clock."""
    return make_stage(clock.now(), [1, 2], classes=later())


def later() -> dict[str, Any]:
    """Dates of a class that is far ahead."""
    day = clock.today() + timedelta(days=60)
    return {"starts_on": day, "ends_on": day + timedelta(days=1), "enroll_closes_at": clock.now() + timedelta(days=40)}


def close(stage: Stage) -> None:
    """The window ends now."""
    found = get_round(stage.code)
    found.opens_at, found.closes_at = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    db.session.commit()


def test_a_learner_chooses_changes_and_takes_back_without_script(
    client: ContextClient, sign_in: SignIn, stage: Stage, now: datetime
) -> None:
    user, _, learner = make_account(now)
    sign_in(client, user)
    page = f"/choices/{stage.code}"
    assert stage.found().title_zh in client.get("/choices").text
    assert "请填志愿" in client.get(page).text
    answer = client.post_form(page, {"first": stage.codes[1], "second": stage.codes[0], "third": ""}, follow_redirects=True)
    assert "志愿已保存，填报序号 1" in answer.text
    refused = client.post_form(page, {"first": stage.codes[0], "second": stage.codes[0]})
    assert refused.status_code == 422
    assert "同一个班只能填一次" in refused.text
    application = queries.find_application(stage.found().id, learner.id)
    assert application is not None
    assert queries.choices_of(application.id) == [stage.classes[1].id, stage.classes[0].id]
    assert "回执已发到消息里" in client.post_form(f"{page}/receipt", page=page, follow_redirects=True).text
    assert "志愿已撤回" in client.post_form(f"{page}/withdraw", page=page, follow_redirects=True).text
    assert client.post_form(f"{page}/withdraw", page=page).status_code == 404


def test_odd_input_is_refused_in_words(client: ContextClient, sign_in: SignIn, stage: Stage, now: datetime) -> None:
    user, _, _ = make_account(now)
    sign_in(client, user)
    page = f"/choices/{stage.code}"
    for first in ("", "x" * 5000, "\0", "<script>", "XA-2026-999-01", "１２３"):
        answer = client.post_form(page, {"first": first}, page=page)
        assert answer.status_code == 422
        assert "<script>x" not in answer.text
    for address in ("/choices/NOSUCHROUND", f"/choices/{stage.code}/unit", "/manage/rounds", "/manage/rounds/new"):
        assert client.get(address).status_code in {403, 404}


def test_who_may_see_which_page(client: ContextClient, sign_in: SignIn, session: Session, now: datetime) -> None:
    draft = make_stage(now, [1], is_published=False)
    learner, _, _ = make_account(now)
    for user, status in ((None, 404), (learner, 404), (user_of(draft, "manager"), 200)):
        if user is not None:
            sign_in(client, user)
        assert client.get(f"/choices/{draft.code}").status_code == status
    sign_in(client, make_user(Role.AUDITOR))
    assert client.get("/manage/rounds").status_code == 200
    assert client.get(f"/manage/rounds/{draft.code}").status_code == 200
    assert client.get("/manage/rounds/new").status_code == 403
    token = client.token("/me")
    assert client.post(f"/manage/rounds/{draft.code}/publish", data={"csrf_token": token}).status_code == 403


def test_staff_plan_publish_preview_and_the_second_person_approves(
    client: ContextClient, sign_in: SignIn, stage: Stage, now: datetime
) -> None:
    people = [stage.person() for _ in range(3)]
    for person in people:
        stage.choose(person, 0, 1)
    close(stage)
    sign_in(client, user_of(stage, "manager"))
    page = f"/manage/rounds/{stage.code}"
    made = client.post_form(f"{page}/previews", page=page, follow_redirects=True)
    assert "3 人分到席位，1 人是第一志愿" in made.text
    assert "等另一位教务批准" in made.text
    preview = queries.previews_of(stage.found().id)[0]
    shown = f"{page}/previews/{preview.code}"
    assert (
        client.post_form(f"{shown}/approve", page="/manage/rounds/new", follow_redirects=True).text.count("要由另一位教务批准")
        == 1
    )
    assert client.get(f"{shown}?q={people[0].code}&result=1&class={stage.codes[0]}&unit=none&page=99").status_code == 200
    assert "没有这样的人" in client.get(f"{shown}?q=查无此人").text
    assert "没有分到" in client.get(f"{shown}/people/{people[1].code}").text
    assert client.get(f"{shown}/people/L-NOBODY").status_code == 404
    workbook = openpyxl.load_workbook(io.BytesIO(client.get(f"{shown}.xlsx").data))
    rows = list(workbook.worksheets[0].iter_rows(values_only=True))
    assert {row[0] for row in rows[3:]} == {one.code for one in people}
    sign_in(client, user_of(stage, "admin"))
    assert "正在录取" in client.post_form(f"{shown}/approve", page=shown, follow_redirects=True).text
    assert client.get(f"{page}/progress").status_code == 200
    outbox.drain(now=clock.now())
    db.session.expire_all()
    assert get_round(stage.code).state is RoundState.RELEASED
    assert "结果已公布" in client.get(page).text
    sign_in(client, db.session.get_one(User, people[1].actor.user_id))
    own = client.get(f"/choices/{stage.code}").text
    assert f"您已录取：{stage.classes[1].title_zh}" in own
    assert "没有分到" in own
    assert all(one.code not in own for one in (people[0], people[2]))


def test_a_plan_is_kept_edited_published_and_cancelled_by_form(
    client: ContextClient, sign_in: SignIn, stage: Stage, now: datetime
) -> None:
    other = make_class(stage.world, now=clock.now(), **later())
    sign_in(client, user_of(stage, "manager"))
    opens, closes = (clock.now() + timedelta(days=days) for days in (1, 8))
    data: dict[str, Any] = {
        "title_zh": "春季班", "note_zh": "", "classes": [other.code], "opens_at": f"{opens:%Y-%m-%dT%H:%M}",
        "closes_at": f"{closes:%Y-%m-%dT%H:%M}", "most_choices": "2", "has_line": "y", "first": "person_type",
        "second": "earliest", "groups": "P11 P12\nP10",
    }  # fmt: skip
    page = "/manage/rounds/new"
    bad: dict[str, Any]
    for bad in (
        {"title_zh": ""},
        {"classes": []},
        {"opens_at": "明天"},
        {"closes_at": "0001-01-01T00:00"},
        {"groups": "P99"},
        {"second": "x"},
    ):
        answer = client.post_form(page, {**data, **bad})
        assert answer.status_code == 422, bad
    made = client.post_form(page, data, follow_redirects=True)
    assert "已存为草稿" in made.text
    code = made.request.path.rsplit("/", 1)[1]
    kept = get_round(code)
    assert [item.as_json() for item in kept.criteria] == [
        {"kind": "person_type", "groups": [["P11", "P12"], ["P10"]]},
        {"kind": "earliest", "groups": []},
    ]
    edit = f"/manage/rounds/{code}/edit"
    assert "春季班" in client.get(edit).text
    assert client.post_form(edit, {**data, "title_zh": "春季专题班"}).status_code == 302
    mine = f"/manage/rounds/{code}"
    assert "已公布" in client.post_form(f"{mine}/publish", page=mine, follow_redirects=True).text
    assert client.get(edit).status_code == 302
    assert client.post_form(f"{mine}/cancel", {"reason": ""}, page=mine).status_code == 422
    assert "这一轮已取消" in client.post_form(f"{mine}/cancel", {"reason": "并入下期"}, page=mine, follow_redirects=True).text
    db.session.expire_all()
    assert get_round(code).title_zh == "春季专题班"


def test_a_coordinator_recommends_her_own_people(client: ContextClient, sign_in: SignIn, stage: Stage, now: datetime) -> None:
    mine, theirs = make_organization(), make_organization()
    user = make_user(Role.ORGANIZATION_COORDINATOR, organization=mine)
    own, other = stage.person(organization=mine), stage.person(organization=theirs)
    codes = [stage.choose(one, 0) for one in (own, other)]
    sign_in(client, user)
    page = f"/choices/{stage.code}/unit"
    shown = client.get(page).text
    assert own.code in shown
    assert other.code not in shown
    assert "已推荐" in client.post_form(f"{page}/{codes[0]}/nominate", page=page, follow_redirects=True).text
    assert client.post_form(f"{page}/{codes[1]}/nominate", page=page).status_code == 404
    assert "推荐已撤回" in client.post_form(f"{page}/{codes[0]}/retract", page=page, follow_redirects=True).text


@pytest.mark.parametrize("phase", ["open", "closed", "cancelled"])
def test_everybody_can_read_the_rules_and_nobody_a_name(client: ContextClient, stage: Stage, phase: str) -> None:
    person = stage.person()
    stage.choose(person, 0)
    if phase == "closed":
        close(stage)
    elif phase == "cancelled":
        get_round(stage.code).state = RoundState.CANCELLED
        db.session.commit()
    shown = client.get(f"/choices/{stage.code}").text
    assert "怎样分配" in shown
    assert person.code not in shown
    seed = get_round(stage.code).seed
    assert (seed in shown) is (phase == "closed")
