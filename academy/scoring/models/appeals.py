"""Tables of appeals."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.scoring.models.results import MARKS
from academy.scoring.rules.appeals import AppealPolicy, AppealState, AppealTerms, Ground


class AppealSetting(Base):
    """What holds for the appeals of a sitting from an instant on. A row is never changed: the newest version counts."""

    __tablename__ = "appeal_setting"
    __table_args__ = (
        UniqueConstraint("sitting_id", "version"),
        CheckConstraint("closes_at > opens_at", name="window_forward"),
        CheckConstraint("quota BETWEEN 1 AND 20", name="quota_counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    version: Mapped[int]
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    quota: Mapped[int]
    policy: Mapped[AppealPolicy] = mapped_column(state_type(AppealPolicy))
    may_lower: Mapped[bool] = mapped_column(default=False, server_default=false())
    set_by: Mapped[str] = mapped_column(String(120))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def terms(self) -> AppealTerms:
        """What the rules look at."""
        return AppealTerms(self.opens_at, self.closes_at, self.quota, self.policy, self.may_lower)


class Appeal(Base):
    """A candidate's objection to the mark of one question, and what came of it. Decided once.

    `number` counts the candidate's appeals in the sitting, so that two filed at once cannot both be the last; `old_mark` is
    what the mark was when it was decided, `new_mark` what it is since: none unless it was granted.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        UniqueConstraint("attempt_id", "position"),
        CheckConstraint("number BETWEEN 1 AND 20", name="number_in_quota"),
        CheckConstraint("(state IN ('granted', 'rejected')) = (decided_at IS NOT NULL)", name="decided_when_said"),
        CheckConstraint("(state = 'granted') = (new_mark IS NOT NULL)", name="new_mark_when_granted"),
        CheckConstraint("(state = 'granted') = (ground IS NOT NULL)", name="ground_when_granted"),
        CheckConstraint("new_mark >= 0", name="new_mark_counts"),
        CheckConstraint("new_mark <> old_mark", name="granted_changes"),
        CheckConstraint("new_mark >= old_mark OR is_fall_meant", name="fall_is_meant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))  # the result that she read
    setting_id: Mapped[int] = mapped_column(ForeignKey("appeal_setting.id"))  # the terms under which it was filed
    number: Mapped[int]
    position: Mapped[int]
    reason: Mapped[str] = mapped_column(String(2_000))
    state: Mapped[AppealState] = mapped_column(state_type(AppealState), default=AppealState.FILED, index=True)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    old_mark: Mapped[Decimal | None] = mapped_column(MARKS)
    new_mark: Mapped[Decimal | None] = mapped_column(MARKS)
    is_fall_meant: Mapped[bool] = mapped_column(default=False, server_default=false())
    ground: Mapped[Ground | None] = mapped_column(state_type(Ground))
    answer: Mapped[str] = mapped_column(String(2_000), default="")  # why, for the candidate
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
