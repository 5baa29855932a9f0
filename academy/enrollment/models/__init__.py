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
    ApplicationDocument,
    ClassQuota,
    Enrollment,
    Offer,
)
from academy.enrollment.models.imports import (
    ClassRosterLine,
    Place,
)

__all__ = [
    "AllocationPreview",
    "AllocationRow",
    "ApplicationDocument",
    "Choice",
    "ChoiceApplication",
    "ChoiceRound",
    "ClassQuota",
    "ClassRosterLine",
    "Enrollment",
    "Offer",
    "Place",
    "RoundClass",
]
