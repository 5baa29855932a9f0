"""The rooms of a sitting, who sits where, and who watches."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


def _taken_once() -> ExcludeConstraint:
    """A room holds one sitting at a time. Core PostgreSQL only: a range of one id instead of btree_gist."""
    constraint = ExcludeConstraint(
        (func.int8range(literal_column("room_id"), literal_column("room_id"), literal_column("'[]'")), "&&"),
        (func.tstzrange(literal_column("starts_at"), literal_column("ends_at")), "&&"),
        where=text("is_held"),
        name="ex_exam_room_twice",
    )
    return constraint.ddl_if(dialect="postgresql")


class ExamRoom(Base):
    """A room that a sitting takes, with the number it has there. `gap` columns stay free between two candidates.

    The times repeat the sitting's window, so that the database refuses a room twice; a sitting that is called off holds none.
    """

    __tablename__ = "exam_room"
    __table_args__ = (
        UniqueConstraint("sitting_id", "room_id"),
        UniqueConstraint("sitting_id", "number"),
        UniqueConstraint("id", "sitting_id"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        CheckConstraint("gap BETWEEN 0 AND 2", name="gap_0_to_2"),
        CheckConstraint("number > 0", name="number_positive"),
        _taken_once(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    number: Mapped[int]
    capacity: Mapped[int]
    gap: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_held: Mapped[bool] = mapped_column(default=True)


class ExamSeat(Base):
    """Where a candidate sits: a seat once, a person once. Row 1 is next to the lectern, column 1 on its left."""

    __tablename__ = "exam_seat"
    __table_args__ = (
        ForeignKeyConstraint(
            ["exam_room_id", "sitting_id"], ["exam_room.id", "exam_room.sitting_id"], name="fk_exam_seat_room"
        ),
        UniqueConstraint("sitting_id", "learner_id"),
        UniqueConstraint("exam_room_id", "row_no", "column_no"),
        CheckConstraint("row_no > 0 AND column_no > 0", name="place_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    exam_room_id: Mapped[int]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    row_no: Mapped[int]
    column_no: Mapped[int]
    seated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamInvigilator(Base):
    """An instructor who watches over a sitting, in one of its rooms or wherever she is needed."""

    __tablename__ = "exam_invigilator"
    __table_args__ = (
        ForeignKeyConstraint(
            ["exam_room_id", "sitting_id"], ["exam_room.id", "exam_room.sitting_id"], name="fk_exam_invigilator_room"
        ),
        UniqueConstraint("sitting_id", "instructor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), index=True)
    exam_room_id: Mapped[int | None]
    assigned_by: Mapped[str] = mapped_column(String(120))
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
