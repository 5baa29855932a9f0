"""What nobody means: control characters, endless texts, numbers past the end. Refused with a sentence, never a failure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.codes import random_code16
from academy.core.db import db
from academy.exams import queries
from academy.exams.models import ExamSitting
from tests.accounts.factories import make_user
from tests.exams.factories import World, make_sitting, make_world
from tests.exams.rooms import take_room

SignIn = Callable[[Any, Any], None]
NASTY = ["\0", "\x00K0001", "🙂" * 2000, "9" * 40, "<script>alert(1)</script>", "' OR 1=1 --", "-1", "１２"]


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=1)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    found = make_sitting(world, opens_at=datetime.now(UTC) - timedelta(minutes=5))
    take_room(world, found)
    return found


@pytest.mark.parametrize("nasty", NASTY)
def test_the_staffs_doors_hold(client: Any, sign_in: SignIn, sitting: ExamSitting, nasty: str) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    base = f"/manage/exams/sittings/{sitting.code}"
    page = f"{base}/watch"
    posts: list[tuple[str, dict[str, str]]] = [
        (f"{base}/rooms", {"room": nasty, "capacity": nasty, "gap": nasty}),
        (f"{base}/invigilators", {"instructor": nasty, "room": nasty}),
        (f"{base}/accommodations", {"candidate": nasty, "percent": nasty, "reason": nasty}),
        (f"{page}/find", {"number": nasty}),
        (f"{page}/log", {"entry": nasty, "kind": nasty, "candidate": nasty, "minutes": nasty, "note": nasty}),
        (f"{page}/log", {"entry": random_code16(), "kind": "other", "candidate": "", "note": nasty}),
        (f"{page}/log/{random_code16()}/counter", {"entry": nasty, "note": nasty}),
        (f"{page}/K0001/seat", {"seat": nasty, "reason": nasty}),
        ("/manage/exams/slots/new", {"training_class": nasty, "paper": nasty, "title_zh": nasty, "seats_1": nasty}),
    ]
    for path, data in posts:
        assert client.post_form(path, data, page=page).status_code < 500, path
    for query in ("room", "v", "who"):
        assert client.get(page, query_string={query: nasty}).status_code < 500, query
    assert client.get(f"{base}/prints/tickets.pdf", query_string={"room": nasty}).status_code < 500
    assert client.get(f"{base}/prints", query_string={"gaps": nasty}).status_code < 500


@pytest.mark.parametrize("nasty", ["%00", "K%00", "x" * 300, "..%2f..", "%F0%9F%99%82"])
def test_addresses_hold(client: Any, sign_in: SignIn, sitting: ExamSitting, nasty: str) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER, Role.LEARNER))
    base = f"/manage/exams/sittings/{sitting.code}"
    for path in (f"{base}/watch/{nasty}", f"/exams/tickets/{nasty}", f"/exams/slots/{nasty}", f"/exams/practice/{nasty}"):
        assert client.get(path).status_code in {400, 404, 405, 422}, path
    assert client.get(f"{base}/prints/{nasty}.pdf").status_code in {400, 404, 405, 422}


@pytest.mark.parametrize("nasty", NASTY)
def test_the_learners_doors_hold(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting, nasty: str) -> None:
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    page = f"/exams/{sitting.code}"
    assert client.post_form(page, {"agreed": "y", "rules": nasty}, page=page).status_code < 500
    assert queries.attempts_of(sitting.id) == []
    for path in ("/exams/practice", "/practice/errors"):
        assert client.post_form(path, {"topic": nasty, "count": nasty}, page=page).status_code < 500, path
