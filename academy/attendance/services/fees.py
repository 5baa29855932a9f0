"""Confirming statements of lecture fees. What is confirmed is frozen; a correction is the next version."""

from datetime import date, datetime

from sqlalchemy import update

from academy.attendance import queries
from academy.attendance.models import FeeStatement
from academy.attendance.policies import can_manage_fees
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.people import queries as people


class MonthIsNotOver(Conflict):
    """A month is confirmed when it is over."""

    message = N_("这个月还没有过完，不能确认课酬。")


class NothingToConfirm(Conflict):
    """No session of the month took place and was marked."""

    message = N_("这个月没有点过名的课，没有可以确认的课酬。")


class NothingHasChanged(Conflict):
    """The confirmed statement says the same."""

    message = N_("和已确认的第 %(version)s 版一样，没有另出一版。")


class CorrectionNeedsReason(Invalid):
    """A new version says why."""

    message = N_("已经确认过一版。要更正请写明原因，另出一版，原来的一版留着。")


def confirm_statement(*, instructor_code: str, month: date, actor: Actor, now: datetime, reason: str = "") -> FeeStatement:
    """Freeze an instructor's month, with a number; again later: as the next version, with a reason, if anything changed.

    Raises NotFound, Forbidden, MonthIsNotOver, NothingToConfirm, NothingHasChanged, CorrectionNeedsReason.
    """
    if not can_manage_fees(actor):
        raise Forbidden
    instructor = people.lock_instructor(instructor_code)  # two who confirm at once take turns
    month = queries.month_start(month)
    if today(now) < queries.next_month(month):
        raise MonthIsNotOver
    found = queries.month_of(instructor.id, month, now=now)
    earlier = queries.statements_of(instructor.id, month=month)
    facts = queries.frozen_facts(found, instructor)
    _check(found, earlier, facts, reason)
    version = len(earlier) + 1
    old = update(FeeStatement).where(FeeStatement.instructor_id == instructor.id, FeeStatement.month == month)
    db.session.execute(old.values(is_current=False).execution_options(synchronize_session="fetch"))
    made = FeeStatement(
        number=f"KC-{month:%Y%m}-{instructor.code}-{version}",
        instructor_id=instructor.id,
        month=month,
        version=version,
        is_current=True,
        facts=facts,
        minutes=found.minutes,
        net_fen=found.net_fen,
        tax_fen=found.tax_fen,
        gross_fen=found.gross_fen,
        reason=reason.strip()[:300] if earlier else "",
        confirmed_by_id=actor.user_id,
        confirmed_by=actor.name,
        confirmed_at=now,
    )
    db.session.add(made)
    db.session.flush()
    before = {"number": earlier[0].number, "net_fen": earlier[0].net_fen} if earlier else None
    after = {"number": made.number, "minutes": made.minutes, "net_fen": made.net_fen, "gross_fen": made.gross_fen}
    record(actor, "attendance.fees_confirmed", f"fees:{made.number}", now=now, before=before, after=after, reason=made.reason)
    return made


def _check(found: queries.Month, earlier: list[FeeStatement], facts: dict[str, object], reason: str) -> None:
    if not found.lines and not earlier:
        raise NothingToConfirm
    if earlier and earlier[0].facts == facts:
        raise NothingHasChanged(version=earlier[0].version)
    if earlier and not reason.strip():
        raise CorrectionNeedsReason
