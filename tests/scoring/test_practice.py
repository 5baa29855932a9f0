"""Practice is scored exactly like the exam, and what was wrong is in the book until it is right."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.scoring import queries, services
from academy.scoring.sample import load_rule
from tests.exams.factories import MANAGER, NOW, World, make_short_paper, make_sitting, make_world
from tests.exams.factories import SHORT_KEYS as KEYS

WRONG = {"T-1": "B", "T-2": "B", "T-3": "", "T-4": "AB", "T-5": "DEA"}


@pytest.fixture
def world(session: Session) -> World:
    world = make_world(learners=2)
    load_rule(actor=MANAGER, now=NOW)
    db.session.commit()
    return world


def practice(world: World, now: datetime, answers: dict[str, str], who: int = 0) -> str:
    """A practice of all short questions with these answers by the question's stem."""
    run = exam_services.start_practice(title_zh="短题", count=50, topic_zh="短题", actor=world.actor(who), now=now)
    items = exams.practice_items([run.id])[run.id]
    responses = {one.position: answers.get(one.stem_zh.removeprefix("题干"), "") for one in items}
    exam_services.answer_practice(code=run.code, responses=responses, finish=True, actor=world.actor(who), now=now)
    return run.code


def marks_of(world: World, code: str, now: datetime) -> dict[str, str]:
    run = exams.get_practice(code, world.learners[0].id)
    scored = queries.score_practice(exams.practice_items([run.id])[run.id], on=now.date())
    there = zip(scored.items, scored.score.item_marks, strict=True)
    return {one.stem_zh.removeprefix("题干"): f"{mark.normalize():f}" for one, mark in there}


def test_the_same_answers_earn_the_same_in_practice_and_in_the_exam(world: World, now: datetime) -> None:
    code = practice(world, now, WRONG)
    paper = make_short_paper(world)
    sitting = make_sitting(world, paper)
    attempt = exam_services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    for seq, item in enumerate(exams.shown_items(paper.id), 1):
        exam_services.save_answer(
            code=attempt.code, seq=seq, position=item.position, response=WRONG[item.code], is_flagged=False,
            actor=world.actor(0), now=now,
        )  # fmt: skip
    exam_services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now)
    made = services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=now)
    result = queries.results_of(sitting.id, made.version)[0]
    codes = [item.code for item in exams.shown_items(paper.id)]
    assert marks_of(world, code, now) == dict(zip(codes, result.item_marks, strict=True))


def test_questions_of_a_paper_that_is_still_to_be_sat_are_not_practiced(world: World, now: datetime) -> None:
    assert len(exams.drawable_questions(now=now)) == len(KEYS)
    sitting = make_sitting(world, make_short_paper(world))
    assert exams.drawable_questions(now=now) == []
    with pytest.raises(exam_services.NothingToPractice):
        practice(world, now, {})
    attempt = exam_services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    exam_services.extend_attempt(attempt_id=attempt.id, minutes=120, reason="x", actor=MANAGER, now=now)
    beyond = sitting.closes_at + timedelta(minutes=1)
    assert exams.drawable_questions(now=beyond) == []  # somebody still writes, by extra time
    exam_services.submit_attempt(code=attempt.code, actor=world.actor(0), now=beyond)
    assert len(exams.drawable_questions(now=beyond)) == len(KEYS)


def test_what_is_wrong_is_in_the_book_by_topic_until_it_is_right(world: World, now: datetime) -> None:
    learner_id = world.learners[0].id
    practice(world, now, {**KEYS, "T-1": "B", "T-4": "AB"})
    (topic,) = queries.error_book(learner_id, now=now)
    assert (topic.topic_zh, topic.answered, len(topic.questions)) == ("短题", 5, 2)
    assert [(str(one.mark), one.wrong) for one in topic.questions if one.full == 2] == [("1.00", 1)]
    code = services.practice_errors(topic_zh="短题", count=10, actor=world.actor(0), now=now)
    run = exams.get_practice(code, learner_id)
    items = exams.practice_items([run.id])[run.id]
    assert sorted(one.stem_zh for one in items) == ["题干T-1", "题干T-4"]
    answers = {one.position: one.key for one in items}
    later = now + timedelta(minutes=5)
    exam_services.answer_practice(code=code, responses=answers, finish=True, actor=world.actor(0), now=later)
    assert [len(one.questions) for one in queries.error_book(learner_id, now=later)] == [0]
    with pytest.raises(services.NothingIsWrong):
        services.practice_errors(topic_zh="", count=10, actor=world.actor(0), now=later)
    assert queries.error_book(world.learners[1].id, now=now) == []


def test_a_finished_practice_does_not_change(world: World, now: datetime) -> None:
    code = practice(world, now, dict(KEYS))
    with pytest.raises(exam_services.PracticeIsOver):
        exam_services.answer_practice(code=code, responses={}, finish=True, actor=world.actor(0), now=now)
    assert sum(map(float, marks_of(world, code, now).values())) == 7
