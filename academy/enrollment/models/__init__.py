"""Tables of enrollment."""

from academy.enrollment.models.enrollment import (
    ApplicationDocument,
    ClassQuota,
    Enrollment,
    Offer,
)

__all__ = [
    "ApplicationDocument",
    "ClassQuota",
    "Enrollment",
    "Offer",
]
