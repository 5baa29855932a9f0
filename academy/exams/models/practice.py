"""Practice: questions of the bank answered for oneself."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.models.bank import MARKS
from academy.exams.rules.kinds import QuestionKind


class PracticeRun(Base):
    """One practice of a learner. No mark is stored: it follows from key, answer and rule, as in an exam."""

    __tablename__ = "practice_run"
    __table_args__ = (Index("ix_practice_run_learner", "learner_id", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    title_zh: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PracticeItem(Base):
    """A question of a practice: the version it shows, the key and marks it is scored by, and what was answered."""

    __tablename__ = "practice_item"
    __table_args__ = (UniqueConstraint("run_id", "position"), CheckConstraint("marks > 0", name="marks_positive"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("practice_run.id"))
    position: Mapped[int]
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), index=True)
    kind: Mapped[QuestionKind] = mapped_column(state_type(QuestionKind))
    option_count: Mapped[int]
    key: Mapped[str] = mapped_column(String(8_000))
    scoring: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    marks: Mapped[Decimal] = mapped_column(MARKS)
    response: Mapped[str] = mapped_column(String(20_000), default="", server_default="")
