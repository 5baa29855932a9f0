"""Leave: kinds, states and the share of a class that may be missed with it. No database, no clock, no Flask."""

from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from academy.core.text import N_

LONGEST_REASON = 300


class LeaveKind(StrEnum):
    """Why somebody is away."""

    SICK = "sick"
    WORK = "work"
    PERSONAL = "personal"


class LeaveState(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ProposalState(StrEnum):
    """What became of a proposal to remove somebody."""

    OPEN = "open"
    REMOVED = "removed"
    KEPT = "kept"
    LAPSED = "lapsed"  # a correction brought her back under the limit


LEAVE_KIND_WORDS = {LeaveKind.SICK: N_("病假"), LeaveKind.WORK: N_("公假"), LeaveKind.PERSONAL: N_("事假")}
LEAVE_STATE_WORDS = {
    LeaveState.PENDING: N_("待批"),
    LeaveState.APPROVED: N_("已准假"),
    LeaveState.REFUSED: N_("未准假"),
    LeaveState.WITHDRAWN: N_("已撤回"),
}
LEAVE_STATE_SIGNS = {
    LeaveState.PENDING: "wait",
    LeaveState.APPROVED: "ok",
    LeaveState.REFUSED: "no",
    LeaveState.WITHDRAWN: "draft",
}


class LeaveShare(NamedTuple):
    """Leave taken in a class, in teaching minutes, and the share from which on it is too much (None: no such rule)."""

    used: int
    planned: int
    limit: Fraction | None

    @property
    def allowed_minutes(self) -> int | None:
        """The most minutes of leave that do not yet exceed the limit."""
        return None if self.limit is None else int(self.planned * self.limit)

    @property
    def is_over(self) -> bool:
        """Whether the leave exceeds the limit; exactly the limit does not."""
        return self.limit is not None and self.used > self.planned * self.limit

    def with_more(self, minutes: int) -> "LeaveShare":
        """The share after further leave."""
        return self._replace(used=self.used + minutes)


def may_ask_leave(ends_at: datetime, days_after: int, *, now: datetime) -> bool:
    """Whether leave may still be asked for a session: before it, or up to some days after its end."""
    return now <= ends_at + timedelta(days=days_after)
