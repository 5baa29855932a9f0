"""Every write of enrollment, one use case a file."""

from academy.enrollment.services.enrolling import (
    AlreadyEnded,
    Enrolled,
    MayNotEnroll,
    NotALearner,
    ReasonIsMissing,
    TooLateToWithdraw,
    change_seats,
    end_cancelled,
    enroll,
    enroll_many,
    enroll_self,
    lapse_line,
    promote,
    tell_moved,
    tell_placed,
    withdraw,
)
from academy.enrollment.services.locking import lock_seats

__all__ = [
    "AlreadyEnded",
    "Enrolled",
    "MayNotEnroll",
    "NotALearner",
    "ReasonIsMissing",
    "TooLateToWithdraw",
    "change_seats",
    "end_cancelled",
    "enroll",
    "enroll_many",
    "enroll_self",
    "lapse_line",
    "lock_seats",
    "promote",
    "tell_moved",
    "tell_placed",
    "withdraw",
]
