"""Tables of make-ups."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import MakeUpState
from academy.attendance.rules.make_up import MAKE_UP_LIVE
from academy.core.db import Base, UtcDateTime, state_type

_IS_LIVE = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(MAKE_UP_LIVE))))


def _once(name: str, *columns: str) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE)


class MakeUpSession(Base):
    """A session of a course that staff open for those who missed it. It belongs to no class."""

    __tablename__ = "make_up_session"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("taken >= 0 AND taken <= places", name="never_overfull"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]  # teaching time
    place_zh: Mapped[str] = mapped_column(String(120))
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")  # changes only by conditional update
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MakeUp(Base):
    """One person makes up one missed session, once: in another class's session of the course, or in a special one."""

    __tablename__ = "make_up"
    __table_args__ = (
        _once("uq_make_up_missed", "learner_id", "session_id"),
        _once("uq_make_up_host", "learner_id", "host_session_id"),
        _once("uq_make_up_special", "learner_id", "make_up_session_id"),
        CheckConstraint("(host_session_id IS NULL) <> (make_up_session_id IS NULL)", name="one_place"),
        CheckConstraint("minutes >= 0 AND (state = 'done' OR minutes = 0)", name="minutes_when_done"),
        Index("ix_make_up_host_session_id", "host_session_id"),
        Index("ix_make_up_make_up_session_id", "make_up_session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"))  # what was missed
    host_session_id: Mapped[int | None] = mapped_column(ForeignKey("class_session.id"))
    make_up_session_id: Mapped[int | None] = mapped_column(ForeignKey("make_up_session.id"))
    state: Mapped[MakeUpState] = mapped_column(state_type(MakeUpState))
    minutes: Mapped[int] = mapped_column(default=0, server_default="0")  # credited to the missed session
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
