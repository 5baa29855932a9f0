"""Practicing: draw questions, answer, finish. Marks are scoring's business, by the same rules as in an exam."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import insert, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Invalid
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import PracticeItem, PracticeRun
from academy.exams.rules.answers import read_response
from academy.exams.rules.practice import MOST_QUESTIONS, draw
from academy.exams.services.attempts import LearnerIsUnknown
from academy.people import queries as people


class NothingToPractice(Conflict):
    """No question fits, or all that fit stand on papers that are still to be sat."""

    message = N_("这里现在没有可以练的题：题库里没有，或者都在还没考完的卷子上。")
    next_step = N_("请换一个主题或领域。")


class PracticeIsOver(Conflict):
    """Finished before; nothing is changed any more."""

    message = N_("这次练习已经交了，答案没有改动。")


class PracticeAnswerIsNoOption(Invalid):
    """The answer is not among the options."""

    message = N_("第 %(position)s 题没有这个选项，没有存。")


def _learner_id(actor: Actor) -> int:
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise LearnerIsUnknown
    return learner.id


def start_practice(
    *,
    title_zh: str,
    count: int,
    field_code: str | None = None,
    topic_zh: str | None = None,
    question_ids: Iterable[int] | None = None,
    actor: Actor,
    now: datetime,
) -> PracticeRun:
    """Draw questions for the signed-in learner, at most `count` of those that fit. Raises NothingToPractice."""
    learner_id, code = _learner_id(actor), random_code16()
    there = queries.drawable_questions(now=now, field_code=field_code, topic_zh=topic_zh, question_ids=question_ids)
    drawn = draw(there, max(1, min(count, MOST_QUESTIONS)), code)
    if not drawn:
        raise NothingToPractice
    run = PracticeRun(code=code, learner_id=learner_id, title_zh=title_zh[:120], started_at=now)
    db.session.add(run)
    db.session.flush()
    rows = [
        {
            "run_id": run.id,
            "position": position,
            "question_version_id": one.version_id,
            "kind": one.kind,
            "option_count": one.option_count,
            "key": one.key,
            "scoring": one.scoring,
            "marks": one.marks,
        }
        for position, one in enumerate(drawn, 1)
    ]
    db.session.execute(insert(PracticeItem), rows)
    record(actor, "exams.practice_started", f"practice:{code}", now=now, after={"count": len(rows)})
    return run


def answer_practice(*, code: str, responses: Mapping[int, str], finish: bool, actor: Actor, now: datetime) -> PracticeRun:
    """Keep the answers by position and, when asked, finish: once, after which nothing changes.

    Raises PracticeIsOver, PracticeAnswerIsNoOption, NotFound.
    """
    run = queries.get_practice(code, _learner_id(actor))
    db.session.refresh(run, with_for_update=True)
    if run.finished_at is not None:
        raise PracticeIsOver
    for item in queries.practice_items([run.id])[run.id]:
        reading = read_response(responses.get(item.position, ""), kind=item.kind, options=len(item.options))
        if reading.fault is not None:
            raise PracticeAnswerIsNoOption(position=item.position)
        if reading.response != item.response:
            db.session.execute(
                update(PracticeItem)
                .where(PracticeItem.run_id == run.id, PracticeItem.position == item.position)
                .values(response=reading.response)
            )
    if finish:
        run.finished_at = now
        record(actor, "exams.practice_finished", f"practice:{code}", now=now)
    return run
