"""Several sittings of one group among which each candidate books one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


class ExamSlotGroup(Base):
    """The sittings of a class that ask the same; booked and changed by the candidates themselves until an instant."""

    __tablename__ = "exam_slot_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    change_until: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamSlot(Base):
    """A sitting of a group with its seats. `taken` moves by one conditional update; the check has the last word."""

    __tablename__ = "exam_slot"
    __table_args__ = (
        UniqueConstraint("sitting_id", "group_id"),
        CheckConstraint("taken BETWEEN 0 AND seats", name="taken_within_seats"),
        CheckConstraint("seats > 0", name="seats_positive"),
    )

    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(ForeignKey("exam_slot_group.id"), index=True)
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)


class ExamSlotBooking(Base):
    """The one slot of a group that a candidate has booked."""

    __tablename__ = "exam_slot_booking"
    __table_args__ = (
        ForeignKeyConstraint(
            ["sitting_id", "group_id"], ["exam_slot.sitting_id", "exam_slot.group_id"], name="fk_exam_slot_booking_slot"
        ),
        UniqueConstraint("group_id", "learner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("exam_slot_group.id"))
    sitting_id: Mapped[int] = mapped_column(index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
