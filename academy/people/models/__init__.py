"""Tables of people."""

from academy.people.models.people import (
    Instructor,
    InstructorField,
    Learner,
    RosterImport,
    RosterState,
)

__all__ = [
    "Instructor",
    "InstructorField",
    "Learner",
    "RosterImport",
    "RosterState",
]
