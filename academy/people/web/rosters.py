"""Importing a roster: upload, preview with a verdict for each row, decide, result."""

from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.accounts.queries import person_types
from academy.accounts.rules import short_type_name
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.people import imports, queries
from academy.people.imports import Preview
from academy.people.models import RosterImport, RosterState
from academy.people.roster import COLUMNS, RosterRow, RowState
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS
from academy.people.web import blueprint
from academy.people.web.forms import RosterForm
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
IMPORTERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
LONGEST_SHOWN = 24
VIEWS = ("attention", "all", "no", "fix", "ok")


@blueprint.route("/manage/learners/import", methods=["GET", "POST"])
@allow(*IMPORTERS)
def import_roster() -> ResponseReturnValue:
    """Choose a file; it is read and kept, and nothing else happens."""
    form = RosterForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            with transaction():
                roster = imports.upload_roster(
                    name=upload.filename or "", content=upload.read(), actor=current_actor(), now=now()
                )
        except DomainError as error:
            form.file.errors = [" ".join(filter(None, [render(error.text), render(error.next_text)]))]
        else:
            return redirect(url_for("people.roster", code=roster.code))
    return render_template("people/import.html", form=form, recent=queries.recent_roster_imports(), kinds=person_types()), (
        422 if form.errors else 200
    )


@blueprint.get("/manage/learners/import/template.xlsx")
@allow(*IMPORTERS)
def roster_template() -> ResponseReturnValue:
    """An empty roster with the right header."""
    book = Book(as_of=now())
    book.sheet(render(N_("花名册")), [Column(titles[0], 24) for titles in COLUMNS.values()], [])
    book.sheet(render(N_("人员类别")), [Column(render(N_("人员类别")), 40)], [(kind.name_zh,) for kind in person_types()])
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name="roster-template.xlsx")


@blueprint.get("/manage/learners/import/<code>")
@allow(*IMPORTERS)
def roster(code: str) -> ResponseReturnValue:
    """What will happen row by row; after the decision, what did."""
    return _page(queries.get_roster_import(code), is_unmasked=False)


@blueprint.post("/manage/learners/import/<code>")
@allow(*IMPORTERS)
def decide_roster(code: str) -> ResponseReturnValue:
    """Import the good rows, or none."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    try:
        with transaction():
            if request.form.get("decision") == "import":
                done = imports.import_roster(code=code, actor=current_actor(), now=now())
                words = N_("导入完成：新增 %(created)s 人，更新 %(updated)s 人，无变化 %(unchanged)s 人。")
                say(Text(words, **_figures(done)))
            else:
                imports.discard_roster(code=code, actor=current_actor(), now=now())
                say(N_("已放弃这份花名册，一行都没有写入。"))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("people.roster", code=code))


@blueprint.post("/manage/learners/import/<code>/unmask")
@allow(*IMPORTERS)
def unmask_roster(code: str) -> ResponseReturnValue:
    """The preview with numbers in full; written down."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    with transaction():
        found = imports.reveal_roster(code=code, what="page", actor=current_actor(), now=now())
    return _page(found, is_unmasked=True)


@blueprint.post("/manage/learners/import/<code>/errors.xlsx")
@allow(*IMPORTERS)
def roster_errors(code: str) -> ResponseReturnValue:
    """The refused rows as they were written, with the reasons, to be corrected and uploaded again."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    with transaction():
        found = imports.reveal_roster(code=code, what="errors.xlsx", actor=current_actor(), now=now())
    content = errors_book(imports.preview_roster(found))
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=f"roster-errors-{code[:6]}.xlsx")


def errors_book(preview: Preview) -> bytes:
    """The refused rows as a workbook that can be uploaded again once corrected."""
    columns = [Column(titles[0], 22) for titles in COLUMNS.values()]
    columns += [Column(render(N_("原行号")), 8), Column(render(N_("原因与改法")), 60)]
    rows: list[list[str | int]] = [[*(row.raw[key] for key in COLUMNS), row.number, _why(row)] for row in preview.refused]
    book = Book(as_of=now())
    book.sheet(render(N_("不导入的行")), columns, rows)
    return book.content()


def _why(row: RosterRow) -> str:
    return " ".join(render(finding.say) + render(finding.fix) for finding in row.reasons)


def _figures(done: RosterImport) -> dict[str, int]:
    return {"created": done.created_count, "updated": done.updated_count, "unchanged": done.unchanged_count}


def _page(found: RosterImport, *, is_unmasked: bool) -> ResponseReturnValue:
    if found.state is not RosterState.PREVIEWED:
        return render_template("people/roster_result.html", roster=found, button=EmptyForm(), RosterState=RosterState)
    preview = imports.preview_roster(found)
    view = request.args.get("v", "attention")
    view = view if view in VIEWS else "attention"
    chosen = [row for row in preview.rows if _is_in_view(row, view)]
    page = page_of(request.args.get("page"))
    return render_template(
        "people/roster.html",
        roster=found,
        preview=preview,
        view=view,
        views={name: sum(_is_in_view(row, name) for row in preview.rows) for name in VIEWS},
        rows=chosen[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        chosen=len(chosen),
        page=page,
        pages=page.count(len(chosen), PER_PAGE),
        per_page=PER_PAGE,
        id_shown=lambda number: _shown(number if is_unmasked else mask_id_number(number)),
        mobile_shown=lambda number: _shown(number if is_unmasked else mask_mobile(number)),
        is_unmasked=is_unmasked,
        type_names={kind.code: short_type_name(kind.name_zh) for kind in person_types()},
        gender_words=GENDER_WORDS,
        education_words=EDUCATION_WORDS,
        RowState=RowState,
        button=EmptyForm(),
    )


def _shown(number: str) -> str:
    """A number for the table's narrow cell: formulas by name, other texts cut."""
    if number.startswith("="):
        return render(N_("=公式"))
    return number if len(number) <= LONGEST_SHOWN else f"{number[:LONGEST_SHOWN]}…"


def _is_in_view(row: RosterRow, view: str) -> bool:
    if view == "attention":
        return bool(row.findings)
    states = {"no": RowState.ERROR, "fix": RowState.REPAIRED, "ok": RowState.OK}
    return view == "all" or row.state is states[view]
