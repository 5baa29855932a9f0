"""Sample data: marks and credits of every session that has been taught before today, and the rest of the ledger."""

from datetime import datetime, time
from random import Random
from typing import Any

from sqlalchemy import insert, select

from academy.attendance import hours_sample
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import EntryKind, MarkState, compute_attended, compute_credit, credit_rule_on
from academy.core.clock import TZ, today
from academy.core.db import db
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import TAUGHT

OFTEN_AWAY = 2  # people of each class whose attendance stays below every program's minimum
CHANCES = ((0.90, MarkState.PRESENT), (0.94, MarkState.LATE), (0.96, MarkState.LEFT_EARLY), (0.985, MarkState.LEAVE))


def load(*, now: datetime) -> None:
    """Marks, then periods, conversions and a decree; what is there already is left alone."""
    _load_marks(now)
    hours_sample.load(now=now)


def _load_marks(now: datetime) -> None:
    """Mark what was taught before today, unless somebody is marked already. Today is left for the demo instructor."""
    if db.session.scalar(select(AttendanceMark.id).limit(1)) is not None:
        return
    midnight = datetime.combine(today(now), time(0), tzinfo=TZ)
    for found in timetable.classes(TAUGHT):
        sessions = [session for session in timetable.sessions_of(found.id) if session.ends_at < midnight]
        if sessions:
            _load_class(found, sessions)


def _load_class(found: TrainingClass, sessions: list[ClassSession]) -> None:
    ids = enrollment.admitted_learner_ids(found.id)
    chance = Random(found.code)  # noqa: S311 - sample data, the same at every loading
    marked_by = _instructor_names(sessions)
    demo = people.learners_by_ids(ids[:1])
    steady = {learner.id for learner in demo.values() if learner.user_id}
    often_away = set([id_ for id_ in ids if id_ not in steady][-OFTEN_AWAY:])
    rows = [
        _mark(session, learner_id, _state(chance, learner_id in often_away), marked_by.get(session.id, ""))
        for session in sessions
        for learner_id in ids
    ]
    inserted = db.session.execute(insert(AttendanceMark).returning(AttendanceMark), rows)
    by_id = {session.id: session for session in sessions}
    entries = [_entry(mark, by_id[mark.session_id]) for mark in inserted.scalars()]
    db.session.execute(insert(CreditEntry), [entry for entry in entries if entry["minutes"]])


def _instructor_names(sessions: list[ClassSession]) -> dict[int, str]:
    leads = {session_id: ids[0] for session_id, ids in timetable.session_instructors(s.id for s in sessions).items()}
    named = people.instructors_by_ids(leads.values())
    return {session_id: named[instructor_id].name_zh for session_id, instructor_id in leads.items()}


def _state(chance: Random, is_often_away: bool) -> MarkState:  # noqa: FBT001 - a fact about the person
    drawn = chance.random()
    if is_often_away and drawn < 0.6:
        return MarkState.ABSENT
    return next((state for limit, state in CHANCES if drawn < limit), MarkState.ABSENT)


def _mark(session: ClassSession, learner_id: int, state: MarkState, marked_by: str) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "learner_id": learner_id,
        "version": 1,
        "is_current": True,
        "state": state,
        "minutes": compute_attended(state, session.minutes, None),
        "marked_by_id": None,
        "marked_by": marked_by,
        "marked_at": session.starts_at,
    }


def _entry(mark: AttendanceMark, session: ClassSession) -> dict[str, Any]:
    earned_on = today(session.starts_at)
    rule = credit_rule_on(earned_on)
    return {
        "learner_id": mark.learner_id,
        "class_id": session.class_id,
        "session_id": session.id,
        "mark_id": mark.id,
        "kind": EntryKind.CREDIT,
        "minutes": compute_credit(mark.minutes, session.minutes, rule),
        "counters_id": None,
        "rule": rule.code if rule else "",
        "earned_on": earned_on,
        "entered_at": session.ends_at,
    }
