"""Reads of check-in."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from academy.attendance.models import CheckIn as CheckIn  # what reads give back is public by name
from academy.attendance.models import CheckInOpening as CheckInOpening
from academy.attendance.rules import CheckInKind
from academy.core.db import db
from academy.core.errors import NotFound


def get_opening(code: str) -> CheckInOpening:
    """An opening by its code. Raises NotFound."""
    found = db.session.scalars(select(CheckInOpening).where(CheckInOpening.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def live_openings(session_ids: Iterable[int], at: datetime) -> list[CheckInOpening]:
    """What is open at an instant, the newest first."""
    query = select(CheckInOpening).where(
        CheckInOpening.session_id.in_(list(session_ids)),
        CheckInOpening.closed_at.is_(None),
        CheckInOpening.closes_at > at,
    )
    return list(db.session.scalars(query.order_by(CheckInOpening.id.desc())))


def find_live_opening(session_id: int, kind: CheckInKind, at: datetime) -> CheckInOpening | None:
    """The opening of one kind that takes codes at an instant."""
    return next((one for one in live_openings([session_id], at) if one.kind is kind), None)


def find_check_in(session_id: int, kind: CheckInKind, learner_id: int) -> CheckIn | None:
    """A person's check-in to a session."""
    query = select(CheckIn).where(CheckIn.session_id == session_id, CheckIn.kind == kind, CheckIn.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def checked_in_count(session_id: int, kind: CheckInKind) -> int:
    """How many people have checked in to, or out of, a session."""
    query = select(func.count(CheckIn.id)).where(CheckIn.session_id == session_id, CheckIn.kind == kind)
    return db.session.scalar(query) or 0


def checked_learner_ids(session_id: int, kind: CheckInKind) -> set[int]:
    """Who has checked in to, or out of, a session."""
    query = select(CheckIn.learner_id).where(CheckIn.session_id == session_id, CheckIn.kind == kind)
    return set(db.session.scalars(query))
