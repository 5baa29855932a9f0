"""Marks and hours follow when two records of one person are merged.

Marks are never edited and the ledger is only added to: the kept record gets a copy of each mark of the merged one, as a further
version that names its origin; a credit of the merged record is countered, and credited to the kept one by the copied mark.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import aliased

from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import EntryKind
from academy.attendance.services.merging_records import move_records
from academy.core.access import SYSTEM
from academy.core.audit import record_many
from academy.core.db import db
from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import Held

ORIGIN = "合并自 %(code)s：%(by)s"  # who marked, and under which record


class _Pair(NamedTuple):
    """The current marks of both records in one session."""

    merged: AttendanceMark
    kept: AttendanceMark | None

    @property
    def is_better(self) -> bool:
        """Whether the merged record's mark becomes the current one: more minutes count."""
        return self.kept is None or self.merged.minutes > self.kept.minutes


def follow_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Give marks and hours of the merged record to the kept one. Repeat-safe: what was copied is not current any more.

    Of two marks in one session the better stays current, the other is history, and the session is credited once.
    """
    survivor = people.lock_learner(kept_id)
    pairs = _pairs(survivor.id, merged_id)
    if pairs:
        code = people.learners_by_ids([merged_id])[merged_id].code
        _stop(pair.merged for pair in pairs)
        _stop(pair.kept for pair in pairs if pair.kept is not None and pair.is_better)
        copies = _copy(pairs, survivor.id, code, now)
        _move_credits(pairs, copies, survivor.id, now)
        was, is_now = {"learner_id": merged_id}, {"learner_id": survivor.id}
        changes = [(f"mark:{pair.merged.id}", was, {**is_now, "mark": copies[pair.merged.session_id]}) for pair in pairs]
        record_many(SYSTEM, "attendance.followed_merge", list(changes), now=now)
    left = move_records(kept_id=survivor.id, merged_id=merged_id, now=now)
    moved = [pair.merged.id for pair in pairs]
    people_services.note_moved(merged_id=merged_id, subject="attendance", moved=moved, left=left, now=now)


def _pairs(kept_id: int, merged_id: int) -> list[_Pair]:
    query = select(AttendanceMark).where(AttendanceMark.is_current).order_by(AttendanceMark.session_id)
    fresh = query.execution_options(populate_existing=True)
    kept = {one.session_id: one for one in db.session.scalars(fresh.where(AttendanceMark.learner_id == kept_id))}
    merged = db.session.scalars(fresh.where(AttendanceMark.learner_id == merged_id))
    return [_Pair(one, kept.get(one.session_id)) for one in merged]


def _stop(marks: Iterable[AttendanceMark]) -> None:
    """Make marks history, as a correction does."""
    ids = [mark.id for mark in marks]
    if ids:
        db.session.execute(update(AttendanceMark).where(AttendanceMark.id.in_(ids)).values(is_current=False))


def _copy(pairs: list[_Pair], kept_id: int, code: str, now: datetime) -> dict[int, int]:
    """The marks under the kept record, each the next version there; their ids by session."""
    query = select(AttendanceMark.session_id, func.max(AttendanceMark.version)).where(AttendanceMark.learner_id == kept_id)
    last = dict(db.session.execute(query.group_by(AttendanceMark.session_id)).all())
    rows = [
        {
            "session_id": pair.merged.session_id,
            "learner_id": kept_id,
            "version": last.get(pair.merged.session_id, 0) + 1,
            "is_current": pair.is_better,
            "state": pair.merged.state,
            "minutes": pair.merged.minutes,
            "made_up_minutes": pair.merged.made_up_minutes,
            "source": pair.merged.source,
            "reason": pair.merged.reason,
            "marked_by_id": pair.merged.marked_by_id,
            "marked_by": (ORIGIN % {"code": code, "by": pair.merged.marked_by})[:120],
            "marked_at": pair.merged.marked_at,
        }
        for pair in pairs
    ]
    made = db.session.execute(insert(AttendanceMark).returning(AttendanceMark.session_id, AttendanceMark.id), rows)
    return dict(made.all())


def _move_credits(pairs: list[_Pair], copies: dict[int, int], kept_id: int, now: datetime) -> None:
    """Counter what stands for the merged record; credit the kept one by the copy, unless her own mark is credited already."""
    standing = {entry.mark_id: entry for entry in _open(pair.merged.learner_id for pair in pairs[:1])}
    own = {entry.session_id: entry for entry in _open([kept_id])}
    entries: list[dict[str, Any]] = []
    for pair in pairs:
        credit, known = standing.get(pair.merged.id), own.get(pair.merged.session_id)
        if pair.is_better and known is not None:
            entries.append(_counter(known, known.mark_id, now))
        if credit is not None:
            entries.append(_counter(credit, credit.mark_id, now))
            if pair.is_better:
                entries.append(_credit(credit, kept_id, copies[pair.merged.session_id], now))
    if entries:
        db.session.execute(insert(CreditEntry), entries)


def _open(learner_ids: Iterable[int]) -> list[CreditEntry]:
    """Credits that nothing counters."""
    counter = aliased(CreditEntry)
    countered = exists().where(counter.counters_id == CreditEntry.id)
    query = select(CreditEntry).where(CreditEntry.learner_id.in_(list(learner_ids)), CreditEntry.kind == EntryKind.CREDIT)
    return list(db.session.scalars(query.where(~countered)))


def _shared(entry: CreditEntry, now: datetime) -> dict[str, Any]:
    """What a line about another line repeats."""
    names = ("class_id", "session_id", "source", "title_zh", "rule", "earned_on")
    return {**{name: getattr(entry, name) for name in names}, "entered_at": now}


def _counter(entry: CreditEntry, mark_id: int | None, now: datetime) -> dict[str, Any]:
    taken = {"kind": EntryKind.COUNTER, "minutes": -entry.minutes, "counters_id": entry.id}
    return {**_shared(entry, now), **taken, "learner_id": entry.learner_id, "mark_id": mark_id}


def _credit(entry: CreditEntry, learner_id: int, mark_id: int, now: datetime) -> dict[str, Any]:
    given = {"kind": EntryKind.CREDIT, "minutes": entry.minutes, "counters_id": None}
    return {**_shared(entry, now), **given, "learner_id": learner_id, "mark_id": mark_id}


@people.holds("attendance", place=2)
def held(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold here."""
    ids = [kept_id, merged_id]
    of = AttendanceMark.learner_id
    current = select(of, func.count(AttendanceMark.id)).where(of.in_(ids), AttendanceMark.is_current).group_by(of)
    marks = dict(db.session.execute(current).all())
    sums = select(CreditEntry.learner_id, func.sum(CreditEntry.minutes)).where(CreditEntry.learner_id.in_(ids))
    minutes = dict(db.session.execute(sums.group_by(CreditEntry.learner_id)).all())
    first, second = (int(minutes.get(key) or 0) // MINUTES_PER_HOUR for key in ids)
    both = sum(pair.kept is not None for pair in _pairs(kept_id, merged_id))
    say = Text(N_("%(count)s 次课两份档案都有考勤：较好的一条算数，另一条留作记录，学时只计一次。"), count=both)
    shown = Held(N_("考勤"), marks.get(kept_id, 0), marks.get(merged_id, 0), (say,) if both else ())
    return [shown, Held(N_("学时"), first, second)]
