"""Tables of merging: which record went into which, and what each domain moved."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


class LearnerMerge(Base):
    """One record merged into another, once and for good. `deliveries` are the outbox rows by which others follow."""

    __tablename__ = "learner_merge"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_records"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(500))
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    merged_by: Mapped[str] = mapped_column(String(120))
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    deliveries: Mapped[list[int]] = mapped_column(JSON, default=list)


class LearnerMove(Base):
    """What one domain moved for a merge: which rows, which were left, in the order of the ids."""

    __tablename__ = "learner_move"
    __table_args__ = (UniqueConstraint("merge_id", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column(ForeignKey("learner_merge.id"))
    subject: Mapped[str] = mapped_column(String(40))
    moved: Mapped[list[int]] = mapped_column(JSON)
    left: Mapped[list[str]] = mapped_column(JSON)
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LearnerPair(Base):
    """Two records of which somebody said that they are two people: they are not proposed again."""

    __tablename__ = "learner_pair"
    __table_args__ = (UniqueConstraint("first_id", "second_id"), CheckConstraint("first_id < second_id", name="in_order"))

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    said_by: Mapped[str] = mapped_column(String(120))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
