"""Tables of exams."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.rules.kinds import AttemptSource, AttemptState, ImportKind, ImportState, QuestionKind, SittingState

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
    answer: Mapped[str] = mapped_column(String(500), default="")
    marks: Mapped[Decimal] = mapped_column(MARKS)
    explanation_zh: Mapped[str] = mapped_column(String(4_000), default="")
    sub_questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))


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


class PaperItem(Base):
    """A position of a paper: the version it shows, and the key and marks it is scored by."""

    __tablename__ = "paper_item"
    __table_args__ = (
        UniqueConstraint("paper_id", "position"),
        UniqueConstraint("paper_id", "question_version_id"),
        CheckConstraint("marks > 0", name="marks_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    position: Mapped[int]
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), index=True)
    kind: Mapped[QuestionKind] = mapped_column(state_type(QuestionKind))
    option_count: Mapped[int]
    key: Mapped[str] = mapped_column(String(500))
    marks: Mapped[Decimal] = mapped_column(MARKS)


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


class Attempt(Base):
    """A learner's one attempt at a sitting.

    `user_id` is the account at the keyboard (none for paper), `seq` the number of the last answer event, `due_at` the end by
    the server's clock.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("sitting_id", "learner_id"),
        Index("ix_attempt_due", "state", "due_at"),
        CheckConstraint("(state = 'in_progress') = (submitted_at IS NULL)", name="submitted_when_finished"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    candidate_no: Mapped[str] = mapped_column(String(20))
    source: Mapped[AttemptSource] = mapped_column(state_type(AttemptSource))
    state: Mapped[AttemptState] = mapped_column(state_type(AttemptState))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seq: Mapped[int] = mapped_column(default=0)


class AnswerEvent(Base):
    """What the candidate did, in order. Only ever added to."""

    __tablename__ = "answer_event"
    __table_args__ = (UniqueConstraint("attempt_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    seq: Mapped[int]
    position: Mapped[int]
    response: Mapped[str] = mapped_column(String(500))
    is_flagged: Mapped[bool] = mapped_column(default=False, server_default=false())
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """The latest answer at a position; for an attempt on paper `seq` is 0."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    response: Mapped[str] = mapped_column(String(500))
    is_flagged: Mapped[bool] = mapped_column(default=False, server_default=false())
    seq: Mapped[int] = mapped_column(default=0)


class ExamImport(Base):
    """An uploaded table of questions or of answers: kept, read again for each look, imported at most once."""

    __tablename__ = "exam_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[ImportKind] = mapped_column(state_type(ImportKind))
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("question_bank.id"))
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("exam_sitting.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[ImportState] = mapped_column(state_type(ImportState), default=ImportState.PREVIEWED)
    uploaded_by: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
