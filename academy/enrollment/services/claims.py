"""The smallest writes: one seat of a quota claimed or given back, one offer made or closed. Each is one conditional update.

The class's row is locked by whoever calls, so the counters there and the rows here change together.
"""

from datetime import datetime

from sqlalchemy import update

from academy.core.codes import random_code16
from academy.core.db import db
from academy.enrollment.models import ClassQuota, Enrollment, Offer
from academy.enrollment.queries import standing_quotas
from academy.enrollment.rules import Applicant, OfferState, QuotaFacts, choose_quota
from academy.timetable import services as seats_of


def claim_quota(class_id: int, applicant: Applicant, *, by_naming: bool) -> QuotaFacts | None:
    """Count a seat of the quota that fits this person; None when no quota has one for her. The seat itself is the caller's."""
    quota = choose_quota(
        standing_quotas(class_id),
        organization_id=applicant.organization_id,
        person_type_code=applicant.person_type_code,
        by_naming=by_naming,
    )
    if quota is None or not count_claim(quota.id):
        return None
    return quota


def count_claim(quota_id: int) -> bool:
    """One more seat of the quota is used; False when none is left or it has been returned."""
    is_left = ClassQuota.taken < ClassQuota.seats, ClassQuota.returned_at.is_(None)
    changed = update(ClassQuota).where(ClassQuota.id == quota_id, *is_left).values(taken=ClassQuota.taken + 1)
    return db.session.execute(changed.returning(ClassQuota.id)).one_or_none() is not None


def give_back_claim(quota_id: int, class_id: int) -> None:
    """A seat of the quota is free again: for the quota while it stands, for everybody after it was returned."""
    changed = update(ClassQuota).where(ClassQuota.id == quota_id).values(taken=ClassQuota.taken - 1)
    returned_at = db.session.execute(changed.returning(ClassQuota.returned_at)).scalar_one()
    if returned_at is None:
        seats_of.reserve_seats(class_id=class_id, amount=1)


def make_offer(enrollment: Enrollment, *, expires_at: datetime, now: datetime) -> Offer:
    """An offer with an address that cannot be guessed."""
    offer = Offer(
        code=random_code16(), enrollment_id=enrollment.id, state=OfferState.OPEN, offered_at=now, expires_at=expires_at
    )
    db.session.add(offer)
    db.session.flush()
    return offer


def close_offer(enrollment_id: int, state: OfferState, *, now: datetime) -> bool:
    """Close the open offer of an enrollment; False when there is none, so that it is answered once."""
    changed = (
        update(Offer)
        .where(Offer.enrollment_id == enrollment_id, Offer.state == OfferState.OPEN)
        .values(state=state, answered_at=now)
        .returning(Offer.id)
    )
    return db.session.execute(changed).one_or_none() is not None
