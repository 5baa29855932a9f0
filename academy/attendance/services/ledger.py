"""Writes of the ledger that rest on no mark: hours written down, counters, and a ledger that moves to another person."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from academy.attendance import queries
from academy.attendance.models import CreditEntry
from academy.attendance.policies import can_keep_hours, is_self
from academy.attendance.rules import WRITTEN_DOWN, EntryKind, EntrySource
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people

MOST_HOURS = 300
EARLIEST = date(2000, 1, 1)
_COPIED = ("source", "class_id", "session_id", "mark_id", "conversion_id", "decree_id", "title_zh", "rule", "earned_on")


class HoursAreOutOfBounds(Invalid):
    """A number of hours that nobody earns, or a day that has not come."""

    message = N_("学时填 1—%(most)s 的整数，日期不晚于今天。什么都没有记入。")


class ReasonIsMissing(Invalid):
    """What changes somebody's record needs a reason."""

    message = N_("请写明原因，至少 4 个字。什么都没有改动。")


class DecidesAboutOneself(Forbidden):
    """Nobody keeps her own account."""

    message = N_("自己的学时和登记要由别人来办，什么都没有改动。")
    next_step = N_("请另一位教务办理。")


class EntryIsCountered(Conflict):
    """A credit is taken back once."""

    message = N_("这一条已经冲回，不能再冲。")


class EntryFollowsItsRecord(Conflict):
    """A credit that rests on a mark, a conversion or a decree is taken back where that is decided."""

    message = N_("这一条随考勤、折算或文件入账，不能单独冲回。")
    next_step = N_("请更正考勤，或撤销那次折算、那份文件。")


def require_reason(reason: str) -> str:
    """A reason worth reading. Raises ReasonIsMissing."""
    said = reason.strip()
    if len(said) < 4:
        raise ReasonIsMissing
    return said[:500]


def write_down_hours(
    *, learner_id: int, title: str, hours: int, earned_on: date, reason: str, actor: Actor, now: datetime,
    source: EntrySource = EntrySource.MANUAL,
) -> int:  # fmt: skip
    """Credit hours that were earned elsewhere and are proved on paper; returns the entry's id.

    Raises Forbidden, HoursAreOutOfBounds, ReasonIsMissing.
    """
    if not can_keep_hours(actor):
        raise Forbidden
    learner = people.learner_by_id(learner_id)
    if is_self(actor, learner):
        raise DecidesAboutOneself
    said, words = require_reason(reason), title.strip()[:200]
    if not (1 <= hours <= MOST_HOURS and EARLIEST <= earned_on <= today(now) and words) or source not in WRITTEN_DOWN:
        raise HoursAreOutOfBounds(most=MOST_HOURS)
    entry_id = _insert(
        learner_id=learner_id, source=source, title_zh=words, minutes=hours * MINUTES_PER_HOUR, rule=source.value,
        earned_on=earned_on, now=now,
    )  # fmt: skip
    after = {"entry": entry_id, "title": words, "minutes": hours * MINUTES_PER_HOUR, "earned_on": earned_on.isoformat()}
    record(actor, "attendance.hours_written_down", f"learner:{learner.code}", now=now, after=after, reason=said)
    return entry_id


def _insert(*, now: datetime, **values: Any) -> int:
    row = {**values, "kind": EntryKind.CREDIT, "counters_id": None, "entered_at": now}
    return int(db.session.execute(insert(CreditEntry).values(row).returning(CreditEntry.id)).scalar_one())


def counter_written_down(*, entry_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Take back hours that were written down. Raises NotFound, Forbidden, EntryFollowsItsRecord, EntryIsCountered."""
    if not can_keep_hours(actor):
        raise Forbidden
    said, entry = require_reason(reason), queries.entry_by_id(entry_id)
    learner = people.learner_by_id(entry.learner_id)
    if is_self(actor, learner):
        raise DecidesAboutOneself
    if entry.source not in WRITTEN_DOWN or entry.kind is not EntryKind.CREDIT:
        raise EntryFollowsItsRecord
    people.lock_learner(entry.learner_id)  # two who counter at once take turns; the unique constraint is the last word
    if queries.countered_ids([entry.id]):
        raise EntryIsCountered
    counter([entry], now=now)
    before = {"entry": entry.id, "title": entry.title_zh, "minutes": entry.minutes}
    record(actor, "attendance.hours_countered", f"learner:{learner.code}", now=now, before=before, reason=said)


def counter(entries: Iterable[CreditEntry], *, now: datetime) -> None:
    """Write the counter of each of these standing credits. For services that have locked the person and say why."""
    rows = [
        {
            **{name: getattr(entry, name) for name in _COPIED},
            "learner_id": entry.learner_id,
            "kind": EntryKind.COUNTER,
            "minutes": -entry.minutes,
            "counters_id": entry.id,
            "entered_at": now,
        }
        for entry in entries
    ]
    if rows:
        db.session.execute(insert(CreditEntry), rows)


def move_entries(entries: Sequence[CreditEntry], *, to_learner_id: int, now: datetime) -> None:
    """Counter these standing credits where they are, and credit them to another record of the same person."""
    counter(entries, now=now)
    rows = [
        {
            **{name: getattr(entry, name) for name in _COPIED},
            "learner_id": to_learner_id,
            "kind": EntryKind.CREDIT,
            "minutes": entry.minutes,
            "counters_id": None,
            "entered_at": now,
        }
        for entry in entries
    ]
    if rows:
        db.session.execute(insert(CreditEntry), rows)
