"""Every write of attendance, one use case a file."""

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
    "Marked",
    "NotOnTheRoster",
    "Seen",
    "SessionHasNotBegun",
    "mark_session",
]
