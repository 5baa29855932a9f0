"""The JSON door of enrollment: the signed-in learner's own."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from academy.core.access import current_actor
from academy.core.api import endpoint
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import NotFound
from academy.core.text import render
from academy.enrollment import queries, services
from academy.enrollment.rules import EnrollmentState
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.policies import can_see_class


class CheckOut(BaseModel):
    """One rule's outcome."""

    code: str
    state: Literal["ok", "wait", "no"]
    says: str
    fix: str = ""


class VerdictOut(BaseModel):
    """Whether the reader may enroll, and why."""

    allowed: bool
    at: datetime
    checks: list[CheckOut]


class EnrollmentOut(BaseModel):
    """The reader's enrollment in a class."""

    class_code: str
    state: EnrollmentState
    number: int | None = Field(description="the number in the waiting line, if there was one")
    is_new: bool = Field(description="false when she was enrolled before")


@endpoint("GET", "/classes/<code>/verdict", returns=VerdictOut)
def verdict(code: str) -> VerdictOut:
    """Why the reader may or may not enroll"""
    found = timetable.get_class(code)
    actor = current_actor()
    if not can_see_class(actor, found):
        raise NotFound
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    decided = queries.explain(found.id, learner.id if learner else None, now())
    checks = [
        CheckOut(code=check.code, state=check.state, says=render(check.say), fix=render(check.fix)) for check in decided.checks
    ]
    return VerdictOut(allowed=decided.allowed, at=decided.at, checks=checks)


@endpoint("POST", "/classes/<code>/enrollments", returns=EnrollmentOut)
def enroll(code: str) -> EnrollmentOut:
    """Enroll the reader: a seat, a number in the line, or an application under review; asked again, the same answer"""
    with transaction():
        outcome = services.apply(class_code=code, actor=current_actor(), now=now())
    return EnrollmentOut(class_code=code, state=outcome.state, number=outcome.number, is_new=outcome.is_new)


@endpoint("DELETE", "/classes/<code>/enrollments")
def withdraw(code: str) -> None:
    """Leave the class or its line"""
    actor = current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    own = queries.live_enrollment(timetable.get_class(code).id, learner.id) if learner else None
    if own is None:
        raise NotFound
    with transaction():
        services.withdraw(code=own.code, actor=actor, now=now())
