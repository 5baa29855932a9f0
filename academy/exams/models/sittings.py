"""Sittings and who is expected."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.rules.kinds import SittingState


class ExamSitting(Base):
    """A paper in a window for a class."""

    __tablename__ = "exam_sitting"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="window_forward"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("entry_minutes > 0", name="entry_minutes_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    entry_minutes: Mapped[int | None]  # how long after the start one may still enter; none: until the window closes
    state: Mapped[SittingState] = mapped_column(state_type(SittingState), default=SittingState.PLANNED, index=True)
    is_shuffled: Mapped[bool] = mapped_column(default=False, server_default=false())  # each candidate in an order of her own
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))


class ExamCandidate(Base):
    """The candidate number of a learner in a sitting, what her admission ticket shows, and whether it has been checked.

    `ticket_code` is what the code on the ticket leads to; `extra_percent` repeats the newest accommodation, so that the start
    of an attempt reads it with the number.
    """

    __tablename__ = "exam_candidate"
    __table_args__ = (
        UniqueConstraint("sitting_id", "candidate_no"),
        UniqueConstraint("sitting_id", "learner_id"),
        CheckConstraint("extra_percent BETWEEN 0 AND 200", name="extra_percent_in_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    candidate_no: Mapped[str] = mapped_column(String(20))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    ticket_code: Mapped[str | None] = mapped_column(String(16), unique=True)
    extra_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
