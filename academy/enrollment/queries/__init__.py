"""Every read of enrollment, one subject a file."""

from academy.enrollment.queries.enrollments import (
    Enrollment,
    admitted_learner_ids,
    application,
    application_by_code,
    enrollment_by_id,
    enrollments_of,
    enrollments_of_learner,
    explain,
    first_in_line,
    get_enrollment,
    is_admitted,
    live_enrollment,
    waitlist_place,
)
from academy.enrollment.queries.moves import (
    Effect,
    effect_of_cancelling,
    effect_of_plan,
    learner_clashes,
    seated_now,
)

__all__ = [
    "Effect",
    "Enrollment",
    "admitted_learner_ids",
    "application",
    "application_by_code",
    "effect_of_cancelling",
    "effect_of_plan",
    "enrollment_by_id",
    "enrollments_of",
    "enrollments_of_learner",
    "explain",
    "first_in_line",
    "get_enrollment",
    "is_admitted",
    "learner_clashes",
    "live_enrollment",
    "seated_now",
    "waitlist_place",
]
