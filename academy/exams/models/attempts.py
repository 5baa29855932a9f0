"""What candidates do."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.append_only import protect
from academy.core.db import Base, UtcDateTime, state_type, table_of
from academy.exams.rules.kinds import AttemptSource, AttemptState


class Attempt(Base):
    """A learner's one attempt at a sitting.

    `user_id` is the account at the keyboard (none for paper), `seq` the number of the last answer event, `due_at` the end by
    the server's clock. `device` marks the machine that may write ("" while none is bound), `seed` and `lane` how this candidate
    sees the paper (rules.shuffling; seed 0: as it is printed), `receipt` is the hash over the events when it was handed in.
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
    seed: Mapped[int] = mapped_column(default=0, server_default="0")
    lane: Mapped[int | None]
    device: Mapped[str] = mapped_column(String(64), default="", server_default="")
    receipt: Mapped[str | None] = mapped_column(String(64))


class AnswerEvent(Base):
    """What the candidate did, in order. Only ever added to."""

    __tablename__ = "answer_event"
    __table_args__ = (UniqueConstraint("attempt_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    seq: Mapped[int]
    position: Mapped[int]
    response: Mapped[str] = mapped_column(String(20_000))
    is_flagged: Mapped[bool] = mapped_column(default=False, server_default=false())
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """The latest answer at a position; for an attempt on paper `seq` is 0."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    response: Mapped[str] = mapped_column(String(20_000))
    is_flagged: Mapped[bool] = mapped_column(default=False, server_default=false())
    seq: Mapped[int] = mapped_column(default=0)


class ResumeCode(Base):
    """A code with which one other machine may go on with an attempt: once, and not for long.

    Only its hash is kept. `tries` counts wrong codes; `ended_at` is set when it is used, used up or replaced by a newer one.
    """

    __tablename__ = "resume_code"
    __table_args__ = (
        Index(
            "uq_resume_code_open",
            "attempt_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("expires_at > issued_at", name="expires_later"),
        CheckConstraint("used_at IS NULL OR ended_at IS NOT NULL", name="used_is_ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


protect(table_of(AnswerEvent), "answer events are only ever added")
