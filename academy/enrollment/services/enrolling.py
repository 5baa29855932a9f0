"""Enrolling. Whatever the door, one rule decides and one conditional update seats."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import insert_rows, sent_together, table_of
from academy.core.errors import Conflict, DomainError, Forbidden, NotFound
from academy.core.outbox import announce
from academy.core.text import N_
from academy.core.verdict import Verdict
from academy.enrollment import queries
from academy.enrollment.models import Enrollment
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import ApplicationFacts, EnrollmentState, Source, explain_application, priority_of
from academy.enrollment.services.claims import claim_quota
from academy.people import queries as people
from academy.people.queries import LockedLearner
from academy.timetable import services as seats_of
from academy.timetable.rules import Place


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


class ClassIsChanging(Conflict):
    """The class's sessions moved again and again while somebody enrolled."""

    message = N_("这个班的课表正在调整，没有报上。")
    next_step = N_("请过一会儿再试。")


MOST_LOOKS = 3


class Enrolled(NamedTuple):
    """What came of it: a seat, a number in the line, or an application under review; not new when she was in already."""

    state: EnrollmentState
    number: int | None
    is_new: bool
    code: str = ""


_INSERT = insert(table_of(Enrollment)).inline()
_BY_NAMING = frozenset({Source.STAFF, Source.IMPORT, Source.NOMINATION})


def own_learner(actor: Actor) -> LockedLearner:
    """The learner who the actor is, locked. Raises NotALearner."""
    learner = people.lock_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise NotALearner
    return learner


def enroll(*, class_id: int, learner_id: int, actor: Actor, now: datetime, source: Source = Source.STAFF) -> Enrolled:
    """Staff enroll a learner, by the same rule; they are the academy, so nobody reviews it.

    Raises Forbidden, NotFound, MayNotEnroll with the verdict.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    learner = people.lock_learner(learner_id)
    facts = queries.application(class_id, queries.applicant_of(learner), by_naming=source in _BY_NAMING)
    facts = replace(facts, by_allocation=source is Source.ALLOCATION)
    return seat(facts, learner, source, actor, now)


def enroll_many(
    *, class_id: int, learner_ids: Iterable[int], actor: Actor, now: datetime, source: Source = Source.IMPORT
) -> dict[int, Enrolled | DomainError]:
    """`enroll` for a list, in its order; whoever the rule refuses is reported and holds up nobody."""
    outcome: dict[int, Enrolled | DomainError] = {}
    listed = list(learner_ids)
    people.lock_learners(listed)
    for learner_id in listed:
        try:
            outcome[learner_id] = enroll(class_id=class_id, learner_id=learner_id, actor=actor, now=now, source=source)
        except (MayNotEnroll, NotFound) as error:
            outcome[learner_id] = error
    return outcome


def seat(facts: ApplicationFacts, learner: LockedLearner, source: Source, actor: Actor, now: datetime) -> Enrolled:
    """Decide, then seat. The learner's row is locked, so that she is not enrolled twice or into two classes at one time.

    The seat comes last but for the rows that tell of it: the class's row stays locked from there to the commit.
    """
    for _ in range(MOST_LOOKS):
        if facts.own is not None:
            return Enrolled(facts.own.state, facts.own.waitlist_no, is_new=False)
        refuse_unless_allowed(facts, now)
        place, quota_id = _place(facts, now)
        if place is not None:
            break
        facts = look_again(facts, learner)  # closed, or its sessions moved, between our look and our update
    else:
        raise ClassIsChanging
    state = EnrollmentState.ADMITTED if place.is_seat else EnrollmentState.WAITLISTED
    code = insert_enrollment(facts, learner, state, source, actor, now, number=place.number, quota_id=quota_id)
    return Enrolled(state, place.number, is_new=True, code=code)


def look_again(facts: ApplicationFacts, learner: LockedLearner) -> ApplicationFacts:
    """The facts as they are now."""
    now_seen = queries.application(facts.training_class.id, queries.applicant_of(learner), by_naming=facts.by_naming)
    return replace(now_seen, by_allocation=facts.by_allocation)


def refuse_unless_allowed(facts: ApplicationFacts, now: datetime) -> None:
    """Raise MayNotEnroll, with the words that readers know, unless the rule allows it."""
    if not explain_application(facts, now=now).allowed:
        raise MayNotEnroll(explain_application(queries.in_words(facts), now=now))


def _place(facts: ApplicationFacts, now: datetime) -> tuple[Place | None, int | None]:
    """A seat of the quota that is kept for her, else a free one or a number; with the quota's id."""
    found = facts.training_class
    if facts.quota is not None and facts.applicant is not None:
        locked = seats_of.lock_class(class_id=found.id)
        is_stale = locked.timetable_version != found.timetable_version
        if is_stale or not explain_application(facts.as_of(locked), now=now).allowed:
            return None, None
        quota = claim_quota(found.id, facts.applicant, by_naming=facts.by_naming)
        if quota is not None:
            seats_of.admit_reserved(class_id=found.id)
            return Place(None), quota.id
    return seats_of.take_seat(class_id=found.id, timetable_version=found.timetable_version, now=now), None


def insert_enrollment(
    facts: ApplicationFacts,
    learner: LockedLearner,
    state: EnrollmentState,
    source: Source,
    actor: Actor,
    now: datetime,
    *,
    number: int | None = None,
    quota_id: int | None = None,
    follows_id: int | None = None,
) -> str:
    """Write the row, its audit row and the promise of a letter in one round trip; returns the enrollment's code."""
    found, code = facts.training_class, random_code16()
    row = {
        "code": code,
        "class_id": found.id,
        "learner_id": learner.id,
        "state": state,
        "waitlist_no": number,
        "priority": priority_of(source),
        "quota_id": quota_id,
        "source": source,
        "follows_id": follows_id,
        "applied_at": now,
        "admitted_at": now if state is EnrollmentState.ADMITTED else None,
        "reason": "",
    }
    after = {"class": found.code, "learner": learner.code, "number": number, "source": source.value}
    with sent_together():
        insert_rows(_INSERT, [row])
        record(actor, f"enrollment.{state}", f"enrollment:{code}", now=now, after=after)
        announce("enrollment.placed", now=now, code=code, state=state.value)
    return code
