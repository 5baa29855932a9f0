"""Progress of long work: one row that pages can show, leave and come back to."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.access import Actor
from academy.core.codes import random_code16
from academy.core.db import Base, UtcDateTime, db, state_type
from academy.core.errors import NotFound
from academy.core.text import Text

MOST_PROBLEMS = 200  # kept per run; the count of failures is always exact


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRun(Base):
    """One long piece of work: how far, what did not work, where the result is."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(60), index=True)
    title_json: Mapped[dict[str, Any]] = mapped_column("title", JSON)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    state: Mapped[RunState] = mapped_column(state_type(RunState), index=True)
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    started_by: Mapped[str] = mapped_column(String(120))
    started_by_id: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result_url: Mapped[str | None] = mapped_column(String(255))

    @property
    def title(self) -> Text:
        """What the run does, in the reader's language when shown."""
        return Text.from_json(self.title_json)

    @property
    def is_running(self) -> bool:
        """Whether the page should go on asking."""
        return self.state == RunState.RUNNING


def start_run(*, kind: str, title: Text, subject: str, total: int, actor: Actor, now: datetime) -> JobRun:
    """Open a progress row in the transaction that promises the work."""
    run = JobRun(
        code=random_code16(),
        kind=kind,
        title_json=title.as_json(),
        subject=subject,
        state=RunState.RUNNING,
        total=total,
        started_by=actor.name,
        started_by_id=actor.user_id,
        started_at=now,
        problems=[],
    )
    db.session.add(run)
    db.session.flush()
    return run


def size_run(run_id: int, *, total: int) -> None:
    """Say how many parts there are, once that is known."""
    _locked(run_id).total = total


def advance_run(run_id: int, *, done: int = 0, failed: int = 0, problems: Sequence[str] = ()) -> None:
    """Count finished and failed parts, in the transaction that did them."""
    run = _locked(run_id)
    run.done += done
    run.failed += failed
    run.problems = [*run.problems, *problems][:MOST_PROBLEMS]


def finish_run(run_id: int, *, now: datetime, result_url: str | None = None, state: RunState = RunState.DONE) -> None:
    """Close a run. Closing it again changes nothing."""
    db.session.execute(
        update(JobRun)
        .where(JobRun.id == run_id, JobRun.state == RunState.RUNNING)
        .values(state=state, finished_at=now, result_url=result_url)
    )


def _locked(run_id: int) -> JobRun:
    run = db.session.get(JobRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound
    return run


def get_run(code: str) -> JobRun:
    """A run by its code. Raises NotFound."""
    run = db.session.scalars(select(JobRun).where(JobRun.code == code)).one_or_none()
    if run is None:
        raise NotFound
    return run


def run_by_id(run_id: int) -> JobRun:
    """A run by its id. Raises NotFound."""
    run = db.session.get(JobRun, run_id)
    if run is None:
        raise NotFound
    return run


def recent_runs(*, limit: int = 10, kind: str | None = None) -> list[JobRun]:
    """The newest runs first."""
    query = select(JobRun).order_by(JobRun.started_at.desc(), JobRun.id.desc()).limit(limit)
    return list(db.session.scalars(query.where(JobRun.kind == kind) if kind else query))
