"""Annual statements: issued and fetched by those who may, checked by anybody."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from flask import Response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries as attendance
from academy.attendance.web.hooks import StatementLine
from academy.certificates import queries
from academy.certificates.policies import can_have_statement, can_issue_statement
from academy.certificates.queries import FileOutcome, HoursStatement, StatementFile, StatementFinding
from academy.certificates.statement_production import produce_statement
from academy.certificates.web import blueprint
from academy.certificates.web.forms import UploadForm
from academy.certificates.web.shown import clock
from academy.core.access import current_actor, public, signed_in
from academy.core.audit import record
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.extensions import limiter
from academy.core.files import get_file
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Learner
from academy.people.rules import HELD_LEVEL_WORDS
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

YEARS_SHOWN = 4


def lines_of(learner: Learner) -> Sequence[StatementLine]:
    """The last years of a person, each with its statement: up to date, outdated, or none yet."""
    live = {one.year: one for one in queries.statements_of(learner.id) if one.is_live}
    return [_line(learner, year, live.get(year)) for year in attendance.years_with_entries(learner.id)[:YEARS_SHOWN]]


def _line(learner: Learner, year: int, live: HoursStatement | None) -> StatementLine:
    may_issue = can_issue_statement(current_actor(), learner)
    issue = url_for("certificates.issue_statement", code=learner.code, year=year) if may_issue else ""
    if live is None:
        return StatementLine(year, Text(N_("还没有开具")), "draft", issue)
    is_current = live.content_digest == queries.year_content(learner, year, today()).digest
    words = N_("%(number)s，第 %(version)s 版，%(day)s") if is_current else N_("%(number)s 之后台账有变动，可以开具新版")
    shown = Text(words, number=live.number, version=live.version, day=live.issued_on)
    download = url_for("certificates.statement_file", public_id=live.public_id)
    verify = url_for("certificates.show_statement", public_id=live.public_id)
    return StatementLine(year, shown, "ok" if is_current else "wait", issue, download, verify)


def _learner(code: str) -> Learner:
    learner = people.get_learner(code)
    if not can_issue_statement(current_actor(), learner):
        raise NotFound  # to others she does not exist
    return learner


@blueprint.post("/statements/<code>/<int(max=9999):year>")
@signed_in
@limiter.limit("30/minute")
def issue_statement(code: str, year: int) -> ResponseReturnValue:
    """Issue the statement of a year, or find the one that says the same; then lead to its file."""
    learner, actor = _learner(code), current_actor()
    back = url_for("attendance.hours") if learner.user_id == actor.user_id else url_for("attendance.person", code=code)
    if EmptyForm().validate_on_submit():
        try:
            made = produce_statement(learner_id=learner.id, year=year, actor=actor, now=now())
        except DomainError as error:
            say_error(error)
        else:
            say(Text(N_("%(year)s年度学时证明 %(number)s 已开具，可以下载。"), year=year, number=made.number))
    return redirect(f"{back}#h-statements")


@blueprint.get("/statements/<public_id>.pdf")
@signed_in
def statement_file(public_id: str) -> Response:
    """The signed file, the same bytes each time. To those who may not have it, it does not exist."""
    found = queries.get_statement(public_id)
    learner, actor = people.learner_by_id(found.learner_id), current_actor()
    if not can_have_statement(actor, learner):
        raise NotFound
    file = get_file(found.file_id or 0)
    content, name = file.content, file.name
    if actor.user_id != learner.user_id:
        with transaction():
            record(actor, "certificates.statement_read", f"statement:{found.number}", now=now())
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name, as_attachment=True, max_age=0)


@blueprint.get("/s/<public_id>")
@public
@limiter.exempt  # nobody can guess 80 random bits
def show_statement(public_id: str) -> ResponseReturnValue:
    """The public page of a statement: newest or replaced, the sums, what was checked just now."""
    try:
        finding = queries.verify_statement(public_id, now=now())
    except NotFound:
        return render_template("certificates/unknown.html"), 404
    return statement_page(finding)


def statement_page(finding: StatementFinding, *, file: StatementFile | None = None) -> str:
    """A finding as a page; of a file that is genuine, with the holder's whole name."""
    checks = (*file.checks, *finding.checks) if file else finding.checks
    is_genuine = file is None or file.outcome is FileOutcome.GENUINE
    is_named = file is not None and is_genuine
    return render_template(
        "certificates/statement.html",
        finding=finding,
        said=finding.facts,
        found=finding.statement,
        name=finding.facts["holder"]["name"] if is_named else finding.masked_name,
        is_named=is_named,
        is_genuine=is_genuine,
        outcome=file.outcome if file else None,
        checks=checks,
        shown=_instants([check.at for check in checks]),
        level_words=HELD_LEVEL_WORDS,
        upload=UploadForm(formdata=None),
    )


def _instants(instants: list[datetime]) -> dict[str, str]:
    shown = {}
    for place, at in enumerate(instants):
        shown[f"at{place}"], shown[f"clock{place}"] = at.isoformat(), clock(at)
    return shown
