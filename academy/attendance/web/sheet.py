"""The paper sign-in sheet: a template to fill in, an upload, a verdict for each row, a decision."""

from datetime import datetime
from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from academy.attendance import queries, services
from academy.attendance.queries import SheetImport, SheetState
from academy.attendance.rules import MARK_SHORT, MARK_WORDS
from academy.attendance.rules.sheet import RowState, session_title
from academy.attendance.web import blueprint
from academy.core.access import Role, allow, current_actor
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form
from academy.ui.paging import page_of

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
PER_PAGE = 50
VIEWS = ("attention", "all")


class SheetForm(Form):
    """A filled-in sheet."""

    file = FileField(_l("签到表（.xlsx 或 .csv）"), [FileRequired(N_("请选一个文件。"))])


@blueprint.route("/attendance/<code>/sheet", methods=["GET", "POST"])
@allow(*STAFF)
def sheet(code: str) -> ResponseReturnValue:
    """Fetch the template, upload the filled-in sheet; nothing is written yet."""
    found, form = timetable.get_class(code), SheetForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            with transaction():
                kept = services.upload_sheet(
                    class_code=code, name=upload.filename or "", content=upload.read(), actor=current_actor(), now=now()
                )
        except DomainError as error:
            form.file.errors = [" ".join(filter(None, [render(error.text), render(error.next_text)]))]
        else:
            return redirect(url_for("attendance.sheet_preview", code=code, sheet_code=kept.code))
    page = render_template(
        "attendance/sheet.html",
        found=found,
        form=form,
        recent=queries.recent_sheet_imports(found.id),
        signs=[(MARK_SHORT[state], MARK_WORDS[state]) for state in MARK_SHORT],
        SheetState=SheetState,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/attendance/<code>/sheet/template.xlsx")
@allow(*STAFF)
def sheet_template(code: str) -> ResponseReturnValue:
    """A sheet with everybody's name and a column for each session, to print or to fill in."""
    found, at = timetable.get_class(code), now()
    content = template_book(found, as_of=at)
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=f"sign-in-{found.code}.xlsx")


def template_book(found: TrainingClass, *, as_of: datetime) -> bytes:
    """The template's bytes."""
    sessions = timetable.sessions_of(found.id)
    learners = people.learners_by_ids(enrollment.admitted_learner_ids(found.id)).values()
    columns = [Column("学员编号", 12), Column("姓名", 12)]
    columns += [Column(f"{session_title(one.seq)}（{local(one.starts_at):%m-%d %H:%M}）", 13) for one in sessions]
    legend = "　".join(f"{MARK_SHORT[state]}{words}" for state, words in MARK_WORDS.items())
    notes = [f"填写：{legend}；数字是实到分钟，如“△130”；空着的不改动。"]
    book = Book(as_of=as_of)
    rows = [(one.code, one.name_zh) for one in sorted(learners, key=lambda one: one.code)]
    book.sheet("签到表", columns, rows, title=f"{found.code} {found.title_zh}", notes=notes)
    return book.content()


@blueprint.get("/attendance/<code>/sheet/<sheet_code>")
@allow(*STAFF)
def sheet_preview(code: str, sheet_code: str) -> ResponseReturnValue:
    """What will happen row by row; after the decision, what did."""
    found = timetable.get_class(code)
    kept = queries.get_sheet_import(found.id, sheet_code)
    if kept.state is not SheetState.PREVIEWED:
        return render_template("attendance/sheet_result.html", found=found, sheet=kept, SheetState=SheetState)
    return _preview(found, kept)


def _preview(found: TrainingClass, kept: SheetImport) -> str:
    preview = services.preview_sheet(kept, now=now())
    view = request.args.get("v") if request.args.get("v") in VIEWS else "attention"
    chosen = [row for row in preview.rows if view == "all" or row.findings]
    page = page_of(request.args.get("page"))
    return render_template(
        "attendance/sheet_preview.html",
        found=found,
        sheet=kept,
        preview=preview,
        rows=chosen[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        chosen=len(chosen),
        view=view,
        page=page,
        pages=page.count(len(chosen), PER_PAGE),
        per_page=PER_PAGE,
        short=MARK_SHORT,
        RowState=RowState,
        button=EmptyForm(),
    )


@blueprint.post("/attendance/<code>/sheet/<sheet_code>")
@allow(*STAFF)
def decide_sheet(code: str, sheet_code: str) -> ResponseReturnValue:
    """Import the good rows, or none."""
    here = url_for("attendance.sheet_preview", code=code, sheet_code=sheet_code)
    if not EmptyForm().validate_on_submit():
        return redirect(here)
    try:
        with transaction():
            if request.form.get("decision") == "import":
                done = services.import_sheet(code=sheet_code, class_code=code, actor=current_actor(), now=now())
                words = N_("导入完成：新记 %(new)s 条，更正 %(corrected)s 条，无变化 %(unchanged)s 条。")
                say(Text(words, new=done.new_count, corrected=done.corrected_count, unchanged=done.unchanged_count))
            else:
                services.discard_sheet(code=sheet_code, class_code=code, actor=current_actor(), now=now())
                say(N_("已放弃这份签到表，一条都没有写入。"))
    except DomainError as error:
        say_error(error)
    return redirect(here)
