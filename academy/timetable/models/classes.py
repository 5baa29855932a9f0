"""Tables of the timetable."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.text import Text
from academy.timetable.rules import ClassState, ResourceKind, SessionState, TeachingRole, run_words


class TrainingClass(Base):
    """A run of a program. `admitted_count`, `waiting_count` and `waitlist_seq` change only by conditional update."""

    __tablename__ = "training_class"
    __table_args__ = (
        UniqueConstraint("program_id", "year", "run_no", name="uq_training_class_run"),
        UniqueConstraint("year", "class_serial", name="uq_training_class_serial"),
        CheckConstraint("seats > 0", name="seats_positive"),
        CheckConstraint("admitted_count >= 0 AND admitted_count <= seats", name="never_oversold"),
        CheckConstraint("waiting_count >= 0 AND waiting_count <= waitlist_seq", name="line_counted"),
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
        CheckConstraint("enroll_opens_at < enroll_closes_at", name="window_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    year: Mapped[int]
    run_no: Mapped[int]
    class_serial: Mapped[int]  # of the year; the class part of certificate numbers
    title_zh: Mapped[str] = mapped_column(String(120))
    state: Mapped[ClassState] = mapped_column(state_type(ClassState), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]
    seats: Mapped[int]
    admitted_count: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting_count: Mapped[int] = mapped_column(default=0, server_default="0")
    waitlist_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    timetable_version: Mapped[int] = mapped_column(default=0, server_default="0")  # one more with every change of sessions
    enroll_opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    enroll_closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    audience: Mapped[list[str]] = mapped_column(JSON, default=list)  # person type codes; empty: everybody
    fee_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    manager_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def run(self) -> Text:
        """2026年第3期."""
        return run_words(self.year, self.run_no)

    @property
    def seats_left(self) -> int:
        """Seats that nobody has; whoever waits goes first."""
        return self.seats - self.admitted_count


class ClassSession(Base):
    """One meeting of a class. `minutes` is teaching time (45 to the hour); the span on the clock is longer.

    A cancelled session stays, with its reason; its bookings are freed and its minutes no longer count. `revision` is the
    class's timetable version at its last change: it only grows, also for a number that is given again.
    """

    __tablename__ = "class_session"
    __table_args__ = (
        UniqueConstraint("class_id", "seq"),
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("state <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_has_reason"),
        Index("ix_class_session_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    seq: Mapped[int]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))  # none: an assessment
    title_zh: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    equipment: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # what its room must have
    repeat_id: Mapped[int | None] = mapped_column(ForeignKey("repeat_rule.id", ondelete="SET NULL"), index=True)
    state: Mapped[SessionState] = mapped_column(
        state_type(SessionState), default=SessionState.PLANNED, server_default=SessionState.PLANNED.value
    )
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.state is SessionState.CANCELLED


class RepeatRule(Base):
    """A rule by which sessions of a class were planned: who plans over it reads its name."""

    __tablename__ = "repeat_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    rule: Mapped[str] = mapped_column(String(200))  # RFC 5545: FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=8
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the first session
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    skipped: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # dates left out
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionInstructor(Base):
    """Who teaches a session."""

    __tablename__ = "session_instructor"

    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), primary_key=True, index=True)
    role: Mapped[TeachingRole] = mapped_column(state_type(TeachingRole), default=TeachingRole.LEAD)


def _no_overlap(kind: ResourceKind) -> ExcludeConstraint:
    """One constraint for each kind of resource. It asks for core PostgreSQL only: a range of one id instead of btree_gist."""
    constraint = ExcludeConstraint(
        (func.int8range(literal_column("resource_id"), literal_column("resource_id"), literal_column("'[]'")), "&&"),
        (func.tstzrange(literal_column("starts_at"), literal_column("ends_at")), "&&"),
        where=text(f"resource_kind = '{kind}'"),
        name=f"ex_booking_{kind}_twice",
    )
    return constraint.ddl_if(dialect="postgresql")


class Booking(Base):
    """A resource is taken for a span of time. On SQLite writes are serialized and the service looks first."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        UniqueConstraint("session_id", "resource_kind", "resource_id"),
        Index("ix_booking_resource", "resource_kind", "resource_id", "starts_at"),
        _no_overlap(ResourceKind.ROOM),
        _no_overlap(ResourceKind.INSTRUCTOR),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_kind: Mapped[ResourceKind] = mapped_column(state_type(ResourceKind))
    resource_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"))
