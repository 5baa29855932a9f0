"""The pages of exams in a browser without scripts, and the JSON door."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import Attempt, ExamSitting
from academy.exams.rules.kinds import AttemptState, ImportState
from tests.accounts.factories import make_user
from tests.exams.factories import World, make_sitting, make_world

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=2)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    return make_sitting(world, opens_at=datetime.now(UTC) - timedelta(minutes=5))


def learner(client: Any, sign_in: SignIn, world: World, place: int = 0) -> None:
    sign_in(client, db.session.get_one(User, world.learners[place].user_id))


@pytest.fixture
def attempt(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> Attempt:
    learner(client, sign_in, world)
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_the_rules_are_confirmed_before_the_clock_starts(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    learner(client, sign_in, world)
    assert "现在可以考 1 场" in text(client.get("/exams"))
    path = f"/exams/{sitting.code}"
    assert "先勾选这一项" in text(client.post_form(path))
    assert queries.attempts_of(sitting.id) == []
    begun = client.post_form(path, {"agreed": "y"})
    assert begun.status_code == 302
    assert "/exams/attempts/" in begun.location
    assert "第 1 题" in text(client.get(begun.location))
    assert "接着答" in text(client.get("/exams"))


def test_answers_are_saved_by_plain_posts(client: Any, attempt: Attempt) -> None:
    path = f"/exams/attempts/{attempt.code}"
    moved = client.post_form(f"{path}?q=1", {"answer": "B", "seq": "1", "go": "2"})
    assert moved.location.endswith("?q=2")
    client.post_form(f"{path}?q=4", {"answer": ["C", "A"], "seq": "2", "go": "flag"})
    db.session.expire_all()
    assert queries.answers_of_attempt(attempt.id) == {1: "B", 4: "AC"}
    assert queries.flags_of_attempt(attempt.id) == {4}
    page = text(client.get(f"{path}?q=4"))
    assert re.findall(r'value="([A-E])" checked', page) == ["A", "C"]


def test_an_old_page_is_told_and_changes_nothing(client: Any, attempt: Attempt) -> None:
    path = f"/exams/attempts/{attempt.code}"
    client.post_form(f"{path}?q=1", {"answer": "B", "seq": "1", "go": "2"})
    told = client.post_form(f"{path}?q=1", {"answer": "C", "seq": "1", "go": "2"}, follow_redirects=True)
    assert "您在别的窗口或设备上接着答过这份卷子" in text(told)
    db.session.expire_all()
    assert queries.answers_of_attempt(attempt.id) == {1: "B"}


def test_handing_in_shows_what_is_missing_and_then_what_was_taken(client: Any, attempt: Attempt) -> None:
    path = f"/exams/attempts/{attempt.code}/hand-in"
    assert "还有 5 题没有答" in text(client.get(path))
    assert "已交卷：0 / 5 题" in text(client.post_form(path, follow_redirects=True))
    db.session.expire_all()
    assert queries.find_attempt(attempt.sitting_id, attempt.learner_id).state is AttemptState.SUBMITTED  # type: ignore[union-attr]
    assert client.get(f"/exams/attempts/{attempt.code}").location.endswith("/hand-in")


def test_somebody_elses_attempt_does_not_exist(client: Any, sign_in: SignIn, world: World, attempt: Attempt) -> None:
    learner(client, sign_in, world, 1)
    for path in (
        f"/exams/attempts/{attempt.code}",
        f"/exams/attempts/{attempt.code}/hand-in",
        f"/api/v1/attempts/{attempt.code}",
    ):
        assert client.get(path).status_code == 404


def api(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    token = client.get("/api/v1/csrf-token").get_json()["csrf_token"]
    return client.post(f"/api/v1/attempts/{path}", json=body or {}, headers={"X-CSRFToken": token})


def test_the_json_door_saves_resumes_and_hands_in(client: Any, attempt: Attempt) -> None:
    saved = api(client, f"{attempt.code}/answers", {"seq": 1, "position": 4, "response": "BA", "is_flagged": True})
    assert (saved.status_code, saved.get_json()["response"]) == (200, "AB")
    shown = client.get(f"/api/v1/attempts/{attempt.code}").get_json()
    assert shown["answers"] == [{"position": 4, "response": "AB", "is_flagged": True}]
    assert (shown["seq"], len(shown["items"]), shown["items"][3]["choices"][0]["text"]) == (1, 5, "选项a")
    assert "key" not in shown["items"][0]
    assert client.get(f"/api/v1/attempts/{attempt.code}/clock").get_json()["seq"] == 1
    for _ in range(2):
        assert api(client, f"{attempt.code}/submit").get_json()["state"] == "submitted"
    late = api(client, f"{attempt.code}/answers", {"seq": 2, "position": 1, "response": "A"})
    assert (late.status_code, late.get_json()["code"]) == (409, "attempt_is_over")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"seq": 0, "position": 1, "response": "A"}, 422),
        ({"seq": 1, "position": 99, "response": "A"}, 404),
        ({"seq": 1, "position": 1, "response": "Z"}, 422),
        ({"seq": 1, "position": 1, "response": "A" * 21}, 422),
        ({"seq": 5, "position": 1, "response": "A"}, 409),
        ({"seq": 10**12, "position": 1, "response": "A"}, 422),
    ],
)
def test_bad_bodies_are_refused_with_a_sentence(client: Any, attempt: Attempt, body: dict[str, Any], status: int) -> None:
    refused = api(client, f"{attempt.code}/answers", body)
    assert refused.status_code == status
    assert refused.get_json()["message"]
    assert queries.events_of(attempt.id) == []


def test_answers_on_paper_are_previewed_and_then_imported(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/exams/sittings/{sitting.code}"
    table = b"candidate_no,T-1,T-2,T-3,T-4,T-5\nK0001,A,B,C,ABC,DE\nK0009,A,B,C,ABC,DE\n"
    upload = client.post_form(f"{page}/responses", {"table": (io.BytesIO(table), "答卷.csv")}, page=page)
    preview = text(client.get(upload.location))
    assert "可导入 1 人的答卷，1 行要更正" in preview
    assert "这场考试没有考生 K0009" in preview
    assert queries.attempts_of(sitting.id) == []
    assert "导入完成：1 行" in text(client.post_form(upload.location, {"decision": "import"}, follow_redirects=True))
    assert [a.candidate_no for a in queries.attempts_of(sitting.id)] == ["K0001"]
    assert queries.imports_of(sitting.id)[0].state is ImportState.IMPORTED


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04zip", "不是表".encode("gbk"), b"a,b\n1,2\n"])
def test_files_that_are_no_answer_sheets_are_refused_with_a_sentence(
    client: Any, sign_in: SignIn, sitting: ExamSitting, content: bytes
) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/exams/sittings/{sitting.code}"
    told = client.post_form(f"{page}/responses", {"table": (io.BytesIO(content), "x.csv")}, page=page, follow_redirects=True)
    assert told.status_code == 200
    assert "note--lost" in text(told)
    assert queries.imports_of(sitting.id) == []


def test_a_sitting_is_planned_through_the_form(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    sign_in(client, make_user(Role.ADMINISTRATOR))
    paper = queries.papers()[0].code
    given = {"training_class": world.training_class.code, "paper": paper, "title_zh": "补考", "minutes": "60"}
    window = {"opens_at": "2026-12-01T09:00", "closes_at": "2026-12-01T10:30"}
    refused = client.post_form("/manage/exams/new", {**given, **window, "minutes": "91"})
    assert refused.status_code == 422
    assert "不够答 91 分钟的卷子" in text(refused)
    for far in ("0001-01-01T00:00", "9999-12-31T23:59"):
        for name in window:
            assert client.post_form("/manage/exams/new", {**given, **window, name: far}).status_code == 422
    client.post_form("/manage/exams/new", {**given, **window})
    made = queries.sittings()[0]
    assert (made.title_zh, made.opens_at) == ("补考", datetime(2026, 12, 1, 1, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "path", ["/manage/exams", "/manage/exams/bank", "/manage/exams/papers", "/manage/exams/papers/new", "/manage/exams/new"]
)
def test_learners_see_none_of_the_staffs_pages(client: Any, sign_in: SignIn, world: World, path: str) -> None:
    learner(client, sign_in, world)
    assert client.get(path).status_code == 403
