"""What people mark: the essay items of a paper, each with its question, reference and rubric."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from academy.core.db import db
from academy.exams.models import Answer, Attempt, PaperItem, QuestionVersion
from academy.exams.rules.kinds import FINISHED, QuestionKind


@dataclass(frozen=True, slots=True)
class MarkedItem:
    """A position that people mark. `case_zh`: what the parts of a case have in common; `part` 0 for a whole question."""

    position: int
    part: int
    marks: Decimal
    case_zh: str
    stem_zh: str
    reference_zh: str
    rubric: Sequence[Mapping[str, Any]]


def marked_items(paper_id: int) -> list[MarkedItem]:
    """The positions of a paper that people mark, in order."""
    query = select(PaperItem, QuestionVersion).join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
    query = query.where(PaperItem.paper_id == paper_id, PaperItem.kind.in_((QuestionKind.ESSAY, QuestionKind.CASE)))
    return [_item(item, wording) for item, wording in db.session.execute(query.order_by(PaperItem.position))]


def _item(item: PaperItem, wording: QuestionVersion) -> MarkedItem:
    part = next((one for one in wording.sub_questions if item.part and one.get("no") == item.part), None)
    return MarkedItem(
        position=item.position,
        part=item.part,
        marks=item.marks,
        case_zh=wording.stem_zh if part else "",
        stem_zh=str(part.get("stem_zh", "")) if part else wording.stem_zh,
        reference_zh=str(part.get("reference_zh", "")) if part else wording.explanation_zh,
        rubric=wording.rubric,
    )


def essay_responses(sitting_id: int, positions: Sequence[int]) -> dict[int, dict[int, str]]:
    """What every finished attempt at a sitting holds at these positions: "" where nothing was ever written."""
    finished = select(Attempt.id).where(Attempt.sitting_id == sitting_id, Attempt.state.in_(FINISHED))
    found = {attempt_id: dict.fromkeys(positions, "") for attempt_id in db.session.scalars(finished.order_by(Attempt.id))}
    query = select(Answer.attempt_id, Answer.position, Answer.response).where(Answer.position.in_(list(positions)))
    for attempt_id, position, response in db.session.execute(query.where(Answer.attempt_id.in_(finished))):
        found[attempt_id][position] = response
    return found


def attempts_by_ids(ids: Iterable[int]) -> dict[int, Attempt]:
    """Attempts by id."""
    return {attempt.id: attempt for attempt in db.session.scalars(select(Attempt).where(Attempt.id.in_(list(ids))))}
