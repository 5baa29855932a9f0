"""Provisional, confirmed by a second person, released; each once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.outbox import drain
from academy.exams import services as exam_services
from academy.exams.models import ExamSitting
from academy.notifications.models import Message
from academy.scoring import queries, services
from academy.scoring.models import ResultList
from academy.scoring.rules import ResultState
from tests.accounts.factories import actor_of, make_user
from tests.exams.factories import World, make_sitting, make_world
from tests.scoring.test_score_sitting import add_national_rule


def confirm(**what: Any) -> bool:
    with transaction():
        return services.confirm_results(**what)


def release(**what: Any) -> bool:
    with transaction():
        return services.release_results(**what)


@pytest.fixture
def world(session: Session) -> World:
    add_national_rule()
    return make_world(learners=2)


@pytest.fixture
def scorer(world: World) -> Actor:
    return actor_of(make_user(Role.CLASS_MANAGER, name="李主任"))


@pytest.fixture
def second(world: World) -> Actor:
    return actor_of(make_user(Role.CERTIFICATE_OFFICER, name="赵老师"))


@pytest.fixture
def sitting(world: World, scorer: Actor, now: datetime) -> ExamSitting:
    """Two learners have answered the first question right and wrong; scored."""
    found = make_sitting(world)
    for place, response in enumerate("AB"):
        me = world.actor(place)
        attempt = exam_services.start_attempt(sitting_id=found.id, actor=me, now=now)
        exam_services.save_answer(code=attempt.code, seq=1, position=1, response=response, is_flagged=False, actor=me, now=now)
        exam_services.submit_attempt(code=attempt.code, actor=me, now=now)
    services.score_sitting(sitting_id=found.id, actor=scorer, now=now)
    db.session.commit()
    return found


def test_who_scored_may_not_confirm(sitting: ExamSitting, scorer: Actor, now: datetime) -> None:
    with pytest.raises(services.ScorerMayNotConfirm, match="另一个人确认"):
        confirm(sitting_id=sitting.id, version=1, actor=scorer, now=now)


def test_the_database_refuses_one_person_for_both(sitting: ExamSitting, scorer: Actor, now: datetime) -> None:
    same = update(ResultList).values(state=ResultState.CONFIRMED, confirmed_by_id=scorer.user_id, confirmed_at=now)
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.execute(same)


def test_a_learner_may_neither_score_nor_confirm(sitting: ExamSitting, world: World, now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.score_sitting(sitting_id=sitting.id, actor=world.actor(0), now=now)
    with pytest.raises(Forbidden):
        confirm(sitting_id=sitting.id, version=1, actor=world.actor(0), now=now)


def test_confirming_twice_changes_nothing_the_second_time(sitting: ExamSitting, second: Actor, now: datetime) -> None:
    assert confirm(sitting_id=sitting.id, version=1, actor=second, now=now)
    rows = select(func.count(AuditRow.id)).where(AuditRow.action == "scoring.results_confirmed")
    assert db.session.scalar(rows) == 1
    assert not confirm(sitting_id=sitting.id, version=1, actor=second, now=now + timedelta(hours=1))
    assert db.session.scalar(rows) == 1
    found = queries.find_newest_list(sitting.id)
    assert found is not None
    assert (found.state, found.confirmed_at, found.confirmed_by) == (ResultState.CONFIRMED, now, "赵老师")
    assert {r.state for r in queries.results_of(sitting.id)} == {ResultState.CONFIRMED}


def test_nothing_is_released_before_it_is_confirmed(sitting: ExamSitting, second: Actor, now: datetime) -> None:
    with pytest.raises(services.ResultsAreNotConfirmed):
        release(sitting_id=sitting.id, version=1, actor=second, now=now)
    assert queries.released_results(sitting.class_id) == {}


def test_released_results_are_visible_and_everybody_is_told_once(
    sitting: ExamSitting, world: World, second: Actor, now: datetime
) -> None:
    confirm(sitting_id=sitting.id, version=1, actor=second, now=now)
    assert release(sitting_id=sitting.id, version=1, actor=second, now=now)
    assert not release(sitting_id=sitting.id, version=1, actor=second, now=now)
    for _ in range(2):
        with transaction():
            services.write_to_learners(sitting_id=sitting.id, now=now)
    letters = db.session.execute(select(Message.user_id, Message.channel).where(Message.reason == "scoring.result_released"))
    assert len(letters.all()) == 4  # two learners, in the inbox and by mail
    facts = db.session.scalars(select(Message.facts).where(Message.reason == "scoring.result_released")).all()
    assert {one["title"] for one in facts} == {f"{world.training_class.title_zh} · {sitting.title_zh}"}
    best = queries.released_results(sitting.class_id)
    assert {learner_id: result.total for learner_id, result in best.items()} == {
        world.learners[0].id: 1,
        world.learners[1].id: 0,
    }


def test_a_version_that_was_overtaken_is_not_confirmed(
    sitting: ExamSitting, scorer: Actor, second: Actor, now: datetime
) -> None:
    third = make_world(learners=0)
    assert third.learners == []
    db.session.execute(update(ResultList).values(digest="somebody else's"))
    assert services.score_sitting(sitting_id=sitting.id, actor=scorer, now=now).version == 2
    db.session.commit()
    with pytest.raises(services.ListIsOutOfDate):
        confirm(sitting_id=sitting.id, version=1, actor=second, now=now)
    assert confirm(sitting_id=sitting.id, version=2, actor=second, now=now)


def test_a_released_result_stays_visible_until_the_next_version_is_released(
    sitting: ExamSitting, world: World, scorer: Actor, second: Actor, now: datetime
) -> None:
    confirm(sitting_id=sitting.id, version=1, actor=second, now=now)
    release(sitting_id=sitting.id, version=1, actor=second, now=now)
    db.session.execute(update(ResultList).values(digest="somebody else's"))
    services.score_sitting(sitting_id=sitting.id, actor=scorer, now=now)
    best = queries.best_released_result(sitting.class_id, world.learners[0].id)
    assert best is not None
    assert (best.version, best.state) == (1, ResultState.RELEASED)


def test_the_announcement_is_delivered(sitting: ExamSitting, second: Actor, now: datetime) -> None:
    confirm(sitting_id=sitting.id, version=1, actor=second, now=now)
    release(sitting_id=sitting.id, version=1, actor=second, now=now)
    sent = select(func.count(Message.id)).where(Message.reason == "scoring.result_released")
    assert db.session.scalar(sent) == 0
    drain(now=now)
    assert db.session.scalar(sent) == 4
