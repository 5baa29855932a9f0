"""Making up what was missed. No database, no clock, no Flask."""

from enum import StrEnum

from academy.core.text import N_


class MakeUpState(StrEnum):
    """Where a make-up stands."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


MAKE_UP_LIVE = frozenset({MakeUpState.PLANNED, MakeUpState.DONE})
MAKE_UP_WORDS = {
    MakeUpState.PLANNED: N_("已约补课"),
    MakeUpState.DONE: N_("已补课"),
    MakeUpState.MISSED: N_("约了没来"),
    MakeUpState.CANCELLED: N_("已取消"),
}
MAKE_UP_SIGNS = {
    MakeUpState.PLANNED: "wait",
    MakeUpState.DONE: "ok",
    MakeUpState.MISSED: "no",
    MakeUpState.CANCELLED: "draft",
}


def compute_made_up(attended: int, missed: int) -> int:
    """Minutes that a make-up is worth: what was attended there, never more than what was missed."""
    return max(min(attended, missed), 0)
