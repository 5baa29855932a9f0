"""Tables of enrollment."""

from academy.enrollment.models.choices import (
    AllocationPreview,
    AllocationRow,
    Choice,
    ChoiceApplication,
    ChoiceRound,
    RoundClass,
)
from academy.enrollment.models.enrollment import (
    Enrollment,
)

__all__ = [
    "AllocationPreview",
    "AllocationRow",
    "Choice",
    "ChoiceApplication",
    "ChoiceRound",
    "Enrollment",
    "RoundClass",
]
