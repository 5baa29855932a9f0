"""Planning many sessions at once: by a repeat rule, or like an earlier class. What was previewed is looked at again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.timetable import messages, queries
from academy.timetable.models import ClassSession, RepeatRule, TrainingClass
from academy.timetable.queries import Draft
from academy.timetable.rules import MOST_DATES, MOST_INTERVAL, Repeat, dates_of, rule_text, span_on
from academy.timetable.services.booking import (
    SessionPlan,
    check_times,
    hold,
    insert_session,
    next_seq,
    open_timetable,
    refuse,
)
from academy.timetable.services.sessions import TOLD


class RepeatIsUnusable(Invalid):
    """A rule without weekdays or without an end, or with times that are none."""

    message = N_("重复规则要选至少一个星期几，填截止日期或次数，当天开始当天结束，间隔 1—%(most)s 周。")


class RuleGivesTooMany(Invalid):
    """A rule that would fill the timetable for years."""

    message = N_("这条规则会排出 %(most)s 次以上，什么都没有写入。")
    next_step = N_("把截止日期提前，或减少次数。")


class RuleGivesNothing(Invalid):
    """A rule without a single date, or whose dates are all left out."""

    message = N_("这条规则一个日期也没有，什么都没有写入。")
    next_step = N_("看看星期几、截止日期和跳过的日期。")


class NothingToCopy(Conflict):
    """The earlier class has no sessions."""

    message = N_("那个班没有排课，没有可照抄的。")


class Planned(NamedTuple):
    """What came of planning many: the sessions written, and the drafts that did not fit and were left out."""

    made: list[ClassSession]
    left_out: list[Draft]


def check_repeat(repeat: Repeat) -> None:
    """Raise RepeatIsUnusable, RuleGivesTooMany or RuleGivesNothing for a rule that cannot be planned."""
    has_end = repeat.times is not None or repeat.until is not None
    is_count = repeat.times is None or repeat.times >= 1
    is_weekly = bool(repeat.weekdays) and set(repeat.weekdays) <= set(range(1, 8)) and 1 <= repeat.interval <= MOST_INTERVAL
    if not (has_end and is_count and is_weekly and repeat.begins < repeat.ends):
        raise RepeatIsUnusable(most=MOST_INTERVAL)
    dates = dates_of(repeat)
    if dates.is_too_long:
        raise RuleGivesTooMany(most=MOST_DATES)
    if not dates.days:
        raise RuleGivesNothing


def save_repeat(*, code: str, repeat: Repeat, plan: SessionPlan, leave_out: bool, actor: Actor, now: datetime) -> Planned:
    """Plan a session like `plan` on every date of a rule. `leave_out`: dates that do not fit are left out, else all is refused.

    Raises Forbidden, NotFound, SessionsAreFixed, LearnersAreAffected, RepeatIsUnusable, RuleGivesTooMany, RuleGivesNothing,
    SessionTimeIsUnusable, and DoesNotFit, which names the booking or the other rule that is in the way.
    """
    found = open_timetable(code, actor, learners_checked=False)
    check_repeat(repeat)
    drafts = queries.repeat_drafts(repeat, Draft(plan.title_zh, plan.course_id, plan.wanted, plan.roles))
    fitting, left_out = _looked_at(found, drafts, leave_out=leave_out)
    starts_at, ends_at = span_on(dates_of(repeat).days[0], repeat)
    rule = RepeatRule(
        class_id=found.id,
        title_zh=plan.title_zh,
        rule=rule_text(repeat),
        starts_at=starts_at,
        ends_at=ends_at,
        skipped=sorted(day.isoformat() for day in repeat.skip),
        created_at=now,
    )
    db.session.add(rule)
    db.session.flush()
    made = _write(found, fitting, now, repeat_id=rule.id)
    after = {"rule": rule.rule, "sessions": len(made), "left_out": len(left_out)}
    record(actor, "timetable.repeat_planned", f"class:{code}", now=now, after=after)
    _tell(found, made, now)
    return Planned(made, left_out)


def copy_sessions(
    *, code: str, source_code: str, with_instructors: bool, leave_out: bool, actor: Actor, now: datetime
) -> Planned:
    """Plan the sessions of an earlier class again, shifted to this class's dates; `leave_out` as for a repeat rule.

    Raises Forbidden, NotFound, SessionsAreFixed, LearnersAreAffected, NothingToCopy, DoesNotFit.
    """
    found = open_timetable(code, actor, learners_checked=False)
    source = queries.get_class(source_code)
    drafts = queries.copied_drafts(found, source, with_instructors=with_instructors)
    if not drafts or source.id == found.id:
        raise NothingToCopy
    fitting, left_out = _looked_at(found, drafts, leave_out=leave_out)
    made = _write(found, fitting, now)
    after = {"from": source_code, "sessions": len(made), "left_out": len(left_out)}
    record(actor, "timetable.sessions_copied", f"class:{code}", now=now, after=after)
    _tell(found, made, now)
    return Planned(made, left_out)


def _looked_at(found: TrainingClass, drafts: Sequence[Draft], *, leave_out: bool) -> tuple[list[Draft], list[Draft]]:
    """Which fit and which do not, under locks. Refuses when one does not and may not be left out, or when none does."""
    for draft in drafts:
        check_times(_plan(draft))
    hold(draft.wanted for draft in drafts)
    looked_at = queries.judged(found, drafts)
    fitting, left_out = [one for one in looked_at if one.fits], [one for one in looked_at if not one.fits]
    if left_out and (not fitting or not leave_out):
        refuse(left_out[0].obstacles)
    return fitting, left_out


def _plan(draft: Draft) -> SessionPlan:
    wanted = draft.wanted
    return SessionPlan(
        title_zh=draft.title_zh,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        minutes=wanted.minutes,
        course_id=draft.course_id,
        room_id=wanted.room_id,
        instructor_ids=wanted.instructor_ids,
        roles=draft.roles,
        equipment=wanted.equipment,
    )


def _write(found: TrainingClass, drafts: list[Draft], now: datetime, *, repeat_id: int | None = None) -> list[ClassSession]:
    first = next_seq(found.id)
    return [insert_session(found, first + n, _plan(draft), now, repeat_id=repeat_id) for n, draft in enumerate(drafts)]


def _tell(found: TrainingClass, made: list[ClassSession], now: datetime) -> None:
    if found.state not in TOLD:
        return
    taught = queries.session_instructors(session.id for session in made)
    for session in made:
        messages.tell_instructors(messages.ASSIGNED, taught.get(session.id, ()), found, session, now=now)
        announce("timetable.session_changed", now=now, session_id=session.id)
