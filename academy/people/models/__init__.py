"""Tables of people."""

from academy.people.models.absences import (
    InstructorAbsence,
)
from academy.people.models.instructors import (
    InstructorAppointment,
    InstructorQualification,
)
from academy.people.models.merging import (
    LearnerMerge,
    LearnerMove,
    LearnerPair,
)
from academy.people.models.people import (
    Instructor,
    InstructorField,
    Learner,
)
from academy.people.models.rosters import (
    RosterImport,
    RosterLine,
    RosterMapping,
    RosterState,
)

__all__ = [
    "Instructor",
    "InstructorAbsence",
    "InstructorAppointment",
    "InstructorField",
    "InstructorQualification",
    "Learner",
    "LearnerMerge",
    "LearnerMove",
    "LearnerPair",
    "RosterImport",
    "RosterLine",
    "RosterMapping",
    "RosterState",
]
