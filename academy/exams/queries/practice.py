"""Reading practice: what can be drawn, and what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import (
    Attempt,
    ExamSitting,
    PaperItem,
    PracticeItem,
    PracticeRun,
    Question,
    QuestionVersion,
)
from academy.exams.rules.kinds import AttemptState, QuestionKind, SittingState
from academy.exams.rules.practice import PRACTICED


@dataclass(frozen=True, slots=True)
class Drawable:
    """A question in its newest wording, with the key that practice is scored by."""

    question_id: int
    version_id: int
    kind: QuestionKind
    field_code: str | None
    topic_zh: str
    option_count: int
    key: str
    scoring: dict[str, Any] | None
    marks: Decimal


@dataclass(frozen=True, slots=True)
class PracticeView:
    """A question of a practice with its wording and what was answered."""

    position: int
    question_id: int
    kind: QuestionKind
    key: str
    scoring: dict[str, Any] | None
    marks: Decimal
    response: str
    topic_zh: str
    stem_zh: str
    options: tuple[str, ...]
    explanation_zh: str


def drawable_questions(
    *, now: datetime, field_code: str | None = None, topic_zh: str | None = None, question_ids: Iterable[int] | None = None
) -> list[Drawable]:
    """Questions that may be practiced, by id: marked by rule, and on no paper that somebody is still to sit or is sitting."""
    held_sitting = exists().where(
        ExamSitting.paper_id == PaperItem.paper_id,
        ExamSitting.state == SittingState.PLANNED,
        ExamSitting.closes_at >= now,
    )
    being_written = exists().where(
        Attempt.sitting_id == ExamSitting.id,
        ExamSitting.paper_id == PaperItem.paper_id,
        Attempt.state == AttemptState.IN_PROGRESS,
    )
    other = QuestionVersion.__table__.alias("other")
    on_paper = exists().where(
        PaperItem.question_version_id == other.c.id, other.c.question_id == Question.id, held_sitting | being_written
    )
    query = (
        select(Question, QuestionVersion)
        .join(
            QuestionVersion,
            (QuestionVersion.question_id == Question.id) & (QuestionVersion.version == Question.version),
        )
        .where(Question.kind.in_(PRACTICED), ~on_paper)
    )
    if field_code:
        query = query.where(Question.field_code == field_code)
    if topic_zh:
        query = query.where(Question.topic_zh == topic_zh)
    if question_ids is not None:
        query = query.where(Question.id.in_(list(question_ids)))
    return [
        Drawable(
            question_id=question.id,
            version_id=wording.id,
            kind=question.kind,
            field_code=question.field_code,
            topic_zh=question.topic_zh,
            option_count=len(wording.options),
            key=wording.answer,
            scoring=wording.scoring,
            marks=wording.marks,
        )
        for question, wording in db.session.execute(query.order_by(Question.id))
    ]


def get_practice(code: str, learner_id: int | None) -> PracticeRun:
    """A learner's practice by its code. Raises NotFound, also for somebody else's."""
    query = select(PracticeRun).where(PracticeRun.code == code, PracticeRun.learner_id == learner_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def practices_of(learner_id: int, *, limit: int = 50) -> list[PracticeRun]:
    """A learner's practices, newest first."""
    query = select(PracticeRun).where(PracticeRun.learner_id == learner_id)
    return list(db.session.scalars(query.order_by(PracticeRun.started_at.desc(), PracticeRun.id.desc()).limit(limit)))


def practice_items(run_ids: Sequence[int]) -> dict[int, list[PracticeView]]:
    """The questions of practices in order, by practice. One statement."""
    rows = db.session.execute(
        select(PracticeItem, QuestionVersion, Question)
        .join(QuestionVersion, QuestionVersion.id == PracticeItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(PracticeItem.run_id.in_(list(run_ids)))
        .order_by(PracticeItem.run_id, PracticeItem.position)
    )
    found: dict[int, list[PracticeView]] = {run_id: [] for run_id in run_ids}
    for item, wording, question in rows:
        view = PracticeView(
            position=item.position,
            question_id=question.id,
            kind=item.kind,
            key=item.key,
            scoring=item.scoring,
            marks=item.marks,
            response=item.response,
            topic_zh=question.topic_zh,
            stem_zh=wording.stem_zh,
            options=tuple(wording.options),
            explanation_zh=wording.explanation_zh,
        )
        found[item.run_id].append(view)
    return found


def question_ids_on(paper_id: int) -> dict[int, int]:
    """The question at each position of a paper."""
    query = (
        select(PaperItem.position, QuestionVersion.question_id)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .where(PaperItem.paper_id == paper_id)
    )
    return dict(db.session.execute(query).all())
