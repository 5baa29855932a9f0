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

__all__ = [
    "Enrollment",
    "admitted_learner_ids",
    "application",
    "application_by_code",
    "enrollment_by_id",
    "enrollments_of",
    "enrollments_of_learner",
    "explain",
    "first_in_line",
    "get_enrollment",
    "is_admitted",
    "live_enrollment",
    "waitlist_place",
]
