"""Importing a roster: upload, columns, preview with a verdict for each row, decide, result."""

from io import BytesIO
from typing import Any

from flask import Response, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.accounts.queries import organizations_by_ids, person_types
from academy.accounts.rules import short_type_name
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.runs import run_by_id
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.sheets import XLSX, Book, Column, Value
from academy.core.text import N_, Text, render
from academy.people import queries, services
from academy.people.models import RosterImport, RosterState
from academy.people.policies import can_see_roster, sees_all_learners, visible_organizations
from academy.people.queries import ShownLine, View
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS
from academy.people.rules.layout import Layout
from academy.people.rules.roster import COLUMNS, MASK, REQUIRED, RowAction, RowState
from academy.people.web import blueprint
from academy.people.web.forms import RosterForm
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
IMPORTERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.ORGANIZATION_COORDINATOR)
LONGEST_SHOWN = 24
BUSY = frozenset({RosterState.READING, RosterState.IMPORTING})
ASKED_FOR = ("name", "gender", "id_number", "mobile", "email", "unit", "person_type", "education")


@blueprint.route("/manage/learners/import", methods=["GET", "POST"])
@allow(*IMPORTERS)
def import_roster() -> ResponseReturnValue:
    """Choose a file; it is kept, and nothing else happens."""
    form = RosterForm()
    own = sorted(current_actor().organizations) if not sees_all_learners(current_actor()) else []
    units = organizations_by_ids(own)
    form.organization.choices = [(str(key), units[key].name_zh) for key in own]
    if form.validate_on_submit():
        try:
            roster = upload(form.file, organization_id=_chosen(form.organization.data, own))
        except DomainError as error:
            form.file.errors = [" ".join(filter(None, [render(error.text), render(error.next_text)]))]
        else:
            return redirect(url_for("people.roster", code=roster.code))
    recent = queries.recent_roster_imports(visible_organizations(current_actor()))
    values = {"form": form, "recent": recent, "kinds": person_types(), "units": units}
    return render_template("people/import.html", **values), 422 if form.errors else 200


def _chosen(typed: str | None, own: list[int]) -> int | None:
    return next((key for key in own if str(key) == typed), None)


def upload(field: Any, *, organization_id: int | None = None, subject: str = "") -> RosterImport:
    """Keep the file of a form's field."""
    file = field.data
    with transaction():
        return services.upload_roster(
            name=(file.filename or "").replace("\0", ""),
            content=file.read(),
            actor=current_actor(),
            now=now(),
            organization_id=organization_id,
            subject=subject,
        )


@blueprint.get("/manage/learners/import/template.xlsx")
@allow(*IMPORTERS)
def roster_template() -> ResponseReturnValue:
    """An empty roster with the right header."""
    book = Book(as_of=now())
    book.sheet("花名册", [Column(COLUMNS[key][0], 24) for key in ASKED_FOR], [])
    book.sheet("人员类别", [Column("人员类别", 40)], [(kind.name_zh,) for kind in person_types()])
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name="roster-template.xlsx")


def visible(code: str) -> RosterImport:
    """A roster that the reader may see. Raises NotFound."""
    found = queries.get_roster_import(code)
    if not can_see_roster(current_actor(), found):
        raise NotFound
    return found


@blueprint.get("/manage/learners/import/<code>")
@allow(*IMPORTERS)
def roster(code: str) -> ResponseReturnValue:
    """Where an import stands: its columns, its progress, what will happen row by row, what did."""
    found = visible(code)
    if found.state is RosterState.MAPPING:
        return redirect(url_for("people.roster_columns", code=code))
    elsewhere = _page_of_subject(found)
    if request.headers.get("HX-Request"):
        return _progress(found, elsewhere)
    if elsewhere and found.state not in {RosterState.READING, RosterState.UNREADABLE}:
        return redirect(elsewhere)
    return _page(found, is_unmasked=False)


def _page_of_subject(found: RosterImport) -> str:
    """Where a roster with a subject ("class:7") is shown: the domain that the subject belongs to says so."""
    pages = current_app.extensions.get("people.roster_pages", {})
    page = pages.get(found.subject.partition(":")[0]) if found.subject else None
    return page(found) if page else ""


def _progress(found: RosterImport, elsewhere: str) -> ResponseReturnValue:
    if found.state in BUSY:
        return render_template("people/_roster_progress.html", roster=found, run=run_by_id(found.job_run_id or 0))
    answer = Response("", 200)
    answer.headers["HX-Redirect"] = elsewhere or url_for("people.roster", code=found.code)
    return answer


@blueprint.get("/manage/learners/import/<code>/columns")
@allow(*IMPORTERS)
def roster_columns(code: str) -> ResponseReturnValue:
    """Which column is which: what is recognized or remembered is chosen already, with values to compare."""
    return _columns_page(visible(code), error="")


def _columns_page(found: RosterImport, *, error: str) -> ResponseReturnValue:
    typed = request.values.get("header", "")
    header_row = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else None
    proposal = services.propose(roster=found, sheet=request.values.get("sheet", "")[:80], header_row=header_row)
    chosen = _typed_columns() if error else dict(proposal.layout.columns)
    person_type = request.form.get("person_type", "") if error else proposal.layout.person_type
    return render_template(
        "people/roster_columns.html",
        roster=found,
        proposal=proposal,
        chosen={at: key for key, at in chosen.items()},
        person_type=person_type,
        columns=COLUMNS,
        required=REQUIRED,
        kinds=person_types(),
        error=error,
        masked=_masked_sample,
        button=EmptyForm(),
    ), (422 if error else 200)


def _masked_sample(value: str) -> str:
    """A sample as a stranger may see it: long numbers covered."""
    if sum(char.isdigit() for char in value) < 8:
        return value
    return mask_id_number(value) if len(value) > 11 else mask_mobile(value)


@blueprint.post("/manage/learners/import/<code>/columns")
@allow(*IMPORTERS)
def map_roster(code: str) -> ResponseReturnValue:
    """Take the columns as they were chosen, and read the file."""
    found = visible(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster_columns", code=code))
    typed = request.form.get("header", "")
    try:
        with transaction():
            services.map_roster(
                code=code,
                sheet=request.form.get("sheet", "")[:80],
                header_row=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0,
                columns=_typed_columns(),
                person_type=request.form.get("person_type", "")[:4],
                actor=current_actor(),
                now=now(),
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        if found.state not in {RosterState.MAPPING, RosterState.PREVIEWED, RosterState.UNREADABLE}:
            say_error(error)
            return redirect(url_for("people.roster", code=code))
        return _columns_page(found, error=" ".join(filter(None, [render(error.text), render(error.next_text)])))
    return redirect(url_for("people.roster", code=code))


def _typed_columns() -> dict[str, int]:
    """Column by key, from one select for each of the file's columns; the first of two wins what both want."""
    chosen: dict[str, int] = {}
    for name, key in request.form.items():
        place = name.removeprefix("c-")
        if name.startswith("c-") and place.isascii() and place.isdigit() and len(place) < 4 and key in COLUMNS:
            chosen.setdefault(key, int(place))
    return chosen


@blueprint.post("/manage/learners/import/<code>")
@allow(*IMPORTERS)
def decide_roster(code: str) -> ResponseReturnValue:
    """Import the good rows, or none."""
    visible(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    try:
        with transaction():
            if request.form.get("decision") == "import":
                services.import_roster(code=code, actor=current_actor(), now=now())
            else:
                services.discard_roster(code=code, actor=current_actor(), now=now())
                say(N_("已放弃这份花名册，一行都没有写入。"))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("people.roster", code=code))


@blueprint.post("/manage/learners/import/<code>/unmask")
@allow(*IMPORTERS)
def unmask_roster(code: str) -> ResponseReturnValue:
    """The preview with the file's numbers in full; written down."""
    visible(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    with transaction():
        found = services.reveal_roster(code=code, what="page", actor=current_actor(), now=now())
    return _page(found, is_unmasked=True)


@blueprint.post("/manage/learners/import/<code>/errors.xlsx")
@allow(*IMPORTERS)
def roster_errors(code: str) -> ResponseReturnValue:
    """The refused rows as they were written, with the reasons, to be corrected and uploaded again."""
    visible(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.roster", code=code))
    with transaction():
        found = services.reveal_roster(code=code, what="errors.xlsx", actor=current_actor(), now=now())
    return send_file(BytesIO(errors_book(found)), XLSX, as_attachment=True, download_name=f"roster-errors-{code[:6]}.xlsx")


def errors_book(found: RosterImport) -> bytes:
    """The refused rows as a workbook that can be uploaded again once corrected."""
    given = Layout.from_json(found.layout).columns if found.layout else {}
    keys = [key for key in COLUMNS if key in given or key in REQUIRED]
    columns = [Column(COLUMNS[key][0], 22) for key in keys]
    columns += [Column("原行号", 8, "0"), Column("原因与改法", 60)]
    rows = (_as_written(line, keys) for line in queries.refused_lines(found.id))
    book = Book(as_of=now())
    book.sheet("不导入的行", columns, rows)
    return book.content()


def _as_written(line: ShownLine, keys: list[str]) -> list[Value]:
    return [*(line.row.raw.get(key, "") for key in keys), line.row.number, why(line)]


def why(line: ShownLine) -> str:
    """Why a row does not go in, or did not, and what would help."""
    if line.problem is not None:
        fix = line.problem.get("fix")
        return render(Text.from_json(line.problem["say"])) + (render(Text.from_json(fix)) if fix else "")
    return " ".join(render(finding.say) + render(finding.fix) for finding in line.row.reasons)


def _page(found: RosterImport, *, is_unmasked: bool) -> ResponseReturnValue:
    view = next((one for one in View if one.value == request.args.get("v")), None)
    if found.state in BUSY:
        run = run_by_id(found.job_run_id or 0)
        return render_template("people/roster_busy.html", roster=found, run=run, RosterState=RosterState)
    if found.state is RosterState.UNREADABLE:
        return render_template("people/roster_unreadable.html", roster=found, button=EmptyForm(), words=_words(found.problem))
    is_open = found.state is RosterState.PREVIEWED
    template = "people/roster.html" if is_open else "people/roster_result.html"
    return render_template(template, **shown(found, view or (View.ATTENTION if is_open else View.NO), is_unmasked=is_unmasked))


def _words(problem: dict[str, Any] | None) -> list[str]:
    return [render(Text.from_json(problem[key])) for key in ("say", "fix") if problem and problem.get(key)]


def shown(found: RosterImport, view: View, *, is_unmasked: bool) -> dict[str, Any]:
    """What a page of a roster's rows needs."""
    counts = queries.view_counts(found.id)
    page = page_of(request.args.get("page"))
    return {
        "roster": found,
        "notes": [Text.from_json(note) for note in found.notes],
        "view": view,
        "View": View,
        "views": counts,
        "lines": queries.roster_lines(found.id, view, limit=PER_PAGE, offset=page.offset(PER_PAGE)),
        "chosen": counts[view],
        "page": page,
        "pages": page.count(counts[view], PER_PAGE),
        "per_page": PER_PAGE,
        "id_shown": lambda number: _shown(number if is_unmasked else mask_id_number(number)),
        "mobile_shown": lambda number: _shown(number if is_unmasked else mask_mobile(number)),
        "is_unmasked": is_unmasked,
        "type_names": {kind.code: short_type_name(kind.name_zh) for kind in person_types()},
        "gender_words": GENDER_WORDS,
        "education_words": EDUCATION_WORDS,
        "columns": COLUMNS,
        "why": why,
        "RowState": RowState,
        "RowAction": RowAction,
        "RosterState": RosterState,
        "may_remap": found.state is RosterState.PREVIEWED,
        "button": EmptyForm(),
    }


def _shown(number: str) -> str:
    """A number for the table's narrow cell: formulas by name, other texts cut; what was covered in the file stays so."""
    if number.startswith("="):
        return render(N_("=公式"))
    number = number if MASK not in number else mask_id_number(number)
    return number if len(number) <= LONGEST_SHOWN else f"{number[:LONGEST_SHOWN]}…"
