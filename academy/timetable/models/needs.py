"""Teaching needs, and the instructors who are asked or offer themselves."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.people.rules import QualificationKind
from academy.timetable.rules import CandidateState, NeedState, TeachingRole


class TeachingNeed(Base):
    """Somebody is wanted for one or several sessions of a class. Its state changes only by conditional update."""

    __tablename__ = "teaching_need"
    __table_args__ = (
        CheckConstraint("(state = 'assigned') = (assigned_id IS NOT NULL)", name="assigned_to_one"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="open_until_closed"),
        CheckConstraint("opened_at < deadline_at", name="deadline_ahead"),
        Index("ix_teaching_need_due", "state", "deadline_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    field_code: Mapped[str] = mapped_column(ForeignKey("field.code"))
    wanted_kind: Mapped[QualificationKind | None] = mapped_column(state_type(QualificationKind))  # none: any valid one
    role: Mapped[TeachingRole] = mapped_column(state_type(TeachingRole))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("instructor.id"))  # who cannot come
    note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[NeedState] = mapped_column(state_type(NeedState))
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("instructor.id"))
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")

    sessions: Mapped[list["NeedSession"]] = relationship(order_by="NeedSession.session_id", lazy="selectin")

    @property
    def session_ids(self) -> list[int]:
        """The sessions for which somebody is wanted."""
        return [one.session_id for one in self.sessions]


class NeedSession(Base):
    """A session for which somebody is wanted."""

    __tablename__ = "teaching_need_session"

    need_id: Mapped[int] = mapped_column(ForeignKey("teaching_need.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True, index=True)


class NeedCandidate(Base):
    """An instructor who was invited or applied. Her state changes only by conditional update."""

    __tablename__ = "teaching_need_candidate"
    __table_args__ = (
        UniqueConstraint("need_id", "instructor_id"),
        CheckConstraint("state <> 'declined' OR reason <> ''", name="declined_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("teaching_need.id"))
    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), index=True)
    is_invited: Mapped[bool]  # by the staff; else she came of herself
    state: Mapped[CandidateState] = mapped_column(state_type(CandidateState))
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
