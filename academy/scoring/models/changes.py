"""Corrections of papers that have been sat, recorded decisions on results, results held back, standards that were set.

Nothing here is changed after its decision: a later one is a new row.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.scoring.models.results import MARKS
from academy.scoring.rules.changes import ChangeKind, ChangeState, Treatment
from academy.scoring.rules.deciding import Standard

_OPEN = text("state IN ('proposed', 'undo_proposed')")
_HELD = text("lifted_at IS NULL")


class PaperKey(Base):
    """A version of the key of a paper that has been sat. The paper itself is never changed; lists name the key they used."""

    __tablename__ = "paper_key"
    __table_args__ = (UniqueConstraint("paper_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    version: Mapped[int]  # the paper's own key is version 1
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyCorrection(Base):
    """What holds for a position in a version of a paper's key instead of the paper's word. Each holds all of its own."""

    __tablename__ = "key_correction"
    __table_args__ = (
        UniqueConstraint("paper_key_id", "position"),
        CheckConstraint("marks IS NULL OR marks > 0", name="marks_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_key_id: Mapped[int] = mapped_column(ForeignKey("paper_key.id"))
    position: Mapped[int]
    treatment: Mapped[Treatment] = mapped_column(state_type(Treatment))
    key: Mapped[str | None] = mapped_column(String(8_000))
    marks: Mapped[Decimal | None] = mapped_column(MARKS)
    scoring: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    question_version_id: Mapped[int | None] = mapped_column(ForeignKey("question_version.id"))


class ResultChange(Base):
    """A decision that makes a new version of a sitting's results: proposed by one person, committed by another; so undone.

    `digest` is the fingerprint of the list that the dry run showed: what is committed is what was seen.
    """

    __tablename__ = "result_change"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("undone_by_id IS NULL OR undone_by_id <> undo_proposed_by_id", name="undo_two_people"),
        CheckConstraint("(state IN ('committed', 'undo_proposed', 'undone')) = (made_list_id IS NOT NULL)", name="list_made"),
        CheckConstraint("(state = 'undone') = (undo_list_id IS NOT NULL)", name="list_undone"),
        Index("uq_result_change_open", "sitting_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(state_type(ChangeKind))
    state: Mapped[ChangeState] = mapped_column(state_type(ChangeState), default=ChangeState.PROPOSED, index=True)
    reason: Mapped[str] = mapped_column(String(500))
    base_list_id: Mapped[int] = mapped_column(ForeignKey("result_list.id"))
    paper_key_id: Mapped[int | None] = mapped_column(ForeignKey("paper_key.id"), index=True)
    adjustment: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    pass_mark: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard_setting.id"))
    digest: Mapped[str] = mapped_column(String(64))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_list_id: Mapped[int | None] = mapped_column(ForeignKey("result_list.id"), index=True)
    undo_reason: Mapped[str] = mapped_column(String(500), default="")
    undo_proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_proposed_by: Mapped[str] = mapped_column(String(120), default="")
    undo_proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_by: Mapped[str] = mapped_column(String(120), default="")
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_list_id: Mapped[int | None] = mapped_column(ForeignKey("result_list.id"))


class ResultHold(Base):
    """A person's result that is kept back from a release, until it is lifted. Staff only."""

    __tablename__ = "result_hold"
    __table_args__ = (
        Index("uq_result_hold_live", "sitting_id", "learner_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    candidate_no: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    held_by: Mapped[str] = mapped_column(String(120))
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lift_reason: Mapped[str] = mapped_column(String(500), default="")
    lifted_by: Mapped[str] = mapped_column(String(120), default="")
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StandardSetting(Base):
    """A meeting of judges about the pass mark of a sitting: method, what they said, what it gives, what was decided.

    `cut` is in marks; None: the method gave none (lines that do not cross), which is a finding and not an error.
    """

    __tablename__ = "standard_setting"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), index=True)
    method: Mapped[Standard] = mapped_column(state_type(Standard, 30))
    panel: Mapped[str] = mapped_column(String(1_000))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)  # what went in, as texts
    full_marks: Mapped[Decimal] = mapped_column(MARKS)
    cut: Mapped[Decimal | None] = mapped_column(MARKS)
    error: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))
    note: Mapped[str] = mapped_column(String(2_000), default="")
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
