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
from academy.enrollment.services.imports import enroll_slice, forecast_slice, forget_forecast, upload_class_roster

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
    "enroll_slice",
    "forecast_slice",
    "forget_forecast",
    "lapse_line",
    "promote",
    "tell_moved",
    "tell_placed",
    "upload_class_roster",
    "withdraw",
]
