"""Tables of reports: what was asked for when, and the files that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.files import StoredFile
from academy.core.runs import JobRun
from academy.reports.rules.definitions import Format, RunState


class ReportRun(Base):
    """A report for one class as of one instant. `scope` holds organization ids, none for the whole class."""

    __tablename__ = "report_run"
    __table_args__ = (
        CheckConstraint("as_of <= requested_at", name="not_of_the_future"),
        CheckConstraint("state <> 'done' OR content_sha256 IS NOT NULL", name="done_has_content"),
        Index("ix_report_run_requested_by_id", "requested_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    report: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    class_code: Mapped[str] = mapped_column(String(24))
    class_title: Mapped[str] = mapped_column(String(120))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    scope: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[RunState] = mapped_column(state_type(RunState), default=RunState.WAITING)
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    job_run_id: Mapped[int] = mapped_column(ForeignKey("job_run.id"))

    files: Mapped[list["ReportFile"]] = relationship(order_by="ReportFile.format", lazy="selectin")
    progress: Mapped[JobRun] = relationship(lazy="selectin")


class ReportFile(Base):
    """One file of a run. A format is made once, also when a worker dies and the work is taken up again."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("run_id", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("report_run.id"))
    format: Mapped[Format] = mapped_column(state_type(Format))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))

    file: Mapped[StoredFile] = relationship(lazy="joined")
