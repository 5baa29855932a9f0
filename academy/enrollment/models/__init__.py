"""Tables of enrollment."""

from academy.enrollment.models.enrollment import (
    Enrollment,
)

__all__ = [
    "Enrollment",
]
