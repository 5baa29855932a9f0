"""The keys by which a paper that has been sat is scored."""

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.rules.kinds import AUTOMATIC
from academy.scoring.models import KeyCorrection, PaperKey, ResultChange
from academy.scoring.queries.items import items_of_paper
from academy.scoring.rules import Correction, Position, corrected
from academy.scoring.rules.changes import STANDING


def paper_key_by_id(paper_key_id: int) -> PaperKey:
    """A version of a paper's key by id. Raises NotFound."""
    found = db.session.get(PaperKey, paper_key_id)
    if found is None:
        raise NotFound
    return found


def corrections_of(paper_key_id: int | None) -> dict[int, Correction]:
    """The corrections of a version of a paper's key by position; none for the paper's own."""
    if paper_key_id is None:
        return {}
    query = select(KeyCorrection).where(KeyCorrection.paper_key_id == paper_key_id).order_by(KeyCorrection.position)
    return {
        row.position: Correction(row.position, row.treatment, row.key, row.marks, row.scoring, row.question_version_id)
        for row in db.session.scalars(query)
    }


def standing_key_id(paper_id: int) -> int | None:
    """The newest committed and not undone version of a paper's key; None: the paper's own."""
    query = (
        select(PaperKey.id)
        .join(ResultChange, ResultChange.paper_key_id == PaperKey.id)
        .where(PaperKey.paper_id == paper_id, ResultChange.state.in_(STANDING))
        .order_by(PaperKey.version.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def newest_key_version(paper_id: int) -> int:
    """The number of the newest version of a paper's key, committed or not; the paper's own is 1."""
    return db.session.scalar(select(func.max(PaperKey.version)).where(PaperKey.paper_id == paper_id)) or 1


def positions_of(paper_id: int, paper_key_id: int | None) -> list[Position]:
    """The items of a paper as a version of its key has them, in order."""
    return corrected(items_of_paper(paper_id), corrections_of(paper_key_id), automatic=AUTOMATIC)
