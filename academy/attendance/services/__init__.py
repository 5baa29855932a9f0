"""Every write of attendance, one use case a file."""

from academy.attendance.services.fees import (
    CorrectionNeedsReason,
    MonthIsNotOver,
    NothingHasChanged,
    NothingToConfirm,
    confirm_statement,
)
from academy.attendance.services.marking import (
    MARKABLE,
    OPENS_BEFORE,
    ClassIsNotTaught,
    Marked,
    NotOnTheRoster,
    Seen,
    SessionHasNotBegun,
    mark_session,
)

__all__ = [
    "MARKABLE",
    "OPENS_BEFORE",
    "ClassIsNotTaught",
    "CorrectionNeedsReason",
    "Marked",
    "MonthIsNotOver",
    "NotOnTheRoster",
    "NothingHasChanged",
    "NothingToConfirm",
    "Seen",
    "SessionHasNotBegun",
    "confirm_statement",
    "mark_session",
]
