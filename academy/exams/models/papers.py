"""Papers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.models.bank import MARKS
from academy.exams.rules.kinds import QuestionKind


class Paper(Base):
    """An ordered choice of question versions, with the blueprint it was made by (empty: taken over from outside)."""

    __tablename__ = "paper"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    blueprint: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
    blueprint_version_id: Mapped[int | None] = mapped_column(ForeignKey("blueprint_version.id"), index=True)
    series: Mapped[str | None] = mapped_column(String(16), index=True)  # shared by forms that were made together
    form: Mapped[int] = mapped_column(default=1, server_default="1")  # its number among them


class PaperItem(Base):
    """A position of a paper: the version it shows, and the key and marks it is scored by."""

    __tablename__ = "paper_item"
    __table_args__ = (
        UniqueConstraint("paper_id", "position"),
        UniqueConstraint("paper_id", "question_version_id", "part"),
        CheckConstraint("marks > 0", name="marks_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    position: Mapped[int]
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), index=True)
    part: Mapped[int] = mapped_column(default=0)  # the number of a case's part, 0 for a whole question
    kind: Mapped[QuestionKind] = mapped_column(state_type(QuestionKind))
    option_count: Mapped[int]
    prompt_count: Mapped[int] = mapped_column(default=0)  # prompts of a matching question, blanks of a text
    key: Mapped[str] = mapped_column(String(8_000))
    scoring: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the marking rule that it pins
    marks: Mapped[Decimal] = mapped_column(MARKS)
