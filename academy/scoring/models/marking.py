"""Tables of marking by people."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, Numeric, String, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.scoring.models.results import MARKS
from academy.scoring.rules.marking import How, Mode, Round, ScriptState, TaskState, Tie

_COUNTS = text("round > 0")
_TURN = text("round BETWEEN 1 AND 4")
_CONTROL = text("round = 0")


class _RoundType(TypeDecorator[Round]):
    """A round by its number."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Round | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Round | None:
        return None if value is None else Round(value)


class MarkingPlan(Base):
    """That a sitting is marked by people: until when, and how often a marker meets a script of hers again."""

    __tablename__ = "marking_plan"
    __table_args__ = (CheckConstraint("control_every >= 0", name="control_every_counts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), unique=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    control_every: Mapped[int]  # a control after each so many marks of a question; 0: none
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MarkingItem(Base):
    """How one question of a sitting is marked; its criteria as they were when the marking began."""

    __tablename__ = "marking_item"
    __table_args__ = (
        UniqueConstraint("plan_id", "position"),
        CheckConstraint("tolerance >= 0", name="tolerance_counts"),
        CheckConstraint("step > 0", name="step_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("marking_plan.id"))
    position: Mapped[int]
    mode: Mapped[Mode] = mapped_column(state_type(Mode))
    tolerance: Mapped[Decimal] = mapped_column(MARKS)
    tie: Mapped[Tie] = mapped_column(state_type(Tie))
    step: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    full_marks: Mapped[Decimal] = mapped_column(MARKS)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class MarkingMember(Base):
    """Who was asked to mark a sitting, or to arbitrate."""

    __tablename__ = "marking_member"
    __table_args__ = (UniqueConstraint("plan_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("marking_plan.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    is_arbiter: Mapped[bool]


class Script(Base):
    """One attempt's answer to one question that people mark. `mark` is final; an appeal changes it by a row of its own."""

    __tablename__ = "script"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        Index("ix_script_item", "sitting_id", "position", "state"),
        CheckConstraint("(state = 'settled') = (mark IS NOT NULL)", name="mark_when_settled"),
        CheckConstraint("(how IS NULL) = (mark IS NULL)", name="how_with_mark"),
        CheckConstraint("mark >= 0", name="mark_counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    state: Mapped[ScriptState] = mapped_column(state_type(ScriptState))
    mark: Mapped[Decimal | None] = mapped_column(MARKS)
    how: Mapped[How | None] = mapped_column(state_type(How))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ScriptMark(Base):
    """One person's look at one script: first a task, then her mark. Only the code is shown to her.

    Whoever has a counting row has it once: marker, arbiter and who decides an appeal are different people.
    """

    __tablename__ = "script_mark"
    __table_args__ = (
        Index("uq_script_mark_person", "script_id", "user_id", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
        Index("uq_script_mark_turn", "script_id", "round", unique=True, sqlite_where=_TURN, postgresql_where=_TURN),
        Index("uq_script_mark_control", "script_id", "user_id", unique=True, sqlite_where=_CONTROL, postgresql_where=_CONTROL),
        Index("ix_script_mark_desk", "user_id", "state"),
        CheckConstraint("(state = 'given') = (total IS NOT NULL)", name="total_when_given"),
        CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name="given_when_said"),
        CheckConstraint("total >= 0", name="total_counts"),
        CheckConstraint("round BETWEEN 0 AND 5", name="round_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("script.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    round: Mapped[Round] = mapped_column(_RoundType)
    state: Mapped[TaskState] = mapped_column(state_type(TaskState), default=TaskState.OPEN)
    place: Mapped[int]  # its place in the marker's queue
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    draft: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))  # what was typed and not yet given
    drafted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    doubt: Mapped[str] = mapped_column(String(500), default="")  # why she put it aside
    marks: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))  # texts by criterion
    total: Mapped[Decimal | None] = mapped_column(MARKS)
    comment: Mapped[str] = mapped_column(String(2_000), default="")
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def label(self) -> str:
        """What the script is called on her desk; says nothing about whose it is."""
        return f"{self.code[:4]}-{self.code[4:7]}"
