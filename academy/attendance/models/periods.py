"""Registration periods: one row each, of which a person's own never overlap."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.attendance.rules import Period, PeriodSource
from academy.core.db import Base, UtcDateTime, state_type
from academy.people.rules import HeldLevel

_NEVER_TWICE = ExcludeConstraint(  # core PostgreSQL only: a range of one id instead of btree_gist
    (func.int8range(literal_column("learner_id"), literal_column("learner_id"), literal_column("'[]'")), "&&"),
    (func.daterange(literal_column("starts_on"), literal_column("ends_on"), literal_column("'[]'")), "&&"),
    where=text("voided_at IS NULL"),
    name="ex_registration_period_twice",
)


class RegistrationPeriod(Base):
    """What the registering authority has recorded for a person and level. `version` grows with every change.

    A period written down by mistake is voided with a reason, never deleted. On SQLite writes are serialized and the
    service looks first.
    """

    __tablename__ = "registration_period"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
        CheckConstraint("level <> 'none'", name="level_held"),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="voided_with_reason"),
        Index("ix_registration_period_learner_id", "learner_id", "ends_on"),
        Index("ix_registration_period_ends_on", "ends_on"),
        _NEVER_TWICE.ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    level: Mapped[HeldLevel] = mapped_column(state_type(HeldLevel))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    source: Mapped[PeriodSource] = mapped_column(state_type(PeriodSource))
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")

    @property
    def period(self) -> Period:
        """The period as the rules see it."""
        return Period(self.level, self.starts_on, self.ends_on)
