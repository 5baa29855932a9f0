"""Tables of leave."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import LeaveKind, LeaveState, ProposalState
from academy.core.db import Base, UtcDateTime, state_type
from academy.core.sealed import SealedText

_IS_LIVE = text("is_live")
_IS_OPEN = text("state = 'open'")


class LeaveRequest(Base):
    """A person asks to be away from some sessions of a class. The reason may tell of her health: it is sealed."""

    __tablename__ = "leave_request"
    __table_args__ = (
        CheckConstraint("(state IN ('approved', 'refused')) = (decided_at IS NOT NULL)", name="decided_has_time"),
        Index("ix_leave_request_class_id", "class_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    kind: Mapped[LeaveKind] = mapped_column(state_type(LeaveKind))
    reason: Mapped[str] = mapped_column(SealedText)
    state: Mapped[LeaveState] = mapped_column(state_type(LeaveState))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    answer: Mapped[str] = mapped_column(String(500), default="", server_default="")


class LeaveSession(Base):
    """One session of a request. A person has at most one live request for a session."""

    __tablename__ = "leave_session"
    __table_args__ = (
        Index(
            "uq_leave_session_live",
            "session_id",
            "learner_id",
            unique=True,
            sqlite_where=_IS_LIVE,
            postgresql_where=_IS_LIVE,
        ),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("leave_request.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    is_live: Mapped[bool] = mapped_column(default=True, server_default=true())


class RemovalProposal(Base):
    """Somebody's leave in a cadre class exceeds the limit: a person decides, nothing happens by itself."""

    __tablename__ = "removal_proposal"
    __table_args__ = (
        Index(
            "uq_removal_proposal_open", "class_id", "learner_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
        ),
        Index("ix_removal_proposal_state", "state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    leave_minutes: Mapped[int]
    planned_minutes: Mapped[int]
    limit_share: Mapped[str] = mapped_column(String(20))  # the dated rule's value: 1/7
    state: Mapped[ProposalState] = mapped_column(state_type(ProposalState))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
