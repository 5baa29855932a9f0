"""Confirming the rules and entering a sitting."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Attempt, ExamConfirmation, ExamRules, ExamSitting
from academy.exams.rules.conduct import version_of
from academy.exams.services.attempts import LearnerIsUnknown, start_attempt
from academy.people import queries as people


class RulesHaveChanged(Conflict):
    """What was confirmed is not what holds now."""

    message = N_("考试规则刚刚改过，还没有进入考试，钟表没有走。")
    next_step = N_("请把下面的规则再读一遍，确认后进入。")


def enter_sitting(*, sitting_id: int, rules_version: str, actor: Actor, now: datetime, device: str = "") -> Attempt:
    """Record that the signed-in learner has confirmed these rules, and begin or go on with her attempt.

    Raises RulesHaveChanged when the rules are others by now, LearnerIsUnknown, and whatever `start_attempt` refuses.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise LearnerIsUnknown
    sitting = queries.sitting_by_id(sitting_id)
    rules = queries.rules_of(sitting, has_rooms=bool(queries.rooms_of(sitting_id)))
    sentences = [str(rule) for rule in rules]
    if version_of(sentences) != rules_version:
        raise RulesHaveChanged
    attempt = start_attempt(sitting_id=sitting_id, actor=actor, now=now, device=device)
    _confirm(sitting, learner.id, rules_version, sentences, actor, now)
    return attempt


def _confirm(
    sitting: ExamSitting, learner_id: int, version: str, sentences: Sequence[str], actor: Actor, now: datetime
) -> None:
    _insert_once(ExamRules, ["version"], version=version, sentences=list(sentences), first_shown_at=now)
    made = _insert_once(
        ExamConfirmation,
        ["sitting_id", "learner_id", "rules_version"],
        sitting_id=sitting.id,
        learner_id=learner_id,
        rules_version=version,
        confirmed_at=now,
    )
    if made:
        after = {"rules": version}
        record(actor, "exams.rules_confirmed", f"exam_sitting:{sitting.code}", now=now, after=after)


def _insert_once(model: type[Any], unique: list[str], **values: Any) -> bool:
    """Whether the row is new."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values(**values).on_conflict_do_nothing(index_elements=unique)
    return db.session.execute(statement.returning(*model.__table__.primary_key)).one_or_none() is not None
