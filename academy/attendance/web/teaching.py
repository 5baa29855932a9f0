"""Teaching hours and lecture fees: the instructor's own, everybody's for the staff, and confirmed statements."""

from datetime import date, datetime
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length, Optional

from academy.attendance import queries, services
from academy.attendance.policies import can_manage_fees, can_see_fees_of
from academy.attendance.queries import FeeStatement, Month
from academy.attendance.rules import fee_rule_on, tax_rule_on
from academy.attendance.web import blueprint
from academy.attendance.web.fee_book import ROLE_WORDS, fee_book
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.sheets import XLSX
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.rules import FEE_TIER_WORDS
from academy.ui.flash import say, say_error
from academy.ui.forms import Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
FIRST_YEAR = 2024


class ConfirmForm(Form):
    """Confirming a month; a correction says why."""

    reason = StringField(N_("更正原因"), [Optional(), Length(max=300, message=N_("最多 300 字。")), clean_text])


@blueprint.get("/teaching/fees")
@allow(Role.INSTRUCTOR)
def own_fees() -> ResponseReturnValue:
    """One's own hours and fees, by month and class."""
    actor = current_actor()
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    if instructor is None:
        return render_template("attendance/own_fees.html", instructor=None)
    typed, this_year = request.args.get("year", ""), today().year
    year = next((one for one in range(FIRST_YEAR, this_year + 1) if str(one) == typed), this_year)
    found = queries.teaching_months(date(year, 1, 1), date(year + 1, 1, 1), now=now(), instructor_id=instructor.id)
    statements = {one.month: one for one in queries.statements_of(instructor.id) if one.is_current}
    return render_template(
        "attendance/own_fees.html",
        instructor=instructor,
        year=year,
        years=range(FIRST_YEAR, this_year + 1),
        months=sorted(found, key=lambda month: month.month, reverse=True),
        statements=statements,
        by_class={month.month: _by_class(month) for month in found},
        **_rules(today()),
    )


def _by_class(month: Month) -> list[tuple[str, str, int, int]]:
    """Code, title, minutes and fees of each class in a month."""
    sums: dict[str, tuple[str, int, int]] = {}
    for line in month.lines:
        title, minutes, fen = sums.get(line.row.class_code, (line.row.class_title, 0, 0))
        sums[line.row.class_code] = (title, minutes + line.row.minutes, fen + line.fee.fen)
    return [(code, *rest) for code, rest in sums.items()]


def _rules(day: date) -> dict[str, Any]:
    return {"fee_rule": fee_rule_on(day), "tax_rule": tax_rule_on(day), "role_words": ROLE_WORDS, "tier_words": FEE_TIER_WORDS}


def _month() -> date:
    """The month in the address; anything odd is the last one that is over."""
    try:
        found = datetime.strptime(request.args.get("month", "")[:7], "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        found = _before(today())
    return found if FIRST_YEAR <= found.year <= today().year else _before(today())


def _before(day: date) -> date:
    """The first day of the month before."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)


@blueprint.get("/manage/fees")
@allow(*STAFF)
def fees() -> ResponseReturnValue:
    """Everybody's month: what took place, what nobody marked, what is confirmed."""
    month = _month()
    found = queries.teaching_months(month, queries.next_month(month), now=now())
    statements = queries.current_statements(month)
    named = people.instructors_by_ids({one.instructor_id for one in found} | set(statements))
    found += [Month(id_, month) for id_ in set(statements) - {one.instructor_id for one in found}]  # all marks taken back
    return render_template(
        "attendance/fees.html",
        month=month,
        previous=_before(month),
        following=queries.next_month(month) if queries.next_month(month) <= today() else None,
        is_over=queries.next_month(month) <= today(),
        months=sorted(found, key=lambda one: named[one.instructor_id].code),
        statements=statements,
        changed={one.instructor_id for one in found if _has_changed(one, statements.get(one.instructor_id), named)},
        named=named,
        form=ConfirmForm(),
        **_rules(month),
    )


def _has_changed(month: Month, statement: FeeStatement | None, named: dict[int, people.Instructor]) -> bool:
    """Whether a confirmed statement no longer says what the attendance says."""
    return (
        statement is not None and statement.facts["lines"] != queries.frozen_facts(month, named[month.instructor_id])["lines"]
    )


@blueprint.get("/manage/fees.xlsx")
@allow(*STAFF)
def fees_file() -> ResponseReturnValue:
    """The month as a workbook. Confirmed figures as confirmed."""
    month, moment = _month(), now()
    found = queries.teaching_months(month, queries.next_month(month), now=moment)
    statements = queries.current_statements(month)
    named = people.instructors_by_ids({one.instructor_id for one in found} | set(statements))
    content = fee_book(month, found, statements, named, as_of=moment)
    headers = {"Content-Disposition": f'attachment; filename="fees-{month:%Y-%m}.xlsx"'}
    return Response(content, mimetype=XLSX, headers=headers)


@blueprint.post("/manage/fees/<code>/<int(max=9999):year>-<int(max=12):month>/confirm")
@allow(*STAFF)
def confirm_fees(code: str, year: int, month: int) -> ResponseReturnValue:
    """Freeze one instructor's month."""
    if not FIRST_YEAR <= year <= today().year or not month:
        raise NotFound
    form, back = ConfirmForm(), redirect(url_for("attendance.fees", month=f"{year}-{month:02}"))
    if not form.validate_on_submit():
        return back
    try:
        with transaction():
            made = services.confirm_statement(
                instructor_code=code,
                month=date(year, month, 1),
                reason=form.reason.data or "",
                actor=current_actor(),
                now=now(),
            )
        say(Text(N_("已确认，编号 %(number)s。以后点名有更正，另出一版。"), number=made.number))
    except DomainError as error:
        say_error(error)
    return back


@blueprint.get("/teaching/fees/<number>")
@allow(Role.INSTRUCTOR, *STAFF)
def fee_statement(number: str) -> ResponseReturnValue:
    """A confirmed statement as it was confirmed; for its instructor and the staff."""
    found, actor = queries.get_statement(number), current_actor()
    instructor = people.instructor_by_id(found.instructor_id)
    if not can_see_fees_of(actor, instructor):
        raise NotFound  # nobody learns what a colleague earns, nor whether
    versions = queries.statements_of(found.instructor_id, month=found.month)
    return render_template(
        "attendance/fee_statement.html",
        found=found,
        lines=[{**line, "starts_at": datetime.fromisoformat(line["starts_at"])} for line in found.facts["lines"]],
        pending=[{**row, "starts_at": datetime.fromisoformat(row["starts_at"])} for row in found.facts["unmarked"]],
        versions=versions,
        is_staff=can_manage_fees(actor),
        **_rules(found.month),
    )
