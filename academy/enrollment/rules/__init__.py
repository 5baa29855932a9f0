"""Words, states and the pure decisions of enrollment, one subject a file."""

from academy.enrollment.rules.application import (
    LIVE,
    SEATED,
    SOURCE_WORDS,
    STATE_SIGNS,
    STATE_WORDS,
    Applicant,
    ApplicationFacts,
    EnrollmentState,
    OwnEnrollment,
    Source,
    explain_application,
    may_promote,
    may_withdraw,
)

__all__ = [
    "LIVE",
    "SEATED",
    "SOURCE_WORDS",
    "STATE_SIGNS",
    "STATE_WORDS",
    "Applicant",
    "ApplicationFacts",
    "EnrollmentState",
    "OwnEnrollment",
    "Source",
    "explain_application",
    "may_promote",
    "may_withdraw",
]
