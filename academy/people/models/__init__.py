"""Tables of people."""

from academy.people.models.absences import (
    InstructorAbsence,
)
from academy.people.models.instructors import (
    InstructorAppointment,
    InstructorQualification,
)
from academy.people.models.people import (
    Instructor,
    InstructorField,
    Learner,
    RosterImport,
    RosterState,
)

__all__ = [
    "Instructor",
    "InstructorAbsence",
    "InstructorAppointment",
    "InstructorField",
    "InstructorQualification",
    "Learner",
    "RosterImport",
    "RosterState",
]
