"""Tables of attendance."""

from academy.attendance.models.check_in import (
    CheckIn,
    CheckInOpening,
)
from academy.attendance.models.conversions import (
    HoursConversion,
)
from academy.attendance.models.decrees import (
    HoursDecree,
    HoursDecreePerson,
)
from academy.attendance.models.fees import (
    FeeStatement,
)
from academy.attendance.models.leave import (
    LeaveRequest,
    LeaveSession,
    RemovalProposal,
)
from academy.attendance.models.make_up import (
    MakeUp,
    MakeUpSession,
)
from academy.attendance.models.marks import (
    AttendanceMark,
    CreditEntry,
)
from academy.attendance.models.periods import (
    RegistrationPeriod,
)
from academy.attendance.models.sheet import (
    SheetImport,
    SheetState,
)

__all__ = [
    "AttendanceMark",
    "CheckIn",
    "CheckInOpening",
    "CreditEntry",
    "FeeStatement",
    "HoursConversion",
    "HoursDecree",
    "HoursDecreePerson",
    "LeaveRequest",
    "LeaveSession",
    "MakeUp",
    "MakeUpSession",
    "RegistrationPeriod",
    "RemovalProposal",
    "SheetImport",
    "SheetState",
]
