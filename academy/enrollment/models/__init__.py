"""Tables of enrollment."""

from academy.enrollment.models.enrollment import (
    Enrollment,
)
from academy.enrollment.models.imports import ClassRosterLine, Place

__all__ = [
    "ClassRosterLine",
    "Enrollment",
    "Place",
]
