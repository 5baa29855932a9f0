"""Reading the life of questions: which version is in use, how often it was seen, who did what with it, what is like it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import aliased

from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.files import StoredFile
from academy.exams.models import (
    Attempt,
    ExamSitting,
    Paper,
    PaperItem,
    Question,
    QuestionPicture,
    QuestionStep,
    QuestionVersion,
)
from academy.exams.queries.bank import QuestionRow
from academy.exams.rules.duplicates import Pair, find_like, find_pairs, normalize
from academy.exams.rules.kinds import SittingState
from academy.exams.rules.lifecycle import OPEN, Origin, QuestionStatus
from academy.exams.rules.wording import Wording, part_from_json


def wording_of(question: Question, version: QuestionVersion) -> Wording:
    """A version as the rules see it."""
    return Wording(
        kind=question.kind,
        stem_zh=version.stem_zh,
        marks=version.marks,
        options=tuple(version.options),
        prompts=tuple(version.prompts),
        answer=version.answer,
        explanation_zh=version.explanation_zh,
        scoring=version.scoring,
        rubric=tuple(version.rubric),
        parts=tuple(part_from_json(part, tuple(version.rubric)) for part in version.sub_questions),
    )


def questions_in_use(bank_id: int, codes: Iterable[str] | None = None) -> dict[str, QuestionRow]:
    """Questions of a bank by code with the wording that papers take: the newest version in use."""
    newer = aliased(QuestionVersion)
    is_newest = ~(
        select(newer.id)
        .where(
            newer.question_id == Question.id,
            newer.status == QuestionStatus.IN_USE,
            newer.version > QuestionVersion.version,
        )
        .exists()
    )
    query = (
        select(Question, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(Question.bank_id == bank_id, QuestionVersion.status == QuestionStatus.IN_USE, is_newest)
    )
    if codes is not None:
        query = query.where(Question.code.in_(list(codes)))
    rows = db.session.execute(query.order_by(Question.code))
    return {question.code: QuestionRow(question, wording) for question, wording in rows}


def exposures(question_ids: Iterable[int] | None = None) -> dict[int, int]:
    """How often each question is shown: once for each sitting that was not called off, once for a paper without any."""
    sat = (
        select(ExamSitting.paper_id, func.count().label("times"))
        .where(ExamSitting.state != SittingState.CANCELLED)
        .group_by(ExamSitting.paper_id)
        .subquery()
    )
    on_paper = (
        select(QuestionVersion.question_id, PaperItem.paper_id)
        .join(PaperItem, PaperItem.question_version_id == QuestionVersion.id)
        .distinct()
    )
    if question_ids is not None:
        on_paper = on_paper.where(QuestionVersion.question_id.in_(list(question_ids)))
    held = on_paper.subquery()
    times = func.sum(case((sat.c.times.is_(None), 1), else_=sat.c.times))
    rows = db.session.execute(
        select(held.c.question_id, times).outerjoin(sat, sat.c.paper_id == held.c.paper_id).group_by(held.c.question_id)
    )
    return {question_id: int(number) for question_id, number in rows}


def papers_with(question_id: int) -> list[tuple[Paper, int]]:
    """The papers on which a question stands, newest first, with the version that each one pins."""
    held = (
        select(PaperItem.paper_id, QuestionVersion.version)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .where(QuestionVersion.question_id == question_id)
        .distinct()
        .subquery()
    )
    rows = db.session.execute(
        select(Paper, held.c.version).join(held, held.c.paper_id == Paper.id).order_by(Paper.id.desc(), held.c.version)
    )
    return [(paper, version) for paper, version in rows]


def get_version(code: str, version: int) -> QuestionRow:
    """One version of a question. Raises NotFound."""
    row = db.session.execute(
        select(Question, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(Question.code == code, QuestionVersion.version == version)
    ).first()
    if row is None:
        raise NotFound
    return QuestionRow(*row)


def steps_of(question_id: int) -> dict[int, list[QuestionStep]]:
    """What was done with each version of a question, in order."""
    found: defaultdict[int, list[QuestionStep]] = defaultdict(list)
    for step in db.session.scalars(
        select(QuestionStep)
        .join(QuestionVersion, QuestionVersion.id == QuestionStep.version_id)
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionStep.id)
    ):
        found[step.version_id].append(step)
    return found


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture below a stem: `code` is its address, `alt_zh` its words."""

    code: str
    alt_zh: str
    width: int
    height: int
    file_id: int
    media_type: str


def pictures_of(version_ids: Iterable[int]) -> dict[int, list[ShownPicture]]:
    """The pictures of versions in their order."""
    found: defaultdict[int, list[ShownPicture]] = defaultdict(list)
    rows = db.session.execute(
        select(QuestionPicture, StoredFile.code, StoredFile.media_type)
        .join(StoredFile, StoredFile.id == QuestionPicture.file_id)
        .where(QuestionPicture.version_id.in_(list(version_ids)))
        .order_by(QuestionPicture.version_id, QuestionPicture.position)
    )
    for one, code, media_type in rows:
        found[one.version_id].append(ShownPicture(code, one.alt_zh, one.width, one.height, one.file_id, media_type))
    return found


def picture_file(code: str, *, user_id: int | None, may_see_bank: bool) -> StoredFile:
    """A picture for whoever may edit the bank, or has an attempt at a paper with it. Raises NotFound for everybody else."""
    query = select(StoredFile).join(QuestionPicture, QuestionPicture.file_id == StoredFile.id).where(StoredFile.code == code)
    if not may_see_bank:
        query = (
            query.join(PaperItem, PaperItem.question_version_id == QuestionPicture.version_id)
            .join(ExamSitting, ExamSitting.paper_id == PaperItem.paper_id)
            .join(Attempt, Attempt.sitting_id == ExamSitting.id)
            .where(Attempt.user_id == user_id)
        )
    file = db.session.scalars(query).first()
    if file is None:
        raise NotFound
    return file


def waiting_for_review(*, limit: int = 100) -> list[QuestionRow]:
    """Versions that wait for a second person or for being put into use, the oldest first."""
    return _versions(QuestionVersion.status.in_(OPEN), limit)


def unreviewed_in_use(*, limit: int = 100) -> tuple[list[QuestionRow], int]:
    """Versions in use that were taken over and that no second person has looked at, and how many there are."""
    condition = and_(
        QuestionVersion.status == QuestionStatus.IN_USE,
        QuestionVersion.origin == Origin.TAKEN_OVER,
        QuestionVersion.reviewer_id.is_(None),
    )
    total = db.session.scalar(select(func.count()).select_from(QuestionVersion).where(condition)) or 0
    return _versions(condition, limit), total


def _versions(condition: ColumnElement[bool], limit: int) -> list[QuestionRow]:
    rows = db.session.execute(
        select(Question, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(condition)
        .order_by(QuestionVersion.created_at, QuestionVersion.id)
        .limit(limit)
    )
    return [QuestionRow(question, wording) for question, wording in rows]


def status_counts() -> dict[QuestionStatus, int]:
    """How many questions have a version in each state."""
    rows = db.session.execute(
        select(QuestionVersion.status, func.count(QuestionVersion.question_id.distinct())).group_by(QuestionVersion.status)
    ).all()
    found = dict(rows)
    return {status: found[status] for status in QuestionStatus if status in found}


@dataclass(frozen=True, slots=True)
class Like:
    """A question that is like another."""

    question: Question
    stem_zh: str
    percent: int


def _texts(bank_id: int) -> tuple[dict[int, str], dict[int, tuple[Question, str]]]:
    """The newest wording of each question that is not retired: its text for comparing, and how it is shown."""
    rows = db.session.execute(
        select(Question, QuestionVersion.stem_zh, QuestionVersion.options)
        .join(
            QuestionVersion,
            and_(QuestionVersion.question_id == Question.id, QuestionVersion.version == Question.version),
        )
        .where(Question.bank_id == bank_id, QuestionVersion.status != QuestionStatus.RETIRED)
    ).all()
    texts = {question.id: normalize(stem, options) for question, stem, options in rows}
    return texts, {question.id: (question, stem) for question, stem, _ in rows}


def like_questions(bank_id: int, wording: Wording, *, except_id: int | None = None, limit: int = 5) -> list[Like]:
    """The questions of a bank that a wording is like, the likest first."""
    texts, shown = _texts(bank_id)
    texts.pop(except_id or 0, None)
    pairs = find_like(normalize(wording.stem_zh, wording.options), texts)[:limit]
    return [Like(*shown[pair.second], percent=round(pair.likeness * 100)) for pair in pairs]


def like_pairs(bank_id: int) -> list[tuple[Like, Like]]:
    """Every pair of questions of a bank that are like each other, the likest first."""
    texts, shown = _texts(bank_id)
    return [_pair(pair, shown) for pair in find_pairs(texts)]


def _pair(pair: Pair, shown: dict[int, tuple[Question, str]]) -> tuple[Like, Like]:
    percent = round(pair.likeness * 100)
    return Like(*shown[pair.first], percent=percent), Like(*shown[pair.second], percent=percent)


def next_code(codes: Sequence[str]) -> str:
    """The code after the highest Q-number."""
    numbers = [int(code[2:]) for code in codes if code.startswith("Q-") and code[2:].isascii() and code[2:].isdigit()]
    return f"Q-{max(numbers, default=0) + 1:04}"
