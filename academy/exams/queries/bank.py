"""Reading the question bank."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Question, QuestionBank, QuestionVersion
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.lifecycle import QuestionStatus

_NEWEST = and_(QuestionVersion.question_id == Question.id, QuestionVersion.version == Question.version)


@dataclass(frozen=True, slots=True)
class BankFilter:
    """What a list of questions is narrowed to."""

    search: str = ""
    kind: QuestionKind | None = None
    field_code: str = ""
    topic: str = ""
    difficulty: int | None = None
    status: QuestionStatus | None = None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with its newest wording."""

    question: Question
    wording: QuestionVersion


def find_bank(code: str) -> QuestionBank | None:
    """A bank by its code."""
    return db.session.scalars(select(QuestionBank).where(QuestionBank.code == code)).one_or_none()


def get_question(code: str) -> QuestionRow:
    """A question by code with its newest wording. Raises NotFound."""
    row = db.session.execute(
        select(Question, QuestionVersion).join(QuestionVersion, _NEWEST).where(Question.code == code)
    ).first()
    if row is None:
        raise NotFound
    return QuestionRow(*row)


def question_versions(question_id: int) -> list[QuestionVersion]:
    """Every wording of a question, newest first."""
    query = select(QuestionVersion).where(QuestionVersion.question_id == question_id).order_by(QuestionVersion.version.desc())
    return list(db.session.scalars(query))


def questions_by_codes(bank_id: int, codes: Iterable[str] | None = None) -> dict[str, QuestionRow]:
    """Questions of a bank by code with their newest wording; all of them when no codes are given."""
    query = select(Question, QuestionVersion).join(QuestionVersion, _NEWEST).where(Question.bank_id == bank_id)
    if codes is not None:
        query = query.where(Question.code.in_(list(codes)))
    rows = db.session.execute(query.order_by(Question.code))
    return {question.code: QuestionRow(question, wording) for question, wording in rows}


def _conditions(filter_: BankFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search := filter_.search.strip():
        texts = (QuestionVersion.stem_zh, QuestionVersion.explanation_zh, Question.topic_zh)
        found = [column.contains(search, autoescape=True) for column in texts]
        conditions.append(or_(Question.code == search.upper(), *found))
    if filter_.kind:
        conditions.append(Question.kind == filter_.kind)
    if filter_.field_code:
        conditions.append(Question.field_code == filter_.field_code)
    if filter_.topic:
        conditions.append(Question.topic_zh == filter_.topic)
    if filter_.difficulty:
        conditions.append(Question.difficulty == filter_.difficulty)
    if filter_.status:  # some version of it stands there
        any_version = aliased(QuestionVersion)
        there = any_version.question_id == Question.id, any_version.status == filter_.status
        conditions.append(select(any_version.id).where(*there).exists())
    return conditions


def questions(filter_: BankFilter, *, limit: int = 20, offset: int = 0) -> tuple[list[QuestionRow], int]:
    """A page of questions by code, and how many match in all."""
    found = select(Question, QuestionVersion).join(QuestionVersion, _NEWEST).where(*_conditions(filter_))
    total = db.session.scalar(select(func.count()).select_from(found.with_only_columns(Question.id).subquery())) or 0
    rows = db.session.execute(found.order_by(Question.code, Question.id).limit(limit).offset(offset))
    return [QuestionRow(question, wording) for question, wording in rows], total


def bank_counts() -> dict[QuestionKind, int]:
    """How many questions there are of each kind."""
    rows = db.session.execute(select(Question.kind, func.count()).group_by(Question.kind)).all()
    found = dict(rows)
    return {kind: found[kind] for kind in QuestionKind if kind in found}


def topics() -> list[str]:
    """The topics in use."""
    return list(
        db.session.scalars(select(Question.topic_zh).where(Question.topic_zh != "").distinct().order_by(Question.topic_zh))
    )
