"""Reading papers."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Paper, PaperItem, Question, QuestionVersion
from academy.exams.rules.kinds import QuestionKind


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A position of a paper with all that is pinned there. `bank_key` differs from `key` when the paper overrides it."""

    position: int
    kind: QuestionKind
    marks: Decimal
    key: str
    code: str
    topic_zh: str
    version: int
    stem_zh: str
    options: tuple[str, ...]
    explanation_zh: str
    bank_key: str


def papers() -> list[Paper]:
    """Papers, newest first."""
    return list(db.session.scalars(select(Paper).order_by(Paper.created_at.desc(), Paper.id.desc())))


def get_paper(code: str) -> Paper:
    """A paper by its code. Raises NotFound."""
    paper = db.session.scalars(select(Paper).where(Paper.code == code)).one_or_none()
    if paper is None:
        raise NotFound
    return paper


def paper_by_id(paper_id: int) -> Paper:
    """A paper by id. Raises NotFound."""
    paper = db.session.get(Paper, paper_id)
    if paper is None:
        raise NotFound
    return paper


def paper_items(paper_id: int) -> list[PaperItem]:
    """The positions of a paper in order, with key and marks."""
    return list(db.session.scalars(select(PaperItem).where(PaperItem.paper_id == paper_id).order_by(PaperItem.position)))


def shown_items(paper_id: int) -> list[ShownItem]:
    """The positions of a paper in order, with the wording that each one pins."""
    rows = db.session.execute(
        select(PaperItem, QuestionVersion, Question)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(PaperItem.paper_id == paper_id)
        .order_by(PaperItem.position)
    )
    return [
        ShownItem(
            position=item.position,
            kind=item.kind,
            marks=item.marks,
            key=item.key,
            code=question.code,
            topic_zh=question.topic_zh,
            version=wording.version,
            stem_zh=wording.stem_zh,
            options=tuple(wording.options),
            explanation_zh=wording.explanation_zh,
            bank_key=wording.answer,
        )
        for item, wording, question in rows
    ]
