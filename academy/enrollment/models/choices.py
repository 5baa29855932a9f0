"""Tables of central allocation: rounds, choices, previews and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.text import Text
from academy.enrollment.rules.rounds import CriterionItem, Phase, PreviewState, RoundState, RowState, phase_of


class ChoiceRound(Base):
    """Several classes whose seats are given out together. Once published, criteria, window and seed stay as they are."""

    __tablename__ = "choice_round"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="window_in_order"),
        CheckConstraint("most_choices BETWEEN 1 AND 3", name="few_choices"),
        CheckConstraint(
            "state IN ('draft', 'cancelled') OR (published_at IS NOT NULL AND seed <> '')", name="published_sealed"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    note_zh: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    state: Mapped[RoundState] = mapped_column(state_type(RoundState), default=RoundState.DRAFT, index=True)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    most_choices: Mapped[int]
    has_line: Mapped[bool]  # whoever gets nothing waits for her first choice
    criteria_json: Mapped[list[dict[str, Any]]] = mapped_column("criteria", JSON)
    seed: Mapped[str] = mapped_column(String(64), default="", server_default="")  # drawn when published, shown when closed
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")  # of applications; changes by conditional update
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the end of the window was noticed
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # released or cancelled
    ended_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")

    @property
    def criteria(self) -> tuple[CriterionItem, ...]:
        """The published list, in its order; the lottery follows."""
        return tuple(CriterionItem.from_json(kept) for kept in self.criteria_json)

    def phase(self, now: datetime) -> Phase:
        """What the round is for its readers at an instant."""
        return phase_of(self.state, self.opens_at, self.closes_at, now=now)


class RoundClass(Base):
    """A class of a round. At most one running round has a class."""

    __tablename__ = "choice_round_class"
    __table_args__ = (
        Index(
            "uq_choice_round_class_running",
            "class_id",
            unique=True,
            sqlite_where=text("is_running"),
            postgresql_where=text("is_running"),
        ),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("choice_round.id", ondelete="CASCADE"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), primary_key=True)
    is_running: Mapped[bool] = mapped_column(default=False)


class ChoiceApplication(Base):
    """A learner in a round. She keeps her number when she changes her choices, and loses it when she withdraws."""

    __tablename__ = "choice_application"
    __table_args__ = (UniqueConstraint("round_id", "learner_id"), UniqueConstraint("round_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("choice_round.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)  # of her choices
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    nominated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    nominated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letters: Mapped[int] = mapped_column(default=0, server_default="0")  # the last of the round's letters that she was written


class Choice(Base):
    """One choice: first, second or third."""

    __tablename__ = "choice"
    __table_args__ = (
        UniqueConstraint("application_id", "class_id"),
        CheckConstraint("rank BETWEEN 1 AND 3", name="rank_known"),
        Index("ix_choice_class_id", "class_id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("choice_application.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))


_IS_APPROVED = text("state = 'approved'")


class AllocationPreview(Base):
    """What an allocation would do, with the fingerprint of all it was computed from. One of a round is carried out."""

    __tablename__ = "allocation_preview"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        Index(
            "uq_allocation_preview_approved", "round_id", unique=True, sqlite_where=_IS_APPROVED, postgresql_where=_IS_APPROVED
        ),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> prepared_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("choice_round.id"))
    number: Mapped[int]
    state: Mapped[PreviewState] = mapped_column(state_type(PreviewState))
    fingerprints: Mapped[dict[str, str]] = mapped_column(JSON)  # SHA-256 of each part of the inputs
    summary: Mapped[dict[str, Any]] = mapped_column(JSON)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    prepared_by: Mapped[str] = mapped_column(String(120))
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("job_run.id"))


class AllocationRow(Base):
    """One applicant of a preview: what she gets and, for each of her choices, why; then what became of it."""

    __tablename__ = "allocation_row"
    __table_args__ = (
        UniqueConstraint("preview_id", "learner_id"),
        Index("ix_allocation_row_turn", "preview_id", "state", "turn"),
        CheckConstraint("(rank IS NULL) = (class_id IS NULL)", name="rank_with_class"),
        CheckConstraint("class_id IS NULL OR line_class_id IS NULL", name="seat_or_line"),
        CheckConstraint("state <> 'planned' OR turn IS NOT NULL", name="planned_has_turn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    preview_id: Mapped[int] = mapped_column(ForeignKey("allocation_preview.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    application_code: Mapped[str] = mapped_column(String(16))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("training_class.id"))
    rank: Mapped[int | None]
    place: Mapped[int | None]  # among those admitted to the class, in the order of the criteria
    line_class_id: Mapped[int | None] = mapped_column(ForeignKey("training_class.id"))
    turn: Mapped[int | None]  # when it is carried out: seats first, then the lines, each in the order of the criteria
    state: Mapped[RowState] = mapped_column(state_type(RowState))
    bids: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # one for each choice: see rules.explaining
    number: Mapped[int | None]  # in the waiting line
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def problem_text(self) -> Text | None:
        """Why it was not carried out as planned."""
        return Text.from_json(self.problem) if self.problem else None
