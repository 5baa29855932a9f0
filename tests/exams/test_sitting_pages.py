"""Rooms, the invigilator's page, tickets, slots and practice in a browser without scripts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import ExamConfirmation, ExamSitting
from academy.exams.rules.incidents import IncidentKind
from academy.people.models import Instructor
from academy.scoring.sample import load_rule
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, World, make_sitting, make_world
from tests.exams.rooms import make_instructor, make_room, take_room

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=3)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    return make_sitting(world, opens_at=datetime.now(UTC) - timedelta(minutes=5))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def learner(client: Any, sign_in: SignIn, world: World, place: int = 0) -> None:
    sign_in(client, db.session.get_one(User, world.learners[place].user_id))


def watcher(client: Any, sign_in: SignIn, sitting: ExamSitting | None = None) -> Instructor:
    """An instructor who signs in, and watches over the sitting if one is given."""
    instructor, actor = make_instructor()
    if sitting is not None:
        services.assign_invigilator(
            sitting_id=sitting.id, instructor_code=instructor.code, room_number=None, actor=MANAGER, now=datetime.now(UTC)
        )
        db.session.commit()
    sign_in(client, db.session.get_one(User, actor.user_id))
    return instructor


# ---- rooms ------------------------------------------------------------------------------------------------------------------


def test_a_manager_takes_a_room_gives_out_seats_and_writes_to_everybody(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    room = make_room(world)
    instructor, _ = make_instructor()
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/exams/sittings/{sitting.code}/rooms"
    assert "先选考场，再排座位" in text(client.get(page))
    client.post_form(page, {"room": room.code, "gap": "0"}, page=page)
    assert "没有加" in text(client.post_form(page, {"room": "nowhere"}, page=page, follow_redirects=True))
    assert "排了 3 个座位" in text(client.post_form(f"{page}/seats", page=page, follow_redirects=True))
    assert "3 / 3 人有座位" in text(client.get(page))
    told = text(client.post_form(f"{page}/tickets", page=page, follow_redirects=True))
    assert "3 名有座位的考生都通知到了" in told
    back = f"/manage/exams/sittings/{sitting.code}/invigilators"
    assert "安排好了" in text(
        client.post_form(back, {"instructor": instructor.code, "room": "1"}, page=page, follow_redirects=True)
    )
    assert "第 1 考场" in text(client.get(page))
    assert "不再由这位讲师" in text(client.post_form(f"{back}/{instructor.code}/remove", page=page, follow_redirects=True))
    assert "不能去掉" in text(client.post_form(f"{page}/1/remove", page=page, follow_redirects=True))


def test_extra_time_in_percent_is_for_the_staffs_eyes(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/exams/sittings/{sitting.code}/accommodations"
    given = {"candidate": "K0001", "percent": "25", "reason": "右手骨折"}
    assert "登记好了" in text(client.post_form(page, given, page=page, follow_redirects=True))
    assert "右手骨折" in text(client.get(page))
    assert client.post_form(page, {**given, "percent": "201"}, page=page).status_code == 422
    watcher(client, sign_in, sitting)
    assert client.get(page).status_code == 403
    shown = text(client.get(f"/manage/exams/sittings/{sitting.code}/watch"))
    assert "加时 25%" in shown
    assert "骨折" not in shown
    learner(client, sign_in, world)
    assert "您有 25% 的加时" in text(client.get(f"/exams/{sitting.code}"))


# ---- the day ----------------------------------------------------------------------------------------------------------------


def test_an_invigilator_checks_tickets_gives_time_and_keeps_the_log(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    take_room(world, sitting)
    services.allocate_seats(sitting_id=sitting.id, actor=MANAGER, now=datetime.now(UTC))
    with transaction():
        attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC))
    due = attempt.due_at
    watcher(client, sign_in, sitting)
    page = f"/manage/exams/sittings/{sitting.code}/watch"
    assert "0 / 3 人已核验入场" in text(client.get(page))
    assert sitting.title_zh in text(client.get("/manage/exams"))
    ticket = queries.candidate_by_number(sitting.id, "K0002").ticket_code
    arrived = client.get(f"/exams/tickets/{ticket}")
    assert arrived.location == f"{page}/K0002"
    shown = text(client.get(arrived.location))
    assert "370000••••••••1234" in shown
    assert "370000199001011234" not in shown
    assert "已核验入场" in text(client.post_form(f"{page}/K0002/check", page=page, follow_redirects=True))
    assert "已由 周老师 核验过" in text(client.post_form(f"{page}/K0002/check", page=page, follow_redirects=True))
    found = client.post_form(f"{page}/find", {"number": "k0003"}, page=page)
    assert found.location == f"{page}/K0003"
    entry = re.search(r'name="entry"[^>]*value="([^"]+)"', text(client.get(page)))
    assert entry
    given = {"entry": entry.group(1), "kind": "extra_time", "candidate": "K0001", "minutes": "10", "note": "换机"}
    for _ in range(2):  # the form sent twice
        assert "已经算进考生的钟表" in text(client.post_form(f"{page}/log", given, page=page, follow_redirects=True))
    db.session.expire_all()
    assert attempt.due_at == due + timedelta(minutes=10)
    shown = text(client.get(page))
    assert "补 10 分钟，1 人" in shown
    assert "已补 10 分钟" in shown
    for wrong in ({"kind": "party"}, {"note": ""}, {"minutes": "999"}, {"candidate": "K9999"}):
        assert "没有记" in text(client.post_form(f"{page}/log", {**given, **wrong}, page=page, follow_redirects=True))
    learner(client, sign_in, world)
    clock = client.get(f"/api/v1/attempts/{attempt.code}/clock").get_json()
    assert datetime.fromisoformat(clock["due_at"]) == due + timedelta(minutes=10)


def test_a_candidate_is_moved_from_her_page(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    take_room(world, sitting)
    services.allocate_seats(sitting_id=sitting.id, actor=MANAGER, now=datetime.now(UTC))
    db.session.commit()
    watcher(client, sign_in, sitting)
    page = f"/manage/exams/sittings/{sitting.code}/watch/K0001"
    moved = client.post_form(f"{page}/seat", {"seat": "1-3-2", "reason": "屏幕坏了"}, page=page, follow_redirects=True)
    assert "座位换好了" in text(moved)
    assert "C2" in text(moved)
    for wrong in ({"seat": "1-99-1"}, {"seat": "x"}, {"reason": ""}):
        told = client.post_form(f"{page}/seat", {"seat": "1-3-3", "reason": "x", **wrong}, page=page, follow_redirects=True)
        assert "没有换" in text(told)


def test_an_entry_is_countered_and_both_stay(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    watcher(client, sign_in, sitting)
    code, other = "ABCDEFGH23456789", "BCDEFGHJ23456789"
    with transaction():
        entry = services.log_incident(
            code=code, sitting_id=sitting.id, kind=IncidentKind.DISTURBANCE, candidate_no="K0001", note="交谈",
            actor=MANAGER, now=datetime.now(UTC),
        )  # fmt: skip
    page = f"/manage/exams/sittings/{sitting.code}/watch"
    told = client.post_form(f"{page}/log/{entry.code}/counter", {"entry": other, "note": "认错人"}, page=page)
    assert told.status_code == 302
    shown = text(client.get(page))
    assert "交谈" in shown
    assert "认错人" in shown
    assert "已由后面一条更正" in shown


def test_who_does_not_watch_finds_nothing(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    ticket = queries.candidate_by_number(sitting.id, "K0001").ticket_code
    base = f"/manage/exams/sittings/{sitting.code}"
    watcher(client, sign_in)
    for path in (f"{base}/watch", f"{base}/watch/K0001", base, f"{base}/prints", f"/exams/tickets/{ticket}"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"{base}/rooms").status_code == 403
    assert "现在还没有" in text(client.get("/manage/exams"))
    learner(client, sign_in, world, 1)
    assert client.get(f"/exams/tickets/{ticket}").status_code == 404
    assert client.get(f"{base}/watch").status_code == 403
    learner(client, sign_in, world, 0)
    assert client.get(f"/exams/tickets/{ticket}").location == f"/exams/{sitting.code}"


def test_the_version_of_the_rules_is_shown_confirmed_and_kept(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    learner(client, sign_in, world)
    path = f"/exams/{sitting.code}"
    shown = text(client.get(path))
    version = re.search(r'name="rules"[^>]*value="([0-9a-f]{16})"', shown)
    assert version
    assert "独立作答" in shown
    told = client.post_form(path, {"agreed": "y", "rules": "f" * 16}, page=path, follow_redirects=True)
    assert "规则刚刚改过" in text(told)
    assert "/exams/attempts/" in client.post_form(path, {"agreed": "y", "rules": version.group(1)}, page=path).location
    kept = db.session.scalars(select(ExamConfirmation)).one()
    assert kept.rules_version == version.group(1)


# ---- slots and practice -----------------------------------------------------------------------------------------------------


def test_slots_are_planned_by_form_and_booked_by_a_learner(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    paper = queries.papers()[0].code
    day = datetime.now(UTC) + timedelta(days=5)
    given = {"training_class": world.training_class.code, "paper": paper, "title_zh": "机考", "minutes": "60"}
    given["change_until"] = f"{day - timedelta(days=1):%Y-%m-%dT%H:%M}"
    one = {"opens_1": f"{day:%Y-%m-%dT09:00}", "closes_1": f"{day:%Y-%m-%dT11:00}", "seats_1": "1"}
    two = {"opens_2": f"{day:%Y-%m-%dT14:00}", "closes_2": f"{day:%Y-%m-%dT16:00}", "seats_2": "2"}
    path = "/manage/exams/slots/new"
    assert client.post_form(path, {**given, **one}).status_code == 422
    assert client.post_form(path, {**given, **one, **two}).status_code == 302
    group = queries.slot_groups_of([world.training_class.id])[0]
    first, second = queries.slots_of(group.id)
    learner(client, sign_in, world)
    page = f"/exams/slots/{group.code}"
    assert "自己约场次" in text(client.get("/exams"))
    assert "选一场，约一个座位" in text(client.get(page))
    assert "约好了" in text(client.post_form(f"{page}/{first.sitting.code}", page=page, follow_redirects=True))
    assert client.post_form(f"{page}/{sitting.code}", page=page).status_code == 404  # no slot of this group
    learner(client, sign_in, world, 1)
    assert "约满了" in text(client.get(page))
    assert "都约满了" in text(client.post_form(f"{page}/{first.sitting.code}", page=page, follow_redirects=True))
    client.post_form(f"{page}/{second.sitting.code}", page=page)
    assert "退掉了" in text(client.post_form(f"{page}/give-back", page=page, follow_redirects=True))
    stranger = make_world(learners=1)
    learner(client, sign_in, stranger)
    assert client.get(page).status_code == 404


def test_practice_is_answered_kept_and_finished(client: Any, sign_in: SignIn, world: World) -> None:
    learner(client, sign_in, world)
    begun = client.post_form("/exams/practice", {"count": "5", "topic": "短题"})
    page = begun.location
    run = queries.practices_of(world.learners[0].id)[0]
    items = queries.practice_items([run.id])[run.id]
    assert len(items) == 5
    answers = {f"q{item.position}": list(item.key) for item in items}
    client.post_form(page, {**answers, "go": "keep"}, page=page)
    assert re.findall(r"checked", text(client.get(page)))
    assert "没有这个选项" in text(client.post_form(page, {"q1": "Z", "go": "keep"}, page=page, follow_redirects=True))
    done = client.post_form(page, {**answers, "go": "finish"}, page=page)
    assert done.location == f"/practice/{run.code}"
    without = client.get(done.location)
    assert (without.status_code, "没有生效的评分规则" in text(without)) == (409, True)
    load_rule(actor=MANAGER, now=datetime.now(UTC))
    assert "7 / 7 分" in text(client.get(done.location))
    learner(client, sign_in, world, 1)
    assert client.get(done.location).status_code == 404
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("path", ["/exams/practice", "/practice/errors", "/exams"])
def test_empty_pages_say_what_to_do(client: Any, sign_in: SignIn, world: World, path: str) -> None:
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(path).status_code == 200
