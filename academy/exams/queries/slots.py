"""Reading groups of sittings that candidates book themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import ExamSitting, ExamSlot, ExamSlotBooking, ExamSlotGroup
from academy.exams.rules.delivery import SlotStanding
from academy.exams.rules.kinds import SittingState


@dataclass(frozen=True, slots=True)
class SlotView:
    """A sitting of a group with its seats."""

    sitting: ExamSitting
    slot: ExamSlot

    @property
    def left(self) -> int:
        """Seats that nobody has booked."""
        return self.slot.seats - self.slot.taken

    def is_bookable(self, now: datetime) -> bool:
        """Whether it lies ahead and has not been called off."""
        return self.sitting.state is SittingState.PLANNED and now < self.sitting.opens_at


@dataclass(frozen=True, slots=True)
class Standing:
    """How a learner stands to a sitting's group: its code, and the sitting that she has booked there."""

    group_code: str
    booked_sitting_id: int | None

    def to(self, sitting_id: int) -> SlotStanding:
        """As the admission sees it."""
        if self.booked_sitting_id is None:
            return SlotStanding.NONE
        return SlotStanding.BOOKED if self.booked_sitting_id == sitting_id else SlotStanding.ELSEWHERE


def get_slot_group(code: str) -> ExamSlotGroup:
    """A group by its code. Raises NotFound."""
    found = db.session.scalars(select(ExamSlotGroup).where(ExamSlotGroup.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def slot_groups_of(class_ids: Iterable[int]) -> list[ExamSlotGroup]:
    """The groups of classes, in the order in which they were made."""
    query = select(ExamSlotGroup).where(ExamSlotGroup.class_id.in_(list(class_ids)))
    return list(db.session.scalars(query.order_by(ExamSlotGroup.id)))


def find_slot(sitting_id: int) -> tuple[ExamSlot, ExamSlotGroup] | None:
    """The slot that a sitting is, with its group; None for a sitting that is for everybody."""
    query = select(ExamSlot, ExamSlotGroup).join(ExamSlotGroup, ExamSlotGroup.id == ExamSlot.group_id)
    row = db.session.execute(query.where(ExamSlot.sitting_id == sitting_id)).one_or_none()
    return (row[0], row[1]) if row is not None else None


def slots_of(group_id: int) -> list[SlotView]:
    """The sittings of a group by window."""
    query = select(ExamSitting, ExamSlot).join(ExamSlot, ExamSlot.sitting_id == ExamSitting.id)
    rows = db.session.execute(query.where(ExamSlot.group_id == group_id).order_by(ExamSitting.opens_at, ExamSitting.id))
    return [SlotView(*row) for row in rows]


def find_booking(group_id: int, learner_id: int) -> ExamSlotBooking | None:
    """What a learner has booked in a group."""
    query = select(ExamSlotBooking).where(ExamSlotBooking.group_id == group_id, ExamSlotBooking.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def booked_learner_ids(sitting_id: int) -> list[int]:
    """Who has booked a sitting, in the order of booking."""
    query = select(ExamSlotBooking.learner_id).where(ExamSlotBooking.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ExamSlotBooking.booked_at, ExamSlotBooking.id)))


def standings(sitting_ids: Iterable[int], learner_id: int) -> dict[int, Standing]:
    """How a learner stands to those of the sittings that are slots. One statement."""
    query = (
        select(ExamSlot.sitting_id, ExamSlotGroup.code, ExamSlotBooking.sitting_id)
        .join(ExamSlotGroup, ExamSlotGroup.id == ExamSlot.group_id)
        .outerjoin(
            ExamSlotBooking, (ExamSlotBooking.group_id == ExamSlot.group_id) & (ExamSlotBooking.learner_id == learner_id)
        )
        .where(ExamSlot.sitting_id.in_(list(sitting_ids)))
    )
    return {row[0]: Standing(row[1], row[2]) for row in db.session.execute(query)}
