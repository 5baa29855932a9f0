"""The page on which sessions of a class with people are moved and cancelled: the effect first, then the write."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.people.models import Learner
from academy.timetable import queries as timetable
from academy.timetable.models import TrainingClass
from tests.accounts.factories import make_user
from tests.conftest import ContextClient
from tests.enrollment.test_moves import two_classes
from tests.timetable.factories import FIRST_DAY, World, at, make_world

SignIn = Callable[[ContextClient, Any], None]
Stage = tuple[World, TrainingClass, TrainingClass, list[Learner]]
BEGIN = at(FIRST_DAY, 8, 30)


@pytest.fixture
def stage(session: Session, client: ContextClient, sign_in: SignIn) -> Stage:
    world = make_world()
    first, second, learners = two_classes(world)
    sign_in(client, make_user(Role.CLASS_MANAGER, name="值班教务"))
    return world, first, second, learners


def form_of(world: World, start: str, end: str, **given: str) -> dict[str, str]:
    shared = {"title_zh": "议事规则", "hours": "2", "room": str(world.hall.id)}
    return {**shared, "starts_at": f"2026-12-07T{start}", "ends_at": f"2026-12-07T{end}", **given}


def seen_in(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert found
    return found.group(1)


def test_the_effect_is_shown_before_anything_is_written(client: ContextClient, stage: Stage) -> None:
    world, first, _, learners = stage
    page = f"/manage/classes/{first.code}/sessions/1/move"
    looked = client.post_form(page, form_of(world, "10:00", "11:40", do="look")).get_data(as_text=True)
    assert "写入后会发" in looked
    assert "没有人因此与自己别的课冲突" in looked
    assert timetable.get_session(first.code, 1).starts_at == BEGIN
    # a write without its preview, or of another plan than the one previewed, is shown first
    for seen in ("", seen_in(looked)):
        client.post_form(page, form_of(world, "10:10", "11:50", do="write", seen=seen))
        assert timetable.get_session(first.code, 1).starts_at == BEGIN
    written = client.post_form(page, form_of(world, "10:00", "11:40", do="write", seen=seen_in(looked)))
    assert written.status_code == 302
    assert timetable.get_session(first.code, 1).starts_at == at(FIRST_DAY, 10)
    assert learners


def test_learners_who_clash_are_named_and_accepted_only_with_a_reason(client: ContextClient, stage: Stage) -> None:
    world, first, second, learners = stage
    page = f"/manage/classes/{first.code}/sessions/1/move"
    given = form_of(world, "14:30", "16:10")
    looked = client.post_form(page, {**given, "do": "look"}).get_data(as_text=True)
    assert "2 位已录取的学员那时另有课" in looked
    assert learners[0].name_zh in looked
    assert learners[2].name_zh not in looked
    assert second.code in looked
    assert 'name="slot"' in looked
    write = {**given, "do": "write", "seen": seen_in(looked)}
    for more in ({}, {"accepts_clashes": "y"}, {"accepts_clashes": "y", "reason": "  "}, {"reason": "场馆"}):
        assert client.post_form(page, {**write, **more}).status_code == 422
        assert timetable.get_session(first.code, 1).starts_at == BEGIN
    assert client.post_form(page, {**write, "accepts_clashes": "y", "reason": "场馆只有下午开放"}).status_code == 302


def test_the_plain_page_leads_here_and_an_old_form_of_it_writes_nothing(client: ContextClient, stage: Stage) -> None:
    world, first, _, _ = stage
    answer = client.get(f"/manage/classes/{first.code}/sessions/1")
    assert answer.headers["Location"].endswith("/sessions/1/move")
    token = client.token(answer.headers["Location"])
    given = form_of(world, "10:00", "11:40", csrf_token=token)
    assert client.post(f"/manage/classes/{first.code}/sessions/1", data=given).status_code == 302
    assert timetable.get_session(first.code, 1).starts_at == BEGIN
    refused = client.post_form(f"/manage/classes/{first.code}/plan", page=f"/manage/classes/{first.code}")
    assert refused.status_code == 302
    assert len(timetable.sessions_of(first.id)) == 1


def test_a_session_is_cancelled_with_a_reason_once(client: ContextClient, stage: Stage) -> None:
    _, first, _, _ = stage
    page = f"/manage/classes/{first.code}/sessions/1/cancel"
    assert "已录取的 3 位学员" in client.get(page).get_data(as_text=True)
    assert client.post_form(page, {"reason": " "}).status_code == 422
    token = client.token(page)
    assert client.post(page, data={"csrf_token": token, "reason": "停电"}).status_code == 302
    assert client.post(page, data={"csrf_token": token, "reason": "停电"}).status_code == 422
    assert "停电" in client.get(page).get_data(as_text=True)
    for shown in (f"/classes/{first.code}", f"/manage/classes/{first.code}", f"/manage/timetable/classes/{first.code}"):
        assert "已取消" in client.get(shown).get_data(as_text=True)
    assert client.get(f"/manage/classes/{first.code}/sessions/1/move").status_code == 200


def test_adding_to_a_class_with_people_is_shown_first_too(client: ContextClient, stage: Stage) -> None:
    world, first, _, _ = stage
    page = f"/manage/classes/{first.code}/sessions/add"
    given = form_of(world, "10:30", "12:10")
    looked = client.post_form(page, {**given, "do": "look"}).get_data(as_text=True)
    assert client.post_form(page, {**given, "do": "write", "seen": seen_in(looked)}).status_code == 302
    again = client.post_form(page, {**given, "do": "write", "seen": seen_in(looked)})
    assert again.status_code == 422  # pressed twice
    assert len(timetable.sessions_of(first.id)) == 2


def test_a_learner_does_not_enter(client: ContextClient, stage: Stage, sign_in: SignIn, now: datetime) -> None:
    _, first, _, _ = stage
    sign_in(client, make_user(Role.LEARNER))
    for page in ("sessions/add", "sessions/1/move", "sessions/1/cancel"):
        assert client.get(f"/manage/classes/{first.code}/{page}").status_code == 403
