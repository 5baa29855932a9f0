"""Reports: ask for one, watch it, fetch it, find the kept ones."""

from datetime import UTC, datetime
from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateTimeLocalField, SelectField
from wtforms.validators import InputRequired, Optional

from academy.core.access import allow, current_actor
from academy.core.clock import TZ, local, now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.reports import services
from academy.reports.models import ReportRun
from academy.reports.queries.runs import get_report_run, report_runs, reportable_classes
from academy.reports.rules.definitions import CLASS_SUMMARY, Format
from academy.reports.web import blueprint
from academy.ui.forms import Form, near_instant
from academy.ui.paging import page_of

PER_PAGE = 15
ASKERS = tuple(CLASS_SUMMARY.roles)


class SummaryForm(Form):
    """Which class, as of when."""

    class_code = SelectField(N_("班次"), validators=[InputRequired(N_("请选一个班。"))])
    as_of = DateTimeLocalField(
        N_("数据截至"),
        format=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"],
        validators=[Optional(), near_instant],
        render_kw={"step": "1"},
    )


def _form() -> SummaryForm:
    form = SummaryForm()
    form.class_code.label.text, form.as_of.label.text = render(N_("班次")), render(N_("数据截至"))
    form.as_of.description = render(N_("不填就是现在。同一个时点再做一次，内容相同。"))
    classes = reportable_classes(current_actor())
    form.class_code.choices = [(c.code, f"{c.code}　{c.title_zh}") for c in classes]
    return form


@blueprint.route("/reports", methods=["GET", "POST"])
@allow(*ASKERS)
def index() -> ResponseReturnValue:
    """The reports there are, a request, the kept results."""
    form = _form()
    if form.validate_on_submit():
        run = _request(form)
        if run is not None:
            return redirect(url_for("reports.run", code=run.code))
    page = page_of(request.args.get("page"))
    found, total = report_runs(current_actor(), limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "reports/index.html",
        form=form,
        definition=CLASS_SUMMARY,
        runs=found,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
    ), 422 if form.errors else 200


def _request(form: SummaryForm) -> ReportRun | None:
    moment = now()
    typed: datetime | None = form.as_of.data
    as_of = typed.replace(tzinfo=TZ).astimezone(UTC) if typed else moment
    try:
        with transaction():
            return services.request_class_summary(
                class_code=form.class_code.data or "", as_of=as_of, actor=current_actor(), now=moment
            )
    except DomainError as error:
        form.refuse(error)
        return None


@blueprint.get("/reports/<code>")
@allow(*ASKERS)
def run(code: str) -> ResponseReturnValue:
    """One run: progress while it is made, then its files."""
    found = get_report_run(code, current_actor())
    template = "reports/_run.html" if request.headers.get("HX-Request") else "reports/run.html"
    problem = Text.from_json(found.problem) if found.problem else None
    again = local(found.as_of).strftime("%Y-%m-%dT%H:%M:%S")
    return render_template(template, run=found, definition=CLASS_SUMMARY, problem=problem, again=again)


@blueprint.get("/reports/<code>/<any(xlsx,pdf):wanted>")
@allow(*ASKERS)
def download(code: str, wanted: str) -> ResponseReturnValue:
    """A file of a run."""
    found = get_report_run(code, current_actor())
    file = next((kept.file for kept in found.files if kept.format is Format(wanted)), None)
    if file is None:
        raise NotFound
    content = BytesIO(file.content)
    return send_file(content, mimetype=file.media_type, download_name=file.name, as_attachment=True, max_age=0)
