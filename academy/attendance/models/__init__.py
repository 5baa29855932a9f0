"""Tables of attendance."""

from academy.attendance.models.fees import FeeStatement
from academy.attendance.models.marks import (
    AttendanceMark,
    CreditEntry,
)

__all__ = [
    "AttendanceMark",
    "CreditEntry",
    "FeeStatement",
]
