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
from academy.timetable.models.needs import (
    NeedCandidate,
    NeedSession,
    TeachingNeed,
)

__all__ = [
    "Booking",
    "CalendarFeed",
    "ClassSession",
    "NeedCandidate",
    "NeedSession",
    "RepeatRule",
    "SessionInstructor",
    "TeachingNeed",
    "TrainingClass",
]
