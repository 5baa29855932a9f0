"""Learners as a file: masked unless there is a right and a purpose; every file is written down before it is made."""

from collections.abc import Collection
from io import BytesIO

from flask import redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden
from academy.core.sheets import CSV, XLSX, Book, csv_content
from academy.people import queries, services
from academy.people.queries import EXPORT_COLUMNS
from academy.people.web import blueprint
from academy.people.web.learners import MAY_READ, wanted_learners
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm

MOST = 50_000


@blueprint.post("/manage/learners/export")
@allow(*MAY_READ)
def export_learners() -> ResponseReturnValue:
    """The people of the list as it is filtered, in Excel or CSV."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.learners"))
    moment, wanted = now(), wanted_learners(request.form)
    is_full = request.form.get("numbers") == "full"
    _, count = queries.learners(wanted, limit=1)
    try:
        with transaction():
            services.log_export(
                what="learners:" + _scope(wanted.organizations)[:60],
                count=count,
                is_full=is_full,
                purpose=request.form.get("purpose", "").replace("\0", ""),
                actor=current_actor(),
                now=moment,
            )
    except Forbidden:
        raise
    except DomainError as error:
        say_error(error)
        return redirect(url_for("people.learners", q=wanted.search, type=wanted.person_type, level=wanted.held_level))
    rows = queries.export_rows(queries.every_learner(wanted, most=MOST), is_full=is_full)
    name = f"学员名册 {local(moment):%Y%m%d-%H%M}"
    if request.form.get("format") == "csv":
        return send_file(BytesIO(csv_content(EXPORT_COLUMNS, rows)), CSV, as_attachment=True, download_name=f"{name}.csv")
    book = Book(as_of=moment)
    book.sheet("学员", EXPORT_COLUMNS, rows)
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _scope(organizations: Collection[int] | None) -> str:
    """For the audit row: all, nobody's, or the ids of the organizations."""
    return "all" if organizations is None else ",".join(map(str, sorted(organizations))) or "none"
