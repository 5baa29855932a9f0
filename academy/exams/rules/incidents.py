"""What a sitting's log can hold, and how long an attempt lasts. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from academy.core.text import N_

MOST_EXTRA_MINUTES = 240
MOST_PERCENT = 200


class IncidentKind(StrEnum):
    """What an entry of the log is about."""

    LATE = "late"
    SWAPPED_MACHINE = "swapped_machine"
    EXTRA_TIME = "extra_time"
    DISTURBANCE = "disturbance"
    OTHER = "other"


INCIDENT_WORDS = {
    IncidentKind.LATE: N_("迟到"),
    IncidentKind.SWAPPED_MACHINE: N_("换机"),
    IncidentKind.EXTRA_TIME: N_("补时"),
    IncidentKind.DISTURBANCE: N_("扰乱秩序"),
    IncidentKind.OTHER: N_("其他"),
}


def compute_allowance(*, minutes: int, closes_at: datetime, percent: int) -> tuple[int, datetime]:
    """The minutes of a candidate with extra time, and when her window closes: both later by the same extra.

    Percent of a minute counts as a whole one: 25 % of 50 minutes are 13.
    """
    extra = -(-minutes * percent // 100)
    return minutes + extra, closes_at + timedelta(minutes=extra)


def compute_given(due_at: datetime, *, planned: datetime) -> int:
    """The minutes that an attempt was given while it ran: how much later it ends than planned at its start."""
    return max(0, round((due_at - planned).total_seconds() / 60))
