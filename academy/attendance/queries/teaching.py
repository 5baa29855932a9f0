"""Teaching hours and lecture fees, from sessions that took place. Only attendance knows which did."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from academy.attendance.models import FeeStatement as FeeStatement  # what reads give back is public by name
from academy.attendance.queries.marks import marked_counts
from academy.attendance.rules import FeeLine, Taught, compute_fees, compute_gross, fee_rule_on, tax_rule_on
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.core.errors import NotFound
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.timetable import queries as timetable
from academy.timetable.queries import TeachingRow
from academy.timetable.rules import TAUGHT


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One session in a month, with what it is worth."""

    row: TeachingRow
    fee: FeeLine


@dataclass(frozen=True, slots=True)
class Month:
    """One instructor's month: what took place, and what ended but nobody marked."""

    instructor_id: int
    month: date
    lines: list[MonthLine] = field(default_factory=list)
    unmarked: list[TeachingRow] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        """Teaching minutes that took place."""
        return sum(line.row.minutes for line in self.lines)

    @property
    def net_fen(self) -> int:
        """Fees after tax."""
        return sum(line.fee.fen for line in self.lines)

    @property
    def gross_fen(self) -> int:
        """Fees before tax: what is earned in a month counts as one payment."""
        rule = tax_rule_on(self.month)
        return compute_gross(self.net_fen, rule) if rule else self.net_fen

    @property
    def tax_fen(self) -> int:
        """What is withheld."""
        return self.gross_fen - self.net_fen


def month_start(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def teaching_months(since: date, until: date, *, now: datetime, instructor_id: int | None = None) -> list[Month]:
    """What was taught in the months from `since` until before `until`, by instructor and month; empty ones are left out.

    A session took place when it has ended, its class runs or has been held, and somebody marked its attendance. A constant
    number of statements, however many instructors there are.
    """
    rows = timetable.teaching_between(_instant(since), _instant(until), states=TAUGHT, instructor_id=instructor_id)
    rows = [row for row in rows if row.ends_at <= now]
    marked = marked_counts({row.session_id for row in rows})
    ids = {row.instructor_id for row in rows}
    tiers = _Tiers(ids, since, until)
    months: dict[tuple[int, date], Month] = {}
    for row in rows:
        key = (row.instructor_id, month_start(local(row.starts_at).date()))
        month = months.setdefault(key, Month(*key))
        if row.session_id not in marked:
            month.unmarked.append(row)
    took_place: dict[tuple[int, date], list[TeachingRow]] = {}
    for row in rows:
        if row.session_id in marked:
            key = (row.instructor_id, month_start(local(row.starts_at).date()))
            took_place.setdefault(key, []).append(row)
    for key, taught in took_place.items():
        fees = {line.session_id: line for line in compute_fees(tiers.taught(row) for row in taught)}
        months[key].lines.extend(MonthLine(row, fees[row.session_id]) for row in taught)
    return [months[key] for key in sorted(months)]


class _Tiers:
    """The fee tier of each instructor on each day: her appointment's, else the one in the pool."""

    def __init__(self, instructor_ids: Iterable[int], since: date, until: date) -> None:
        ids = set(instructor_ids)
        self.instructors = people.instructors_by_ids(ids)
        self.appointments = people.appointments_in_force(ids, since, until)

    def taught(self, row: TeachingRow) -> Taught:
        """The row as the fee rule needs it."""
        day = local(row.starts_at).date()
        appointed = self.appointments.get(row.instructor_id, [])
        in_force = next((one.fee_tier for one in appointed if one.starts_on <= day <= one.until), None)
        tier = in_force or self.instructors[row.instructor_id].fee_tier
        return Taught(row.session_id, row.starts_at, row.ends_at, row.minutes, row.role, tier)


def month_of(instructor_id: int, month: date, *, now: datetime) -> Month:
    """One instructor's month; an empty one when she taught nothing."""
    found = teaching_months(month, next_month(month), now=now, instructor_id=instructor_id)
    return found[0] if found else Month(instructor_id, month)


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), TZ).astimezone(UTC)


def frozen_facts(month: Month, instructor: Instructor) -> dict[str, Any]:
    """A month as a statement keeps it: plain values that nothing changes afterwards."""
    fee_rule, tax_rule = fee_rule_on(month.month), tax_rule_on(month.month)
    return {
        "name_zh": instructor.name_zh,
        "instructor_code": instructor.code,
        "title_zh": instructor.title_zh,
        "fee_rule": fee_rule.code if fee_rule else "",
        "tax_rule": tax_rule.code if tax_rule else "",
        "lines": [_frozen(line) for line in month.lines],
        "unmarked": [
            {"class_code": row.class_code, "title": row.title, "starts_at": row.starts_at.isoformat()} for row in month.unmarked
        ],
    }


def _frozen(line: MonthLine) -> dict[str, Any]:
    row, fee = line.row, line.fee
    return {
        "session_id": row.session_id,
        "class_code": row.class_code,
        "class_title": row.class_title,
        "title": row.title,
        "starts_at": row.starts_at.isoformat(),
        "minutes": row.minutes,
        "paid_minutes": fee.paid_minutes,
        "role": row.role.value,
        "fen_per_hour": fee.fen_per_hour,
        "percent": fee.percent,
        "fen": fee.fen,
    }


def current_statements(month: date) -> dict[int, FeeStatement]:
    """The statements that hold for a month, by instructor."""
    query = select(FeeStatement).where(FeeStatement.month == month, FeeStatement.is_current)
    return {row.instructor_id: row for row in db.session.scalars(query)}


def statements_of(instructor_id: int, *, month: date | None = None) -> list[FeeStatement]:
    """An instructor's statements, the newest first (of one month, if asked)."""
    query = select(FeeStatement).where(FeeStatement.instructor_id == instructor_id)
    if month is not None:
        query = query.where(FeeStatement.month == month)
    return list(db.session.scalars(query.order_by(FeeStatement.month.desc(), FeeStatement.version.desc())))


def get_statement(number: str) -> FeeStatement:
    """A statement by its number. Raises NotFound."""
    found = db.session.scalars(select(FeeStatement).where(FeeStatement.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found
