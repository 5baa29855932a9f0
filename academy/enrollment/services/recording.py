"""The common end of every change of an enrollment: a state, what it gives back, an audit row."""

from collections.abc import Iterable
from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record_many
from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import PENDING, EnrollmentState, OfferState
from academy.enrollment.services.claims import close_offer, give_back_claim
from academy.timetable import services as seats_of


def holds_seat(enrollment: Enrollment) -> bool:
    """Whether a seat is held for somebody who is not admitted: an open offer, or a name for which a quota was used."""
    return enrollment.state is EnrollmentState.OFFERED or (enrollment.state in PENDING and enrollment.quota_id is not None)


def change(enrollments: Iterable[Enrollment], state: EnrollmentState, actor: Actor, now: datetime, *, reason: str = "") -> None:
    """Bring enrollments into a state and write it down. Seats are the caller's."""
    changed = list(enrollments)
    changes = [(f"enrollment:{one.code}", {"state": one.state.value}, {"state": state.value}) for one in changed]
    for one in changed:
        one.state, one.reason = state, reason[:500]
        if state is EnrollmentState.ADMITTED:
            one.admitted_at = now
    db.session.flush()
    record_many(actor, f"enrollment.{state}", list(changes), now=now, reason=reason)


def end(enrollment: Enrollment, state: EnrollmentState, actor: Actor, now: datetime, *, reason: str = "") -> None:
    """End a live enrollment and give back what it held. The class's row is locked; the caller runs the line."""
    _give_back(enrollment, now)
    enrollment.ended_at = now
    change([enrollment], state, actor, now, reason=reason)


def _give_back(enrollment: Enrollment, now: datetime) -> None:
    class_id = enrollment.class_id
    if enrollment.state is EnrollmentState.WAITLISTED:
        seats_of.leave_line(class_id=class_id)
        return
    if enrollment.state is EnrollmentState.OFFERED:
        close_offer(enrollment.id, OfferState.CLOSED, now=now)
    if enrollment.state is EnrollmentState.ADMITTED:
        seats_of.release_seat(class_id=class_id)
    elif holds_seat(enrollment):
        seats_of.let_go(class_id=class_id)
    else:
        return
    if enrollment.quota_id is not None:
        give_back_claim(enrollment.quota_id, class_id)
