"""How marks and credits are written, whatever the door: the shared last steps of every use case."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, update

from academy.attendance import queries
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import (
    EntryKind,
    MarkSource,
    MarkState,
    compute_attended,
    compute_credit,
    credit_rule_on,
)
from academy.core.access import Actor
from academy.core.audit import record_many
from academy.core.clock import today
from academy.core.db import db, insert_rows, table_of
from academy.core.errors import Conflict, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.enrollment import services as seats
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession


class NotOnTheRoster(Invalid):
    """Somebody is marked who has no seat in the class."""

    message = N_("名单里有 %(count)s 人不在这个班，什么都没有写入。")
    next_step = N_("请刷新名单再提交。")


class CorrectionNeedsReason(Conflict):
    """A mark stands; whoever changes it says why."""

    message = N_("有 %(count)s 人已有记录，更正要写明原因，什么都没有写入。")
    next_step = N_("在“更正原因”里写一句，再保存。")


class Seen(NamedTuple):
    """What somebody saw of a person. Minutes count for those who came late or left early only."""

    state: MarkState
    minutes: int | None = None


class Marked(NamedTuple):
    """What a submission changed."""

    new: int
    corrected: int
    unchanged: int


class Change(NamedTuple):
    """One person's next mark: minutes attended, and those made up elsewhere."""

    learner_id: int
    state: MarkState
    minutes: int
    made_up: int
    before: AttendanceMark | None

    @property
    def total(self) -> int:
        """Minutes that count."""
        return self.minutes + self.made_up


_INSERT_MARKS = insert(table_of(AttendanceMark)).returning(AttendanceMark.learner_id, AttendanceMark.id)
_INSERT_CREDITS = insert(table_of(CreditEntry)).inline()


def put_marks(
    session: ClassSession, marks: Mapping[int, Seen], *, actor: Actor, now: datetime, source: MarkSource, reason: str
) -> Marked:
    """Mark people whose seats the transaction holds (`hold`). The same mark again changes nothing.

    Raises CorrectionNeedsReason when a standing mark would change and no reason is given.
    """
    changes = _changes(session, marks)
    corrected = sum(change.before is not None for change in changes)
    if corrected and not reason.strip():
        raise CorrectionNeedsReason(count=corrected)
    write_changes(session, changes, actor=actor, now=now, source=source, reason=reason.strip())
    return Marked(len(changes) - corrected, corrected, len(marks) - len(changes))


def hold(class_id: int, learner_ids: Mapping[int, Any] | list[int]) -> None:
    """Take turns with whoever writes about the same people. Raises NotOnTheRoster for those without a seat."""
    strangers = set(learner_ids) - seats.lock_seats(class_id=class_id, learner_ids=learner_ids)
    if strangers:
        raise NotOnTheRoster(count=len(strangers))


def compare(session: ClassSession, marks: Mapping[int, Seen]) -> Counter[str]:
    """How many of these marks would be new, corrected and unchanged. Writes nothing."""
    changes = _changes(session, marks)
    corrected = sum(change.before is not None for change in changes)
    new = len(changes) - corrected
    return Counter(new=new, corrected=corrected, unchanged=len(marks) - len(changes))


def _changes(session: ClassSession, marks: Mapping[int, Seen]) -> list[Change]:
    current = queries.fresh_marks(session.id, marks)
    changes = []
    for learner_id, seen in sorted(marks.items()):
        before = current.get(learner_id)
        minutes = compute_attended(seen.state, session.minutes, seen.minutes)
        if before is None or (before.state, before.seen_minutes) != (seen.state, minutes):
            made_up = min(before.made_up_minutes, session.minutes - minutes) if before else 0
            changes.append(Change(learner_id, seen.state, minutes, made_up, before))
    return changes


def write_changes(
    session: ClassSession, changes: list[Change], *, actor: Actor, now: datetime, source: MarkSource, reason: str
) -> None:
    """Write the next version of each mark, counter and credit hours, audit, announce. People are held already."""
    if not changes:
        return
    mark_ids = _write_marks(session, changes, actor, now, source, reason)
    _write_credits(session, changes, mark_ids, now)
    _audit(session, changes, actor, now, source, reason)
    announce("attendance.marked", now=now, session_id=session.id)
    touched = {change.state for change in changes} | {change.before.state for change in changes if change.before}
    if MarkState.LEAVE in touched:
        announce_leave(session.class_id, now)


def announce_leave(class_id: int, now: datetime) -> None:
    """Say that somebody's leave in a cadre class may have changed. Other classes have no limit."""
    if timetable.class_by_id(class_id).is_cadre:
        announce("attendance.leave_changed", now=now, class_id=class_id)


def _write_marks(
    session: ClassSession, changes: list[Change], actor: Actor, now: datetime, source: MarkSource, reason: str
) -> dict[int, int]:
    """The new marks' ids by learner."""
    old = [change.before.id for change in changes if change.before is not None]
    if old:
        db.session.execute(update(AttendanceMark).where(AttendanceMark.id.in_(old)).values(is_current=False))
    rows = [
        {
            "session_id": session.id,
            "learner_id": change.learner_id,
            "version": change.before.version + 1 if change.before else 1,
            "is_current": True,
            "state": change.state,
            "minutes": change.total,
            "made_up_minutes": change.made_up,
            "source": source,
            "reason": reason[:500] if change.before else "",
            "marked_by_id": actor.user_id,
            "marked_by": actor.name[:120],
            "marked_at": now,
        }
        for change in changes
    ]
    return dict(db.session.execute(_INSERT_MARKS, rows).all())


def _write_credits(session: ClassSession, changes: list[Change], mark_ids: Mapping[int, int], now: datetime) -> None:
    """Counter what was credited for these people in this session, then credit by the rule in force on its day.

    What is made up later counts for the session that was missed: same day, same rule. Nothing is countered and credited
    anew while the minutes stay the same.
    """
    earned_on = today(session.starts_at)
    rule = credit_rule_on(earned_on)
    corrected = [change.learner_id for change in changes if change.before is not None]
    standing = queries.open_credits(session.id, corrected) if corrected else {}
    entries: list[dict[str, Any]] = []
    for change in changes:
        shared = {
            "learner_id": change.learner_id,
            "class_id": session.class_id,
            "session_id": session.id,
            "mark_id": mark_ids[change.learner_id],
            "rule": rule.code if rule else "",
            "earned_on": earned_on,
            "entered_at": now,
        }
        stands = standing.get(change.learner_id)
        credit = compute_credit(change.total, session.minutes, rule)
        if stands is not None and stands.minutes == credit:
            continue
        if stands is not None:
            entries.append({**shared, "kind": EntryKind.COUNTER, "minutes": -stands.minutes, "counters_id": stands.id})
        if credit:
            entries.append({**shared, "kind": EntryKind.CREDIT, "minutes": credit, "counters_id": None})
    insert_rows(_INSERT_CREDITS, entries)


def _audit(session: ClassSession, changes: list[Change], actor: Actor, now: datetime, source: MarkSource, reason: str) -> None:
    rows = [
        (
            f"session:{session.id}:learner:{change.learner_id}",
            {"state": change.before.state.value, "minutes": change.before.minutes} if change.before else None,
            {"state": change.state.value, "minutes": change.total, "source": source.value},
        )
        for change in changes
    ]
    record_many(actor, "attendance.marked", list(rows), now=now, reason=reason)
