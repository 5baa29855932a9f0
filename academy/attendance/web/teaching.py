"""Teaching hours and lecture fees: the instructor's own, everybody's for the staff, and confirmed statements."""

from datetime import date, datetime
from decimal import Decimal
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
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.core.wording import hours_from_minutes
from academy.people import queries as people
from academy.people.rules import FEE_TIER_WORDS
from academy.timetable.rules import TeachingRole
from academy.ui.flash import say, say_error
from academy.ui.forms import Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
ROLE_WORDS = {TeachingRole.LEAD: N_("主讲"), TeachingRole.ASSISTANT: N_("助教")}
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
    year = int(typed) if typed.isascii() and typed.isdigit() and FIRST_YEAR <= int(typed[:4]) <= this_year else this_year
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
    """The month as a workbook: a sheet of sums, one of sessions, one of what nobody marked. Confirmed figures as confirmed."""
    month, moment = _month(), now()
    found = queries.teaching_months(month, queries.next_month(month), now=moment)
    statements = queries.current_statements(month)
    named = people.instructors_by_ids({one.instructor_id for one in found} | set(statements))
    book = Book(as_of=moment)
    title = render(Text(N_("%(month)s 课时与课酬"), month=f"{month:%Y-%m}"))
    sums = [_sum_row(named[id_], by_id.get(id_), statements.get(id_)) for by_id in [{one.instructor_id: one for one in found}]
            for id_ in sorted(named, key=lambda id_: named[id_].code)]  # fmt: skip
    book.sheet(render(N_("汇总")), _columns(SUM_TITLES), sums, title=title)
    lines = [row for one in found for row in _line_rows(named[one.instructor_id], one, statements.get(one.instructor_id))]
    book.sheet(render(N_("课次明细")), _columns(LINE_TITLES), lines)
    pending = [
        (named[one.instructor_id].name_zh, row.class_code, row.title, row.starts_at, Decimal(hours_from_minutes(row.minutes)))
        for one in found
        for row in one.unmarked
    ]
    book.sheet(render(N_("尚未点名")), _columns(PENDING_TITLES), pending)
    headers = {"Content-Disposition": f'attachment; filename="fees-{month:%Y-%m}.xlsx"'}
    return Response(book.content(), mimetype=XLSX, headers=headers)


SUM_TITLES = (
    (N_("编号"), 10, ""), (N_("姓名"), 12, ""), (N_("学时"), 8, "0.0"), (N_("税后（元）"), 12, "0.00"), (N_("代扣税（元）"), 12, "0.00"),
    (N_("税前（元）"), 12, "0.00"), (N_("尚未点名的课次"), 14, "0"), (N_("确认编号"), 26, ""), (N_("确认人"), 12, ""), (N_("确认时间"), 18, ""),
)  # fmt: skip
LINE_TITLES = (
    (N_("姓名"), 12, ""), (N_("班次"), 18, ""), (N_("课次"), 30, ""), (N_("开始"), 18, ""), (N_("担任"), 8, ""), (N_("学时"), 8, "0.0"),
    (N_("计酬学时"), 10, "0.0"), (N_("每学时（元）"), 12, "0.00"), (N_("比例（%）"), 10, "0"), (N_("税后（元）"), 12, "0.00"), (N_("出处"), 26, ""),
)  # fmt: skip
PENDING_TITLES = (
    (N_("姓名"), 12, ""), (N_("班次"), 18, ""), (N_("课次"), 30, ""), (N_("开始"), 18, ""), (N_("学时"), 8, "0.0")
)  # fmt: skip


def _columns(titles: tuple[tuple[str, int, str], ...]) -> list[Column]:
    return [Column(render(title), width, number or "General") for title, width, number in titles]


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _sum_row(instructor: people.Instructor, month: Month | None, statement: FeeStatement | None) -> tuple[Any, ...]:
    pending = len(month.unmarked) if month else 0
    head = (instructor.code, instructor.name_zh)
    if statement is not None:
        sums = (statement.net_fen, statement.tax_fen, statement.gross_fen)
        tail = (statement.number, statement.confirmed_by, statement.confirmed_at)
        return (*head, Decimal(hours_from_minutes(statement.minutes)), *map(_yuan, sums), pending, *tail)
    minutes, sums = (month.minutes, (month.net_fen, month.tax_fen, month.gross_fen)) if month else (0, (0, 0, 0))
    return (*head, Decimal(hours_from_minutes(minutes)), *map(_yuan, sums), pending, "", "", None)


def _line_rows(instructor: people.Instructor, month: Month, statement: FeeStatement | None) -> list[tuple[Any, ...]]:
    lines = statement.facts["lines"] if statement else queries.frozen_facts(month, instructor)["lines"]
    return [
        (
            instructor.name_zh,
            line["class_code"],
            line["title"],
            datetime.fromisoformat(line["starts_at"]),
            render(ROLE_WORDS[TeachingRole(line["role"])]),
            Decimal(hours_from_minutes(line["minutes"])),
            Decimal(hours_from_minutes(line["paid_minutes"])),
            _yuan(line["fen_per_hour"]),
            line["percent"],
            _yuan(line["fen"]),
            statement.number if statement else render(N_("未确认")),
        )
        for line in lines
    ]


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
        if error.status in {403, 404}:
            raise
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
