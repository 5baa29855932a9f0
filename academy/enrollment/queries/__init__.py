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
from academy.enrollment.queries.imports import class_roster_lines, explain_row, place_counts

__all__ = [
    "Enrollment",
    "admitted_learner_ids",
    "application",
    "application_by_code",
    "class_roster_lines",
    "enrollment_by_id",
    "enrollments_of",
    "enrollments_of_learner",
    "explain",
    "explain_row",
    "first_in_line",
    "get_enrollment",
    "is_admitted",
    "live_enrollment",
    "place_counts",
    "waitlist_place",
]
