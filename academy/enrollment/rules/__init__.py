"""Words, states and the pure decisions of enrollment, one subject a file."""

from academy.enrollment.rules.application import (
    explain_admission,
    explain_application,
)
from academy.enrollment.rules.changes import (
    Change,
    compute_changes,
)
from academy.enrollment.rules.facts import (
    DOCUMENT_WORDS,
    Applicant,
    ApplicationFacts,
    DocumentKind,
    Equivalent,
    OwnEnrollment,
    RoundFacts,
)
from academy.enrollment.rules.line import (
    PRIORITIES,
    PRIORITY_NAMED,
    PRIORITY_ORDINARY,
    OfferState,
    compute_expiry,
    is_before_start,
    may_offer,
    may_withdraw,
    priority_of,
    start_of,
)
from academy.enrollment.rules.quotas import (
    QuotaFacts,
    choose_quota,
    fits,
)
from academy.enrollment.rules.requirements import (
    EDUCATION_ORDER,
    LEVEL_ORDER,
    compute_years,
    documents_needed,
    requirement_checks,
)
from academy.enrollment.rules.review import (
    DECISION_WORDS,
    Decision,
    Level,
    may_decide,
)
from academy.enrollment.rules.states import (
    LIVE,
    PENDING,
    SEATED,
    SOURCE_WORDS,
    STATE_SIGNS,
    STATE_WORDS,
    EnrollmentState,
    Source,
)

__all__ = [
    "DECISION_WORDS",
    "DOCUMENT_WORDS",
    "EDUCATION_ORDER",
    "LEVEL_ORDER",
    "LIVE",
    "PENDING",
    "PRIORITIES",
    "PRIORITY_NAMED",
    "PRIORITY_ORDINARY",
    "SEATED",
    "SOURCE_WORDS",
    "STATE_SIGNS",
    "STATE_WORDS",
    "Applicant",
    "ApplicationFacts",
    "Change",
    "Decision",
    "DocumentKind",
    "EnrollmentState",
    "Equivalent",
    "Level",
    "OfferState",
    "OwnEnrollment",
    "QuotaFacts",
    "RoundFacts",
    "Source",
    "choose_quota",
    "compute_changes",
    "compute_expiry",
    "compute_years",
    "documents_needed",
    "explain_admission",
    "explain_application",
    "fits",
    "is_before_start",
    "may_decide",
    "may_offer",
    "may_withdraw",
    "priority_of",
    "requirement_checks",
    "start_of",
]
