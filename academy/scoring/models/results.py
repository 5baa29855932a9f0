"""Tables of scoring."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.scoring.rules import ResultState

MARKS = Numeric(7, 2)


class ScoringRule(Base):
    """How marks are given, from a date on. A row is never changed: a new rule is a new row."""

    __tablename__ = "scoring_rule"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30))
    title_zh: Mapped[str] = mapped_column(String(120))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    source_zh: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[date]


class ResultList(Base):
    """One version of the results of a sitting. Confirmed by another person than the one who scored."""

    __tablename__ = "result_list"
    __table_args__ = (
        UniqueConstraint("sitting_id", "version"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> scored_by_id", name="two_people"),
        CheckConstraint("(state = 'provisional') = (confirmed_at IS NULL)", name="confirmed_when_said"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_when_said"),
        Index("ix_result_list_due", "state", "release_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    version: Mapped[int]
    rule_id: Mapped[int] = mapped_column(ForeignKey("scoring_rule.id"))
    state: Mapped[ResultState] = mapped_column(state_type(ResultState), default=ResultState.PROVISIONAL, index=True)
    full_marks: Mapped[Decimal] = mapped_column(MARKS)
    pass_mark: Mapped[Decimal] = mapped_column(Numeric(5, 2))  # out of 100, as the program said when it was scored
    count: Mapped[int]
    passed_count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    scored_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    scored_by: Mapped[str] = mapped_column(String(120))
    scored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_by: Mapped[str] = mapped_column(String(120), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it is to be released without a hand
    release_set_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    released_by: Mapped[str] = mapped_column(String(120), default="")
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paper_key_id: Mapped[int | None] = mapped_column(ForeignKey("paper_key.id"))  # none: the paper's own key
    adjustment: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the function of its totals


class Result(Base):
    """A learner's marks in one version of a sitting's results. `item_marks` are texts in the order of the paper.

    Both the marks that were earned and those that a decision made of them are kept: total = earned + adjusted.
    """

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("sitting_id", "learner_id", "version"),
        Index("ix_result_list", "list_id", "total"),
        CheckConstraint("abs(total - automatic_marks - given_marks - adjusted_marks) < 0.005", name="parts_add_up"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("result_list.id"))
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    candidate_no: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    automatic_marks: Mapped[Decimal] = mapped_column(MARKS)  # by rule
    given_marks: Mapped[Decimal] = mapped_column(MARKS)  # by people
    adjusted_marks: Mapped[Decimal] = mapped_column(MARKS, default=0, server_default="0")  # by scaling or equating
    kind_marks: Mapped[dict[str, str]] = mapped_column(JSON)  # texts by kind of question
    total: Mapped[Decimal] = mapped_column(MARKS)
    passed: Mapped[bool]
    item_marks: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[ResultState] = mapped_column(state_type(ResultState), default=ResultState.PROVISIONAL)
    scored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(120), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def earned(self) -> Decimal:
        """The marks before any scaling."""
        return self.automatic_marks + self.given_marks
