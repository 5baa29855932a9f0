"""The wordings of the questions on a paper that has been sat."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db
from academy.exams.models import PaperItem, Question, QuestionVersion


def newer_versions(paper_id: int) -> dict[int, QuestionVersion]:
    """The newest wording of each whole question on a paper that has a newer one than the paper shows, by position."""
    pinned = select(QuestionVersion.question_id, QuestionVersion.version, PaperItem.position).join(
        PaperItem, PaperItem.question_version_id == QuestionVersion.id
    )
    shown = pinned.where(PaperItem.paper_id == paper_id, PaperItem.part == 0).subquery()
    newest = (
        select(shown.c.position, QuestionVersion)
        .join(Question, Question.id == shown.c.question_id)
        .join(
            QuestionVersion,
            (QuestionVersion.question_id == Question.id) & (QuestionVersion.version == Question.version),
        )
        .where(QuestionVersion.version > shown.c.version)
    )
    return dict(db.session.execute(newest.order_by(shown.c.position)).all())


def versions_by_ids(ids: Iterable[int]) -> dict[int, QuestionVersion]:
    """Wordings by id."""
    return {one.id: one for one in db.session.scalars(select(QuestionVersion).where(QuestionVersion.id.in_(list(ids))))}
