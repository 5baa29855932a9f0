"""Applications: handing in, putting forward, approving on two levels, returning for correction."""

from collections.abc import Iterable
from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, DomainError, Invalid, NotFound
from academy.core.text import N_
from academy.enrollment import messages, queries
from academy.enrollment.models import Enrollment
from academy.enrollment.policies import can_manage_enrollments, can_name
from academy.enrollment.rules import (
    ApplicationFacts,
    Decision,
    EnrollmentState,
    Level,
    Source,
    may_decide,
)
from academy.enrollment.services import recording
from academy.enrollment.services.claims import claim_quota
from academy.enrollment.services.documents import Uploads, check_documents, keep_documents
from academy.enrollment.services.enrolling import (
    Enrolled,
    MayNotEnroll,
    insert_enrollment,
    look_again,
    own_learner,
    refuse_unless_allowed,
    seat,
)
from academy.enrollment.services.leaving import ReasonIsMissing, is_own_enrollment
from academy.enrollment.services.line import run_line
from academy.people import queries as people
from academy.people.queries import LockedLearner
from academy.timetable import queries as timetable
from academy.timetable import services as seats_of


class IsDecided(Conflict):
    """Somebody has decided before, or it is not this level's turn."""

    message = N_("这份申请已经有人处理过，没有再改动。")
    next_step = N_("请刷新页面看现在的状态。")


class IsOwnApplication(Conflict):
    """Nobody decides about herself."""

    message = N_("这是您自己的申请，请由别人审核。")


class NotOfYourUnit(Invalid):
    """A coordinator puts forward her own organization's people only."""

    message = N_("名单里有人不是本单位的，没有推荐。")
    next_step = N_("请核对学员编号；人员转到本单位，请先联系教务更正档案。")


def apply(*, class_code: str, actor: Actor, now: datetime, uploads: Uploads | None = None) -> Enrolled:
    """The signed-in learner enrolls, or hands in an application where the class reviews; asked again, the same answer.

    Raises NotFound, NotALearner, MayNotEnroll with the verdict, DocumentsAreMissing, DocumentIsUnusable.
    """
    learner = own_learner(actor)
    facts = queries.application_by_code(class_code, queries.applicant_of(learner))
    if facts.own is not None or not facts.is_reviewed:
        return seat(facts, learner, Source.SELF, actor, now)
    return _hand_in(facts, learner, EnrollmentState.APPLIED, Source.SELF, actor, now, uploads or {})


def nominate(*, class_id: int, learner_id: int, actor: Actor, now: datetime) -> Enrolled:
    """A unit's coordinator puts one of her people forward; this is the unit's approval.

    Uses the unit's allotted places first. Raises NotFound (also for people of other units), MayNotEnroll with the verdict.
    """
    learner = people.lock_learner(learner_id)
    if not can_name(actor, learner.organization_id):
        raise NotFound
    facts = queries.application(class_id, queries.applicant_of(learner), by_naming=True)
    if facts.own is not None or not facts.is_reviewed:
        return seat(facts, learner, Source.NOMINATION, actor, now)
    return _hand_in(facts, learner, EnrollmentState.UNIT_APPROVED, Source.NOMINATION, actor, now, {})


def nominate_many(
    *, class_id: int, learner_ids: Iterable[int], actor: Actor, now: datetime
) -> dict[int, Enrolled | DomainError]:
    """`nominate` for a list, in its order. Somebody of another unit is refused, and that she was asked for is written down."""
    outcome: dict[int, Enrolled | DomainError] = {}
    listed = list(learner_ids)
    people.lock_learners(listed)
    for learner_id in listed:
        try:
            outcome[learner_id] = nominate(class_id=class_id, learner_id=learner_id, actor=actor, now=now)
        except MayNotEnroll as error:
            outcome[learner_id] = error
        except NotFound:
            found = timetable.class_by_id(class_id)
            record(actor, "enrollment.nomination_refused", f"class:{found.code}", now=now, after={"learner_id": learner_id})
            outcome[learner_id] = NotOfYourUnit()
    return outcome


def _hand_in(
    facts: ApplicationFacts,
    learner: LockedLearner,
    state: EnrollmentState,
    source: Source,
    actor: Actor,
    now: datetime,
    uploads: Uploads,
) -> Enrolled:
    """Write an application. The class's row is locked, so that it does not end meanwhile and a place can be held."""
    refuse_unless_allowed(facts, now)
    found = facts.training_class
    locked = seats_of.lock_class(class_id=found.id)
    is_stale = locked.timetable_version != found.timetable_version
    facts = look_again(facts, learner) if is_stale else facts.as_of(locked)
    refuse_unless_allowed(facts, now)
    if source is Source.SELF:
        check_documents(facts, uploads)
    quota_id = None
    if facts.applicant is not None and facts.by_naming:
        quota = claim_quota(found.id, facts.applicant, by_naming=True)
        if quota is not None:
            seats_of.hold_seat(class_id=found.id, is_reserved=True)
            quota_id = quota.id
    code = insert_enrollment(facts, learner, state, source, actor, now, quota_id=quota_id)
    if uploads:
        keep_documents(queries.get_enrollment(code).id, uploads, now)
    return Enrolled(state, None, is_new=True, code=code)


def resubmit(*, code: str, actor: Actor, now: datetime, uploads: Uploads | None = None) -> Enrollment:
    """Hand a returned application in again: the learner herself, or her unit. Her turn stays where it was.

    Raises NotFound, IsDecided, DocumentIsUnusable.
    """
    enrollment = queries.get_enrollment(code)
    is_unit = can_name(actor, people.learner_by_id(enrollment.learner_id).organization_id)
    if not is_unit and not is_own_enrollment(enrollment, actor):
        raise NotFound
    seats_of.lock_class(class_id=enrollment.class_id)
    db.session.refresh(enrollment)
    if enrollment.state is not EnrollmentState.RETURNED:
        raise IsDecided
    if uploads:
        check_documents(queries.facts_of(enrollment.class_id, enrollment.learner_id), uploads, is_complete=False)
        keep_documents(enrollment.id, uploads, now)
    state = EnrollmentState.UNIT_APPROVED if is_unit else EnrollmentState.APPLIED
    recording.change([enrollment], state, actor, now)
    return enrollment


def decide(*, code: str, decision: Decision, actor: Actor, now: datetime, reason: str = "") -> Enrollment:
    """Approve, return or reject an application, for the unit or for the academy.

    The academy's approval gives a seat by the same rule and the same counters as every door, or a number in the line.
    Raises NotFound, ReasonIsMissing, IsDecided, IsOwnApplication, MayNotEnroll with the verdict.
    """
    enrollment = queries.get_enrollment(code)
    learner = people.lock_learner(enrollment.learner_id)
    level = _level(actor, learner)
    if level is None:
        raise NotFound
    if is_own_enrollment(enrollment, actor):
        raise IsOwnApplication
    if decision is not Decision.APPROVE and not reason.strip():
        raise ReasonIsMissing
    found = seats_of.lock_class(class_id=enrollment.class_id)
    db.session.refresh(enrollment)
    if not may_decide(level, enrollment.state, found.admission):
        raise IsDecided
    if decision is Decision.REJECT:
        recording.end(enrollment, EnrollmentState.REJECTED, actor, now, reason=reason.strip())
        messages.tell(messages.REJECTED, [enrollment], key="rejected", now=now, reason=enrollment.reason)
        run_line(found.id, now)
    elif decision is Decision.RETURN:
        recording.change([enrollment], EnrollmentState.RETURNED, actor, now, reason=reason.strip())
        key = f"returned:{now.isoformat()}"
        messages.tell(messages.RETURNED, [enrollment], key=key, now=now, reason=enrollment.reason)
    elif level is Level.UNIT:
        recording.change([enrollment], EnrollmentState.UNIT_APPROVED, actor, now)
    else:
        _admit(enrollment, learner, actor, now)
    return enrollment


def decide_many(
    *, codes: Iterable[str], decision: Decision, actor: Actor, now: datetime, reason: str = ""
) -> dict[str, Enrollment | DomainError]:
    """`decide` for a list, in its order; what is refused is reported and holds up nothing."""
    outcome: dict[str, Enrollment | DomainError] = {}
    listed = list(codes)
    found = queries.enrollments_by_codes(listed)
    people.lock_learners(one.learner_id for one in found)
    for class_id in sorted({one.class_id for one in found}):
        seats_of.lock_class(class_id=class_id)
    for code in listed:
        try:
            outcome[code] = decide(code=code, decision=decision, actor=actor, now=now, reason=reason)
        except (NotFound, IsDecided, IsOwnApplication, MayNotEnroll) as error:
            outcome[code] = error
    return outcome


def _level(actor: Actor, learner: LockedLearner) -> Level | None:
    if can_manage_enrollments(actor):
        return Level.ACADEMY
    return Level.UNIT if can_name(actor, learner.organization_id) else None


def _admit(enrollment: Enrollment, learner: LockedLearner, actor: Actor, now: datetime) -> None:
    """The rule again, then a seat: the one held for her, one of her quota, a free one, or a number in the line."""
    verdict = queries.explain_approvals([enrollment], now)[enrollment.id]
    if not verdict.allowed:
        raise MayNotEnroll(verdict)
    class_id, number = enrollment.class_id, None
    if recording.holds_seat(enrollment):
        seats_of.admit_held(class_id=class_id)
    else:
        by_naming = enrollment.source is Source.NOMINATION
        quota = claim_quota(class_id, queries.applicant_of(learner), by_naming=by_naming)
        if quota is not None:
            seats_of.admit_reserved(class_id=class_id)
            enrollment.quota_id = quota.id
        else:
            number = seats_of.seat_approved(class_id=class_id).number
    enrollment.waitlist_no = number
    state = EnrollmentState.ADMITTED if number is None else EnrollmentState.WAITLISTED
    recording.change([enrollment], state, actor, now)
    letter = messages.ADMITTED if number is None else messages.WAITLISTED
    messages.tell(letter, [enrollment], key="approved", now=now)
