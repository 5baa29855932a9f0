"""Tables of class rosters: what enrolling each row of an uploaded roster would do, and did."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, state_type


class Place(StrEnum):
    """What enrollment says to a row."""

    SEAT = "seat"
    WAITING = "waiting"
    REVIEW = "review"
    ALREADY = "already"
    REFUSED = "refused"


class ClassRosterLine(Base):
    """A good row of a roster that was uploaded for a class. `place` is the forecast until `is_done` says that it happened."""

    __tablename__ = "class_roster_line"
    __table_args__ = (UniqueConstraint("roster_id", "number"), Index("ix_class_roster_line_done", "roster_id", "is_done"))

    id: Mapped[int] = mapped_column(primary_key=True)
    roster_id: Mapped[int] = mapped_column(ForeignKey("roster_import.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    number: Mapped[int]
    place: Mapped[Place] = mapped_column(state_type(Place))
    waiting_no: Mapped[int | None]
    say: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_done: Mapped[bool] = mapped_column(default=False)
