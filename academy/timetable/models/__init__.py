"""Tables of the timetable."""

from academy.timetable.models.classes import (
    Booking,
    ClassSession,
    SessionInstructor,
    TrainingClass,
)

__all__ = [
    "Booking",
    "ClassSession",
    "SessionInstructor",
    "TrainingClass",
]
