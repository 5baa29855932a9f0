"""What instructors can show, and for how long they are appointed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.sealed import SealedText
from academy.people.rules import AppointmentState, QualificationKind, QualificationState


class InstructorQualification(Base):
    """A paper that an instructor holds. A renewal is a new row that supersedes the old one; the old one stays as it is."""

    __tablename__ = "instructor_qualification"
    __table_args__ = (
        CheckConstraint("expires_on IS NULL OR issued_on <= expires_on", name="dates_in_order"),
        CheckConstraint("state = 'submitted' OR checked_at IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("supersedes_id IS NULL OR supersedes_id <> id", name="not_its_own_successor"),
        Index("ix_instructor_qualification_due", "expires_on"),
        # a paper is followed by one other only; what was rejected follows nothing
        Index(
            "uq_instructor_qualification_successor",
            "supersedes_id",
            unique=True,
            sqlite_where=text("state <> 'rejected'"),
            postgresql_where=text("state <> 'rejected'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), index=True)
    kind: Mapped[QualificationKind] = mapped_column(state_type(QualificationKind))
    name_zh: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(SealedText)
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    evidence_note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    state: Mapped[QualificationState] = mapped_column(state_type(QualificationState))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("instructor_qualification.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    submitted_by: Mapped[str] = mapped_column(String(120))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rejected_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    reminded_stage: Mapped[int | None]  # the last letter about its end: 90, 30 or 0 days


def _appointed_once() -> ExcludeConstraint:
    """Nobody is appointed twice for one day. Core PostgreSQL only: a range of one id instead of btree_gist."""
    constraint = ExcludeConstraint(
        (func.int8range(literal_column("instructor_id"), literal_column("instructor_id"), literal_column("'[]'")), "&&"),
        (func.daterange(literal_column("starts_on"), literal_column("ends_on"), literal_column("'[]'")), "&&"),
        where=text("state = 'appointed'"),
        name="ex_instructor_appointment_twice",
    )
    return constraint.ddl_if(dialect="postgresql")


class InstructorAppointment(Base):
    """An appointment (聘任): from when until when, as what, and by whose letter. `letter` holds its facts as issued."""

    __tablename__ = "instructor_appointment"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
        CheckConstraint("state <> 'appointed' OR (letter_no IS NOT NULL AND appointed_at IS NOT NULL)", name="has_its_letter"),
        CheckConstraint("state <> 'ended' OR ended_on IS NOT NULL", name="ended_on_a_day"),
        _appointed_once(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), index=True)
    position_zh: Mapped[str] = mapped_column(String(40))
    fee_tier: Mapped[str] = mapped_column(String(20))  # by which lecture fees are computed while it is in force
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[AppointmentState] = mapped_column(state_type(AppointmentState), index=True)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    appointed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letter_no: Mapped[str | None] = mapped_column(String(24), unique=True)
    letter: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")

    @property
    def until(self) -> date:
        """The last day on which it is in force."""
        return min(self.ends_on, self.ended_on) if self.ended_on else self.ends_on
