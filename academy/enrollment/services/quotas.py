"""Quotas: keeping seats for units and person types, and giving back what they did not use."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.enrollment import messages, queries
from academy.enrollment.models import ClassQuota
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.services.line import run_line
from academy.timetable import services as seats_of
from academy.timetable.rules import EnrollmentFacts


class QuotaIsUnusable(Invalid):
    """Nobody it is for, an impossible number, or an hour of return in the past or after the deadline."""

    message = N_("名额要写明给哪个单位或哪类人员，1 席以上；收回时间须在现在之后、报名截止之前。")


class SeatsAreNotFree(Conflict):
    """More places than the class has free."""

    message = N_("只有 %(free)s 席还没有人用，留不出 %(wanted)s 席。")
    next_step = N_("先增加席位，或少留几席。")


class QuotaBelowTaken(Conflict):
    """Places cannot be taken back from people who have them."""

    message = N_("这份名额已经用了 %(taken)s 席，不能少于 %(taken)s。")


class QuotaExists(Conflict):
    """One quota for one group; it can be changed."""

    message = N_("这个班已经给同一单位或人员留过名额，请改那一份。")


class QuotaIsReturned(Conflict):
    """What has gone back to everybody is not changed any more."""

    message = N_("这份名额已经收回，没有再改动。")


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """For whom seats are kept. `is_named`: the unit says who gets them."""

    seats: int
    organization_code: str | None = None
    person_type_code: str | None = None
    is_named: bool = False
    returns_at: datetime | None = None


def add_quota(*, class_id: int, plan: QuotaPlan, actor: Actor, now: datetime) -> ClassQuota:
    """Keep free seats of a class for a unit, a person type or both; a unit that names people is written to.

    Raises Forbidden, NotFound, QuotaIsUnusable, QuotaExists, SeatsAreNotFree.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    found = seats_of.lock_class(class_id=class_id)
    _check(plan, found, now)
    organization_id = accounts.get_organization(plan.organization_code).id if plan.organization_code else None
    if plan.person_type_code not in {None, *(one.code for one in accounts.person_types())}:
        raise QuotaIsUnusable
    quota = ClassQuota(
        class_id=class_id,
        organization_id=organization_id,
        person_type_code=plan.person_type_code,
        seats=plan.seats,
        taken=0,
        is_named=plan.is_named,
        returns_at=_return_hour(plan, found, now),
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(quota)
    except IntegrityError as error:
        raise QuotaExists from error
    if not seats_of.reserve_seats(class_id=class_id, amount=plan.seats):
        raise SeatsAreNotFree(free=max(found.free_seats, 0), wanted=plan.seats)
    record(actor, "enrollment.quota_added", f"class:{found.code}", now=now, after=_shown(quota))
    if plan.is_named and organization_id is not None:
        facts = {"seats": plan.seats, "returns_at": quota.returns_at}
        messages.tell_unit(messages.ALLOTTED, organization_id, class_id, key=f"allotted:{quota.id}", now=now, **facts)
    return quota


def _check(plan: QuotaPlan, found: EnrollmentFacts, now: datetime) -> None:
    is_for_somebody = bool(plan.organization_code or plan.person_type_code)
    if plan.seats < 1 or not is_for_somebody or (plan.is_named and not plan.organization_code):
        raise QuotaIsUnusable
    _check_hour(plan.returns_at, found, now)


def _check_hour(returns_at: datetime | None, found: EnrollmentFacts, now: datetime) -> None:
    """What comes back at the deadline or later can be offered to nobody."""
    if returns_at is not None and not now < returns_at < found.enroll_closes_at:
        raise QuotaIsUnusable


def _return_hour(plan: QuotaPlan, found: EnrollmentFacts, now: datetime) -> datetime | None:
    """Places that a unit names people for always come back: by themselves a day before the deadline, or then."""
    if plan.returns_at is not None or not plan.is_named:
        return plan.returns_at
    day_before = found.enroll_closes_at - timedelta(days=1)
    return day_before if day_before > now else found.enroll_closes_at


def change_quota(
    *, class_id: int, quota_id: int, seats: int, returns_at: datetime | None, actor: Actor, now: datetime
) -> ClassQuota:
    """Change how many seats are kept and until when; what is freed is offered to the line.

    Raises Forbidden, NotFound, QuotaIsReturned, QuotaIsUnusable, QuotaBelowTaken, SeatsAreNotFree.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    found = seats_of.lock_class(class_id=class_id)
    quota = queries.get_quota(quota_id, class_id)
    if quota.returned_at is not None:
        raise QuotaIsReturned
    if seats < 1:
        raise QuotaIsUnusable
    _check_hour(returns_at, found, now)
    if seats < quota.taken:
        raise QuotaBelowTaken(taken=quota.taken)
    if not seats_of.reserve_seats(class_id=class_id, amount=seats - quota.seats):
        raise SeatsAreNotFree(free=max(found.free_seats, 0), wanted=seats - quota.seats)
    before = _shown(quota)
    quota.seats, quota.returns_at = seats, returns_at
    db.session.flush()
    record(actor, "enrollment.quota_changed", f"class:{found.code}", now=now, before=before, after=_shown(quota))
    run_line(class_id, now)
    return quota


def return_quota(*, class_id: int, quota_id: int, actor: Actor, now: datetime) -> ClassQuota:
    """Give a quota's unused seats back to everybody now. Raises Forbidden, NotFound, QuotaIsReturned."""
    if not can_manage_enrollments(actor):
        raise Forbidden
    seats_of.lock_class(class_id=class_id)
    quota = queries.get_quota(quota_id, class_id)
    if quota.returned_at is not None:
        raise QuotaIsReturned
    _return(quota, actor, now)
    run_line(class_id, now)
    return quota


def return_due_quotas(*, class_id: int, now: datetime) -> list[ClassQuota]:
    """Give back what is unused of the quotas whose hour has come, then run the line. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    due = [
        quota
        for quota in queries.fresh_quotas(class_id)
        if quota.returned_at is None and quota.returns_at is not None and quota.returns_at <= now
    ]
    for quota in due:
        _return(quota, SYSTEM, now)
    if due:
        run_line(class_id, now)
    return due


def _return(quota: ClassQuota, actor: Actor, now: datetime) -> None:
    left = quota.seats - quota.taken
    quota.returned_at = now
    db.session.flush()
    if not seats_of.reserve_seats(class_id=quota.class_id, amount=-left):
        raise RuntimeError(f"quota {quota.id}: the class does not reserve its seats")
    subject = f"quota:{quota.id}"
    record(actor, "enrollment.quota_returned", subject, now=now, after={"taken": quota.taken, "returned": left})
    if quota.is_named and quota.organization_id is not None and left:
        facts = {"taken": quota.taken, "left": left}
        messages.tell_unit(
            messages.PLACES_RETURNED, quota.organization_id, quota.class_id, key=f"returned:{quota.id}", now=now, **facts
        )


def _shown(quota: ClassQuota) -> dict[str, object]:
    return {
        "organization_id": quota.organization_id,
        "person_type_code": quota.person_type_code,
        "seats": quota.seats,
        "is_named": quota.is_named,
        "returns_at": quota.returns_at.isoformat() if quota.returns_at else None,
    }
