"""Rooms of a sitting, seats for its candidates, and who watches."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.exams import messages, queries
from academy.exams.models import ExamInvigilator, ExamRoom, ExamSeat, ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.kinds import SittingState
from academy.exams.rules.seating import MOST_GAP, Place, RoomPlan, compute_seats, count_neighbors, seat_label
from academy.exams.services.review import ReasonIsMissing
from academy.exams.services.sittings import assign_candidate_numbers, lock_sitting
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable


class SittingIsOver(Conflict):
    """Rooms and seats of what has ended or was called off stay as they are."""

    message = N_("这场考试已经结束或取消，考场和座位不再改动。")


class RoomIsTaken(Conflict):
    """Somebody else is in the room at that time."""

    message = N_("“%(room)s”在这段时间已有安排：%(what)s。没有加进来。")
    next_step = N_("请换一间教室，或先改那边的安排。")


class RoomHasCandidates(Conflict):
    """People have been given seats there."""

    message = N_("第 %(number)s 考场已经安排了 %(count)s 人，不能去掉。")
    next_step = N_("请先把他们换到别的考场。")


class SeatsAreTooFew(Conflict):
    """The rooms hold fewer seats than candidates."""

    message = N_("各考场一共 %(seats)s 个座位，坐不下 %(people)s 名考生，一个座位也没有排。")
    next_step = N_("请再加一间考场，或把间隔改小。")


class SeatIsTaken(Conflict):
    """Somebody sits there."""

    message = N_("第 %(room)s 考场 %(seat)s 已经有人，没有换。")
    next_step = N_("请刷新座位表，选一个空座。")


class SeatIsNotThere(Invalid):
    """The room has no such seat for a candidate."""

    message = N_("第 %(room)s 考场没有 %(seat)s 这个座位。")


class CandidateHasNoSeat(Conflict):
    """Seats are given out first."""

    message = N_("这名考生还没有座位，请先排座位。")


class InvigilatorIsBusy(Conflict):
    """She watches over another sitting at that time."""

    message = N_("%(name)s 同一时间要监考“%(title)s”，没有安排。")


class WatchesAlready(Conflict):
    """Assigned before."""

    message = N_("%(name)s 已经是这场考试的监考员。")


@dataclass(frozen=True, slots=True)
class Seated:
    """What came of giving out seats: how many are new, and how many pairs of one unit sit side by side."""

    new: int
    pairs: int


def _open_sitting(sitting_id: int, actor: Actor) -> ExamSitting:
    if not can_manage_sittings(actor):
        raise Forbidden
    sitting = lock_sitting(sitting_id)
    if sitting.state is not SittingState.PLANNED:
        raise SittingIsOver
    return sitting


def add_room(*, sitting_id: int, room_code: str, capacity: int | None, gap: int, actor: Actor, now: datetime) -> ExamRoom:
    """Take a room for a sitting. `capacity`: how many chairs are set up (none: the room's own number).

    Raises RoomIsTaken, SeatIsNotThere, SittingIsOver, NotFound.
    """
    sitting = _open_sitting(sitting_id, actor)
    room = sites.get_room(room_code)
    sites.lock_rooms([room.id])
    chairs = min(capacity or room.capacity, room.capacity)
    if chairs < 1 or not 0 <= gap <= MOST_GAP:
        raise SeatIsNotThere(room=0, seat=chairs)
    _require_free(sitting, room.id, room.name_zh)
    held = queries.rooms_of(sitting_id)
    made = ExamRoom(
        sitting_id=sitting_id,
        room_id=room.id,
        number=max((one.exam_room.number for one in held), default=0) + 1,
        capacity=chairs,
        gap=gap,
        starts_at=sitting.opens_at,
        ends_at=sitting.closes_at,
        is_held=True,
    )
    db.session.add(made)
    db.session.flush()
    after = {"room": room.code, "number": made.number, "capacity": chairs, "gap": gap}
    record(actor, "exams.room_added", f"exam_sitting:{sitting.code}", now=now, after=after)
    return made


def _require_free(sitting: ExamSitting, room_id: int, name: str) -> None:
    """Neither another sitting nor a class is there. The caller holds the room."""
    other = db.session.scalars(
        select(ExamSitting)
        .join(ExamRoom, ExamRoom.sitting_id == ExamSitting.id)
        .where(
            ExamRoom.room_id == room_id,
            ExamRoom.is_held,
            ExamRoom.starts_at < sitting.closes_at,
            ExamRoom.ends_at > sitting.opens_at,
        )
    ).first()
    if other is not None:
        raise RoomIsTaken(room=name, what=other.title_zh)
    site_id = sites.room_by_id(room_id).site_id
    planned = timetable.planned_there(site_id, room_id, since=sitting.opens_at, until=sitting.closes_at)
    if planned:
        raise RoomIsTaken(room=name, what=planned[0].class_title)


def remove_room(*, sitting_id: int, number: int, actor: Actor, now: datetime) -> None:
    """Give a room back in which nobody has a seat. Raises RoomHasCandidates, SittingIsOver, NotFound."""
    sitting = _open_sitting(sitting_id, actor)
    room = queries.exam_room_of(sitting_id, number)
    count = sum(seat.exam_room_id == room.id for seat in queries.seats_of(sitting_id).values())
    if count:
        raise RoomHasCandidates(number=number, count=count)
    db.session.execute(update(ExamInvigilator).where(ExamInvigilator.exam_room_id == room.id).values(exam_room_id=None))
    db.session.execute(delete(ExamRoom).where(ExamRoom.id == room.id))
    record(actor, "exams.room_removed", f"exam_sitting:{sitting.code}", now=now, before={"number": number})


def allocate_seats(*, sitting_id: int, again: bool = False, actor: Actor, now: datetime) -> Seated:
    """Number whoever has no number and give a seat to whoever has none, people of one unit apart as far as it goes.

    Seats that were given stay; `again` gives all of them out anew, which is refused once somebody has begun. The same
    candidates and rooms give the same seats. Raises SeatsAreTooFew, SittingIsOver.
    """
    sitting = _open_sitting(sitting_id, actor)
    if again and queries.tally(sitting_id):
        raise SittingIsOver
    assign_candidate_numbers(sitting_id=sitting_id, actor=actor, now=now)
    if again:
        db.session.execute(delete(ExamSeat).where(ExamSeat.sitting_id == sitting_id))
    ids = list(queries.candidates_of(sitting_id).values())
    rooms, seats = queries.rooms_of(sitting_id), queries.seats_of(sitting_id)
    units = {id_: unit or None for id_, unit in queries.units_of(ids).items()}
    kept = {seat.place: units.get(id_) for id_, seat in seats.items()}
    waiting = [(id_, units.get(id_)) for id_ in ids if id_ not in seats]
    try:
        given = compute_seats(waiting, [room.plan for room in rooms], kept)
    except ValueError as error:
        raise SeatsAreTooFew(seats=sum(room.seats for room in rooms), people=len(ids)) from error
    _write_seats(sitting_id, given, {room.exam_room.number: room.exam_room.id for room in rooms}, now)
    gaps = {room.exam_room.number: room.exam_room.gap for room in rooms}
    pairs = count_neighbors([*kept.items(), *((place, units.get(id_)) for id_, place in given.items())], gaps)
    after = {"new": len(given), "again": again, "pairs": pairs}
    record(actor, "exams.seats_allocated", f"exam_sitting:{sitting.code}", now=now, after=after)
    return Seated(len(given), pairs)


def _write_seats(sitting_id: int, given: dict[int, Place], rooms: dict[int, int], now: datetime) -> None:
    rows = [
        {
            "sitting_id": sitting_id,
            "exam_room_id": rooms[place.room],
            "learner_id": id_,
            "row_no": place.row,
            "column_no": place.column,
            "seated_at": now,
        }
        for id_, place in given.items()
    ]
    if rows:
        db.session.execute(insert(ExamSeat), rows)


def reseat(
    *, sitting_id: int, learner_id: int, room_number: int, row: int, column: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Move a candidate to a free seat and say why; the audit trail keeps where she sat.

    Raises SeatIsTaken, SeatIsNotThere, CandidateHasNoSeat, ReasonIsMissing, SittingIsOver, NotFound, Forbidden.
    """
    sitting = queries.sitting_by_id(sitting_id)
    if not queries.may_watch(actor, sitting):
        raise Forbidden
    if sitting.state is not SittingState.PLANNED:
        raise SittingIsOver
    if not reason.strip():
        raise ReasonIsMissing
    room = queries.exam_room_of(sitting_id, room_number)
    label = seat_label(row, column) if row > 0 else "—"
    if Place(room_number, row, column) not in RoomPlan(room.number, room.capacity, room.gap).places:
        raise SeatIsNotThere(room=room_number, seat=label)
    before = queries.seat_of(sitting_id, learner_id)
    if before is None:
        raise CandidateHasNoSeat
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(ExamSeat)
                .where(ExamSeat.sitting_id == sitting_id, ExamSeat.learner_id == learner_id)
                .values(exam_room_id=room.id, row_no=row, column_no=column, seated_at=now)
            )
    except IntegrityError as error:
        raise SeatIsTaken(room=room_number, seat=label) from error
    number = next(no for no, id_ in queries.candidates_of(sitting_id).items() if id_ == learner_id)
    was = {"candidate": number, "room": before.room_number, "seat": before.label}
    after = {"candidate": number, "room": room_number, "seat": label}
    record(actor, "exams.reseated", f"exam_sitting:{sitting.code}", now=now, before=was, after=after, reason=reason.strip())


def assign_invigilator(
    *, sitting_id: int, instructor_code: str, room_number: int | None, actor: Actor, now: datetime
) -> ExamInvigilator:
    """Let an instructor watch over a sitting, in one of its rooms or all of them.

    Raises InvigilatorIsBusy, WatchesAlready, SittingIsOver, NotFound.
    """
    sitting = _open_sitting(sitting_id, actor)
    instructor = people.get_instructor(instructor_code)
    people.lock_instructors([instructor.id])
    room = queries.exam_room_of(sitting_id, room_number) if room_number is not None else None
    if any(one.instructor_id == instructor.id for one in queries.invigilators_of(sitting_id)):
        raise WatchesAlready(name=instructor.name_zh)
    other = queries.find_other_watch(sitting, instructor.id)
    if other is not None:
        raise InvigilatorIsBusy(name=instructor.name_zh, title=other.title_zh)
    made = ExamInvigilator(
        sitting_id=sitting_id,
        instructor_id=instructor.id,
        exam_room_id=room.id if room else None,
        assigned_by=actor.name[:120],
        assigned_at=now,
    )
    db.session.add(made)
    db.session.flush()
    after = {"instructor": instructor.code, "room": room_number}
    record(actor, "exams.invigilator_assigned", f"exam_sitting:{sitting.code}", now=now, after=after)
    return made


def remove_invigilator(*, sitting_id: int, instructor_code: str, actor: Actor, now: datetime) -> None:
    """Take an instructor off a sitting. Raises NotFound, SittingIsOver."""
    sitting = _open_sitting(sitting_id, actor)
    instructor = people.get_instructor(instructor_code)
    gone = db.session.execute(
        delete(ExamInvigilator)
        .where(ExamInvigilator.sitting_id == sitting_id, ExamInvigilator.instructor_id == instructor.id)
        .returning(ExamInvigilator.id)
    ).one_or_none()
    if gone is None:
        raise NotFound
    before = {"instructor": instructor.code}
    record(actor, "exams.invigilator_removed", f"exam_sitting:{sitting.code}", now=now, before=before)


def send_tickets(*, sitting_id: int, actor: Actor, now: datetime) -> int:
    """Write to every candidate who has a seat; who was told about this seat before gets no second letter.

    Raises CandidateHasNoSeat, SittingIsOver, Forbidden.
    """
    sitting = _open_sitting(sitting_id, actor)
    count = messages.write_tickets(sitting, list(queries.candidates_of(sitting_id).values()), now=now)
    if not count:
        raise CandidateHasNoSeat
    record(actor, "exams.tickets_sent", f"exam_sitting:{sitting.code}", now=now, after={"count": count})
    return count
