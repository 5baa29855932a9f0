"""Tables of the timetable."""

from academy.timetable.models.classes import (
    Booking,
    ClassSession,
    SessionInstructor,
    TrainingClass,
)
from academy.timetable.models.needs import (
    NeedCandidate,
    NeedSession,
    TeachingNeed,
)

__all__ = [
    "Booking",
    "ClassSession",
    "NeedCandidate",
    "NeedSession",
    "SessionInstructor",
    "TeachingNeed",
    "TrainingClass",
]
