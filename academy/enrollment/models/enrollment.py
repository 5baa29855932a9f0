"""Tables of enrollment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.enrollment.rules import LIVE, EnrollmentState, Source

_IS_LIVE = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


class Enrollment(Base):
    """A person in a class. At most one live row for a person and a class, whatever the door."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("uq_enrollment_live", "class_id", "learner_id", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
        Index("uq_enrollment_place", "class_id", "waitlist_no", unique=True),
        Index("ix_enrollment_learner_id", "learner_id"),
        CheckConstraint("state <> 'waitlisted' OR waitlist_no IS NOT NULL", name="waiting_has_number"),
        CheckConstraint("state <> 'admitted' OR admitted_at IS NOT NULL", name="admitted_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    state: Mapped[EnrollmentState] = mapped_column(state_type(EnrollmentState))
    waitlist_no: Mapped[int | None]  # kept after the promotion: it says who was next
    source: Mapped[Source] = mapped_column(state_type(Source))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
