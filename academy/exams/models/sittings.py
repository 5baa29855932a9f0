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
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    state: Mapped[SittingState] = mapped_column(state_type(SittingState), default=SittingState.PLANNED, index=True)
    is_shuffled: Mapped[bool] = mapped_column(default=False, server_default=false())  # each candidate in an order of her own
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))


class ExamCandidate(Base):
    """The candidate number of a learner in a sitting."""

    __tablename__ = "exam_candidate"
    __table_args__ = (UniqueConstraint("sitting_id", "candidate_no"), UniqueConstraint("sitting_id", "learner_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    candidate_no: Mapped[str] = mapped_column(String(20))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
