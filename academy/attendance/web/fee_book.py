"""A month of lecture fees as a workbook: a sheet of sums, one of sessions, one of what nobody marked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from academy.attendance import queries
from academy.attendance.queries import FeeStatement, Month
from academy.core.sheets import Book, Column
from academy.core.text import N_, Text, render
from academy.core.wording import hours_from_minutes
from academy.people.queries import Instructor
from academy.timetable.rules import TeachingRole

ROLE_WORDS = {TeachingRole.LEAD: N_("主讲"), TeachingRole.ASSISTANT: N_("助教")}
MONEY = "0.00"
SUMS = (
    (N_("编号"), 10, ""),
    (N_("姓名"), 12, ""),
    (N_("学时"), 8, "0.0"),
    (N_("税后（元）"), 12, MONEY),
    (N_("代扣税（元）"), 12, MONEY),
    (N_("税前（元）"), 12, MONEY),
    (N_("尚未点名的课次"), 14, "0"),
    (N_("确认编号"), 26, ""),
    (N_("确认人"), 12, ""),
    (N_("确认时间"), 18, ""),
)
LINES = (
    (N_("姓名"), 12, ""),
    (N_("班次"), 18, ""),
    (N_("课次"), 30, ""),
    (N_("开始"), 18, ""),
    (N_("担任"), 8, ""),
    (N_("学时"), 8, "0.0"),
    (N_("计酬学时"), 10, "0.0"),
    (N_("每学时（元）"), 12, MONEY),
    (N_("比例（百分数）"), 12, "0"),
    (N_("税后（元）"), 12, MONEY),
    (N_("出处"), 26, ""),
)
PENDING = (
    (N_("姓名"), 12, ""),
    (N_("班次"), 18, ""),
    (N_("课次"), 30, ""),
    (N_("开始"), 18, ""),
    (N_("学时"), 8, "0.0"),
)


def fee_book(
    month: date,
    months: Sequence[Month],
    statements: Mapping[int, FeeStatement],
    named: Mapping[int, Instructor],
    *,
    as_of: datetime,
) -> bytes:
    """The workbook of one month. What is confirmed stands as it was confirmed."""
    by_id = {one.instructor_id: one for one in months}
    ordered = sorted(named, key=lambda id_: named[id_].code)
    book = Book(as_of=as_of)
    title = render(Text(N_("%(month)s 课时与课酬"), month=f"{month:%Y-%m}"))
    sums = [_sum_row(named[id_], by_id.get(id_), statements.get(id_)) for id_ in ordered]
    book.sheet(render(N_("汇总")), _columns(SUMS), sums, title=title)
    lines = [row for id_ in ordered for row in _line_rows(named[id_], by_id.get(id_), statements.get(id_))]
    book.sheet(render(N_("课次明细")), _columns(LINES), lines)
    pending = [
        (named[one.instructor_id].name_zh, row.class_code, row.title, row.starts_at, _hours(row.minutes))
        for one in months
        for row in one.unmarked
    ]
    book.sheet(render(N_("尚未点名")), _columns(PENDING), pending)
    return book.content()


def _columns(titles: tuple[tuple[str, int, str], ...]) -> list[Column]:
    return [Column(render(title), width, number or "General") for title, width, number in titles]


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _hours(minutes: int) -> Decimal:
    return Decimal(hours_from_minutes(minutes))


def _sum_row(instructor: Instructor, month: Month | None, statement: FeeStatement | None) -> tuple[Any, ...]:
    pending = len(month.unmarked) if month else 0
    head = (instructor.code, instructor.name_zh)
    if statement is not None:
        sums = (statement.net_fen, statement.tax_fen, statement.gross_fen)
        tail = (statement.number, statement.confirmed_by, statement.confirmed_at)
        return (*head, _hours(statement.minutes), *map(_yuan, sums), pending, *tail)
    minutes, sums = (month.minutes, (month.net_fen, month.tax_fen, month.gross_fen)) if month else (0, (0, 0, 0))
    return (*head, _hours(minutes), *map(_yuan, sums), pending, "", "", None)


def _line_rows(instructor: Instructor, month: Month | None, statement: FeeStatement | None) -> list[tuple[Any, ...]]:
    facts = statement.facts if statement else queries.frozen_facts(month, instructor) if month else {"lines": []}
    return [
        (
            instructor.name_zh,
            line["class_code"],
            line["title"],
            datetime.fromisoformat(line["starts_at"]),
            render(ROLE_WORDS[TeachingRole(line["role"])]),
            _hours(line["minutes"]),
            _hours(line["paid_minutes"]),
            _yuan(line["fen_per_hour"]),
            line["percent"],
            _yuan(line["fen"]),
            statement.number if statement else render(N_("未确认")),
        )
        for line in facts["lines"]
    ]
