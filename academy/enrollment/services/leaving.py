"""Leaving a class or its line: by oneself, or because the staff say so."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.db import db
from academy.core.errors import Conflict, Invalid, NotFound
from academy.core.text import N_
from academy.enrollment import messages, queries
from academy.enrollment.models import Enrollment
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import LIVE, EnrollmentState, may_withdraw
from academy.enrollment.services import recording
from academy.enrollment.services.line import run_line
from academy.people import queries as people
from academy.timetable import services as seats_of


class AlreadyEnded(Conflict):
    """The enrollment was over before."""

    message = N_("这份报名已经结束，没有再改动什么。")


class TooLateToWithdraw(Conflict):
    """The class has begun."""

    message = N_("已经开班，不能自己退出。")
    next_step = N_("请联系班主任。")


class ReasonIsMissing(Invalid):
    """Staff remove or move nobody without saying why."""

    message = N_("请写明原因，本人会看到。")


def withdraw(*, code: str, actor: Actor, now: datetime, reason: str = "") -> Enrollment:
    """Leave a class or its line: the learner herself until the start, staff with a reason at any time.

    A seat that becomes free is offered to whoever waits, in the same transaction; credited hours stay.
    Raises NotFound (also for other people's enrollments), AlreadyEnded, TooLateToWithdraw, ReasonIsMissing.
    """
    enrollment = queries.get_enrollment(code)
    is_staff = can_manage_enrollments(actor)
    is_own = is_own_enrollment(enrollment, actor)
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
    state = EnrollmentState.WITHDRAWN if is_own else EnrollmentState.REMOVED
    recording.end(enrollment, state, actor, now, reason=reason.strip())
    if not is_own:
        messages.tell(messages.REMOVED, [enrollment], key="removed", now=now, reason=enrollment.reason)
    run_line(found.id, now)
    return enrollment


def is_own_enrollment(enrollment: Enrollment, actor: Actor) -> bool:
    """Whether the person acts on her own enrollment."""
    if actor.user_id is None:
        return False
    learner = people.find_learner_of_user(actor.user_id)
    return learner is not None and learner.id == enrollment.learner_id
