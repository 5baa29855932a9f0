"""Every kind of question, answered by plain posts, by the JSON door, and by whoever sends rubbish."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.accounts.models import User
from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.rules.kinds import QuestionKind
from tests.exams.factories import World, make_sitting, make_world
from tests.exams.mixed import CASE, POSITIONS, make_mixed_paper

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=1)


@pytest.fixture
def attempt(client: Any, sign_in: SignIn, world: World) -> Attempt:
    sitting = make_sitting(world, make_mixed_paper(world), opens_at=datetime.now(UTC) - timedelta(minutes=5))
    sign_in(client, db.session.get(User, world.learners[0].user_id))
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def post(client: Any, attempt: Attempt, kind: QuestionKind, fields: dict[str, Any]) -> Any:
    db.session.expire_all()
    path = f"/exams/attempts/{attempt.code}?q={POSITIONS[kind]}"
    return client.post_form(path, {**fields, "seq": str(attempt.seq + 1), "go": "1"}, follow_redirects=True)


def save(client: Any, attempt: Attempt, kind: QuestionKind, response: Any) -> Any:
    db.session.expire_all()
    token = client.get("/api/v1/csrf-token").get_json()["csrf_token"]
    body = {"seq": attempt.seq + 1, "position": POSITIONS[kind], "response": response}
    return client.post(f"/api/v1/attempts/{attempt.code}/answers", json=body, headers={"X-CSRFToken": token})


def held(attempt: Attempt, kind: QuestionKind) -> str | None:
    db.session.expire_all()
    return queries.answers_of_attempt(attempt.id).get(POSITIONS[kind])


CASES: list[tuple[QuestionKind, dict[str, Any], str]] = [
    (QuestionKind.SINGLE, {"answer": "C"}, "C"),
    (QuestionKind.MULTIPLE, {"answer": ["E", "A"]}, "AE"),
    (QuestionKind.TRUE_FALSE, {"answer": "F"}, "F"),
    (QuestionKind.SHORT_TEXT, {"blank": ["助人", "自“助”"]}, '["助人","自“助”"]'),
    (QuestionKind.NUMERIC, {"number": " -11.72 "}, "-11.72"),
    (QuestionKind.MATCHING, {"match": ["B", "-", "C"]}, "B-C"),
    (QuestionKind.ORDERING, {"place-C": "1", "place-A": "2", "place-F": "6"}, "CAF"),
    (QuestionKind.ESSAY, {"essay": "第一行\r\n第二行"}, "第一行\n第二行"),
]


@pytest.mark.parametrize(("kind", "fields", "kept"), CASES)
def test_every_kind_is_answered_without_scripts_and_shown_again(
    client: Any, attempt: Attempt, kind: QuestionKind, fields: dict[str, Any], kept: str
) -> None:
    post(client, attempt, kind, fields)
    assert held(attempt, kind) == kept
    page = text(client.get(f"/exams/attempts/{attempt.code}?q={POSITIONS[kind]}"))
    assert "服务器已收到" in page
    shown = re.findall(r'name="answer" value="(\w)" checked|<option value="(\w+)" selected|value="([^"]+)" maxlength', page)
    letters = ["".join(one) for one in shown]
    match kind:
        case QuestionKind.ESSAY:
            assert "第一行\n第二行</textarea>" in page
        case QuestionKind.SHORT_TEXT:
            assert letters == ["助人", "自“助”"]
        case QuestionKind.ORDERING:
            assert letters == ["2", "1", "3"]  # A, C, F: the places move up
        case _:
            assert "".join(letters) == kept.replace("-", "", 1) if kind is QuestionKind.MATCHING else "".join(letters) == kept


def test_a_post_that_changes_nothing_is_no_event(client: Any, attempt: Attempt) -> None:
    for kind, fields, _ in CASES:
        post(client, attempt, kind, fields)
        post(client, attempt, kind, fields)
    db.session.expire_all()
    assert attempt.seq == len(CASES)


def test_two_items_at_one_place_are_told_and_not_saved(client: Any, attempt: Attempt) -> None:
    told = post(client, attempt, QuestionKind.ORDERING, {"place-A": "1", "place-B": "1"})
    assert "有两项排在同一位" in text(told)
    assert held(attempt, QuestionKind.ORDERING) is None


def test_the_parts_of_a_case_stand_under_its_stem(client: Any, attempt: Attempt) -> None:
    for number, stem in ((9, "请分析崔奶奶的需要。"), (10, "最先要做的是（ ）。")):
        page = text(client.get(f"/exams/attempts/{attempt.code}?q={number}"))
        assert CASE in page
        assert stem in page
    assert "评估安全" in page
    items = client.get(f"/api/v1/attempts/{attempt.code}").get_json()["items"]
    assert [item["case"] for item in items] == [""] * 8 + [CASE, CASE]
    assert [item["blanks"] for item in items][3] == 2
    assert len(items[5]["prompts"]) == 3


def test_a_blank_essay_is_an_answer_like_any_other(client: Any, attempt: Attempt) -> None:
    post(client, attempt, QuestionKind.ESSAY, {"essay": "写了"})
    post(client, attempt, QuestionKind.ESSAY, {"essay": ""})
    assert held(attempt, QuestionKind.ESSAY) == ""
    page = text(client.post_form(f"/exams/attempts/{attempt.code}/hand-in", follow_redirects=True))
    assert "已交卷：0 / 10 题" in page


def test_an_essay_of_twenty_thousand_characters_is_kept_whole_and_a_longer_one_refused(client: Any, attempt: Attempt) -> None:
    whole = "社会工作𠮷" * 4_000
    assert save(client, attempt, QuestionKind.ESSAY, whole).status_code == 200
    assert held(attempt, QuestionKind.ESSAY) == whole
    refused = save(client, attempt, QuestionKind.ESSAY, whole + "多")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "answer_is_too_long")
    assert held(attempt, QuestionKind.ESSAY) == whole


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        (QuestionKind.SHORT_TEXT, "[" * 20_000),
        (QuestionKind.SHORT_TEXT, json.dumps(["a"])),
        (QuestionKind.SHORT_TEXT, json.dumps(["a", 1])),
        (QuestionKind.SHORT_TEXT, json.dumps(["a" * 501, ""])),
        (QuestionKind.MATCHING, "BBBB"),
        (QuestionKind.MATCHING, "B\x00C"),
        (QuestionKind.ORDERING, "AAB"),
        (QuestionKind.ORDERING, "Z"),
        (QuestionKind.NUMERIC, "1" * 101),
        (QuestionKind.TRUE_FALSE, "maybe"),
        (QuestionKind.SINGLE, "AB"),
        (QuestionKind.SINGLE, 7),
        (QuestionKind.ESSAY, None),
        (QuestionKind.ESSAY, "x" * 50_001),
    ],
)
def test_rubbish_is_refused_and_nothing_changes(client: Any, attempt: Attempt, kind: QuestionKind, response: Any) -> None:
    assert save(client, attempt, kind, response).status_code == 422
    db.session.expire_all()
    assert attempt.seq == 0


def test_half_a_surrogate_and_control_characters_break_nothing(client: Any, attempt: Attempt) -> None:
    token = client.get("/api/v1/csrf-token").get_json()["csrf_token"]
    headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
    body = '{"seq": 1, "position": 8, "response": "a\\ud800b"}'
    assert client.post(f"/api/v1/attempts/{attempt.code}/answers", data=body, headers=headers).status_code == 422
    assert save(client, attempt, QuestionKind.ESSAY, "a\x00b\x07c\td").status_code == 200
    assert held(attempt, QuestionKind.ESSAY) == "abc\td"
    assert save(client, attempt, QuestionKind.SHORT_TEXT, '["\\ud800",""]').status_code == 200
    assert held(attempt, QuestionKind.SHORT_TEXT) == ""
