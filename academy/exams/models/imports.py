"""Uploaded files."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.exams.rules.kinds import ImportKind, ImportState


class ExamImport(Base):
    """An uploaded table of questions or of answers: kept, read again for each look, imported at most once."""

    __tablename__ = "exam_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[ImportKind] = mapped_column(state_type(ImportKind))
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("question_bank.id"))
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("exam_sitting.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[ImportState] = mapped_column(state_type(ImportState), default=ImportState.PREVIEWED)
    uploaded_by: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
