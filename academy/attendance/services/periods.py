"""Every write of registration periods: recorded, corrected, voided, each with its reason in the audit trail."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from academy.attendance import queries
from academy.attendance.models import RegistrationPeriod
from academy.attendance.policies import can_keep_hours, is_self
from academy.attendance.rules import REGISTERED_LEVELS, Period, PeriodSource, compute_renewal_opens, may_renew
from academy.attendance.services.ledger import DecidesAboutOneself, require_reason
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.people import queries as people

LONGEST_DAYS = 3660


class PeriodIsInvalid(Invalid):
    """Days in the wrong order or out of every calendar, or a level that nobody registers."""

    message = N_("登记期写得不对：级别要是三级之一，截止日不早于起始日，最长 10 年。什么都没有记入。")


class PeriodsOverlap(Conflict):
    """A person has one registration at a time."""

    message = N_("与%(starts_on)s—%(ends_on)s的一期重叠，什么都没有记入。")
    next_step = N_("请先更正那一期。")


class RenewalIsNotOpen(Conflict):
    """Re-registration is asked for in the last three months."""

    message = N_("上一期%(ends_on)s到期，再登记自%(opens_on)s起受理，现在还不能登记下一期。")


class PeriodHasChanged(Conflict):
    """Somebody else was faster."""

    message = N_("这一期在您打开之后被别人改过，什么都没有改动。")
    next_step = N_("请看过新的内容再改。")


class DecreeDependsOnPeriod(Conflict):
    """A decree that stands has made the period longer: it could not be undone any more."""

    message = N_("文件 %(number)s 延长过这一期，所以不能更正或作废。")
    next_step = N_("请先撤销那份文件。")


def record_period(
    *, learner_id: int, period: Period, source: PeriodSource, note: str, actor: Actor, now: datetime
) -> RegistrationPeriod:
    """Record what the registering authority has granted. A re-registration only from the last three months on.

    Raises Forbidden, PeriodIsInvalid, PeriodsOverlap, RenewalIsNotOpen.
    """
    learner = _kept(learner_id, actor)
    _require_valid(period)
    people.lock_learner(learner_id)  # two who record at once take turns
    _require_free(learner_id, period)
    if source is PeriodSource.RENEWAL:
        _require_renewal(learner_id, period, today(now))
    row = RegistrationPeriod(
        code=random_code16(),
        learner_id=learner_id,
        level=period.level,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        source=source,
        note=note.strip()[:500],
        version=1,
        recorded_by_id=actor.user_id,
        recorded_by=actor.name[:120],
        recorded_at=now,
    )
    db.session.add(row)
    _flush(period)
    record(actor, "attendance.period_recorded", _subject(learner, row), now=now, after=_facts(row), reason=row.note)
    return row


def correct_period(*, code: str, period: Period, version: int, reason: str, actor: Actor, now: datetime) -> RegistrationPeriod:
    """Correct a period that was written down wrongly; the audit trail keeps what it said before.

    `version` is the one that was looked at. Raises NotFound, Forbidden, PeriodIsInvalid, PeriodsOverlap,
    PeriodHasChanged, DecreeDependsOnPeriod, ReasonIsMissing.
    """
    row, said = _to_change(code, version, reason, actor)
    _require_valid(period)
    _require_free(row.learner_id, period, except_id=row.id)
    before = _facts(row)
    row.level, row.starts_on, row.ends_on = period
    _touch(row, actor, now)
    _flush(period)
    learner = people.learner_by_id(row.learner_id)
    record(actor, "attendance.period_corrected", _subject(learner, row), now=now, before=before, after=_facts(row), reason=said)
    return row


def void_period(*, code: str, version: int, reason: str, actor: Actor, now: datetime) -> RegistrationPeriod:
    """Take back a period that should never have been written down. It stays visible. Raises as `correct_period` does."""
    row, said = _to_change(code, version, reason, actor)
    before = _facts(row)
    row.voided_at, row.void_reason = now, said
    _touch(row, actor, now)
    db.session.flush()
    learner = people.learner_by_id(row.learner_id)
    record(actor, "attendance.period_voided", _subject(learner, row), now=now, before=before, reason=said)
    return row


def _kept(learner_id: int, actor: Actor) -> people.Learner:
    if not can_keep_hours(actor):
        raise Forbidden
    learner = people.learner_by_id(learner_id)
    if is_self(actor, learner):
        raise DecidesAboutOneself
    return learner


def _to_change(code: str, version: int, reason: str, actor: Actor) -> tuple[RegistrationPeriod, str]:
    learner_id = queries.get_period(code).learner_id
    _kept(learner_id, actor)
    said = require_reason(reason)
    people.lock_learner(learner_id)
    row = queries.get_period(code, is_locked=True)
    if row.version != version or row.voided_at is not None:
        raise PeriodHasChanged
    decrees = queries.decrees_of([row.id]).get(row.id)
    if decrees:
        raise DecreeDependsOnPeriod(number=decrees[-1].number)
    return row, said


def _touch(row: RegistrationPeriod, actor: Actor, now: datetime) -> None:
    row.version += 1
    row.changed_by, row.changed_at = actor.name[:120], now


def _require_valid(period: Period) -> None:
    are_days_near = date(2000, 1, 1) <= period.starts_on <= period.ends_on <= date(2100, 12, 31)
    if period.level not in REGISTERED_LEVELS or not are_days_near or (period.ends_on - period.starts_on).days > LONGEST_DAYS:
        raise PeriodIsInvalid


def _require_free(learner_id: int, period: Period, *, except_id: int | None = None) -> None:
    other = queries.find_overlap(learner_id, period, except_id=except_id)
    if other is not None:
        raise PeriodsOverlap(starts_on=other.starts_on, ends_on=other.ends_on)


def _require_renewal(learner_id: int, period: Period, day: date) -> None:
    before = next((one for one in queries.periods_of(learner_id) if one.ends_on < period.starts_on), None)
    if before is not None and day <= before.ends_on and not may_renew(before.ends_on, day):
        raise RenewalIsNotOpen(ends_on=before.ends_on, opens_on=compute_renewal_opens(before.ends_on))


def _flush(period: Period) -> None:
    """The exclusion constraint has the last word."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise PeriodsOverlap(starts_on=period.starts_on, ends_on=period.ends_on) from error


def _subject(learner: people.Learner, row: RegistrationPeriod) -> str:
    return f"learner:{learner.code}:period:{row.code}"


def _facts(row: RegistrationPeriod) -> dict[str, Any]:
    days = {"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    return {"level": row.level.value, **days, "source": row.source.value, "version": row.version}
