"""The question bank."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.lifecycle import Move, Origin, QuestionStatus

MARKS = Numeric(7, 2)


class QuestionBank(Base):
    """A collection of questions."""

    __tablename__ = "question_bank"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Question(Base):
    """A question's identity and where it is filed; what it says is in its versions, `version` is the number of the newest.

    Papers take the newest version that is in use, as long as the question stands on fewer than `exposure_limit` papers.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("bank_id", "code"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_1_to_5"),
        CheckConstraint("exposure_limit > 0", name="exposure_limit_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[QuestionKind] = mapped_column(state_type(QuestionKind), index=True)
    field_code: Mapped[str | None] = mapped_column(ForeignKey("field.code"), index=True)
    topic_zh: Mapped[str] = mapped_column(String(80), default="")
    difficulty: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    source_zh: Mapped[str] = mapped_column(String(200), default="", server_default="")
    exposure_limit: Mapped[int | None]  # none: as often as one likes


class QuestionVersion(Base):
    """One wording of a question with its key. Its words are never changed: a correction is a new version."""

    __tablename__ = "question_version"
    __table_args__ = (
        UniqueConstraint("question_id", "version"),
        CheckConstraint("marks > 0", name="marks_positive"),
        CheckConstraint("reviewer_id IS NULL OR author_id IS NULL OR reviewer_id <> author_id", name="reviewed_by_another"),
        CheckConstraint(
            "status IN ('draft', 'retired') OR origin = 'taken_over' OR reviewer_id IS NOT NULL", name="reviewed_before_use"
        ),
    )

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
    status: Mapped[QuestionStatus] = mapped_column(
        state_type(QuestionStatus), default=QuestionStatus.IN_USE, server_default=QuestionStatus.IN_USE.value, index=True
    )
    origin: Mapped[Origin] = mapped_column(
        state_type(Origin), default=Origin.TAKEN_OVER, server_default=Origin.TAKEN_OVER.value
    )
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    material_version_id: Mapped[int | None] = mapped_column(ForeignKey("material_version.id"), index=True)


class QuestionStep(Base):
    """What was done with a version, by whom, and why. Only ever added to."""

    __tablename__ = "question_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), index=True)
    move: Mapped[Move] = mapped_column(state_type(Move))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_name: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(1_000), default="")


class QuestionPicture(Base):
    """A picture below a version's stem, and its words for whoever cannot see it."""

    __tablename__ = "question_picture"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        CheckConstraint("length(alt_zh) > 0", name="alt_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    position: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    alt_zh: Mapped[str] = mapped_column(String(300))


class Material(Base):
    """A text that several questions share; `version` is the number of the newest."""

    __tablename__ = "material"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)


class MaterialVersion(Base):
    """One wording of a material. Never changed; a question's version pins it, and so does every paper with that version."""

    __tablename__ = "material_version"
    __table_args__ = (UniqueConstraint("material_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    version: Mapped[int]
    text_zh: Mapped[str] = mapped_column(String(20_000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
