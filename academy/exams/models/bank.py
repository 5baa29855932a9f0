"""The question bank."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.rules.kinds import QuestionKind

MARKS = Numeric(7, 2)


class QuestionBank(Base):
    """A collection of questions."""

    __tablename__ = "question_bank"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Question(Base):
    """A question's identity; what it says is in its versions, `version` is the number of the newest."""

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("bank_id", "code"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_1_to_5"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[QuestionKind] = mapped_column(state_type(QuestionKind), index=True)
    field_code: Mapped[str | None] = mapped_column(ForeignKey("field.code"), index=True)
    topic_zh: Mapped[str] = mapped_column(String(80), default="")
    difficulty: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class QuestionVersion(Base):
    """One wording of a question with its key. Never changed: a correction is a new version."""

    __tablename__ = "question_version"
    __table_args__ = (UniqueConstraint("question_id", "version"), CheckConstraint("marks > 0", name="marks_positive"))

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    version: Mapped[int]
    stem_zh: Mapped[str] = mapped_column(String(20_000))
    options: Mapped[list[str]] = mapped_column(JSON)
    prompts: Mapped[list[str]] = mapped_column(JSON, default=list)  # the left side of a matching question
    answer: Mapped[str] = mapped_column(String(8_000), default="")  # the key as exams.rules.keys writes it
    scoring: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # its own marking rule; none: its kind's
    rubric: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # criteria of what people mark
    marks: Mapped[Decimal] = mapped_column(MARKS)
    explanation_zh: Mapped[str] = mapped_column(String(4_000), default="")
    sub_questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    keeps_order: Mapped[bool] = mapped_column(default=False, server_default=false())  # its options are never shuffled
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
