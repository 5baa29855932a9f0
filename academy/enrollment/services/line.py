"""The line: offering seats that became free, and what people answer. Strictly by priority and number, never too late."""

from datetime import datetime

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.enrollment import messages, queries
from academy.enrollment.models import Enrollment, Offer
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import (
    PENDING,
    PRIORITIES,
    EnrollmentState,
    OfferState,
    QuotaFacts,
    Source,
    compute_expiry,
    explain_admission,
    fits,
    is_before_start,
    may_offer,
)
from academy.enrollment.services import recording
from academy.enrollment.services.claims import close_offer, count_claim, make_offer
from academy.enrollment.services.enrolling import MayNotEnroll
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable import services as seats_of
from academy.timetable.rules import EnrollmentFacts


class OfferIsOver(Conflict):
    """The offer was answered, has lapsed, or the class no longer takes anybody."""

    message = N_("这次征询已经结束，没有再改动什么。")
    next_step = N_("可以到班次页面看看现在的席位和候补情况。")


class PriorityIsUnusable(Invalid):
    """Outside 1—9, or without a reason."""

    message = N_("优先级须为 1—9，并写明原因；原因会记入审计。")


class IsNotWaiting(Conflict):
    """Only people in the line have a place in it."""

    message = N_("这个人现在不在候补队伍里，没有改动。")


def run_line(class_id: int, now: datetime) -> list[Enrollment]:
    """Offer every free seat to whoever is next, in order. The class's row is locked by the caller. Repeat-safe."""
    found = timetable.enrollment_facts(class_id)
    if not may_offer(found, now=now) or not found.waiting_count:
        return []
    offered = [one for one, quota in _chosen(found) if _offer(one, quota, found, now)]
    _tell_offered(offered, now)
    return offered


def _chosen(found: EnrollmentFacts) -> list[tuple[Enrollment, QuotaFacts | None]]:
    """Who is offered a seat, and from which quota: first what quotas keep for those who wait, then the common seats."""
    line = queries.line_of(found.id)
    chosen: dict[int, tuple[Enrollment, QuotaFacts | None]] = {}
    quotas = [quota for quota in queries.standing_quotas(found.id) if quota.left] if found.reserved_count else []
    known = {one.id: one for one in people.applicants_by_ids([one.learner_id for one in line])} if quotas else {}
    for quota in sorted(quotas, key=lambda quota: (-quota.narrowness, quota.id)):
        fitting = [
            one
            for one in line
            if one.id not in chosen
            and (not quota.is_named or one.source is Source.NOMINATION)
            and fits(
                quota,
                organization_id=known[one.learner_id].organization_id,
                person_type_code=known[one.learner_id].person_type_code,
            )
        ]
        chosen |= {one.id: (one, quota) for one in fitting[: quota.left]}
    rest = [one for one in line if one.id not in chosen][: max(found.free_seats, 0)]
    return [*chosen.values(), *((one, None) for one in rest)]


def _offer(enrollment: Enrollment, quota: QuotaFacts | None, found: EnrollmentFacts, now: datetime) -> bool:
    if quota is not None and not count_claim(quota.id):
        return False
    if not seats_of.hold_seat(class_id=found.id, is_reserved=quota is not None):
        raise RuntimeError(f"class {found.code}: the counters and the rows do not agree")
    seats_of.leave_line(class_id=found.id)
    enrollment.quota_id = quota.id if quota else None
    recording.change([enrollment], EnrollmentState.OFFERED, SYSTEM, now)
    make_offer(enrollment, expires_at=compute_expiry(found, now=now), now=now)
    return True


def _tell_offered(offered: list[Enrollment], now: datetime) -> None:
    for enrollment in offered:
        offer = queries.open_offer_of(enrollment.id)
        if offer is not None:
            facts = {"offer": offer.code, "expires_at": offer.expires_at}
            messages.tell(messages.OFFERED, [enrollment], key=f"offered:{offer.id}", now=now, **facts)


def accept_offer(*, code: str, now: datetime, actor: Actor | None = None) -> Enrollment:
    """Take the offered seat; the offer's code is enough (`actor` None: whoever holds the link). Pressed twice, the same answer.

    The rule is asked again: her other classes may have moved since she joined the line.
    Raises NotFound, OfferIsOver, MayNotEnroll with the verdict.
    """
    offer, found = _locked_offer(code)
    enrollment = offer.enrollment
    if offer.state is OfferState.ACCEPTED and enrollment.state is EnrollmentState.ADMITTED:
        return enrollment
    if not _is_open(offer, found, now):
        raise OfferIsOver
    verdict = explain_admission(queries.facts_of(found.id, enrollment.learner_id), now=now)
    if not verdict.allowed:
        raise MayNotEnroll(verdict)
    if not close_offer(enrollment.id, OfferState.ACCEPTED, now=now):
        raise OfferIsOver
    seats_of.admit_held(class_id=found.id)
    recording.change([enrollment], EnrollmentState.ADMITTED, actor or _by_link(enrollment), now)
    messages.tell(messages.ADMITTED, [enrollment], key=f"accepted:{offer.id}", now=now)
    return enrollment


def decline_offer(*, code: str, now: datetime, actor: Actor | None = None) -> Enrollment:
    """Turn the offered seat down and leave the line; it goes to the next. Raises NotFound, OfferIsOver."""
    offer, found = _locked_offer(code)
    enrollment = offer.enrollment
    if offer.state is OfferState.DECLINED:
        return enrollment
    if not _is_open(offer, found, now) or not close_offer(enrollment.id, OfferState.DECLINED, now=now):
        raise OfferIsOver
    recording.end(enrollment, EnrollmentState.LAPSED, actor or _by_link(enrollment), now, reason=DECLINED)
    messages.tell(messages.DECLINED, [enrollment], key=f"declined:{offer.id}", now=now)
    run_line(found.id, now)
    return enrollment


DECLINED, UNANSWERED = N_("本人不接受席位"), N_("没有在期限内答复")


def _locked_offer(code: str) -> tuple[Offer, EnrollmentFacts]:
    """The offer as it is once nobody else can change it."""
    offer = queries.get_offer(code)
    people.lock_learner(offer.enrollment.learner_id)
    found = seats_of.lock_class(class_id=offer.enrollment.class_id)
    db.session.refresh(offer)
    db.session.refresh(offer.enrollment)
    return offer, found


def _is_open(offer: Offer, found: EnrollmentFacts, now: datetime) -> bool:
    return offer.state is OfferState.OPEN and now < offer.expires_at and is_before_start(found, now=now)


def _by_link(enrollment: Enrollment) -> Actor:
    """Whoever holds the link acts for the person to whom it was sent."""
    learner = people.learner_by_id(enrollment.learner_id)
    return Actor(learner.user_id, f"{learner.name_zh}（{learner.code}）")


def expire_offers(*, class_id: int, now: datetime) -> list[Enrollment]:
    """End the offers of a class whose time is over, and offer the seats to the next. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    lapsed = []
    for enrollment_id, offer in sorted(queries.open_offers_of(class_id).items()):
        if offer.expires_at > now or not close_offer(enrollment_id, OfferState.EXPIRED, now=now):
            continue
        recording.end(offer.enrollment, EnrollmentState.LAPSED, SYSTEM, now, reason=UNANSWERED)
        messages.tell(messages.UNANSWERED, [offer.enrollment], key=f"unanswered:{offer.id}", now=now)
        lapsed.append(offer.enrollment)
    run_line(class_id, now)
    return lapsed


def change_seats(*, class_id: int, seats: int, actor: Actor, now: datetime) -> list[Enrollment]:
    """Set the number of seats; those who wait are offered what was added, before anybody else can take it.

    Returns those who were asked. Raises Forbidden and the refusals of timetable.services.set_seats.
    """
    seats_of.set_seats(class_id=class_id, seats=seats, actor=actor, now=now)
    return run_line(class_id, now)


def set_priority(*, code: str, priority: int, reason: str, actor: Actor, now: datetime) -> Enrollment:
    """Move somebody in the line by her priority, with a reason that everybody who audits can read.

    Raises NotFound, Forbidden, PriorityIsUnusable, IsNotWaiting.
    """
    enrollment = queries.get_enrollment(code)
    if not can_manage_enrollments(actor):
        raise Forbidden
    if priority not in PRIORITIES or not reason.strip():
        raise PriorityIsUnusable
    seats_of.lock_class(class_id=enrollment.class_id)
    db.session.refresh(enrollment)
    if enrollment.state is not EnrollmentState.WAITLISTED:
        raise IsNotWaiting
    before, enrollment.priority = {"priority": enrollment.priority}, priority
    db.session.flush()
    subject = f"enrollment:{code}"
    record(actor, "enrollment.priority_changed", subject, now=now, before=before, after={"priority": priority}, reason=reason)
    return enrollment


def lapse_line(*, class_id: int, now: datetime) -> list[Enrollment]:
    """End the waiting, the open offers and the undecided applications when the class starts. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    offered = queries.fresh_enrollments(class_id, [EnrollmentState.OFFERED])
    undecided = queries.fresh_enrollments(class_id, PENDING)
    for one in [*offered, *undecided]:
        recording.end(one, EnrollmentState.LAPSED, SYSTEM, now)
    waiting = queries.fresh_enrollments(class_id, [EnrollmentState.WAITLISTED])
    for one in waiting:
        one.ended_at = now
    recording.change(waiting, EnrollmentState.LAPSED, SYSTEM, now)
    seats_of.clear_line(class_id=class_id)
    messages.tell(messages.LAPSED, [*offered, *undecided, *waiting], key="lapsed", now=now)
    return [*offered, *undecided, *waiting]


def end_cancelled(*, class_id: int, now: datetime) -> list[Enrollment]:
    """End every enrollment of a class that does not take place, and tell the people. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    live = queries.fresh_enrollments(class_id)
    reason = timetable.class_by_id(class_id).ended_reason
    for one in live:
        close_offer(one.id, OfferState.CLOSED, now=now)
        one.ended_at = now
    recording.change(live, EnrollmentState.REMOVED, SYSTEM, now, reason=reason)
    seats_of.clear_line(class_id=class_id)
    seats_of.clear_seats(class_id=class_id)
    messages.tell(messages.CANCELLED, live, key="cancelled", now=now, reason=reason)
    return live
