"""The people of a class as a file: masked unless there is a right and a purpose; written down before it is made."""

from collections.abc import Iterator
from io import BytesIO

from flask import redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden
from academy.core.sheets import CSV, XLSX, Book, Column, Value, csv_content
from academy.enrollment import queries
from academy.enrollment.queries import Enrollment
from academy.enrollment.rules import SOURCE_WORDS, STATE_WORDS
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import EXPORT_COLUMNS
from academy.timetable import queries as timetable
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm

COLUMNS = (
    *EXPORT_COLUMNS,
    Column("报名状态", 10),
    Column("候补号", 8, "0"),
    Column("来源", 10),
    Column("报名时间", 18),
    Column("录取时间", 18),
    Column("离开时间", 18),
)


@blueprint.post("/manage/classes/<code>/people/export")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def export_people(code: str) -> ResponseReturnValue:
    """Everybody who has or had something to do with a class, in Excel or CSV."""
    found = timetable.get_class(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("enrollment.people", code=code))
    moment, enrollments = now(), queries.enrollments_of(found.id)
    is_full = request.form.get("numbers") == "full"
    try:
        with transaction():
            people_services.log_export(
                what=f"class:{found.code}",
                count=len(enrollments),
                is_full=is_full,
                purpose=request.form.get("purpose", "").replace("\0", ""),
                actor=current_actor(),
                now=moment,
            )
    except Forbidden:
        raise
    except DomainError as error:
        say_error(error)
        return redirect(url_for("enrollment.people", code=code))
    rows, name = _rows(enrollments, is_full=is_full), f"{found.code} 名单 {local(moment):%Y%m%d-%H%M}"
    if request.form.get("format") == "csv":
        return send_file(BytesIO(csv_content(COLUMNS, rows)), CSV, as_attachment=True, download_name=f"{name}.csv")
    book = Book(as_of=moment)
    book.sheet("名单", COLUMNS, rows)
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _rows(enrollments: list[Enrollment], *, is_full: bool) -> Iterator[list[Value]]:
    learners = people.learners_by_ids(one.learner_id for one in enrollments)
    known = people.export_rows((learners[one.learner_id] for one in enrollments), is_full=is_full)
    for one, row in zip(enrollments, known, strict=True):
        state: list[Value] = [STATE_WORDS[one.state], one.waitlist_no, SOURCE_WORDS[one.source]]
        yield [*row, *state, one.applied_at, one.admitted_at, one.ended_at]
