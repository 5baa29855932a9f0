"""Making the files of a report, one slice a file: read, render without a transaction, keep."""

from datetime import datetime

from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.outbox import Again
from academy.reports import services
from academy.reports.files import MEDIA_TYPES, file_name, render
from academy.reports.models import ReportRun
from academy.reports.queries.class_summary import Summary, summary
from academy.reports.rules.definitions import DEFINITIONS, Format, RunState


def produce(*, run_id: int, now: datetime) -> Again | None:
    """Make the next missing file; asks to be called again until none is. Safe to repeat after a death at any point."""
    with transaction() as session:
        run = session.get_one(ReportRun, run_id)
        missing = _missing(run)
        content = summary(run.class_id, run.as_of, run.scope) if missing else None
    if missing is None or content is None:
        with transaction():
            services.finish(run_id=run_id, now=now)
        return None
    try:
        made = render(content, missing)
    except DomainError as error:
        with transaction():
            services.fail(run_id=run_id, error=error, now=now)
        return None
    _keep(run_id, missing, content, made, now)
    return Again()


def _missing(run: ReportRun) -> Format | None:
    if run.state is not RunState.WAITING:
        return None
    kept = {file.format for file in run.files}
    return next((format_ for format_ in DEFINITIONS[run.report].formats if format_ not in kept), None)


def _keep(run_id: int, format_: Format, content: Summary, made: bytes, now: datetime) -> None:
    with transaction():
        services.keep_file(
            run_id=run_id,
            format_=format_,
            name=file_name(content, format_),
            media_type=MEDIA_TYPES[format_],
            content=made,
            checksum=content.checksum,
            now=now,
        )
