"""Words and pure decisions of attendance, one subject a file."""

from academy.attendance.rules.marking import (
    CREDIT_RULES,
    DEFAULT_MISSED_MINUTES,
    MARK_SIGNS,
    MARK_WORDS,
    PARTLY,
    CreditRule,
    EntryKind,
    MarkState,
    compute_attended,
    compute_credit,
    compute_rate,
    credit_rule_on,
)

__all__ = [
    "CREDIT_RULES",
    "DEFAULT_MISSED_MINUTES",
    "MARK_SIGNS",
    "MARK_WORDS",
    "PARTLY",
    "CreditRule",
    "EntryKind",
    "MarkState",
    "compute_attended",
    "compute_credit",
    "compute_rate",
    "credit_rule_on",
]
