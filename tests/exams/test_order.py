"""A candidate's own order on the page, and that nothing else ever sees it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.exams import queries, services
from academy.exams.models import Attempt, ExamSitting
from academy.exams.queries import AskedItem, AttemptView
from academy.exams.rules.kinds import QuestionKind
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, World, make_national_paper, make_sitting, make_world
from tests.exams.mixed import ASKED, make_mixed_paper


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=3)


def shuffled(world: World, sitting: ExamSitting, now: datetime) -> list[Attempt]:
    services.set_shuffling(sitting_id=sitting.id, is_shuffled=True, actor=MANAGER, now=now)
    return [services.start_attempt(sitting_id=sitting.id, actor=world.actor(at), now=now) for at in range(3)]


def asked(attempt: Attempt) -> list[AskedItem]:
    return queries.asked_items(AttemptView(attempt, queries.sitting_by_id(attempt.sitting_id)))


def test_each_candidate_has_an_order_of_her_own_and_keeps_it(world: World, now: datetime) -> None:
    sitting = make_sitting(world, make_national_paper(world))
    attempts = shuffled(world, sitting, now)
    orders = [[item.position for item in asked(attempt)] for attempt in attempts]
    assert len({tuple(order) for order in orders}) == 3
    for order in orders:
        assert sorted(order[:60]) == list(range(1, 61))
        assert sorted(order[60:]) == list(range(61, 81))
    db.session.expire_all()
    assert [[item.position for item in asked(attempt)] for attempt in attempts] == orders


def test_numbers_run_on_and_letters_stand_for_the_papers_own(world: World, now: datetime) -> None:
    attempt = shuffled(world, make_sitting(world, make_mixed_paper(world)), now)[0]
    items = asked(attempt)
    assert [item.number for item in items] == list(range(1, len(ASKED) + 1))
    for item in items:
        paper = ASKED[item.position - 1]
        assert item.kind is paper.kind
        if item.kind is not QuestionKind.TRUE_FALSE:
            assert {choice.text: choice.letter for choice in item.choices} == dict(
                zip(paper.options, "ABCDEFGHIJKL", strict=False)
            )
        assert [choice.shown for choice in item.choices] == list("ABCDEFGHIJKL"[: len(item.choices)])
    assert [item.part for item in items if item.part] == [1, 2]


def test_a_refusal_names_the_number_that_the_candidate_sees(world: World, now: datetime) -> None:
    attempt = shuffled(world, make_sitting(world, make_national_paper(world)), now)[0]
    item = next(item for item in asked(attempt) if item.number != item.position)
    save: dict[str, Any] = {
        "position": item.position,
        "is_flagged": False,
        "actor": world.actor(0),
        "now": now,
        "code": attempt.code,
    }
    with pytest.raises(services.AnswerIsNoOption) as refused:
        services.save_answer(seq=1, response="Z", **save)
    assert refused.value.params == {"position": item.number}
    with pytest.raises(services.AnswerIsStale) as refused_too:
        services.save_answer(seq=2, response="A", **save)
    assert refused_too.value.params == {"position": item.number}


def test_the_order_is_fixed_once_somebody_has_begun(world: World, now: datetime) -> None:
    sitting = make_sitting(world)
    with pytest.raises(Forbidden):
        services.set_shuffling(sitting_id=sitting.id, is_shuffled=True, actor=world.actor(0), now=now)
    shuffled(world, sitting, now)
    with pytest.raises(services.OrderIsFixed):
        services.set_shuffling(sitting_id=sitting.id, is_shuffled=False, actor=MANAGER, now=now)


def test_the_page_keeps_canonical_letters_whatever_it_shows(client: Any, sign_in: Callable[[Any, Any], None]) -> None:
    world = make_world(learners=3)
    sitting = make_sitting(world, opens_at=datetime.now(UTC) - timedelta(minutes=5))
    with transaction():
        attempt = shuffled(world, sitting, datetime.now(UTC))[0]
    sign_in(client, db.session.get(User, world.learners[0].user_id))
    item = asked(attempt)[3]
    page = client.get(f"/exams/attempts/{attempt.code}?q=4").get_data(as_text=True)
    shown = re.findall(r'name="answer" value="(\w)"><b>(\w)</b><span>([^<]+)', page)
    assert shown == [(choice.letter, choice.shown, choice.text) for choice in item.choices]
    client.post_form(f"/exams/attempts/{attempt.code}?q=4", {"answer": ["A", "C"], "seq": "1", "go": "5"})
    db.session.expire_all()
    assert queries.answers_of_attempt(attempt.id) == {item.position: "AC"}
    found = client.get(f"/api/v1/attempts/{attempt.code}").get_json()["items"][3]
    assert (found["number"], found["position"]) == (4, item.position)


def test_the_desk_sets_the_order_before_anybody_has_begun(client: Any, sign_in: Callable[[Any, Any], None]) -> None:
    sitting = make_sitting(make_world(learners=1), opens_at=datetime.now(UTC) + timedelta(hours=5))
    sign_in(client, make_user(Role.CLASS_MANAGER))
    desk = f"/manage/exams/{sitting.code}/desk"
    assert "都按卷面次序" in client.get(desk).get_data(as_text=True)
    told = client.post_form(f"/manage/exams/{sitting.code}/order/shuffled", page=desk, follow_redirects=True)
    assert "每位考生次序不同" in told.get_data(as_text=True)
    db.session.expire_all()
    assert queries.sitting_by_id(sitting.id).is_shuffled
