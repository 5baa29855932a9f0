"""Seats and the line. Each change is one conditional update: the database counts, nobody counts and then writes.

A seat is free, admitted, held (for an open offer, or for a named person under review) or reserved (for a quota that has
not used it). Free seats are what is left of `seats`; a named check constraint keeps the sum.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Update, and_, bindparam, case, select, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import UtcDateTime, db, table_of
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.models import TrainingClass
from academy.timetable.policies import can_manage_classes
from academy.timetable.rules import ClassState, EnrollmentFacts, Place

MOST_SEATS = 2000


class SeatsBelowAdmitted(Conflict):
    """Seats cannot be taken away from under people."""

    message = N_("已录取 %(admitted)s 人，不能少于 %(admitted)s。")
    next_step = N_("要减席位，先把人转到别的期。")


class SeatsAreKept(Conflict):
    """Seats are held for people who have been asked, or reserved for a quota."""

    message = N_("已录取 %(admitted)s 人，另有 %(kept)s 席留给待答复的人和名额，不能少于 %(least)s。")
    next_step = N_("等答复期过去，或先收回名额。")


class SeatsExceedRoom(Invalid):
    """More seats than the room holds."""

    message = N_("教室只容 %(capacity)s 人，放不下 %(seats)s 席。")
    next_step = N_("换一间大的教室，或少设几席。")


class SeatsAreUnusable(Invalid):
    """A number of seats that no class can have."""

    message = N_("席位须为 1—%(most)s。")


_table = table_of(TrainingClass)
_of_class = _table.c.id == bindparam("class_id")
_now = bindparam("now", type_=UtcDateTime())
_amount: BindParameter[int] = bindparam("amount")
_takes_people = and_(_table.c.state == ClassState.OPEN, _table.c.enroll_opens_at <= _now, _table.c.enroll_closes_at > _now)
_kept = _table.c.admitted_count + _table.c.held_count + _table.c.reserved_count
_has_free = _kept < _table.c.seats
_gets_seat = and_(_has_free, _table.c.waiting_count == 0)

_TAKE = (
    update(_table)
    .where(_of_class, _takes_people, _table.c.timetable_version == bindparam("seen_version"))
    .values(
        admitted_count=_table.c.admitted_count + case((_gets_seat, 1), else_=0),
        waiting_count=_table.c.waiting_count + case((_gets_seat, 0), else_=1),
        waitlist_seq=_table.c.waitlist_seq + case((_gets_seat, 0), else_=1),
    )
    .returning(_table.c.waiting_count, _table.c.waitlist_seq)
)
_LOCK = select(_table.c.id).where(_of_class).with_for_update(key_share=True)


def _moves(*conditions: ColumnElement[bool], **steps: Any) -> Update:
    """An update that moves seats between counters when the conditions hold: _moves(held_count=1) adds one."""
    values = {name: _table.c[name] + step for name, step in steps.items()}
    return update(_table).where(_of_class, *conditions).values(values).returning(_table.c.id)


_ADMIT_FREE = _moves(_gets_seat, admitted_count=1)
_JOIN_LINE = (
    update(_table)
    .where(_of_class)
    .values(waiting_count=_table.c.waiting_count + 1, waitlist_seq=_table.c.waitlist_seq + 1)
    .returning(_table.c.waitlist_seq)
)
_ADMIT_RESERVED = _moves(_table.c.reserved_count > 0, admitted_count=1, reserved_count=-1)
_ADMIT_HELD = _moves(_table.c.held_count > 0, admitted_count=1, held_count=-1)
_HOLD_FREE = _moves(_has_free, held_count=1)
_HOLD_RESERVED = _moves(_table.c.reserved_count > 0, held_count=1, reserved_count=-1)
_LET_GO = _moves(held_count=-1)
_RELEASE = _moves(admitted_count=-1)
_LEAVE = _moves(waiting_count=-1)
_RESERVE = _moves(_kept + _amount <= _table.c.seats, reserved_count=_amount)
_CLEAR_LINE = update(_table).where(_of_class).values(waiting_count=0)
_CLEAR_SEATS = update(_table).where(_of_class).values(admitted_count=0, held_count=0, reserved_count=0)


def _changed(statement: Update, class_id: int, **parameters: Any) -> bool:
    return db.session.execute(statement, {"class_id": class_id, **parameters}).one_or_none() is not None


def take_seat(*, class_id: int, timetable_version: int, now: datetime) -> Place | None:
    """Take a free seat, or the next number of the line when there is none or somebody waits already.

    One statement under the row's lock, so that seats are never oversold and numbers have no gap and no double.
    None: the class does not take anybody now, or its timetable is not the one that was looked at: look again.
    The lock is held until the commit: call it late.
    """
    seen = {"class_id": class_id, "seen_version": timetable_version, "now": now}
    row = db.session.connection().execute(_TAKE, seen).one_or_none()
    if row is None:
        return None
    return Place(row.waitlist_seq if row.waiting_count else None)


def seat_approved(*, class_id: int) -> Place:
    """`take_seat` for somebody whom a person has approved: the window of enrollment is over for others, not for her."""
    if _changed(_ADMIT_FREE, class_id):
        return Place(None)
    return Place(int(db.session.execute(_JOIN_LINE, {"class_id": class_id}).scalar_one()))


def admit_reserved(*, class_id: int) -> bool:
    """Turn a seat reserved for a quota into an admission; the caller has counted it in the quota. The row is locked."""
    return _changed(_ADMIT_RESERVED, class_id)


def admit_held(*, class_id: int) -> bool:
    """Turn a held seat into an admission."""
    return _changed(_ADMIT_HELD, class_id)


def hold_seat(*, class_id: int, is_reserved: bool) -> bool:
    """Hold a free or a reserved seat for somebody; False when there is none."""
    return _changed(_HOLD_RESERVED if is_reserved else _HOLD_FREE, class_id)


def let_go(*, class_id: int) -> None:
    """A held seat is held no longer."""
    _changed(_LET_GO, class_id)


def reserve_seats(*, class_id: int, amount: int) -> bool:
    """Reserve so many free seats for quotas, or give them back (negative); False when fewer are free."""
    return _changed(_RESERVE, class_id, amount=amount)


def release_seat(*, class_id: int) -> None:
    """Give a taken seat back. Whoever frees a seat runs the line in the same transaction."""
    _changed(_RELEASE, class_id)


def leave_line(*, class_id: int) -> None:
    """One person fewer waits."""
    _changed(_LEAVE, class_id)


def clear_line(*, class_id: int) -> None:
    """Nobody waits any more."""
    db.session.execute(_CLEAR_LINE, {"class_id": class_id})


def clear_seats(*, class_id: int) -> None:
    """Nobody has a seat any more and none is kept: the class does not take place."""
    db.session.execute(_CLEAR_SEATS, {"class_id": class_id})


def lock_class(*, class_id: int) -> EnrollmentFacts:
    """Hold the class's row until the transaction ends, and read it as it then is. Raises NotFound."""
    db.session.execute(_LOCK, {"class_id": class_id})
    return queries.enrollment_facts(class_id)


def set_seats(*, class_id: int, seats: int, actor: Actor, now: datetime) -> EnrollmentFacts:
    """Change the number of seats, never below those admitted or kept and never above what the room holds.

    Offers nothing to anybody: enrollment.services.change_seats does both.
    Raises Forbidden, SeatsAreUnusable, SeatsExceedRoom, SeatsBelowAdmitted, SeatsAreKept.
    """
    if not can_manage_classes(actor):
        raise Forbidden
    if not 1 <= seats <= MOST_SEATS:
        raise SeatsAreUnusable(most=MOST_SEATS)
    before = lock_class(class_id=class_id)
    room_id = queries.class_by_id(class_id).room_id
    capacity = sites.room_by_id(room_id).capacity if room_id else seats
    if seats > capacity:
        raise SeatsExceedRoom(capacity=capacity, seats=seats)
    if seats < before.admitted_count:
        raise SeatsBelowAdmitted(admitted=before.admitted_count)
    kept = before.held_count + before.reserved_count
    if seats < before.admitted_count + kept:
        raise SeatsAreKept(admitted=before.admitted_count, kept=kept, least=before.admitted_count + kept)
    db.session.execute(update(TrainingClass).where(TrainingClass.id == class_id).values(seats=seats))
    was, is_now = {"seats": before.seats}, {"seats": seats}
    record(actor, "timetable.seats_changed", f"class:{before.code}", now=now, before=was, after=is_now)
    return queries.enrollment_facts(class_id)
