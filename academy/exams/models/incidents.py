"""What happens during a sitting, and what a candidate was granted or has confirmed. Only ever added to."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.append_only import protect
from academy.core.db import Base, UtcDateTime, state_type, table_of
from academy.core.sealed import SealedText
from academy.exams.rules.incidents import IncidentKind


class ExamIncident(Base):
    """An entry of a sitting's log; without a learner it is about everybody. A wrong entry is countered by another one.

    `code` comes with the form, so that a form sent twice is one entry. `minutes` are given by an entry of extra time,
    `lets_in` by one about somebody who is late.
    """

    __tablename__ = "exam_incident"
    __table_args__ = (
        CheckConstraint("(kind = 'extra_time') = (minutes IS NOT NULL)", name="minutes_for_extra_time"),
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes_in_reach"),
        CheckConstraint("NOT lets_in OR (kind = 'late' AND learner_id IS NOT NULL)", name="lets_in_the_late"),
        CheckConstraint("length(note) > 0", name="note_given"),
        Index("ix_exam_incident_log", "sitting_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), index=True)
    kind: Mapped[IncidentKind] = mapped_column(state_type(IncidentKind))
    minutes: Mapped[int | None]
    lets_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    extended: Mapped[int] = mapped_column(default=0)  # how many running attempts got the minutes
    note: Mapped[str] = mapped_column(String(1000))
    counters_id: Mapped[int | None] = mapped_column(ForeignKey("exam_incident.id"), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamAccommodation(Base):
    """A decision about a candidate's extra time in percent; the newest version holds, 0 takes it back.

    The reason is about somebody's health or circumstances: encrypted, shown to who decides and to nobody else.
    """

    __tablename__ = "exam_accommodation"
    __table_args__ = (
        UniqueConstraint("sitting_id", "learner_id", "version"),
        CheckConstraint("percent BETWEEN 0 AND 200", name="percent_in_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    version: Mapped[int]
    percent: Mapped[int]
    reason: Mapped[str] = mapped_column(SealedText)
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamRules(Base):
    """One wording of the rules that candidates confirm, by the fingerprint of its sentences."""

    __tablename__ = "exam_rules"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    sentences: Mapped[list[str]] = mapped_column(JSON)
    first_shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamConfirmation(Base):
    """A candidate has confirmed a wording of the rules before entering."""

    __tablename__ = "exam_confirmation"
    __table_args__ = (UniqueConstraint("sitting_id", "learner_id", "rules_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    rules_version: Mapped[str] = mapped_column(ForeignKey("exam_rules.version"))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)


# Only the person of an entry may change: when two records of one person are merged (exams.services.merging).
KEPT = (
    "code", "counters_id", "extended", "kind", "lets_in", "minutes", "note", "recorded_at", "recorded_by", "recorded_by_id",
    "sitting_id",
)  # fmt: skip
protect(table_of(ExamIncident), "the log of a sitting is append-only: write a countering entry instead", kept=KEPT)
