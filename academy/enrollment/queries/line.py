"""The line of a class: its order, somebody's place, the offers made from it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.enrollment.models import Enrollment
from academy.enrollment.models import Offer as Offer  # what reads give back is public by name
from academy.enrollment.rules import EnrollmentState, OfferState

_ORDER = (Enrollment.priority, Enrollment.waitlist_no)


def _waiting(class_id: int) -> Select[Enrollment]:
    return select(Enrollment).where(Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.WAITLISTED)


def waitlist_place(class_id: int, priority: int, waitlist_no: int) -> tuple[int, int]:
    """The place in the line as it stands of a number with its priority, and the length of the line: (4, 7)."""
    ahead: ColumnElement[bool] = or_(
        Enrollment.priority < priority, and_(Enrollment.priority == priority, Enrollment.waitlist_no < waitlist_no)
    )
    counted = select(func.count(Enrollment.id).filter(ahead), func.count(Enrollment.id)).where(
        Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.WAITLISTED
    )
    before, length = db.session.execute(counted).one()
    return before + 1, length


def line_of(class_id: int) -> list[Enrollment]:
    """Who waits, in the order in which seats are offered."""
    return list(db.session.scalars(_waiting(class_id).order_by(*_ORDER)))


def get_offer(code: str) -> Offer:
    """An offer by the code in its address. Raises NotFound."""
    found = db.session.scalars(select(Offer).where(Offer.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def open_offer_of(enrollment_id: int) -> Offer | None:
    """The offer that somebody has not answered."""
    query = select(Offer).where(Offer.enrollment_id == enrollment_id, Offer.state == OfferState.OPEN)
    return db.session.scalars(query).one_or_none()


def open_offers_of(class_id: int) -> dict[int, Offer]:
    """The unanswered offers of a class, by enrollment."""
    query = select(Offer).join(Enrollment, Enrollment.id == Offer.enrollment_id)
    query = query.where(Enrollment.class_id == class_id, Offer.state == OfferState.OPEN)
    return {offer.enrollment_id: offer for offer in db.session.scalars(query)}


def class_ids_with_lapsed_offers(now: datetime) -> list[int]:
    """Classes with an offer whose time is over, in a fixed order."""
    query = select(Enrollment.class_id).join(Offer, Offer.enrollment_id == Enrollment.id)
    query = query.where(Offer.state == OfferState.OPEN, Offer.expires_at <= now)
    return list(db.session.scalars(query.distinct().order_by(Enrollment.class_id)))
