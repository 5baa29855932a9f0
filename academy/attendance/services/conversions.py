"""Every write of conversions: applied for, decided by somebody else, credited, taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from academy.attendance import messages, queries
from academy.attendance.models import CreditEntry, HoursConversion
from academy.attendance.policies import can_ask_for_conversion, can_keep_hours, is_self
from academy.attendance.rules import (
    ConversionRule,
    ConversionState,
    EntryKind,
    EntrySource,
    compute_conversion,
    conversion_rule_on,
)
from academy.attendance.services.ledger import DecidesAboutOneself, counter, require_reason
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.core.wording import hours_from_minutes
from academy.people import queries as people

EARLIEST = date(1980, 1, 1)


class ConversionIsUnknown(Invalid):
    """No such kind, or none yet on that day."""

    message = N_("那一天没有这样的折算办法，没有提交。")
    next_step = N_("请核对类别和取得日期。")


class ClaimIsInvalid(Invalid):
    """A number of units out of bounds, a day to come, or nothing said."""

    message = N_("请写明内容和证明材料，数量填 1—%(most)s，日期不晚于今天。没有提交。")


class CountsOnce(Conflict):
    """A degree counts once in a life."""

    message = N_("“%(title)s”这一类一生只认一次，已经有一份申请或认定，没有再提交。")
    next_step = N_("原来那份有误的，请先撤回，或联系教务撤销。")


class ClaimIsThere(Conflict):
    """The same application, a moment ago."""

    message = N_("这一项（%(title)s，%(day)s）已经申请过，没有再写一份。")
    next_step = N_("原来那份有误的，请先撤回再申请。")


class ConversionIsDecided(Conflict):
    """Somebody was faster, or it was taken back."""

    message = N_("这份申请已经有人处理过，什么都没有改动。")
    next_step = N_("请看现在的状态。")


class YearIsFull(Conflict):
    """Nothing of the year's cap is left."""

    message = N_("%(year)s 年这一类最多认 %(cap)s 学时，已经认满，不能再记。")
    next_step = N_("可以写明原因不予认定。")


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody wants to have counted."""

    kind: str
    title: str
    units: int
    earned_on: date
    evidence: str


def apply_for_conversion(*, learner_id: int, claim: Claim, actor: Actor, now: datetime) -> HoursConversion:
    """Ask for something to be counted; she is locked, so that a second press finds the first.

    Raises NotFound, Forbidden, ConversionIsUnknown, ClaimIsInvalid, CountsOnce, ClaimIsThere.
    """
    people.lock_learner(learner_id)
    learner = people.learner_by_id(learner_id)
    if not can_ask_for_conversion(actor, learner):
        raise Forbidden
    rule = _rule_for(claim, now)
    if rule.is_once and queries.find_counting(learner_id, rule.code):
        raise CountsOnce(title=rule.name_zh)
    if queries.find_same(learner_id, rule.code, claim.title.strip(), claim.earned_on):
        raise ClaimIsThere(title=claim.title.strip(), day=claim.earned_on)
    row = HoursConversion(
        code=random_code16(),
        learner_id=learner_id,
        kind=rule.code,
        rule=rule.version,
        is_once=rule.is_once,
        title_zh=claim.title.strip(),
        units=claim.units,
        minutes=claim.units * rule.minutes_per_unit,
        earned_on=claim.earned_on,
        evidence=claim.evidence.strip(),
        state=ConversionState.APPLIED,
        applied_by_id=actor.user_id,
        applied_by=actor.name[:120],
        applied_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:  # the same degree, a moment ago
        raise CountsOnce(title=rule.name_zh) from error
    record(actor, "attendance.conversion_applied", f"conversion:{row.code}", now=now, after=_facts(row))
    return row


def _rule_for(claim: Claim, now: datetime) -> ConversionRule:
    rule = conversion_rule_on(queries.conversion_rules(), claim.kind, claim.earned_on)
    if rule is None:
        raise ConversionIsUnknown
    is_said = 2 <= len(claim.title.strip()) <= 120 and 4 <= len(claim.evidence.strip()) <= 500
    if not (is_said and 1 <= claim.units <= rule.most_units and EARLIEST <= claim.earned_on <= today(now)):
        raise ClaimIsInvalid(most=rule.most_units)
    return rule


def approve_conversion(*, code: str, actor: Actor, now: datetime) -> int:
    """Credit an application, up to what the year's cap leaves; returns the minutes.

    Never by the applicant or the learner. Raises NotFound, Forbidden, DecidesAboutOneself, ConversionIsDecided, YearIsFull.
    """
    row = _to_decide(code, actor)
    people.lock_learner(row.learner_id)  # two approvals for one person take turns: they share a cap
    rule = _rule_of(row)
    used = queries.converted_minutes(row.learner_id, row.kind, row.earned_on.year)
    minutes = compute_conversion(rule, row.units, used)
    if not minutes:
        raise YearIsFull(year=row.earned_on.year, cap=hours_from_minutes(rule.yearly_cap or 0))
    _settle(row, ConversionState.APPROVED, actor, now, expected=ConversionState.APPLIED)
    db.session.execute(insert(CreditEntry).values(_entry(row, minutes, now)))
    after = {"state": ConversionState.APPROVED.value, "minutes": minutes}
    record(actor, "attendance.conversion_approved", f"conversion:{row.code}", now=now, before=_facts(row), after=after)
    said = {"title": row.title_zh, "hours": hours_from_minutes(minutes), "earned_on": row.earned_on}
    messages.tell(messages.CONVERSION_APPROVED, [(row.learner_id, row.code, said)], now=now)
    return minutes


def _entry(row: HoursConversion, minutes: int, now: datetime) -> dict[str, Any]:
    return {
        "learner_id": row.learner_id,
        "source": EntrySource.CONVERSION,
        "conversion_id": row.id,
        "title_zh": row.title_zh,
        "kind": EntryKind.CREDIT,
        "minutes": minutes,
        "counters_id": None,
        "rule": row.rule,
        "earned_on": row.earned_on,
        "entered_at": now,
    }


def refuse_conversion(*, code: str, reason: str, actor: Actor, now: datetime) -> None:
    """Say no, with the reason. Raises NotFound, Forbidden, DecidesAboutOneself, ReasonIsMissing, ConversionIsDecided."""
    row, said = _to_decide(code, actor), require_reason(reason)
    _settle(row, ConversionState.REFUSED, actor, now, expected=ConversionState.APPLIED, reason=said)
    after = {"state": ConversionState.REFUSED.value}
    record(
        actor, "attendance.conversion_refused", f"conversion:{row.code}", now=now, before=_facts(row), after=after, reason=said
    )
    facts = {"title": row.title_zh, "reason": said}
    messages.tell(messages.CONVERSION_REFUSED, [(row.learner_id, row.code, facts)], now=now)


def withdraw_conversion(*, code: str, actor: Actor, now: datetime) -> None:
    """Take one's application back before it is decided. Raises NotFound, ConversionIsDecided."""
    row = queries.get_conversion(code)
    learner = people.learner_by_id(row.learner_id)
    if not is_self(actor, learner) and (actor.user_id is None or actor.user_id != row.applied_by_id):
        raise NotFound  # nobody else may know of it
    changed = _update(row, ConversionState.APPLIED, state=ConversionState.WITHDRAWN, decided_at=now)
    if not changed:
        raise ConversionIsDecided
    after = {"state": ConversionState.WITHDRAWN.value}
    record(actor, "attendance.conversion_withdrawn", f"conversion:{row.code}", now=now, before=_facts(row), after=after)


def revoke_conversion(*, code: str, reason: str, actor: Actor, now: datetime) -> None:
    """Take back what was approved by mistake: the credit is countered, and what counts once may be asked for again.

    Raises NotFound, Forbidden, DecidesAboutOneself, ReasonIsMissing, ConversionIsDecided.
    """
    row, said = _to_decide(code, actor, also_applicant=True), require_reason(reason)
    people.lock_learner(row.learner_id)
    if not _update(row, ConversionState.APPROVED, state=ConversionState.REVOKED, reason=said):
        raise ConversionIsDecided
    counter(queries.standing_credits(row.learner_id, conversion_id=row.id), now=now)
    before, after = {"state": ConversionState.APPROVED.value}, {"state": ConversionState.REVOKED.value}
    record(actor, "attendance.conversion_revoked", f"conversion:{row.code}", now=now, before=before, after=after, reason=said)
    facts = {"title": row.title_zh, "reason": said}
    messages.tell(messages.CONVERSION_REVOKED, [(row.learner_id, row.code, facts)], now=now)


def _to_decide(code: str, actor: Actor, *, also_applicant: bool = False) -> HoursConversion:
    if not can_keep_hours(actor):
        raise Forbidden
    row = queries.get_conversion(code)
    has_applied = actor.user_id is not None and actor.user_id == row.applied_by_id
    if is_self(actor, people.learner_by_id(row.learner_id)) or (has_applied and not also_applicant):
        raise DecidesAboutOneself
    return row


def _rule_of(row: HoursConversion) -> ConversionRule:
    rule = next((one for one in queries.conversion_rules() if one.version == row.rule), None)
    if rule is None:
        raise ConversionIsUnknown
    return rule


def _settle(
    row: HoursConversion, state: ConversionState, actor: Actor, now: datetime, *, expected: ConversionState, reason: str = ""
) -> None:
    decided = {"decided_by_id": actor.user_id, "decided_by": actor.name[:120], "decided_at": now}
    if not _update(row, expected, state=state, reason=reason, **decided):
        raise ConversionIsDecided


def _update(row: HoursConversion, expected: ConversionState, **values: Any) -> bool:
    """Change the state if it still is what was seen: of two who decide at once one is told."""
    statement = (
        update(HoursConversion)
        .where(HoursConversion.id == row.id, HoursConversion.state == expected)
        .values(**values)
        .returning(HoursConversion.id)
        .execution_options(synchronize_session="fetch")
    )
    return db.session.execute(statement).one_or_none() is not None


def _facts(row: HoursConversion) -> dict[str, Any]:
    said = {"kind": row.kind, "rule": row.rule, "units": row.units, "minutes": row.minutes}
    return {**said, "earned_on": row.earned_on.isoformat(), "title": row.title_zh}
