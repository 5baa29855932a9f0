"""Transfer to another class, and two people who change places. All of it or nothing; hours already credited stay."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.text import N_, Text
from academy.core.verdict import Verdict
from academy.enrollment import messages, queries
from academy.enrollment.models import Enrollment
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import (
    STATE_WORDS,
    ApplicationFacts,
    EnrollmentState,
    Source,
    explain_admission,
    explain_application,
    may_withdraw,
)
from academy.enrollment.services import recording
from academy.enrollment.services.claims import claim_quota
from academy.enrollment.services.enrolling import MayNotEnroll, insert_enrollment
from academy.enrollment.services.leaving import AlreadyEnded, ReasonIsMissing, TooLateToWithdraw, is_own_enrollment
from academy.enrollment.services.line import run_line
from academy.people import queries as people
from academy.people.queries import LockedLearner
from academy.timetable import queries as timetable
from academy.timetable import services as seats_of


class TargetIsFull(Conflict):
    """There is no free seat, or people wait for it: nobody passes them by a transfer."""

    message = N_("“%(title)s”没有空席，没有转班，您的席位还在原来的班。")
    next_step = N_("可以等那边有人退出，或换一期。")


class OnlyWithinProgram(Conflict):
    """A learner moves between runs of one program by herself; the rest is the staff's."""

    message = N_("自己只能转到同一项目的另一期，没有转班。")
    next_step = N_("转到别的项目请联系教务。")


class IsThereAlready(Conflict):
    """The person already waits, applies or sits in the class she would move to."""

    message = N_("本人在目标班里已有报名（%(state)s），没有转班。")
    next_step = N_("先结束那一份报名，再转班。")


class NotASwap(Conflict):
    """Two admitted people of two different classes change places."""

    message = N_("互换要选两个班里各一位已录取的学员，什么都没有改动。")


def transfer(*, code: str, target_code: str, actor: Actor, now: datetime, reason: str = "") -> Enrollment:
    """Move somebody who has a seat to a free seat of another class, by the same rule as enrolling.

    The learner herself: between runs of one program, while both take changes. Staff: with a reason, until the target
    starts. Raises NotFound, ReasonIsMissing, AlreadyEnded, TooLateToWithdraw, OnlyWithinProgram, IsThereAlready,
    MayNotEnroll, TargetIsFull.
    """
    source = queries.get_enrollment(code)
    is_staff, is_own = can_manage_enrollments(actor), is_own_enrollment(source, actor)
    if not is_staff and not is_own:
        raise NotFound
    if is_staff and not is_own and not reason.strip():
        raise ReasonIsMissing
    target = timetable.get_class(target_code)
    learner = people.lock_learner(source.learner_id)
    locked = {class_id: seats_of.lock_class(class_id=class_id) for class_id in sorted({source.class_id, target.id})}
    db.session.refresh(source)
    if source.state is not EnrollmentState.ADMITTED or target.id == source.class_id:
        raise AlreadyEnded
    if not is_staff and not may_withdraw(locked[source.class_id], now=now):
        raise TooLateToWithdraw
    if not is_staff and locked[source.class_id].program_id != target.program_id:
        raise OnlyWithinProgram
    recording.end(source, EnrollmentState.TRANSFERRED, actor, now, reason=reason.strip())
    facts = queries.application(target.id, queries.applicant_of(learner), by_naming=is_staff)
    _refuse_unless_fitting(facts, now, is_staff=is_staff)
    moved = _seat_moved(source, facts, learner, actor, now, may_pass=False)
    run_line(source.class_id, now)
    return moved


def _refuse_unless_fitting(facts: ApplicationFacts, now: datetime, *, is_staff: bool) -> None:
    """Staff may move people until the target starts; a learner keeps to its window. Raises IsThereAlready, MayNotEnroll."""
    if facts.own is not None:
        raise IsThereAlready(state=Text(STATE_WORDS[facts.own.state]))
    verdict: Verdict = (explain_admission if is_staff else explain_application)(facts, now=now)
    if not verdict.allowed:
        raise MayNotEnroll(verdict)


def _seat_moved(
    source: Enrollment, facts: ApplicationFacts, learner: LockedLearner, actor: Actor, now: datetime, *, may_pass: bool
) -> Enrollment:
    """Give the mover a seat of her quota or a free one. `may_pass`: in a swap the seat never was anybody else's to take."""
    found, quota_id = timetable.enrollment_facts(facts.training_class.id), None
    quota = claim_quota(found.id, facts.applicant, by_naming=facts.by_naming) if facts.applicant else None
    if quota is not None:
        seats_of.admit_reserved(class_id=found.id)
        quota_id = quota.id
    elif (found.waiting_count and not may_pass) or not seats_of.hold_seat(class_id=found.id, is_reserved=False):
        raise TargetIsFull(title=found.title_zh)
    else:
        seats_of.admit_held(class_id=found.id)
    code = insert_enrollment(
        facts,
        learner,
        EnrollmentState.ADMITTED,
        Source.TRANSFER,
        actor,
        now,
        quota_id=quota_id,
        follows_id=source.id,
    )
    moved = queries.get_enrollment(code)
    before = timetable.class_by_id(source.class_id)
    told = {"from_title": before.title_zh, "from_code": before.code, "reason": source.reason or "—"}
    messages.tell(messages.TRANSFERRED, [moved], key="transferred", now=now, **told)
    return moved


def swap(*, code: str, other_code: str, actor: Actor, now: datetime, reason: str) -> tuple[Enrollment, Enrollment]:
    """Two admitted people of two classes change places; nobody who waits is passed, for no seat becomes free.

    Raises NotFound, Forbidden, ReasonIsMissing, NotASwap, IsThereAlready, MayNotEnroll, TargetIsFull.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    if not reason.strip():
        raise ReasonIsMissing
    pair = [queries.get_enrollment(code), queries.get_enrollment(other_code)]
    learners = {learner_id: people.lock_learner(learner_id) for learner_id in sorted(one.learner_id for one in pair)}
    for class_id in sorted({one.class_id for one in pair}):
        seats_of.lock_class(class_id=class_id)
    for one in pair:
        db.session.refresh(one)
    are_two = pair[0].class_id != pair[1].class_id and len(learners) == 2
    if not are_two or any(one.state is not EnrollmentState.ADMITTED for one in pair):
        raise NotASwap
    for one in pair:
        recording.end(one, EnrollmentState.TRANSFERRED, actor, now, reason=reason.strip())
    moved = []
    for one, other in ((pair[0], pair[1]), (pair[1], pair[0])):
        learner = learners[one.learner_id]
        facts = queries.application(other.class_id, queries.applicant_of(learner), by_naming=True)
        _refuse_unless_fitting(facts, now, is_staff=True)
        moved.append(_seat_moved(one, facts, learner, actor, now, may_pass=True))
    return moved[0], moved[1]
