"""Each role starts where its work is."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.exams import services as exams
from academy.reports.queries.learner import find_learner_day
from tests.accounts.factories import make_user
from tests.certificates.factories import prepare
from tests.conftest import ContextClient
from tests.exams.factories import make_sitting, make_world
from tests.notifications.factories import plan, stranger, to
from tests.reports.factories import make_academy
from tests.statements import counted

SignIn = Callable[[ContextClient, Any], None]
Client = ContextClient
STAFF = ("administrator", "class_manager", "certificate_officer")


def _page(client: Client, path: str = "/") -> str:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_a_visitor_sees_who_the_academy_is_in_its_own_numbers(session: Session, client: Client, now: datetime) -> None:
    make_academy(now)
    page = _page(client)
    assert "2028年目标" in page
    assert "30,000" in page
    assert "到今天 6 人" in page
    assert 'name="q"' in page
    assert 'name="number"' in page


def test_a_learner_sees_the_next_session_the_hours_and_what_closes_the_gap(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["learner"])
    page = _page(client)
    assert "您今天有一节课" in page
    assert "14:00" in page
    assert "／ 24 学时" in page
    assert "还没有登记等级" in page
    assert f"/classes/{academy.open_code}" in page


def test_a_running_exam_is_the_way_back_to_the_paper(session: Session, now: datetime) -> None:
    world = make_world(learners=1)
    sitting, user_id = make_sitting(world), world.learners[0].user_id
    assert user_id is not None

    def todos() -> list[tuple[str, str]]:
        day = find_learner_day(user_id, now)
        return [(one.endpoint, one.action) for one in day.todos] if day else []

    assert todos() == [("exams.enter", "去考试")]
    attempt = exams.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    assert todos() == [("exams.paper", "接着答")]
    exams.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    assert todos() == []


def test_a_learner_without_a_profile_is_shown_the_way_to_one(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    sign_in(client, make_user(Role.LEARNER))
    assert "/me/profile" in _page(client)


def test_an_instructor_sees_today_and_what_is_to_be_marked(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["instructor"])
    page = _page(client)
    assert "今天有 1 节课" in page
    assert "还差 1 人" in page
    assert page.count("/attendance/") >= 2


def test_an_instructor_nobody_knows_is_told_whom_to_ask(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    sign_in(client, make_user(Role.INSTRUCTOR))
    assert "还没有和师资库里的人对上" in _page(client)


def test_a_coordinator_sees_her_own_people_and_nobody_else(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["organization_coordinator"])
    page = _page(client)
    assert "4 人里 3 人今年已有学时" in page
    assert {"学员2", "学员4", "学员6"} == {name for name in (f"学员{n}" for n in range(1, 7)) if f">{name}<" in page}
    assert academy.theirs.name_zh not in page
    found = _page(client, "/?q=学员1")
    assert "没有找到这个名字" in found


def test_an_auditor_starts_with_the_trail(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["auditor"])
    assert "谁在什么时候做了什么" in _page(client)
    assert "整条链完好" in _page(client, "/audit?check=1")
    assert "enrollment.admitted" in _page(client, "/audit?action=enrollment.admitted")
    assert "没有这样的记录" in _page(client, "/audit?q=nobody-has-this-name")
    assert client.get("/worklist").status_code == 403


@pytest.mark.parametrize("role", STAFF)
def test_the_staff_start_with_the_work_list(
    session: Session, client: Client, sign_in: SignIn, now: datetime, role: str
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users[role])
    assert client.get("/").headers["Location"] == "/worklist"
    assert "等您处理" in _page(client, "/worklist")


@pytest.mark.parametrize(
    ("role", "path", "most"),
    [
        ("", "/", 12),
        ("learner", "/", 16),
        ("instructor", "/", 9),
        ("organization_coordinator", "/", 11),
        ("auditor", "/", 9),
        ("administrator", "/worklist", 26),
        ("administrator", "/board", 20),
        ("administrator", "/reports", 12),
    ],
)
def test_the_number_of_statements_does_not_grow_with_the_rows(
    session: Session, client: Client, sign_in: SignIn, now: datetime, role: str, path: str, most: int
) -> None:
    academy = make_academy(now, times=3)
    if role:
        sign_in(client, academy.users[role])
    _page(client, path)  # what a process keeps is kept now
    with counted() as seen:
        _page(client, path)
    assert 0 < len(seen) <= most


ODD = (
    "?page=-1",
    "?page=999999999999",
    "?page=x",
    "?q=%00%25_%27%22",
    "?q=" + "长" * 500,
    "?kind=nothing&due=never&sort=up",
    "?since=2026-13-40&until=x",
    "?since=0001-01-01&until=9999-12-31",
    "?action=%00",
    "?lang=xx",
    "?check=2",
    "?group=zzz",
)


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_never_fail(session: Session, client: Client, sign_in: SignIn, now: datetime, odd: str) -> None:
    academy = make_academy(now)
    paths = {
        "administrator": ("/worklist", "/worklist.xlsx", "/worklist/jobs", "/board", "/audit", "/reports", "/manage/messages"),
        "organization_coordinator": ("/", "/reports"),
        "learner": ("/", "/inbox"),
        "instructor": ("/", "/reports"),
    }
    for role, pages in paths.items():
        sign_in(client, academy.users[role])
        for path in pages:
            assert client.get(path + odd).status_code == 200, path


def test_pages_are_complete_in_english_too(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    for role, path in (("learner", "/"), ("administrator", "/worklist"), ("administrator", "/board"), ("auditor", "/audit")):
        sign_in(client, academy.users[role])
        assert 'lang="en"' in _page(client, f"{path}?lang=en")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("", "/"),
        ("learner", "/"),
        ("learner", "/inbox"),
        ("instructor", "/"),
        ("organization_coordinator", "/"),
        ("organization_coordinator", "/reports"),
        ("auditor", "/"),
        ("auditor", "/board"),
        ("administrator", "/worklist"),
        ("administrator", "/board"),
        ("administrator", "/manage/messages"),
        ("class_manager", "/worklist"),
        ("certificate_officer", "/worklist"),
    ],
)
def test_no_link_is_a_dead_end(session: Session, client: Client, sign_in: SignIn, now: datetime, role: str, path: str) -> None:
    academy = make_academy(now)
    prepare(academy.graduates, now)
    plan(stranger(email=None), now)
    plan(to(academy.users["learner"]), now)
    if role:
        sign_in(client, academy.users[role])
    links = {unescape(link) for link in re.findall(r'href="(/[^"#]*)', _page(client, path)) if "/static/" not in link}
    assert links
    dead = {link: client.get(link).status_code for link in sorted(links)}
    assert {link: status for link, status in dead.items() if status >= 400} == {}
