"""Which subject a sitting examines, and the lines that regions set."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


class SittingSubject(Base):
    """A sitting examines a subject of the examination in an examination year. Named once, before it is scored."""

    __tablename__ = "sitting_subject"
    __table_args__ = (CheckConstraint("exam_year BETWEEN 2000 AND 2100", name="year_near"),)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), primary_key=True, autoincrement=False)
    subject_code: Mapped[str] = mapped_column(String(16), index=True)
    exam_year: Mapped[int]
    named_by: Mapped[str] = mapped_column(String(120))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PassLine(Base):
    """The line that a region set for a subject in an examination year; it holds in that region alone."""

    __tablename__ = "pass_line"
    __table_args__ = (
        UniqueConstraint("subject_code", "division_code", "exam_year"),
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="mark_of_100"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_code: Mapped[str] = mapped_column(String(16))
    division_code: Mapped[str] = mapped_column(ForeignKey("division.code"))
    exam_year: Mapped[int]
    pass_mark: Mapped[Decimal] = mapped_column(Numeric(5, 2))  # out of 100
    source_zh: Mapped[str] = mapped_column(String(300))
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
