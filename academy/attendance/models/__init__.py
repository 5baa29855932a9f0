"""Tables of attendance."""

from academy.attendance.models.conversions import HoursConversion
from academy.attendance.models.decrees import HoursDecree, HoursDecreePerson
from academy.attendance.models.marks import (
    AttendanceMark,
    CreditEntry,
)
from academy.attendance.models.periods import RegistrationPeriod

__all__ = [
    "AttendanceMark",
    "CreditEntry",
    "HoursConversion",
    "HoursDecree",
    "HoursDecreePerson",
    "RegistrationPeriod",
]
