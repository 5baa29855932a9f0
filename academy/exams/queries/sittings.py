"""Reading sittings, their candidates and uploads."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Attempt, ExamCandidate, ExamImport, ExamSitting
from academy.exams.rules.kinds import AttemptState, SittingState


def get_sitting(code: str) -> ExamSitting:
    """A sitting by its code. Raises NotFound."""
    sitting = db.session.scalars(select(ExamSitting).where(ExamSitting.code == code)).one_or_none()
    if sitting is None:
        raise NotFound
    return sitting


def sitting_by_id(sitting_id: int) -> ExamSitting:
    """A sitting by id. Raises NotFound."""
    sitting = db.session.get(ExamSitting, sitting_id)
    if sitting is None:
        raise NotFound
    return sitting


def sittings() -> list[ExamSitting]:
    """All sittings, the latest window first."""
    return list(db.session.scalars(select(ExamSitting).order_by(ExamSitting.opens_at.desc(), ExamSitting.id.desc())))


def paper_sat_until(paper_id: int) -> datetime | None:
    """When the last sitting with a paper ends, for those with extra time too: until then its keys stay closed."""
    closes = select(func.max(ExamSitting.closes_at)).where(
        ExamSitting.paper_id == paper_id, ExamSitting.state != SittingState.CANCELLED
    )
    due = (
        select(func.max(Attempt.due_at))
        .join(ExamSitting, ExamSitting.id == Attempt.sitting_id)
        .where(ExamSitting.paper_id == paper_id, Attempt.state == AttemptState.IN_PROGRESS)
    )
    ends = [found for found in (db.session.scalar(closes), db.session.scalar(due)) if found is not None]
    return max(ends, default=None)


def sittings_of(class_id: int) -> list[ExamSitting]:
    """The sittings of a class by window."""
    return sittings_of_classes([class_id])


def sittings_of_classes(class_ids: Iterable[int]) -> list[ExamSitting]:
    """The sittings of several classes by window."""
    query = select(ExamSitting).where(ExamSitting.class_id.in_(list(class_ids)))
    return list(db.session.scalars(query.order_by(ExamSitting.opens_at, ExamSitting.id)))


def candidates_of(sitting_id: int) -> dict[str, int]:
    """Learner ids by candidate number, in the order of the numbers."""
    query = select(ExamCandidate.candidate_no, ExamCandidate.learner_id).where(ExamCandidate.sitting_id == sitting_id)
    return dict(db.session.execute(query.order_by(ExamCandidate.candidate_no)).all())


def get_import(code: str) -> ExamImport:
    """An upload by its code. Raises NotFound."""
    upload = db.session.scalars(select(ExamImport).where(ExamImport.code == code)).one_or_none()
    if upload is None:
        raise NotFound
    return upload


def imports_of(sitting_id: int | None) -> list[ExamImport]:
    """The uploads for a sitting (None: of questions), newest first."""
    query = select(ExamImport).where(ExamImport.sitting_id == sitting_id if sitting_id else ExamImport.sitting_id.is_(None))
    return list(db.session.scalars(query.order_by(ExamImport.uploaded_at.desc(), ExamImport.id.desc()).limit(10)))
