"""Applications for conversions, and what of a year's cap is used."""

from datetime import date

from sqlalchemy import func, select

from academy.attendance.models import CreditEntry
from academy.attendance.models import HoursConversion as HoursConversion  # what reads give back is public by name
from academy.attendance.rules import COUNTING, ConversionState
from academy.core.db import db
from academy.core.errors import NotFound


def get_conversion(code: str) -> HoursConversion:
    """An application by its code. Raises NotFound."""
    found = db.session.scalars(select(HoursConversion).where(HoursConversion.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def conversions_of(learner_id: int) -> list[HoursConversion]:
    """A person's applications, the newest first."""
    query = select(HoursConversion).where(HoursConversion.learner_id == learner_id)
    return list(db.session.scalars(query.order_by(HoursConversion.applied_at.desc(), HoursConversion.id.desc())))


def conversion_queue(state: ConversionState, *, limit: int, offset: int) -> tuple[list[HoursConversion], int]:
    """A page of the applications in a state, and how many there are; whoever waits longest comes first."""
    in_state = HoursConversion.state == state
    total = db.session.scalar(select(func.count(HoursConversion.id)).where(in_state)) or 0
    query = select(HoursConversion).where(in_state)
    if state is ConversionState.APPLIED:
        query = query.order_by(HoursConversion.applied_at, HoursConversion.id)
    else:
        query = query.order_by(HoursConversion.decided_at.desc(), HoursConversion.id.desc())
    return list(db.session.scalars(query.limit(limit).offset(offset))), total


def find_same(learner_id: int, kind: str, title: str, earned_on: date) -> HoursConversion | None:
    """A person's standing application for just this."""
    query = select(HoursConversion).where(
        HoursConversion.learner_id == learner_id,
        HoursConversion.kind == kind,
        HoursConversion.title_zh == title,
        HoursConversion.earned_on == earned_on,
        HoursConversion.state.in_(COUNTING),
    )
    return db.session.scalars(query).first()


def find_counting(learner_id: int, kind: str) -> HoursConversion | None:
    """The application that keeps a person from another one of a kind that counts once."""
    query = select(HoursConversion).where(
        HoursConversion.learner_id == learner_id,
        HoursConversion.kind == kind,
        HoursConversion.is_once,
        HoursConversion.state.in_(COUNTING),
    )
    return db.session.scalars(query).first()


def converted_minutes(learner_id: int, kind: str, year: int) -> int:
    """The minutes that conversions of a kind have credited a person for a calendar year, counters included."""
    query = (
        select(func.coalesce(func.sum(CreditEntry.minutes), 0))
        .join(HoursConversion, HoursConversion.id == CreditEntry.conversion_id)
        .where(CreditEntry.learner_id == learner_id, HoursConversion.kind == kind)
        .where(CreditEntry.earned_on >= date(year, 1, 1), CreditEntry.earned_on <= date(year, 12, 31))
    )
    return int(db.session.scalar(query) or 0)
