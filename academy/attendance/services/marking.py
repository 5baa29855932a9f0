"""Every write of attendance and of the ledger of hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, update

from academy.attendance import queries
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.policies import can_mark
from academy.attendance.rules import EntryKind, MarkState, compute_attended, compute_credit, credit_rule_on
from academy.core.access import Actor
from academy.core.audit import record_many
from academy.core.clock import today
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.queries import ClassSession
from academy.timetable.rules import ClassState

OPENS_BEFORE = timedelta(minutes=30)
MARKABLE = frozenset({ClassState.RUNNING, ClassState.CLOSED})


class SessionHasNotBegun(Conflict):
    """Nobody is marked in advance."""

    message = N_("这次课 %(at)s 开始，开始前 30 分钟才能点名。")


class SessionIsCancelled(Conflict):
    """The session was called off: nobody was there."""

    message = N_("这次课已取消（%(reason)s），不能点名。")


class ClassIsNotTaught(Conflict):
    """The class has not started, or its records are closed."""

    message = N_("这个班现在不能点名：还没有开班，或者已经归档。")


class NotOnTheRoster(Invalid):
    """Somebody is marked who has no seat in the class."""

    message = N_("名单里有 %(count)s 人不在这个班，什么都没有写入。")
    next_step = N_("请刷新名单再提交。")


class Seen(NamedTuple):
    """What somebody saw of a person. Minutes count for those who came late or left early only."""

    state: MarkState
    minutes: int | None = None


class Marked(NamedTuple):
    """What a submission changed."""

    new: int
    corrected: int
    unchanged: int


class _Change(NamedTuple):
    learner_id: int
    state: MarkState
    minutes: int
    before: AttendanceMark | None


def mark_session(*, session_id: int, marks: Mapping[int, Seen], actor: Actor, now: datetime) -> Marked:
    """Mark people in a session, or correct marks; earlier marks stay in the history, credits are countered, never edited.

    Posting the same again changes nothing. Raises NotFound, Forbidden, ClassIsNotTaught,
    SessionIsCancelled, SessionHasNotBegun, NotOnTheRoster.
    """
    session = timetable.session_by_id(session_id)
    if not can_mark(actor, session):
        raise Forbidden
    _check_time(session, now)
    strangers = set(marks) - set(enrollment.admitted_learner_ids(session.class_id))
    if strangers:
        raise NotOnTheRoster(count=len(strangers))
    timetable_services.lock_class(class_id=session.class_id)  # two who mark at once take turns
    changes = _changes(session, marks)
    if changes:
        mark_ids = _write_marks(session, changes, actor, now)
        _write_credits(session, changes, mark_ids, now)
        _audit(session, changes, actor, now)
        announce("attendance.marked", now=now, session_id=session.id)
    corrected = sum(change.before is not None for change in changes)
    return Marked(len(changes) - corrected, corrected, len(marks) - len(changes))


def _check_time(session: ClassSession, now: datetime) -> None:
    if timetable.class_by_id(session.class_id).state not in MARKABLE:
        raise ClassIsNotTaught
    if session.is_cancelled:
        raise SessionIsCancelled(reason=session.cancelled_reason)
    if now < session.starts_at - OPENS_BEFORE:
        raise SessionHasNotBegun(at=session.starts_at)


def _changes(session: ClassSession, marks: Mapping[int, Seen]) -> list[_Change]:
    current = queries.marks_of_session(session.id)
    changes = []
    for learner_id, seen in sorted(marks.items()):
        before = current.get(learner_id)
        minutes = compute_attended(seen.state, session.minutes, seen.minutes)
        if before is None or (before.state, before.minutes) != (seen.state, minutes):
            changes.append(_Change(learner_id, seen.state, minutes, before))
    return changes


def _write_marks(session: ClassSession, changes: list[_Change], actor: Actor, now: datetime) -> dict[int, int]:
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
            "minutes": change.minutes,
            "marked_by_id": actor.user_id,
            "marked_by": actor.name[:120],
            "marked_at": now,
        }
        for change in changes
    ]
    inserted = db.session.execute(insert(AttendanceMark).returning(AttendanceMark.learner_id, AttendanceMark.id), rows)
    return dict(inserted.all())


def _write_credits(session: ClassSession, changes: list[_Change], mark_ids: Mapping[int, int], now: datetime) -> None:
    """Counter what was credited for these people in this session, then credit by the rule in force on its day."""
    earned_on = today(session.starts_at)
    rule = credit_rule_on(earned_on)
    standing = queries.open_credits(session.id, mark_ids)
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
        credit = compute_credit(change.minutes, session.minutes, rule)
        if stands is not None:
            entries.append({**shared, "kind": EntryKind.COUNTER, "minutes": -stands.minutes, "counters_id": stands.id})
        if credit:
            entries.append({**shared, "kind": EntryKind.CREDIT, "minutes": credit, "counters_id": None})
    if entries:
        db.session.execute(insert(CreditEntry), entries)


def _audit(session: ClassSession, changes: list[_Change], actor: Actor, now: datetime) -> None:
    rows = [
        (
            f"session:{session.id}:learner:{change.learner_id}",
            {"state": change.before.state.value, "minutes": change.before.minutes} if change.before else None,
            {"state": change.state.value, "minutes": change.minutes},
        )
        for change in changes
    ]
    record_many(actor, "attendance.marked", list(rows), now=now)
