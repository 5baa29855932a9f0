"""Practicing what was wrong."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.exams import services as exams
from academy.people import queries as people
from academy.scoring import queries


class NothingIsWrong(Conflict):
    """The error book is empty there."""

    message = N_("错题本里这个主题没有错题了。")


def practice_errors(*, topic_zh: str, count: int, actor: Actor, now: datetime) -> str:
    """Draw a practice from what the learner gets wrong in a topic (empty: anywhere); returns its code.

    Raises NothingIsWrong, NothingToPractice, LearnerIsUnknown.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise exams.LearnerIsUnknown
    book = queries.error_book(learner.id, now=now)
    wrong = [one.question_id for topic in book if topic_zh in ("", topic.topic_zh) for one in topic.questions]
    if not wrong:
        raise NothingIsWrong
    return exams.start_practice(title_zh=topic_zh, count=count, question_ids=wrong, actor=actor, now=now).code
