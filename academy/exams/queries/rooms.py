"""Reading rooms, seats and invigilators of sittings."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from academy.core.access import Actor, Role
from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import ExamInvigilator, ExamRoom, ExamSeat, ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.seating import Place, RoomPlan, seat_label
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a candidate sits. Row 1 is next to the lectern, column 1 on its left; `gap` columns stay free between two."""

    exam_room_id: int
    room_number: int
    row: int
    column: int
    gap: int

    @property
    def label(self) -> str:
        """A3."""
        return seat_label(self.row, self.column)

    @property
    def place(self) -> Place:
        """The seat as the rules know it."""
        return Place(self.room_number, self.row, self.column)


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room of a sitting with its name, its site and how many sit there."""

    exam_room: ExamRoom
    name_zh: str
    site_zh: str
    address_zh: str
    taken: int

    @property
    def plan(self) -> RoomPlan:
        """The room as the rules know it."""
        return RoomPlan(self.exam_room.number, self.exam_room.capacity, self.exam_room.gap)

    @property
    def seats(self) -> int:
        """How many candidates can be given a seat."""
        return len(self.plan.places)


_COLUMNS = (ExamSeat.exam_room_id, ExamRoom.number, ExamSeat.row_no, ExamSeat.column_no, ExamRoom.gap)
_SEATS = select(ExamSeat.learner_id, *_COLUMNS).join(ExamRoom, ExamRoom.id == ExamSeat.exam_room_id)


def seat_of(sitting_id: int, learner_id: int) -> Seat | None:
    """Where a learner sits in a sitting; None while nobody has given her a seat."""
    row = db.session.execute(_SEATS.where(ExamSeat.sitting_id == sitting_id, ExamSeat.learner_id == learner_id)).one_or_none()
    return Seat(*row[1:]) if row is not None else None


def seats_of(sitting_id: int) -> dict[int, Seat]:
    """The seats of a sitting by learner, in the order of rooms, rows and columns."""
    query = _SEATS.where(ExamSeat.sitting_id == sitting_id)
    rows = db.session.execute(query.order_by(ExamRoom.number, ExamSeat.row_no, ExamSeat.column_no))
    return {row[0]: Seat(*row[1:]) for row in rows}


def seats_of_learner(learner_id: int) -> dict[int, Seat]:
    """A learner's seats by sitting."""
    query = select(ExamSeat.sitting_id, *_COLUMNS).join(ExamRoom, ExamRoom.id == ExamSeat.exam_room_id)
    return {row[0]: Seat(*row[1:]) for row in db.session.execute(query.where(ExamSeat.learner_id == learner_id))}


def rooms_of(sitting_id: int) -> list[RoomView]:
    """The rooms of a sitting by number."""
    found = list(db.session.scalars(select(ExamRoom).where(ExamRoom.sitting_id == sitting_id).order_by(ExamRoom.number)))
    if not found:
        return []
    rooms = sites.rooms_by_ids({one.room_id for one in found})
    places = sites.sites_by_ids({room.site_id for room in rooms.values()})
    counted = select(ExamSeat.exam_room_id, func.count()).where(ExamSeat.sitting_id == sitting_id)
    taken = dict(db.session.execute(counted.group_by(ExamSeat.exam_room_id)).all())
    views = []
    for one in found:
        room = rooms[one.room_id]
        site = places[room.site_id]
        views.append(RoomView(one, room.name_zh, site.name_zh, site.address_zh, taken.get(one.id, 0)))
    return views


def exam_room_of(sitting_id: int, number: int) -> ExamRoom:
    """A room of a sitting by its number there. Raises NotFound."""
    query = select(ExamRoom).where(ExamRoom.sitting_id == sitting_id, ExamRoom.number == number)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def invigilators_of(sitting_id: int) -> list[ExamInvigilator]:
    """Who watches over a sitting, in the order of their assignment."""
    query = select(ExamInvigilator).where(ExamInvigilator.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ExamInvigilator.id)))


def sitting_ids_watched_by(instructor_id: int) -> set[int]:
    """The sittings that an instructor watches over."""
    query = select(ExamInvigilator.sitting_id).where(ExamInvigilator.instructor_id == instructor_id)
    return set(db.session.scalars(query))


def find_other_watch(sitting: ExamSitting, instructor_id: int) -> ExamSitting | None:
    """Another sitting at the same time over which an instructor watches already."""
    query = (
        select(ExamSitting)
        .join(ExamInvigilator, ExamInvigilator.sitting_id == ExamSitting.id)
        .where(
            ExamInvigilator.instructor_id == instructor_id,
            ExamSitting.id != sitting.id,
            ExamSitting.state == sitting.state,
            ExamSitting.opens_at < sitting.closes_at,
            ExamSitting.closes_at > sitting.opens_at,
        )
    )
    return db.session.scalars(query.order_by(ExamSitting.id).limit(1)).first()


def may_watch(actor: Actor, sitting: ExamSitting) -> bool:
    """Whether the person checks tickets and keeps the log of a sitting: its invigilators and who manages sittings."""
    if can_manage_sittings(actor):
        return True
    instructor_id = _instructor_id(actor)
    return instructor_id is not None and sitting.id in sitting_ids_watched_by(instructor_id)


def sittings_seen_by(actor: Actor, found: Iterable[ExamSitting]) -> list[ExamSitting]:
    """Those of the sittings that the person may read: an instructor the ones she watches over or of classes she teaches."""
    if actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER):
        return list(found)
    instructor_id = _instructor_id(actor)
    if instructor_id is None:
        return []
    watched, taught = sitting_ids_watched_by(instructor_id), set(timetable.class_ids_of_instructor(instructor_id))
    return [one for one in found if one.id in watched or one.class_id in taught]


def _instructor_id(actor: Actor) -> int | None:
    if actor.user_id is None or not actor.has(Role.INSTRUCTOR):
        return None
    instructor = people.find_instructor_of_user(actor.user_id)
    return instructor.id if instructor is not None else None
