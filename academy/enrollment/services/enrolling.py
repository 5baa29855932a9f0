"""Every write of enrollment. Whatever the door, one rule decides and one conditional update seats."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record, record_many
from academy.core.codes import random_code16
from academy.core.db import db, insert_rows, sent_together, table_of
from academy.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from academy.core.outbox import announce
from academy.core.text import N_
from academy.core.verdict import Verdict
from academy.enrollment import messages, queries
from academy.enrollment.models import Enrollment
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import (
    LIVE,
    Applicant,
    ApplicationFacts,
    EnrollmentState,
    Source,
    explain_application,
    may_promote,
    may_withdraw,
)
from academy.people import queries as people
from academy.people.queries import LockedLearner
from academy.timetable import queries as timetable
from academy.timetable import services as seats_of


class MayNotEnroll(Conflict):
    """The rule refuses; `verdict` says everything about it."""

    message = N_("暂不能报名：%(why)s。")
    next_step = N_("%(fix)s")

    def __init__(self, verdict: Verdict) -> None:
        first = verdict.unmet[0]
        super().__init__(why=first.say, fix=first.fix or "")
        self.verdict = verdict


class NotALearner(Conflict):
    """The account belongs to nobody who is registered as a learner."""

    message = N_("这个账号还没有登记为学员，不能报名。")
    next_step = N_("请联系单位联络员或教务登记。")


class AlreadyEnded(Conflict):
    """The enrollment was over before."""

    message = N_("这份报名已经结束，没有再改动什么。")


class TooLateToWithdraw(Conflict):
    """The class has begun."""

    message = N_("已经开班，不能自己退出。")
    next_step = N_("请联系班主任。")


class ReasonIsMissing(Invalid):
    """Staff remove nobody without saying why."""

    message = N_("请写明移出的原因，本人会看到。")


class Enrolled(NamedTuple):
    """What came of an application: a seat or a number in the line; not new when she was in already."""

    state: EnrollmentState
    number: int | None
    is_new: bool


_INSERT = insert(table_of(Enrollment)).inline()


def enroll_self(*, class_code: str, actor: Actor, now: datetime) -> Enrolled:
    """The signed-in learner enrolls herself. Raises NotFound, NotALearner, MayNotEnroll with the verdict."""
    learner = people.lock_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise NotALearner
    return _enroll(queries.application_by_code(class_code, _applicant(learner)), learner, Source.SELF, actor, now)


def enroll(*, class_id: int, learner_id: int, actor: Actor, now: datetime, source: Source = Source.STAFF) -> Enrolled:
    """Staff enroll a learner, by the same rule. Raises Forbidden, NotFound, MayNotEnroll with the verdict."""
    if not can_manage_enrollments(actor):
        raise Forbidden
    learner = people.lock_learner(learner_id)
    return _enroll(queries.application(class_id, _applicant(learner)), learner, source, actor, now)


def enroll_many(
    *, class_id: int, learner_ids: Iterable[int], actor: Actor, now: datetime, source: Source = Source.IMPORT
) -> dict[int, Enrolled | DomainError]:
    """`enroll` for a list, in its order; whoever the rule refuses is reported and holds up nobody."""
    outcome: dict[int, Enrolled | DomainError] = {}
    for learner_id in learner_ids:
        try:
            outcome[learner_id] = enroll(class_id=class_id, learner_id=learner_id, actor=actor, now=now, source=source)
        except (MayNotEnroll, NotFound) as error:
            outcome[learner_id] = error
    return outcome


def _applicant(learner: LockedLearner) -> Applicant:
    """Whom the rule decides about. Her person type's name matters only to readers: `explain` looks it up."""
    return Applicant(learner.id, learner.name_zh, learner.person_type_code, type_name=learner.person_type_code)


def _enroll(facts: ApplicationFacts, learner: LockedLearner, source: Source, actor: Actor, now: datetime) -> Enrolled:
    """Decide, then seat. The learner's row is locked, so that she is not enrolled twice or into two classes at one time.

    The seat comes last but for the rows that tell of it: the class's row stays locked from there to the commit.
    """
    found = facts.training_class
    if facts.own is not None:
        return Enrolled(facts.own.state, facts.own.waitlist_no, is_new=False)
    if not explain_application(facts, now=now).allowed:
        raise MayNotEnroll(queries.explain(found.id, learner.id, now))
    place = seats_of.take_seat(class_id=found.id, now=now)
    if place is None:  # closed between our look and our update
        raise MayNotEnroll(queries.explain(found.id, learner.id, now))
    code = random_code16()
    state = EnrollmentState.ADMITTED if place.is_seat else EnrollmentState.WAITLISTED
    row = {
        "code": code,
        "class_id": found.id,
        "learner_id": learner.id,
        "state": state,
        "waitlist_no": place.number,
        "source": source,
        "applied_at": now,
        "admitted_at": now if place.is_seat else None,
        "reason": "",
    }
    after = {"class": found.code, "learner": learner.code, "number": place.number, "source": source.value}
    with sent_together():
        insert_rows(_INSERT, [row])
        record(actor, f"enrollment.{state}", f"enrollment:{code}", now=now, after=after)
        announce("enrollment.placed", now=now, code=code)
    return Enrolled(state, place.number, is_new=True)


def withdraw(*, code: str, actor: Actor, now: datetime, reason: str = "") -> Enrollment:
    """Leave a class or its line: the learner herself until the start, staff with a reason at any time.

    A seat that becomes free goes to whoever waits, in the same transaction.
    Raises NotFound (also for other people's enrollments), AlreadyEnded, TooLateToWithdraw, ReasonIsMissing.
    """
    enrollment = queries.get_enrollment(code)
    is_staff = can_manage_enrollments(actor)
    is_own = _is_own(enrollment, actor)
    if not is_own and not is_staff:
        raise NotFound
    if is_staff and not is_own and not reason.strip():
        raise ReasonIsMissing
    found = seats_of.lock_class(class_id=enrollment.class_id)
    db.session.refresh(enrollment)
    if enrollment.state not in LIVE:
        raise AlreadyEnded
    if is_own and not is_staff and not may_withdraw(found, now=now):
        raise TooLateToWithdraw
    _end(enrollment, EnrollmentState.WITHDRAWN if is_own else EnrollmentState.REMOVED, reason.strip(), actor, now)
    if not is_own:
        messages.tell(messages.REMOVED, [enrollment], key="removed", now=now, reason=enrollment.reason)
    _promote(found.id, now)
    return enrollment


def _is_own(enrollment: Enrollment, actor: Actor) -> bool:
    if actor.user_id is None:
        return False
    learner = people.find_learner_of_user(actor.user_id)
    return learner is not None and learner.id == enrollment.learner_id


def _end(enrollment: Enrollment, state: EnrollmentState, reason: str, actor: Actor, now: datetime) -> None:
    """End a live enrollment and give back what it held. The class's row is locked."""
    before = enrollment.state
    enrollment.state, enrollment.ended_at, enrollment.reason = state, now, reason[:500]
    db.session.flush()
    if before is EnrollmentState.ADMITTED:
        seats_of.release_seat(class_id=enrollment.class_id)
    elif before is EnrollmentState.WAITLISTED:
        seats_of.leave_line(class_id=enrollment.class_id)
    subject = f"enrollment:{enrollment.code}"
    was, is_now = {"state": before.value}, {"state": state.value}
    record(actor, f"enrollment.{state}", subject, now=now, before=was, after=is_now, reason=reason)


def promote(*, class_id: int, now: datetime) -> list[Enrollment]:
    """Give free seats to whoever waits, strictly by number; never after the deadline or the start. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    return _promote(class_id, now)


def _promote(class_id: int, now: datetime) -> list[Enrollment]:
    """The class's row is locked: nobody joins or leaves the line meanwhile."""
    promoted: list[Enrollment] = []
    found = timetable.enrollment_facts(class_id)
    while may_promote(found, now=now) and seats_of.promote_seat(class_id=class_id, now=now):
        head = queries.first_in_line(class_id)
        if head is None:
            raise RuntimeError(f"class {class_id} counts people who do not wait")
        head.state, head.admitted_at = EnrollmentState.ADMITTED, now
        db.session.flush()
        promoted.append(head)
    was, is_now = {"state": EnrollmentState.WAITLISTED.value}, {"state": EnrollmentState.ADMITTED.value}
    changes = [(f"enrollment:{one.code}", was, {**is_now, "number": one.waitlist_no}) for one in promoted]
    record_many(SYSTEM, "enrollment.promoted", list(changes), now=now)
    messages.tell(messages.PROMOTED, promoted, key="promoted", now=now)
    return promoted


def change_seats(*, class_id: int, seats: int, actor: Actor, now: datetime) -> list[Enrollment]:
    """Set the number of seats; those who wait get what was added, before anybody else can. Returns the promoted.

    Raises Forbidden and the refusals of timetable.services.set_seats.
    """
    seats_of.set_seats(class_id=class_id, seats=seats, actor=actor, now=now)
    return _promote(class_id, now)


def lapse_line(*, class_id: int, now: datetime) -> list[Enrollment]:
    """End the waiting when the class starts. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    waiting = _fresh(class_id, EnrollmentState.WAITLISTED)
    _end_all(waiting, EnrollmentState.LAPSED, "", now)
    seats_of.clear_line(class_id=class_id)
    messages.tell(messages.LAPSED, waiting, key="lapsed", now=now)
    return waiting


def end_cancelled(*, class_id: int, now: datetime) -> list[Enrollment]:
    """End every enrollment of a class that does not take place, and tell the people. Repeat-safe."""
    seats_of.lock_class(class_id=class_id)
    live = _fresh(class_id, *LIVE)
    reason = timetable.class_by_id(class_id).ended_reason
    _end_all(live, EnrollmentState.REMOVED, reason, now)
    seats_of.clear_line(class_id=class_id)
    seats_of.clear_seats(class_id=class_id)
    messages.tell(messages.CANCELLED, live, key="cancelled", now=now, reason=reason)
    return live


def _fresh(class_id: int, *states: EnrollmentState) -> list[Enrollment]:
    query = select(Enrollment).where(Enrollment.class_id == class_id, Enrollment.state.in_(states))
    return list(db.session.scalars(query.order_by(Enrollment.id).execution_options(populate_existing=True)))


def _end_all(enrollments: list[Enrollment], state: EnrollmentState, reason: str, now: datetime) -> None:
    changes = [(f"enrollment:{one.code}", {"state": one.state.value}, {"state": state.value}) for one in enrollments]
    for one in enrollments:
        one.state, one.ended_at, one.reason = state, now, reason
    db.session.flush()
    record_many(SYSTEM, f"enrollment.{state}", list(changes), now=now, reason=reason)


def tell_placed(*, code: str, now: datetime) -> None:
    """Write to somebody who got a seat or a number. Repeat-safe: a message is planned once."""
    enrollment = queries.get_enrollment(code)
    reason = messages.ADMITTED if enrollment.waitlist_no is None else messages.WAITLISTED
    messages.tell(reason, [enrollment], key="placed", now=now)


def tell_moved(*, session_id: int, now: datetime) -> None:
    """Write to everybody in a class that one of its sessions was moved."""
    session = timetable.session_by_id(session_id)
    admitted = queries.enrollments_of(session.class_id, states=[EnrollmentState.ADMITTED])
    key = f"{session.id}:{session.starts_at.isoformat()}"
    facts = {"session_title": session.title_zh, "starts_at": session.starts_at}
    messages.tell(messages.MOVED, admitted, key=key, now=now, **facts)
