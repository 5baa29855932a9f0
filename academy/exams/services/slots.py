"""Sittings that candidates book themselves: planned together, a seat at a time, changed until an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.exams import messages, queries
from academy.exams.models import (
    ExamAccommodation,
    ExamCandidate,
    ExamSeat,
    ExamSitting,
    ExamSlot,
    ExamSlotBooking,
    ExamSlotGroup,
)
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.kinds import SittingState
from academy.exams.services.attempts import LearnerIsUnknown
from academy.exams.services.sittings import number_of, plan_sitting
from academy.people import queries as people


class SlotIsFull(Conflict):
    """The last seat has gone."""

    message = N_("这一场的 %(seats)s 个座位都约满了，没有约上。")
    next_step = N_("请选别的场次；您原来约的那一场没有变。")


class SlotsAreFixed(Conflict):
    """The time for booking and changing is over."""

    message = N_("约场次在 %(until)s 截止了，没有改动。")
    next_step = N_("有特殊情况请联系班主任。")


class SlotHasBegun(Conflict):
    """What has begun or was called off cannot be booked."""

    message = N_("这一场已经开考或取消，不能约。")


class NotOfThisClass(Conflict):
    """Slots are for those whom the class has admitted."""

    message = N_("场次只对这个班录取的学员开放，没有约上。")


class SlotsAreOutOfOrder(Invalid):
    """There is nothing to choose, or the choice ends after a slot has begun."""

    message = N_("至少要有两场，每场至少一个座位，截止时间要在最早一场开考之前。没有排。")


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A slot to be planned: its window and its seats."""

    opens_at: datetime
    closes_at: datetime
    seats: int


def plan_slots(
    *,
    class_id: int,
    paper_ids: Sequence[int],
    title_zh: str,
    minutes: int,
    entry_minutes: int | None,
    change_until: datetime,
    slots: Sequence[SlotPlan],
    actor: Actor,
    now: datetime,
) -> ExamSlotGroup:
    """Plan several sittings among which each candidate books one. Papers (forms of one exam) take turns over the slots.

    Raises SlotsAreOutOfOrder, WindowIsBackwards, EntryClosesTooLate, Forbidden.
    """
    if not can_manage_sittings(actor):
        raise Forbidden
    if len(slots) < 2 or not paper_ids or any(slot.seats < 1 or slot.opens_at < change_until for slot in slots):
        raise SlotsAreOutOfOrder
    group = ExamSlotGroup(
        code=random_code16(),
        class_id=class_id,
        title_zh=title_zh,
        change_until=change_until,
        created_by=actor.name[:120],
        created_at=now,
    )
    db.session.add(group)
    db.session.flush()
    for place, slot in enumerate(sorted(slots, key=lambda one: one.opens_at)):
        sitting = plan_sitting(
            class_id=class_id,
            paper_id=paper_ids[place % len(paper_ids)],
            title_zh=title_zh,
            opens_at=slot.opens_at,
            closes_at=slot.closes_at,
            minutes=minutes,
            entry_minutes=entry_minutes,
            is_slot=True,
            actor=actor,
            now=now,
        )
        db.session.add(ExamSlot(sitting_id=sitting.id, group_id=group.id, seats=slot.seats, taken=0))
    db.session.flush()
    after = {"slots": len(slots), "change_until": change_until.isoformat()}
    record(actor, "exams.slots_planned", f"exam_slot_group:{group.code}", now=now, after=after)
    return group


def book_slot(*, sitting_id: int, actor: Actor, now: datetime) -> ExamSlotBooking:
    """Book a slot for the signed-in learner, or change to it: the seat there is taken before the old one is given back.

    Her own booking is locked first, then the slots in the order of their ids: whoever presses twice, and whoever exchanges
    with somebody, waits and never in a ring. One conditional update takes the seat.
    Raises SlotIsFull, SlotsAreFixed, SlotHasBegun, NotOfThisClass, LearnerIsUnknown, NotFound.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise LearnerIsUnknown
    found = queries.find_slot(sitting_id)
    if found is None:
        raise NotFound
    _, group = found
    if not enrollment.is_admitted(group.class_id, learner.id):
        raise NotOfThisClass
    sitting = queries.sitting_by_id(sitting_id)
    if sitting.state is not SittingState.PLANNED or now >= sitting.opens_at:
        raise SlotHasBegun
    booking, is_new = _own_booking(group, learner.id, sitting_id, now)
    if not is_new and booking.sitting_id == sitting_id:
        return booking
    old = None if is_new else queries.sitting_by_id(booking.sitting_id)
    if now >= group.change_until and (old is None or old.state is not SittingState.CANCELLED):
        raise SlotsAreFixed(until=group.change_until)
    _move(booking, old, sitting, now)
    _carry_accommodation(group, sitting, learner.id)
    before = {"sitting": old.code} if old is not None else None
    subject = f"exam_slot_group:{group.code}"
    after = {"sitting": sitting.code, "learner": learner.code}
    record(actor, "exams.slot_booked", subject, now=now, before=before, after=after)
    messages.write_slot_booked(booking, sitting, now=now)
    return booking


def _own_booking(group: ExamSlotGroup, learner_id: int, sitting_id: int, now: datetime) -> tuple[ExamSlotBooking, bool]:
    """The learner's booking in the group, locked, and whether it has just been made."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"group_id": group.id, "learner_id": learner_id, "sitting_id": sitting_id, "booked_at": now}
    statement = dialect.insert(ExamSlotBooking).values(row).on_conflict_do_nothing(index_elements=["group_id", "learner_id"])
    made = db.session.execute(statement.returning(ExamSlotBooking.id)).one_or_none()
    query = select(ExamSlotBooking).where(ExamSlotBooking.group_id == group.id, ExamSlotBooking.learner_id == learner_id)
    booking = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    return booking, made is not None


def _move(booking: ExamSlotBooking, old: ExamSitting | None, sitting: ExamSitting, now: datetime) -> None:
    """Take the seat and give the old one back, slots in the order of their ids. Raises SlotIsFull."""
    steps = {sitting.id: 1, **({old.id: -1} if old is not None else {})}
    for id_ in sorted(steps):
        if not _step(id_, steps[id_]):
            seats = db.session.scalar(select(ExamSlot.seats).where(ExamSlot.sitting_id == id_))
            raise SlotIsFull(seats=seats)
    if old is not None:
        of_old = (old.id, booking.learner_id)
        for model in (ExamSeat, ExamCandidate):
            db.session.execute(delete(model).where(model.sitting_id == of_old[0], model.learner_id == of_old[1]))
        booking.sitting_id, booking.booked_at = sitting.id, now
        db.session.flush()


def _carry_accommodation(group: ExamSlotGroup, sitting: ExamSitting, learner_id: int) -> None:
    """What was granted for one slot of the group holds for the one that she changes to."""
    granted = db.session.scalars(
        select(ExamAccommodation)
        .join(ExamSlot, ExamSlot.sitting_id == ExamAccommodation.sitting_id)
        .where(ExamSlot.group_id == group.id, ExamAccommodation.learner_id == learner_id)
        .order_by(ExamAccommodation.id.desc())
    ).first()
    if granted is None or not granted.percent:
        return
    number_of(sitting.id, learner_id)
    db.session.execute(
        update(ExamCandidate)
        .where(ExamCandidate.sitting_id == sitting.id, ExamCandidate.learner_id == learner_id)
        .values(extra_percent=granted.percent)
    )
    known = queries.accommodations_of(sitting.id).get(learner_id)
    db.session.add(
        ExamAccommodation(
            sitting_id=sitting.id,
            learner_id=learner_id,
            version=known.version + 1 if known else 1,
            percent=granted.percent,
            reason=granted.reason,
            decided_by=granted.decided_by,
            decided_at=granted.decided_at,
        )
    )
    db.session.flush()


def _step(sitting_id: int, change: int) -> bool:
    """Take a seat of a slot while seats last, or give one back."""
    query = update(ExamSlot).where(ExamSlot.sitting_id == sitting_id)
    query = query.where(ExamSlot.taken < ExamSlot.seats) if change > 0 else query.where(ExamSlot.taken > 0)
    moved = query.values(taken=ExamSlot.taken + change).returning(ExamSlot.sitting_id)
    return db.session.execute(moved.execution_options(synchronize_session=False)).one_or_none() is not None


def give_back_slot(*, group_code: str, actor: Actor, now: datetime) -> None:
    """Give the booked seat back without taking another. Raises SlotsAreFixed, NotFound."""
    group = queries.get_slot_group(group_code)
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    booking = queries.find_booking(group.id, learner.id) if learner is not None else None
    if booking is None or learner is None:
        raise NotFound
    if now >= group.change_until:
        raise SlotsAreFixed(until=group.change_until)
    gone = db.session.execute(
        delete(ExamSlotBooking).where(ExamSlotBooking.id == booking.id).returning(ExamSlotBooking.sitting_id)
    ).one_or_none()
    if gone is None:
        raise NotFound
    _step(gone.sitting_id, -1)
    for model in (ExamSeat, ExamCandidate):
        db.session.execute(delete(model).where(model.sitting_id == gone.sitting_id, model.learner_id == learner.id))
    before = {"sitting": queries.sitting_by_id(gone.sitting_id).code, "learner": learner.code}
    record(actor, "exams.slot_given_back", f"exam_slot_group:{group.code}", now=now, before=before)
