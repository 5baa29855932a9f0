"""When an instructor cannot teach."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


class InstructorAbsence(Base):
    """A span of time in which an instructor teaches nothing. The clash engine of the timetable counts it as taken."""

    __tablename__ = "instructor_absence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        Index("ix_instructor_absence_span", "instructor_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
