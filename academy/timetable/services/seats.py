"""Seats and the line. Each change is one conditional update: the database counts, nobody counts and then writes."""

from datetime import datetime

from sqlalchemy import and_, bindparam, case, select, update

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
_takes_people = and_(_table.c.state == ClassState.OPEN, _table.c.enroll_opens_at <= _now, _table.c.enroll_closes_at > _now)
_gets_seat = and_(_table.c.admitted_count < _table.c.seats, _table.c.waiting_count == 0)

_TAKE = (
    update(_table)
    .where(_of_class, _takes_people)
    .values(
        admitted_count=_table.c.admitted_count + case((_gets_seat, 1), else_=0),
        waiting_count=_table.c.waiting_count + case((_gets_seat, 0), else_=1),
        waitlist_seq=_table.c.waitlist_seq + case((_gets_seat, 0), else_=1),
    )
    .returning(_table.c.waiting_count, _table.c.waitlist_seq)
)
_PROMOTE = (
    update(_table)
    .where(_of_class, _takes_people, _table.c.admitted_count < _table.c.seats, _table.c.waiting_count > 0)
    .values(admitted_count=_table.c.admitted_count + 1, waiting_count=_table.c.waiting_count - 1)
    .returning(_table.c.id)
)
_RELEASE = update(_table).where(_of_class).values(admitted_count=_table.c.admitted_count - 1)
_LEAVE = update(_table).where(_of_class).values(waiting_count=_table.c.waiting_count - 1)
_CLEAR_LINE = update(_table).where(_of_class).values(waiting_count=0)
_CLEAR_SEATS = update(_table).where(_of_class).values(admitted_count=0)
_LOCK = select(_table.c.id).where(_of_class).with_for_update(key_share=True)


def take_seat(*, class_id: int, now: datetime) -> Place | None:
    """Take a free seat, or the next number of the line when there is none or somebody waits already.

    One statement under the row's lock, so that seats are never oversold and numbers have no gap and no double.
    None: the class does not take anybody now. The lock is held until the commit: call it late.
    """
    row = db.session.connection().execute(_TAKE, {"class_id": class_id, "now": now}).one_or_none()
    if row is None:
        return None
    return Place(row.waitlist_seq if row.waiting_count else None)


def promote_seat(*, class_id: int, now: datetime) -> bool:
    """Turn a free seat and the head of the line into an admission; False when one of them is missing or time is up."""
    return db.session.execute(_PROMOTE, {"class_id": class_id, "now": now}).one_or_none() is not None


def release_seat(*, class_id: int) -> None:
    """Give a taken seat back. Whoever frees a seat promotes in the same transaction."""
    db.session.execute(_RELEASE, {"class_id": class_id})


def leave_line(*, class_id: int) -> None:
    """One person fewer waits."""
    db.session.execute(_LEAVE, {"class_id": class_id})


def clear_line(*, class_id: int) -> None:
    """Nobody waits any more."""
    db.session.execute(_CLEAR_LINE, {"class_id": class_id})


def clear_seats(*, class_id: int) -> None:
    """Nobody has a seat any more: the class does not take place."""
    db.session.execute(_CLEAR_SEATS, {"class_id": class_id})


def lock_class(*, class_id: int) -> EnrollmentFacts:
    """Hold the class's row until the transaction ends, and read it as it then is. Raises NotFound."""
    db.session.execute(_LOCK, {"class_id": class_id})
    return queries.enrollment_facts(class_id)


def set_seats(*, class_id: int, seats: int, actor: Actor, now: datetime) -> EnrollmentFacts:
    """Change the number of seats, never below those admitted and never above what the room holds.

    Promotes nobody: enrollment.services.change_seats does both.
    Raises Forbidden, SeatsAreUnusable, SeatsExceedRoom, SeatsBelowAdmitted.
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
    db.session.execute(update(TrainingClass).where(TrainingClass.id == class_id).values(seats=seats))
    was, is_now = {"seats": before.seats}, {"seats": seats}
    record(actor, "timetable.seats_changed", f"class:{before.code}", now=now, before=was, after=is_now)
    return queries.enrollment_facts(class_id)
