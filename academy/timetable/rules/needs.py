"""Teaching needs (授课需求) and who fits a session: words, states, pure decisions. No database, no clock, no Flask."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from academy.core.text import N_, Text
from academy.core.verdict import Check
from academy.core.wording import MINUTES_PER_HOUR, hours_from_minutes


class NeedState(StrEnum):
    """Where a need stands. Everything but OPEN is final."""

    OPEN = "open"
    ASSIGNED = "assigned"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class CandidateState(StrEnum):
    """How it stands between a need and one instructor."""

    INVITED = "invited"
    APPLIED = "applied"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # took her own application back
    ASSIGNED = "assigned"
    NOT_CHOSEN = "not_chosen"


class Answer(StrEnum):
    """What an instructor says to an invitation."""

    ACCEPT = "accept"
    DECLINE = "decline"


NEED_WORDS = {
    NeedState.OPEN: N_("征集中"),
    NeedState.ASSIGNED: N_("已派定"),
    NeedState.LAPSED: N_("到期未派"),
    NeedState.WITHDRAWN: N_("已撤回"),
}
NEED_SIGNS = {
    NeedState.OPEN: "wait",
    NeedState.ASSIGNED: "ok",
    NeedState.LAPSED: "no",
    NeedState.WITHDRAWN: "draft",
}
CANDIDATE_WORDS = {
    CandidateState.INVITED: N_("已邀请，等答复"),
    CandidateState.APPLIED: N_("已应征"),
    CandidateState.ACCEPTED: N_("已接受"),
    CandidateState.DECLINED: N_("已谢绝"),
    CandidateState.WITHDRAWN: N_("已撤回应征"),
    CandidateState.ASSIGNED: N_("已派定"),
    CandidateState.NOT_CHOSEN: N_("另有人选"),
}
CANDIDATE_SIGNS = {
    CandidateState.INVITED: "wait",
    CandidateState.APPLIED: "run",
    CandidateState.ACCEPTED: "ok",
    CandidateState.DECLINED: "no",
    CandidateState.WITHDRAWN: "draft",
    CandidateState.ASSIGNED: "ok",
    CandidateState.NOT_CHOSEN: "draft",
}
WAITING = frozenset({CandidateState.INVITED, CandidateState.APPLIED, CandidateState.ACCEPTED})
OUT = frozenset({CandidateState.DECLINED})  # who declined is not asked again for the same need


@dataclass(frozen=True, slots=True)
class FitFacts:
    """What the decision about one instructor looks at."""

    teaches_field: bool
    is_qualified: bool
    clash: Text | None  # what she teaches then, or so near in time that she could not come from there
    absence: Text | None  # why she is away then
    week_minutes: int  # in the fullest week concerned, these sessions included
    max_hours: int
    distance_km: float | None
    distance_from: Text | None
    has_declined: bool = False


REASON_WORDS = {
    "field": N_("不讲这个领域"),
    "qualification": N_("那天没有有效的资格"),
    "booking": N_("那时有课，或赶不过来"),
    "absence": N_("那时不能授课"),
    "week": N_("超过每周学时上限"),
    "declined": N_("已谢绝这次需求"),
}


def explain_fit(facts: FitFacts) -> tuple[Check, ...]:
    """Why an instructor fits or does not: one check a rule, the refusing ones named as in REASON_WORDS."""
    hours = hours_from_minutes(facts.week_minutes)
    most = facts.max_hours
    checks = [
        _check("field", facts.teaches_field, N_("讲这个领域")),
        _check("qualification", facts.is_qualified, N_("那天资格有效")),
        _check("booking", facts.clash is None, N_("那时没有课"), record=facts.clash),
        _check("absence", facts.absence is None, N_("那时可以授课"), record=facts.absence),
        Check("week", "ok", Text(N_("那周共 %(hours)s 学时，上限 %(most)s"), hours=hours, most=most))
        if facts.week_minutes <= most * MINUTES_PER_HOUR
        else Check("week", "no", Text(N_("那周会有 %(hours)s 学时，上限 %(most)s"), hours=hours, most=most)),
    ]
    if facts.has_declined:
        words = REASON_WORDS["declined"]
        checks.append(Check("declined", "no", Text(words)))
    return tuple(checks)


def _check(code: str, holds: bool, met: str, record: Text | None = None) -> Check:  # noqa: FBT001 - the outcome itself
    return Check(code, "ok", Text(met)) if holds else Check(code, "no", Text(REASON_WORDS[code]), record=record)


@dataclass(frozen=True, slots=True)
class Fit:
    """One instructor against the sessions that need somebody."""

    instructor_id: int
    code: str
    facts: FitFacts
    checks: tuple[Check, ...] = field(default=())

    @property
    def refused(self) -> tuple[Check, ...]:
        """What speaks against her."""
        return tuple(check for check in self.checks if check.state == "no")


def rank(fits: Iterable[Fit]) -> list[Fit]:
    """Those against whom nothing speaks: the nearest first, then who teaches least that week, then by code."""
    free = [one for one in fits if not one.refused]
    return sorted(free, key=lambda one: (_km(one.facts.distance_km), one.facts.week_minutes, one.code))


def _km(distance: float | None) -> float:
    return math.inf if distance is None else round(distance, 1)


def count_reasons(fits: Iterable[Fit]) -> list[tuple[str, int]]:
    """How many instructors each reason keeps out, the commonest first. Somebody may be kept out by several."""
    counted = Counter(check.code for one in fits for check in one.refused)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
