"""Uploading a table, seeing what it would do row by row, deciding."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.models import ExamImport
from academy.exams.policies import BANK_ROLES, SITTING_ROLES, can_edit_bank, can_manage_sittings
from academy.exams.queries.imports import Effect, QuestionPreview
from academy.exams.rules.formats import FORMAT_WORDS
from academy.exams.rules.kinds import ImportKind, ImportState
from academy.exams.web import blueprint
from academy.exams.web.forms import BankFileForm, TableForm
from academy.people import queries as people
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
MAIN_BANK = "MAIN"


def _upload(form: TableForm | BankFileForm, keep: Callable[..., Any], back: str, **where: int) -> ResponseReturnValue:
    """Keep the file and show its preview; a file that cannot be read changes nothing."""
    if not form.validate_on_submit():
        problem = next(iter(form.table.errors), N_("没有收到文件。"))
        say(problem, "lost")
        return redirect(back)
    file = form.table.data
    try:
        with transaction():
            made = keep(file_name=file.filename or "", content=file.read(), actor=current_actor(), now=now(), **where)
    except DomainError as error:
        say_error(error)
        return redirect(back)
    return redirect(url_for("exams.preview", code=made.code))


@blueprint.post("/manage/exams/sittings/<code>/responses")
@allow(*SITTING_ROLES)
def upload_responses(code: str) -> ResponseReturnValue:
    """Answers taken on paper."""
    sitting = queries.get_sitting(code)
    return _upload(TableForm(), services.upload_responses, url_for("exams.sitting", code=code), sitting_id=sitting.id)


@blueprint.post("/manage/exams/bank")
@allow(*BANK_ROLES)
def upload_questions() -> ResponseReturnValue:
    """A file of questions, in any format."""
    bank = queries.find_bank(MAIN_BANK)
    if bank is None:
        with transaction():
            bank = services.ensure_bank(code=MAIN_BANK, title_zh=render(N_("综合题库")), actor=current_actor(), now=now())
    return _upload(BankFileForm(), services.upload_questions, url_for("exams.bank"), bank_id=bank.id)


@blueprint.route("/manage/exams/imports/<code>", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def preview(code: str) -> ResponseReturnValue:
    """What the table would do; importing takes the good rows, or none."""
    upload = queries.get_import(code)
    is_questions = upload.kind is ImportKind.QUESTIONS
    if not (can_edit_bank if is_questions else can_manage_sittings)(current_actor()):
        abort(403)
    if EmptyForm().validate_on_submit():
        _decide(code, is_questions=is_questions)
        return redirect(url_for("exams.preview", code=code))
    if upload.state is not ImportState.PREVIEWED:
        report = _report(upload) if is_questions and upload.state is ImportState.IMPORTED else {}
        return render_template("exams/imported.html", upload=upload, **_context(upload.sitting_id), **report)
    return _question_page(upload.code) if is_questions else _response_page(upload.code)


def _decide(code: str, *, is_questions: bool) -> None:
    try:
        with transaction():
            if request.form.get("decision") == "discard":
                services.discard_import(code=code, actor=current_actor(), now=now())
                say(N_("这份文件没有导入，什么都没有写入。"))
                return
            take = services.import_questions if is_questions else services.import_responses
            done = take(code=code, actor=current_actor(), now=now())
            say(Text(N_("导入 %(taken)s 行，没有导入 %(refused)s 行。"), taken=done.taken_count, refused=done.refused_count))
    except DomainError as error:
        say_error(error)


def _context(sitting_id: int | None) -> dict[str, Any]:
    sitting = queries.sitting_by_id(sitting_id) if sitting_id is not None else None
    return {"sitting": sitting, "button": EmptyForm(), "ImportState": ImportState}


def _page_of(rows: list[Any], states: list[str], shown: str) -> dict[str, Any]:
    """One page of the rows in the chosen view; `states` are the rows' verdicts: ok, fix, no."""
    chosen = [row for row, state in zip(rows, states, strict=True) if shown == "all" or state == shown]
    page = page_of(request.args.get("page"))
    return {
        "rows": chosen[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        "total": len(chosen),
        "page": page,
        "pages": page.count(len(chosen), PER_PAGE),
        "per_page": PER_PAGE,
        "view": shown,
        "counts": {"all": len(rows), **{name: states.count(name) for name in ("no", "fix", "ok")}},
    }


def _view(states: list[str]) -> str:
    typed = request.args.get("v", "")
    return typed if typed in {"all", "no", "fix", "ok"} else ("no" if "no" in states else "all")


def _response_page(code: str) -> ResponseReturnValue:
    upload = queries.get_import(code)
    try:
        found = queries.response_preview(upload)
    except DomainError as error:
        say_error(error)
        return redirect(url_for("exams.manage"))
    candidates = queries.candidates_of(upload.sitting_id or 0)
    rows = list(found.rows)
    states = [row.verdict.value for row in rows]
    shown = _page_of(rows, states, _view(states))
    wanted = [candidates[row.candidate_no] for row in shown["rows"] if row.candidate_no in candidates]
    return render_template(
        "exams/preview_responses.html",
        upload=upload,
        column_faults=found.column_faults,
        good=len(found.good),
        candidates=candidates,
        learners=people.learners_by_ids(wanted),
        **shown,
        **_context(upload.sitting_id),
    )


def _state(row: QuestionPreview) -> str:
    if row.effect is Effect.REFUSED:
        return "no"
    return "fix" if row.effect is Effect.CHANGED or row.repairs else "ok"


def _question_page(code: str) -> ResponseReturnValue:
    upload = queries.get_import(code)
    file = queries.question_file(upload)
    rows = list(file.rows)
    states = [_state(row) for row in rows]
    counts = {effect: sum(row.effect is effect for row in rows) for effect in Effect}
    return render_template(
        "exams/preview_questions.html",
        upload=upload,
        effects=counts,
        repaired=sum(bool(row.repairs) and row.effect is not Effect.REFUSED for row in rows),
        good=counts[Effect.NEW] + counts[Effect.CHANGED],
        Effect=Effect,
        notes=file.notes,
        format_words=FORMAT_WORDS[file.format],
        **_page_of(rows, states, _view(states)),
        **_context(None),
    )


def _report(upload: ExamImport) -> dict[str, Any]:
    """What was left out and what was put right, for as long as the file is kept."""
    file = queries.question_file(upload)
    found = [row for row in file.rows if row.effect is Effect.REFUSED or row.repairs]
    page = page_of(request.args.get("page"))
    return {
        "report": found[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        "total": len(found),
        "page": page,
        "pages": page.count(len(found), PER_PAGE),
        "per_page": PER_PAGE,
        "Effect": Effect,
        "notes": file.notes,
        "format_words": FORMAT_WORDS[file.format],
    }
