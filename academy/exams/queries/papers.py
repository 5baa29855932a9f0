"""Reading papers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Paper, PaperItem, Question, QuestionPicture, QuestionVersion
from academy.exams.queries.lifecycle import ShownPicture, pictures_of
from academy.exams.queries.materials import MaterialRow, material_wordings
from academy.exams.rules.kinds import QuestionKind


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A position of a paper with all that is pinned there. `bank_key` differs from `key` when the paper overrides it.

    For a part of a case `stem_zh` is the part's own and `case_zh` the case's, shown above the first of its parts.
    """

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
    version_id: int = 0
    part: int = 0
    case_zh: str = ""
    prompts: tuple[str, ...] = ()
    prompt_count: int = 0
    material: MaterialRow | None = None
    pictures: tuple[ShownPicture, ...] = ()


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
    has_pictures = select(QuestionPicture.id).where(QuestionPicture.version_id == QuestionVersion.id).exists()
    rows = db.session.execute(
        select(PaperItem, QuestionVersion, Question, has_pictures)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(PaperItem.paper_id == paper_id)
        .order_by(PaperItem.position)
    ).all()
    with_pictures = {wording.id for _, wording, _, has_any in rows if has_any}
    pictures = pictures_of(with_pictures) if with_pictures else {}
    material_ids = {wording.material_version_id for _, wording, _, _ in rows if wording.material_version_id}
    materials = material_wordings(material_ids) if material_ids else {}
    return [
        ShownItem(
            position=item.position,
            kind=item.kind,
            marks=item.marks,
            key=item.key,
            code=question.code,
            topic_zh=question.topic_zh,
            version=wording.version,
            version_id=wording.id,
            part=item.part,
            prompt_count=item.prompt_count,
            material=materials.get(wording.material_version_id or 0),
            pictures=tuple(pictures.get(wording.id, ())),
            **_words(item, wording),
        )
        for item, wording, question, _ in rows
    ]


def _words(item: PaperItem, wording: QuestionVersion) -> dict[str, Any]:
    """What the position says: the question, or the part of the case."""
    if not item.part:
        return {
            "stem_zh": wording.stem_zh,
            "options": tuple(wording.options),
            "prompts": tuple(wording.prompts),
            "explanation_zh": wording.explanation_zh,
            "bank_key": wording.answer,
        }
    part = next(one for one in wording.sub_questions if one["no"] == item.part)
    return {
        "stem_zh": part["stem_zh"],
        "options": tuple(part.get("options") or ()),
        "prompts": tuple(part.get("prompts") or ()),
        "explanation_zh": part.get("reference_zh") or "",
        "bank_key": part.get("answer") or "",
        "case_zh": wording.stem_zh,
    }
