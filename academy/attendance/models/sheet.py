"""Tables of paper sheets."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.files import StoredFile


class SheetState(StrEnum):
    """What was decided about an uploaded sheet."""

    PREVIEWED = "previewed"
    IMPORTED = "imported"
    DISCARDED = "discarded"


class SheetImport(Base):
    """An uploaded sign-in sheet: kept sealed, read again for each look, imported at most once."""

    __tablename__ = "attendance_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[SheetState] = mapped_column(state_type(SheetState), default=SheetState.PREVIEWED)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    uploaded_by: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_count: Mapped[int] = mapped_column(default=0, server_default="0")
    corrected_count: Mapped[int] = mapped_column(default=0, server_default="0")
    unchanged_count: Mapped[int] = mapped_column(default=0, server_default="0")
    refused_count: Mapped[int] = mapped_column(default=0, server_default="0")  # rows

    file: Mapped[StoredFile] = relationship()
