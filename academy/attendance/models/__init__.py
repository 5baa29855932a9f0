"""Tables of attendance."""

from academy.attendance.models.marks import (
    AttendanceMark,
    CreditEntry,
)

__all__ = [
    "AttendanceMark",
    "CreditEntry",
]
