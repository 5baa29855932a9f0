"""Sample data: marks and credits of what was taught before today, leave, an open check-in, make-ups."""

from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from academy.attendance import hours_sample, services
from academy.attendance import queries as teaching
from academy.attendance.models import (
    AttendanceMark,
    CheckInOpening,
    CreditEntry,
    LeaveRequest,
    LeaveSession,
    MakeUp,
    MakeUpSession,
)
from academy.attendance.rules import (
    CheckInKind,
    EntryKind,
    LeaveKind,
    LeaveState,
    MakeUpState,
    MarkState,
    compute_attended,
    compute_credit,
    credit_rule_on,
    new_secret,
)
from academy.core.access import SYSTEM
from academy.core.clock import TZ, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import TAUGHT, ClassState

CONFIRMED = 1  # statements of the last month
OFTEN_AWAY = 2  # people of each class whose attendance stays below every program's minimum
CHANCES = ((0.90, MarkState.PRESENT), (0.94, MarkState.LATE), (0.96, MarkState.LEFT_EARLY), (0.985, MarkState.LEAVE))

ASKED = (  # by the class's place in the order of admission
    (3, LeaveKind.SICK, LeaveState.PENDING, "发烧，医院建议休息一天"),
    (0, LeaveKind.WORK, LeaveState.APPROVED, "街道防汛值守"),
    (5, LeaveKind.PERSONAL, LeaveState.PENDING, "孩子家长会"),
    (6, LeaveKind.PERSONAL, LeaveState.REFUSED, "外出旅游"),
)


def load(*, now: datetime) -> None:
    """Marks and what goes with them, unless somebody is marked already; then periods, conversions and a decree."""
    if db.session.scalar(select(AttendanceMark.id).limit(1)) is None:
        _load_presence(now)
        _load_statements(now)
        for found in timetable.classes([ClassState.CLOSED, ClassState.ARCHIVED]):
            services.settle_class(class_id=found.id, now=now)
    hours_sample.load(now=now)


def _load_statements(now: datetime) -> None:
    """Some of the last month's lecture fees are confirmed; the rest wait."""
    month = teaching.month_start(today(now))
    last = teaching.month_start(month - timedelta(days=1))
    found = [one for one in teaching.teaching_months(last, month, now=now) if one.lines]
    named = people.instructors_by_ids(one.instructor_id for one in found[:CONFIRMED])
    for instructor in named.values():
        services.confirm_statement(instructor_code=instructor.code, month=last, actor=SYSTEM, now=now)


def _load_presence(now: datetime) -> None:
    """What was taught before today; today is left for the demo instructor."""
    midnight = datetime.combine(today(now), time(0), tzinfo=TZ)
    _load_marks(midnight)
    for found in timetable.classes([ClassState.RUNNING]):
        _load_leave(found, now)
        _load_check_in(found, midnight, now)
    _load_make_ups(now)


def _load_marks(midnight: datetime) -> None:
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


# ---- leave: what waits, what was granted, what was refused; in the cadre class somebody is over the limit ---------------


def _load_leave(found: TrainingClass, now: datetime) -> None:
    ids, sessions = enrollment.admitted_learner_ids(found.id), timetable.sessions_of(found.id)
    coming = [one for one in sessions if one.starts_at > now] or sessions[-1:]
    for place, kind, state, reason in ASKED:
        _ask(found, ids[place], coming[:1], (kind, state, reason), now)
    if found.is_cadre:
        planned, taken = sum(one.minutes for one in sessions), list[ClassSession]()
        while sum(one.minutes for one in taken) * 7 <= planned:
            taken.append(sessions[-len(taken) - 1])
        _ask(found, ids[8], taken, (LeaveKind.WORK, LeaveState.APPROVED, "借调专班"), now)
        services.review_leave(class_id=found.id, now=now)


def _ask(
    found: TrainingClass, learner_id: int, sessions: list[ClassSession], given: tuple[LeaveKind, LeaveState, str], now: datetime
) -> None:
    kind, state, reason = given
    is_decided = state is not LeaveState.PENDING
    asked = LeaveRequest(
        code=random_code16(), class_id=found.id, learner_id=learner_id, kind=kind, reason=reason, state=state,
        requested_at=now - timedelta(hours=20), decided_at=now - timedelta(hours=3) if is_decided else None,
        decided_by_id=found.manager_user_id if is_decided else None, decided_by="班主任" if is_decided else "",
        answer="培训期间不因私外出" if state is LeaveState.REFUSED else "",
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    shared = {"request_id": asked.id, "learner_id": learner_id, "is_live": state is not LeaveState.REFUSED}
    db.session.execute(insert(LeaveSession), [{**shared, "session_id": one.id} for one in sessions])


# ---- an open check-in today, with the first who have come ---------------------------------------------------------------


def _load_check_in(found: TrainingClass, midnight: datetime, now: datetime) -> None:
    todays = [one for one in timetable.sessions_of(found.id) if midnight <= one.starts_at < midnight + timedelta(days=1)]
    if not todays or found.is_cadre:
        return
    session = next((one for one in todays if one.ends_at > now), todays[-1])
    opening = CheckInOpening(
        code=random_code16(), session_id=session.id, kind=CheckInKind.IN, secret=new_secret(),
        opened_at=min(now, session.starts_at), closes_at=max(session.ends_at, now + timedelta(hours=2)), opened_by="",
    )  # fmt: skip
    db.session.add(opening)
    db.session.flush()


# ---- make-ups: one that is done, one that is booked, and a session with places left -------------------------------------


def _load_make_ups(now: datetime) -> None:
    missed = select(AttendanceMark).where(AttendanceMark.is_current, AttendanceMark.state == MarkState.ABSENT)
    marks = list(db.session.scalars(missed.order_by(AttendanceMark.id.desc()).limit(400)))
    sessions = timetable.sessions_by_ids({mark.session_id for mark in marks})
    courses = list(dict.fromkeys(sessions[mark.session_id].course_id for mark in marks if sessions[mark.session_id].course_id))
    for number, course_id in enumerate(courses[:2]):
        starts_at = datetime.combine(today(now) + timedelta(days=-1 if number else 5), time(14), tzinfo=TZ)
        special = MakeUpSession(
            code=random_code16(), course_id=course_id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=4), minutes=180,
            place_zh="滨城区启明理论培训教学点 302", places=30, taken=1, opened_by="教务",
            opened_at=starts_at - timedelta(days=9),
        )  # fmt: skip
        db.session.add(special)
        db.session.flush()
        mark = next(one for one in marks if sessions[one.session_id].course_id == course_id)
        booked = MakeUp(
            code=random_code16(), learner_id=mark.learner_id, session_id=mark.session_id, make_up_session_id=special.id,
            state=MakeUpState.PLANNED, planned_at=special.opened_at,
        )  # fmt: skip
        db.session.add(booked)
        db.session.flush()
        if number:
            services.record_make_up(code=booked.code, minutes=180, actor=SYSTEM, now=min(now, special.ends_at))
