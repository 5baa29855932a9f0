"""Asking for a report, and keeping what came of it. The files themselves are made in production.py."""

from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, DomainError, Forbidden, Invalid
from academy.core.files import store_file
from academy.core.outbox import announce
from academy.core.runs import RunState as JobState
from academy.core.runs import advance_run, finish_run, start_run
from academy.core.text import N_, Text
from academy.notifications.rules import Recipient
from academy.notifications.services import plan
from academy.reports import messages
from academy.reports.models import ReportFile, ReportRun
from academy.reports.policies import can_request
from academy.reports.queries.class_summary import seated
from academy.reports.queries.runs import scope_for
from academy.reports.rules.definitions import CLASS_SUMMARY, Format, RunState
from academy.timetable import queries as timetable


class AsOfIsInTheFuture(Invalid):
    """Nobody knows yet."""

    message = N_("数据截至的时间还没有到，最晚填现在。")


class NobodyWasSeated(Conflict):
    """An empty class has no summary."""

    message = N_("到这个时点，班里还没有您能看到的已录取学员，没有什么可以汇总。")
    next_step = N_("换一个班，或者换一个晚一点的时点。")


def request_class_summary(*, class_code: str, as_of: datetime, actor: Actor, now: datetime) -> ReportRun:
    """Ask for the class summary as of an instant, to the second. The same instant again is a new run with equal content."""
    if not can_request(actor, CLASS_SUMMARY):
        raise Forbidden
    if as_of > now:
        raise AsOfIsInTheFuture
    as_of = as_of.replace(microsecond=0)
    found = timetable.get_class(class_code)
    scope = scope_for(actor, found.id)
    if not seated(found.id, as_of, scope):
        raise NobodyWasSeated
    code = random_code16()
    title = Text(N_("%(report)s：%(title)s"), report=Text(CLASS_SUMMARY.title), title=found.title_zh)
    job = start_run(
        kind="reports.class_summary",
        title=title,
        subject=f"report:{code}",
        total=len(CLASS_SUMMARY.formats),
        actor=actor,
        now=now,
    )
    run = ReportRun(
        code=code,
        report=CLASS_SUMMARY.code,
        version=CLASS_SUMMARY.version,
        class_id=found.id,
        class_code=found.code,
        class_title=found.title_zh,
        as_of=as_of,
        scope=scope,
        state=RunState.WAITING,
        requested_by_id=actor.user_id,
        requested_by=actor.name,
        requested_at=now,
        job_run_id=job.id,
    )
    db.session.add(run)
    db.session.flush()
    after = {"class": found.code, "as_of": as_of.isoformat(), "organizations": scope}
    record(actor, "reports.requested", f"report:{code}", now=now, after=after)
    announce("reports.requested", now=now, run_id=run.id)
    return run


def keep_file(
    *, run_id: int, format_: Format, name: str, media_type: str, content: bytes, checksum: str, now: datetime
) -> None:
    """Keep one file of a run and count it. A format that is there already stays as it is."""
    run = db.session.get_one(ReportRun, run_id, with_for_update=True, populate_existing=True)
    if run.state is not RunState.WAITING or format_ in {kept.format for kept in run.files}:
        return
    stored = store_file(name=name, media_type=media_type, content=content, now=now)
    run.files.append(ReportFile(format=format_, file_id=stored.id))
    run.content_sha256 = checksum
    advance_run(run.job_run_id, done=1)


def finish(*, run_id: int, now: datetime) -> None:
    """Close a run of which every file is kept, and tell who asked for it. Finishing it again changes nothing."""
    run = db.session.get_one(ReportRun, run_id, with_for_update=True, populate_existing=True)
    if run.state is not RunState.WAITING:
        return
    run.state = RunState.DONE
    finish_run(run.job_run_id, now=now, result_url=f"/reports/{run.code}")
    if run.requested_by_id is None:
        return
    user = accounts.get_user(run.requested_by_id)
    facts = {"title": run.class_title, "report": Text(CLASS_SUMMARY.title), "as_of": run.as_of, "code": run.code}
    recipient = Recipient(user.id, user.email, user.name_zh, user.locale)
    plan(reason=messages.READY, recipient=recipient, facts=facts, key=run.code, now=now)


def fail(*, run_id: int, error: DomainError, now: datetime) -> None:
    """Close a run that cannot be made, with the sentence that says why."""
    run = db.session.get_one(ReportRun, run_id, with_for_update=True, populate_existing=True)
    if run.state is not RunState.WAITING:
        return
    run.state, run.problem = RunState.FAILED, error.text.as_json()
    finish_run(run.job_run_id, now=now, state=JobState.FAILED)
