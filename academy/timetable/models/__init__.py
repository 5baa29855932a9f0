"""Tables of the timetable."""

from academy.timetable.models.calendar import (
    CalendarFeed,
)
from academy.timetable.models.classes import (
    Booking,
    ClassSession,
    RepeatRule,
    SessionInstructor,
    TrainingClass,
)

__all__ = [
    "Booking",
    "CalendarFeed",
    "ClassSession",
    "RepeatRule",
    "SessionInstructor",
    "TrainingClass",
]
