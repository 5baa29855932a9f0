"""Tables of rosters: the upload, its rows, and how columns are named where."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.files import StoredFile
from academy.core.sealed import SealedText
from academy.people.rules.roster import RowAction, RowState


class RosterState(StrEnum):
    """Where an import stands. READING and IMPORTING are worked on in the background."""

    MAPPING = "mapping"
    READING = "reading"
    UNREADABLE = "unreadable"
    PREVIEWED = "previewed"
    IMPORTING = "importing"
    IMPORTED = "imported"
    DISCARDED = "discarded"


class RosterImport(Base):
    """An uploaded roster: kept sealed, read once into rows, imported at most once.

    `organization_id` is the organization whose coordinator uploaded it: only her people can be touched. `subject` says
    what else is to be done with the people ("class:7"); a domain above reads it.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[RosterState] = mapped_column(state_type(RosterState), default=RosterState.PREVIEWED)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    uploaded_by: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    created_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60), default="", server_default="", index=True)
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sheet_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    job_run_id: Mapped[int | None] = mapped_column(ForeignKey("job_run.id"))
    row_count: Mapped[int] = mapped_column(default=0, server_default="0")
    read_count: Mapped[int] = mapped_column(default=0, server_default="0")
    ok_count: Mapped[int] = mapped_column(default=0, server_default="0")
    repaired_count: Mapped[int] = mapped_column(default=0, server_default="0")
    error_count: Mapped[int] = mapped_column(default=0, server_default="0")
    noted_count: Mapped[int] = mapped_column(default=0, server_default="0")  # rows of which something is said
    known_count: Mapped[int] = mapped_column(default=0, server_default="0")  # importable rows of people on record

    file: Mapped[StoredFile] = relationship()

    @property
    def good_count(self) -> int:
        """Rows that can go in."""
        return self.ok_count + self.repaired_count


class RosterLine(Base):
    """One row of a roster as it was read, sealed; and what became of it."""

    __tablename__ = "roster_line"
    __table_args__ = (
        UniqueConstraint("roster_id", "number"),
        Index("ix_roster_line_state", "roster_id", "state", "number"),
        Index("ix_roster_line_outcome", "roster_id", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    roster_id: Mapped[int] = mapped_column(ForeignKey("roster_import.id"))
    number: Mapped[int]
    state: Mapped[RowState] = mapped_column(state_type(RowState))
    is_noted: Mapped[bool]
    action: Mapped[RowAction] = mapped_column(state_type(RowAction))
    content: Mapped[str] = mapped_column(SealedText)
    outcome: Mapped[RowAction | None] = mapped_column(state_type(RowAction))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), index=True)


class RosterMapping(Base):
    """Which heading stands for which column, as somebody of an organization (or of the academy) said it last."""

    __tablename__ = "roster_mapping"
    __table_args__ = (
        UniqueConstraint("organization_id", "signature"),
        # NULL is never equal to NULL: the academy's own mappings need an index of their own
        Index(
            "uq_roster_mapping_academy",
            "signature",
            unique=True,
            sqlite_where=text("organization_id IS NULL"),
            postgresql_where=text("organization_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    signature: Mapped[str] = mapped_column(String(64))
    columns: Mapped[dict[str, str]] = mapped_column(JSON)
    person_type: Mapped[str] = mapped_column(String(4), default="", server_default="")
    said_by: Mapped[str] = mapped_column(String(120))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
