"""Appeals: when, how many, what may come of one. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from academy.core.errors import Conflict, Invalid
from academy.core.text import N_

MOST_QUOTA = 20


class AppealPolicy(StrEnum):
    """What is looked at: only whether something was missed, added or entered wrongly; or the answer is marked anew."""

    CHECK_ONLY = "check_only"
    RE_MARK = "re_mark"


POLICY_WORDS = {
    AppealPolicy.CHECK_ONLY: N_("只核查：漏评、加分、登分"),
    AppealPolicy.RE_MARK: N_("重新评阅"),
}


class AppealState(StrEnum):
    """Where an appeal stands."""

    FILED = "filed"
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Ground(StrEnum):
    """Why a mark changes."""

    MISSED = "missed"
    ADDITION = "addition"
    REGISTRATION = "registration"
    RE_MARKED = "re_marked"


GROUND_WORDS = {
    Ground.MISSED: N_("漏评"),
    Ground.ADDITION: N_("加分有误"),
    Ground.REGISTRATION: N_("登分有误"),
    Ground.RE_MARKED: N_("重新评阅"),
}
GROUNDS = {
    AppealPolicy.CHECK_ONLY: (Ground.MISSED, Ground.ADDITION, Ground.REGISTRATION),
    AppealPolicy.RE_MARK: tuple(Ground),
}


class AppealsAreClosed(Conflict):
    """Outside the window, or none was set."""

    message = N_("现在不收这场考试的申诉。%(window)s")


class AppealQuotaIsUsed(Conflict):
    """She has filed as many as the sitting allows."""

    message = N_("这场考试每人可以申诉 %(quota)s 题，您的已经用完，没有再提交。")


class MarkHasNotChanged(Invalid):
    """Granting means that something changes."""

    message = N_("新分数与现在的 %(mark)s 分一样，没有决定。")
    next_step = N_("分数不变请选“维持原分”。")


class MarkMayNotFall(Conflict):
    """A lower mark needs a policy that allows it and an explicit word."""

    message = N_("新分数 %(new)s 低于现在的 %(old)s 分，没有决定。")
    next_step = N_("这场考试的申诉规则允许降分时，请另外勾选“确认降分”并写明理由。")


class ReasonIsMissing(Invalid):
    """A decision, or an appeal, says why."""

    message = N_("请写明理由（至少 %(least)s 个字），没有提交。")


LEAST_REASON = 5


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """What holds for the appeals of a sitting."""

    opens_at: datetime
    closes_at: datetime
    quota: int
    policy: AppealPolicy
    may_lower: bool


def is_window_open(terms: AppealTerms, now: datetime) -> bool:
    """Whether appeals are taken now; the closing instant is too late."""
    return terms.opens_at <= now < terms.closes_at


def require_change(terms: AppealTerms, *, old: Decimal, new: Decimal, is_fall_meant: bool) -> None:
    """Refuse a change that changes nothing, or one that lowers without being allowed and meant."""
    words = {"old": f"{old.normalize():f}", "new": f"{new.normalize():f}"}
    if new == old:
        raise MarkHasNotChanged(mark=words["old"])
    if new < old and not (terms.may_lower and is_fall_meant):
        raise MarkMayNotFall(**words)


def require_reason(reason: str) -> str:
    """The reason without blanks around it. Raises ReasonIsMissing."""
    said = reason.strip()
    if len(said) < LEAST_REASON:
        raise ReasonIsMissing(least=LEAST_REASON)
    return said[:2000]
