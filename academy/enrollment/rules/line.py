"""The line: who is next, until when a seat may be offered, how long an offer stands. Pure."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from academy.core.clock import TZ, local
from academy.enrollment.rules.states import Source
from academy.timetable.rules import ClassState, EnrollmentFacts

PRIORITY_NAMED = 3  # whom her unit or the academy has put forward
PRIORITY_ORDINARY = 5
PRIORITIES = range(1, 10)  # a smaller number goes first; within one number the place drawn at joining decides


class OfferState(StrEnum):
    """What became of an offered seat."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CLOSED = "closed"  # the person left, or the class ended, before she answered


def priority_of(source: Source) -> int:
    """The priority in the line of somebody who came by this door."""
    return PRIORITY_NAMED if source is Source.NOMINATION else PRIORITY_ORDINARY


def is_before_start(found: EnrollmentFacts, *, now: datetime) -> bool:
    """Whether the class is open and its first day has not come."""
    return found.state is ClassState.OPEN and local(now).date() < found.starts_on


def start_of(found: EnrollmentFacts) -> datetime:
    """The first minute of the class's first day."""
    return datetime.combine(found.starts_on, time(0), tzinfo=TZ)


def may_offer(found: EnrollmentFacts, *, now: datetime) -> bool:
    """Whether a free seat may still be offered to whoever waits: never after the deadline or the start."""
    return is_before_start(found, now=now) and found.enroll_opens_at <= now < found.enroll_closes_at


def may_withdraw(found: EnrollmentFacts, *, now: datetime) -> bool:
    """Whether a learner may leave by herself: until the class starts."""
    return is_before_start(found, now=now)


def compute_expiry(found: EnrollmentFacts, *, now: datetime) -> datetime:
    """Until when an offer made now can be accepted: the class's hours, but never beyond the deadline."""
    return min(now + timedelta(hours=found.offer_hours), found.enroll_closes_at)
