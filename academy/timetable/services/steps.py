"""Taking a class from state to state. One service: the transition table and the rule decide."""

from datetime import datetime

from sqlalchemy import delete, select

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.outbox import announce
from academy.core.text import N_
from academy.core.verdict import Verdict
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.models import Booking, ClassSession, TrainingClass
from academy.timetable.policies import can_take
from academy.timetable.rules import TRANSITIONS, ClassFacts, Step, explain_step

EVENTS = {
    Step.OPEN: "timetable.class_opened",
    Step.START: "timetable.class_started",
    Step.CLOSE: "timetable.class_closed",
    Step.CANCEL: "timetable.class_cancelled",
}


class StepIsRefused(Conflict):
    """The class is not ready for this step, or past it."""

    message = N_("%(why)s。")
    next_step = N_("%(fix)s")

    def __init__(self, verdict: Verdict) -> None:
        first = verdict.unmet[0]
        super().__init__(why=first.say, fix=first.fix or "")
        self.verdict = verdict


def class_facts(found: TrainingClass) -> ClassFacts:
    """What the decision about a step looks at."""
    sessions = queries.sessions_of(found.id)
    staffed = queries.session_instructors(session.id for session in sessions)
    return ClassFacts(
        state=found.state,
        seats=found.seats,
        admitted=found.admitted_count,
        session_count=len(sessions),
        unstaffed_count=sum(session.id not in staffed for session in sessions),
        room_capacity=sites.room_by_id(found.room_id).capacity if found.room_id else None,
        submitted_by_id=found.submitted_by_id,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        enroll_closes_at=found.enroll_closes_at,
        last_session_ends_at=max((session.ends_at for session in sessions), default=None),
    )


def take_step(*, class_id: int, step: Step, actor: Actor, now: datetime, reason: str = "") -> TrainingClass:
    """Take a class one step further. Raises NotFound, Forbidden, StepIsRefused with the verdict."""
    found = _locked(class_id)
    if not can_take(actor, step):
        raise Forbidden
    verdict = explain_step(step, class_facts(found), actor_id=None if actor.is_system else actor.user_id, now=now)
    if not verdict.allowed:
        raise StepIsRefused(verdict)
    before = found.state
    found.state = TRANSITIONS[step].target
    _note(found, step, actor, now, reason)
    db.session.flush()
    was, is_now = {"state": before.value}, {"state": found.state.value}
    record(actor, f"timetable.class_{found.state}", f"class:{found.code}", now=now, before=was, after=is_now, reason=reason)
    if step in EVENTS:
        announce(EVENTS[step], now=now, class_id=found.id)
    return found


def _locked(class_id: int) -> TrainingClass:
    query = select(TrainingClass).where(TrainingClass.id == class_id).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _note(found: TrainingClass, step: Step, actor: Actor, now: datetime, reason: str) -> None:
    """Who submitted and approved, why it ended; a cancelled class gives its rooms and instructors back."""
    if step is Step.SUBMIT:
        found.submitted_by_id, found.submitted_at = actor.user_id, now
    elif step is Step.APPROVE:
        found.approved_by_id, found.approved_at = actor.user_id, now
    elif step is Step.RETURN:
        found.submitted_by_id, found.submitted_at = None, None
    elif step is Step.CANCEL:
        found.ended_reason = reason[:500]
        sessions = select(ClassSession.id).where(ClassSession.class_id == found.id)
        db.session.execute(delete(Booking).where(Booking.session_id.in_(sessions)))
