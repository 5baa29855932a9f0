"""Words and states of enrollment (domain.md, "States")."""

from enum import StrEnum

from academy.core.text import N_


class EnrollmentState(StrEnum):
    """Where a person stands in a class.

    "eligible" of the domain is a moment, not a state to rest in: whom the academy approves is admitted or waits at once.
    """

    APPLIED = "applied"
    UNIT_APPROVED = "unit_approved"
    RETURNED = "returned"
    ADMITTED = "admitted"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    TRANSFERRED = "transferred"
    COMPLETED = "completed"
    FAILED = "failed"
    LAPSED = "lapsed"


class Source(StrEnum):
    """By which door a person came."""

    SELF = "self"
    STAFF = "staff"
    IMPORT = "import"
    NOMINATION = "nomination"
    TRANSFER = "transfer"
    ALLOCATION = "allocation"


PENDING = frozenset({EnrollmentState.APPLIED, EnrollmentState.UNIT_APPROVED, EnrollmentState.RETURNED})
LIVE = PENDING | {EnrollmentState.ADMITTED, EnrollmentState.WAITLISTED, EnrollmentState.OFFERED}
SEATED = frozenset({EnrollmentState.ADMITTED, EnrollmentState.COMPLETED, EnrollmentState.FAILED})

STATE_WORDS = {
    EnrollmentState.APPLIED: N_("已申请"),
    EnrollmentState.UNIT_APPROVED: N_("单位已同意"),
    EnrollmentState.RETURNED: N_("退回修改"),
    EnrollmentState.ADMITTED: N_("已录取"),
    EnrollmentState.WAITLISTED: N_("候补"),
    EnrollmentState.OFFERED: N_("待答复"),
    EnrollmentState.REJECTED: N_("未录取"),
    EnrollmentState.WITHDRAWN: N_("已退出"),
    EnrollmentState.REMOVED: N_("已移出"),
    EnrollmentState.TRANSFERRED: N_("已转班"),
    EnrollmentState.COMPLETED: N_("已结业"),
    EnrollmentState.FAILED: N_("未结业"),
    EnrollmentState.LAPSED: N_("候补已失效"),
}
STATE_SIGNS = {
    EnrollmentState.APPLIED: "wait",
    EnrollmentState.UNIT_APPROVED: "wait",
    EnrollmentState.RETURNED: "fix",
    EnrollmentState.ADMITTED: "ok",
    EnrollmentState.WAITLISTED: "wait",
    EnrollmentState.OFFERED: "wait",
    EnrollmentState.REJECTED: "no",
    EnrollmentState.WITHDRAWN: "draft",
    EnrollmentState.REMOVED: "no",
    EnrollmentState.TRANSFERRED: "draft",
    EnrollmentState.COMPLETED: "ok",
    EnrollmentState.FAILED: "no",
    EnrollmentState.LAPSED: "draft",
}
SOURCE_WORDS = {
    Source.SELF: N_("本人报名"),
    Source.STAFF: N_("教务登记"),
    Source.IMPORT: N_("名册导入"),
    Source.NOMINATION: N_("单位推荐"),
    Source.TRANSFER: N_("转班"),
    Source.ALLOCATION: N_("统一分配"),
}
