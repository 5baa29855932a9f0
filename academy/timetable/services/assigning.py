"""Giving sessions to an instructor, or asking one: the bookings decide, and one of two who assign at once wins."""

from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.timetable import messages, queries
from academy.timetable.models import ClassSession, NeedCandidate, TeachingNeed
from academy.timetable.policies import can_manage_needs
from academy.timetable.rules import CANDIDATE_WORDS, WAITING, CandidateState, NeedState, TeachingRole
from academy.timetable.services.booking import hold
from academy.timetable.services.candidates import invite
from academy.timetable.services.needs import Ask, close_need, lock_open_need, open_need, release_candidates
from academy.timetable.services.seats import lock_class
from academy.timetable.services.sessions import TOLD, SessionPlan, SessionsAreFixed, save_session


class SaidNo(Conflict):
    """Who declined, or took her application back, is not assigned."""

    message = N_("%(name)s%(state)s，不能派定。")
    next_step = N_("另选一位，或重新征集。")


def assign(*, code: str, instructor_code: str, actor: Actor, now: datetime) -> TeachingNeed:
    """Give all sessions of a need to one instructor: booked through the timetable, all or none; the others are told.

    Raises NotFound, Forbidden, NeedIsClosed, SaidNo, and whatever the timetable refuses (IsTaken, SessionsAreFixed …).
    """
    if not can_manage_needs(actor):
        raise Forbidden
    need = _lock(code)
    instructor = people.get_instructor(instructor_code)
    known = queries.find_candidate(need.id, instructor.id)
    if known is not None and known.state not in WAITING:
        raise SaidNo(name=instructor.name_zh, state=Text(CANDIDATE_WORDS[known.state]))
    sessions = queries.sessions_of_needs([need])[need.id]
    if not sessions:
        raise SessionsAreFixed
    close_need(need, NeedState.ASSIGNED, actor=actor, now=now, assigned_id=instructor.id)
    plans = {session.seq: _plan(need, session, instructor, now) for session in sessions}
    hold(plan.wanted for plan in plans.values())  # all at once: session by session, two who assign wait for each other
    class_code = queries.class_by_id(need.class_id).code
    for seq, plan in plans.items():  # time and place stay as they are, so nothing changes for those who have seats
        save_session(code=class_code, seq=seq, plan=plan, actor=actor, now=now, learners_checked=True)
    _settle(need, known, instructor, now)
    told = {"instructor": instructor.code, "sessions": [one.seq for one in sessions]}
    was = {"state": NeedState.OPEN.value}
    record(actor, "timetable.need_assigned", f"need:{code}", now=now, before=was, after={**told, "state": "assigned"})
    messages.tell_candidates(messages.NEED_NOT_CHOSEN, need, release_candidates(need, now=now, but=instructor.id), now=now)
    if queries.class_by_id(need.class_id).state not in TOLD:  # else the timetable has told them, session by session
        messages.tell_candidates(messages.NEED_ASSIGNED, need, [instructor.id], now=now)
        if need.replaces_id is not None and need.replaces_id != instructor.id:
            messages.tell_candidates(messages.NEED_REPLACED, need, [need.replaces_id], now=now)
    return need


def _lock(code: str) -> TeachingNeed:
    """The open need under its class's lock: whoever moves a session of it waits, or has moved it before it is read."""
    lock_class(class_id=queries.get_need(code).class_id)
    return lock_open_need(code)


def _plan(need: TeachingNeed, session: ClassSession, instructor: Instructor, now: datetime) -> SessionPlan:
    """The session as it is, with its new instructor: the clash check and the constraints have their say about it."""
    if session.starts_at <= now:
        raise SessionsAreFixed
    now_teaching = queries.session_instructors([session.id]).get(session.id, [])
    kept = [id_ for id_ in now_teaching if id_ not in {need.replaces_id, instructor.id}]
    wanted = [instructor.id, *kept] if need.role is TeachingRole.LEAD else [*kept, instructor.id]
    return SessionPlan(
        title_zh=session.title_zh,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        minutes=session.minutes,
        course_id=session.course_id,
        room_id=session.room_id,
        instructor_ids=tuple(wanted),
        equipment=tuple(session.equipment),
    )


def _settle(need: TeachingNeed, known: NeedCandidate | None, instructor: Instructor, now: datetime) -> None:
    """The chosen one's row says so, also when nobody had asked her."""
    if known is None:
        db.session.add(
            NeedCandidate(
                code=random_code16(),
                need_id=need.id,
                instructor_id=instructor.id,
                is_invited=False,
                state=CandidateState.ASSIGNED,
                asked_at=now,
                answered_at=now,
            )
        )
        db.session.flush()
        return
    mine = update(NeedCandidate).where(NeedCandidate.id == known.id)
    db.session.execute(mine.values(state=CandidateState.ASSIGNED, answered_at=now).execution_options(synchronize_session=False))
    db.session.refresh(known)


def assign_at_once(*, class_code: str, wanted: Ask, instructor_code: str, actor: Actor, now: datetime) -> TeachingNeed:
    """Open a need and assign it in one step: a substitute found in the search. Raises what both raise."""
    need = open_need(class_code=class_code, wanted=wanted, actor=actor, now=now)
    return assign(code=need.code, instructor_code=instructor_code, actor=actor, now=now)


def invite_at_once(*, class_code: str, wanted: Ask, instructor_code: str, actor: Actor, now: datetime) -> TeachingNeed:
    """Open a need and invite whom the search found, in one step. Raises what both raise."""
    need = open_need(class_code=class_code, wanted=wanted, actor=actor, now=now)
    invite(code=need.code, instructor_code=instructor_code, actor=actor, now=now)
    return need
