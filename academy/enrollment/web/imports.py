"""A roster for a class: upload, what registering and enrolling would do row by row, progress, result."""

from collections.abc import Sized
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from academy.accounts.queries import organizations_by_ids, person_types
from academy.accounts.rules import short_type_name
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.runs import recent_runs, run_by_id
from academy.core.sealed import mask_id_number
from academy.core.text import N_, Text, render
from academy.enrollment import services
from academy.enrollment.models import Place
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries.imports import class_id_of, class_roster_lines, numbers_of, place_counts, subject_of
from academy.enrollment.services.imports import KIND
from academy.enrollment.web import blueprint
from academy.enrollment.web.unit import open_to_units
from academy.people import queries as people
from academy.people.policies import can_import_for
from academy.people.queries import RosterImport, View
from academy.people.rules.roster import COLUMNS, RowAction, RowState
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.ui.forms import EmptyForm, Form
from academy.ui.paging import page_of

PER_PAGE = 20
IMPORTERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class ClassRosterForm(Form):
    """A file to upload; a coordinator of several organizations says for which one."""

    organization = SelectField(_l("哪个单位"), validate_choice=False)
    file = FileField(
        _l("花名册文件"),
        description=_l(".xlsx 或 .csv。上传后先看每个人会怎样：登记、录取、候补还是不行，再决定。"),
        validators=[FileRequired(N_("请先选择文件。"))],
        render_kw={"accept": ".xlsx,.csv"},
    )


@blueprint.route("/manage/classes/<code>/people/import", methods=["GET", "POST"])
@allow(*IMPORTERS)
def import_people(code: str) -> ResponseReturnValue:
    """Choose a roster for a class; it is kept, and nothing else happens."""
    found, form = timetable.get_class(code), ClassRosterForm()
    recent = people.recent_roster_imports(subject=subject_of(found.id))
    return _upload(found, form, None) or _upload_page(found, form, recent, {})


@blueprint.route("/unit/classes/<code>/people/import", methods=["GET", "POST"])
@allow(Role.ORGANIZATION_COORDINATOR)
def import_for_unit(code: str) -> ResponseReturnValue:
    """The same for a unit: those of its roster whom the rule lets in are put forward."""
    found, form = open_to_units(code), ClassRosterForm()
    units = organizations_by_ids(current_actor().organizations)
    form.organization.choices = [(str(key), units[key].name_zh) for key in sorted(units)]
    chosen = next((key for key in units if len(units) == 1 or str(key) == form.organization.data), None)
    recent = people.recent_roster_imports(list(units), subject=subject_of(found.id))
    return (_upload(found, form, chosen) if chosen else None) or _upload_page(found, form, recent, units)


def _upload(found: TrainingClass, form: ClassRosterForm, organization_id: int | None) -> ResponseReturnValue | None:
    """Keep the form's file and go on to it; None when there is none to keep, or it cannot be used."""
    if not form.validate_on_submit():
        return None
    name, content = (form.file.data.filename or "").replace("\0", ""), form.file.data.read()
    try:
        with transaction():
            roster = services.upload_class_roster(
                class_id=found.id,
                name=name,
                content=content,
                actor=current_actor(),
                now=now(),
                organization_id=organization_id,
            )
    except DomainError as error:
        form.file.errors = [" ".join(filter(None, [render(error.text), render(error.next_text)]))]
        return None
    return redirect(url_for("people.roster", code=roster.code))


def _upload_page(found: TrainingClass, form: ClassRosterForm, recent: list[RosterImport], units: Sized) -> ResponseReturnValue:
    values = {"found": found, "form": form, "recent": recent, "is_unit": bool(units), "asks_unit": len(units) > 1}
    return render_template("enrollment/import.html", **values), (422 if form.errors else 200)


@blueprint.get("/manage/classes/<code>/people/import/<roster>")
@allow(*IMPORTERS, Role.ORGANIZATION_COORDINATOR)
def class_roster(code: str, roster: str) -> ResponseReturnValue:
    """What will happen to each row, how far it has come, or what did."""
    found, uploaded = timetable.get_class(code), people.get_roster_import(roster)
    if class_id_of(uploaded.subject) != found.id or not can_import_for(current_actor(), uploaded.organization_id):
        raise NotFound
    run = _current_run(uploaded)
    if request.headers.get("HX-Request"):
        if run is not None and run.is_running:
            return render_template("enrollment/_import_progress.html", found=found, roster=uploaded, run=run)
        answer = Response("", 200)
        answer.headers["HX-Redirect"] = page_of_roster(uploaded)
        return answer
    return render_template("enrollment/class_roster.html", found=found, run=run, **_shown(uploaded))


def _current_run(uploaded: RosterImport) -> Any:
    """Registering first, then enrolling; after the import there is a moment in between."""
    subject = f"roster:{uploaded.code}"
    enrolling = next((run for run in recent_runs(kind=KIND, limit=200) if run.subject == subject), None)
    if enrolling is not None:
        return enrolling
    return run_by_id(uploaded.job_run_id) if uploaded.job_run_id else None


def page_of_roster(roster: RosterImport) -> str:
    """Where a class's roster is shown."""
    class_id = class_id_of(roster.subject)
    if class_id is None:
        return ""
    return url_for("enrollment.class_roster", code=timetable.class_by_id(class_id).code, roster=roster.code)


def _shown(uploaded: RosterImport) -> dict[str, Any]:
    view = next((one for one in View if one.value == request.args.get("v")), View.ALL)
    place = next((one for one in Place if one.value == request.args.get("p")), None)
    counts, page = people.view_counts(uploaded.id), page_of(request.args.get("page"))
    places, offset = place_counts(uploaded.id), page.offset(PER_PAGE)
    if place is None:
        lines, chosen = people.roster_lines(uploaded.id, view, limit=PER_PAGE, offset=offset), counts[view]
    else:
        numbers = numbers_of(uploaded.id, place, limit=PER_PAGE, offset=offset)
        lines, chosen = people.roster_lines_of(uploaded.id, numbers), places[place]
    return {
        "roster": uploaded,
        "is_unit": not can_manage_enrollments(current_actor()),
        "notes": [Text.from_json(note) for note in uploaded.notes],
        "view": view,
        "View": View,
        "views": counts,
        "lines": lines,
        "places": class_roster_lines(uploaded.id, [line.row.number for line in lines]),
        "place_counts": places,
        "place": place,
        "Place": Place,
        "chosen": chosen,
        "page": page,
        "pages": page.count(chosen, PER_PAGE),
        "per_page": PER_PAGE,
        "mask_id_number": mask_id_number,
        "type_names": {kind.code: short_type_name(kind.name_zh) for kind in person_types()},
        "columns": COLUMNS,
        "RowState": RowState,
        "RowAction": RowAction,
        "text_of": Text.from_json,
        "button": EmptyForm(),
    }
