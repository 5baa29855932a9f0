"""Words of attendance, and how attended minutes become credited minutes. No database, no clock, no Flask."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from academy.core.text import N_
from academy.core.wording import MINUTES_PER_HOUR


class MarkState(StrEnum):
    """What was seen of a person in a session."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    LEAVE = "leave"
    ABSENT = "absent"


class EntryKind(StrEnum):
    """A line of the ledger gives minutes, or takes given ones back."""

    CREDIT = "credit"
    COUNTER = "counter"


class MarkSource(StrEnum):
    """Through which door a mark came."""

    ROSTER = "roster"
    CHECK_IN = "check_in"
    SHEET = "sheet"
    LEAVE = "leave"
    MAKE_UP = "make_up"


MARK_WORDS = {
    MarkState.PRESENT: N_("出勤"),
    MarkState.LATE: N_("迟到"),
    MarkState.LEFT_EARLY: N_("早退"),
    MarkState.LEAVE: N_("请假"),
    MarkState.ABSENT: N_("缺勤"),
}
MARK_SIGNS = {
    MarkState.PRESENT: "ok",
    MarkState.LATE: "wait",
    MarkState.LEFT_EARLY: "wait",
    MarkState.LEAVE: "fix",
    MarkState.ABSENT: "no",
}
MARK_SHORT = {  # one sign a cell, as on a paper sheet
    MarkState.PRESENT: "√",
    MarkState.LATE: "△",
    MarkState.LEFT_EARLY: "▽",
    MarkState.LEAVE: "○",
    MarkState.ABSENT: "×",
}
SOURCE_WORDS = {
    MarkSource.ROSTER: N_("点名"),
    MarkSource.CHECK_IN: N_("扫码"),
    MarkSource.SHEET: N_("纸质签到表"),
    MarkSource.LEAVE: N_("准假"),
    MarkSource.MAKE_UP: N_("补课"),
}
PARTLY = frozenset({MarkState.LATE, MarkState.LEFT_EARLY})  # minutes are written down for these only
DEFAULT_MISSED_MINUTES = 15  # proposed when somebody is marked late or as having left early


class CreditRule(NamedTuple):
    """How attended minutes are credited, for sessions from a day on."""

    code: str
    valid_from: date
    unit_minutes: int  # credited in whole units of this many minutes
    min_share: Decimal  # of the session's minutes, below which nothing is credited


CREDIT_RULES: tuple[CreditRule, ...] = (
    CreditRule("2024-08", date(2024, 8, 8), unit_minutes=MINUTES_PER_HOUR, min_share=Decimal("0.5")),
)


def credit_rule_on(day: date, rules: Iterable[CreditRule] = CREDIT_RULES) -> CreditRule | None:
    """The rule in force on a day; None before the first one."""
    in_force = [rule for rule in rules if rule.valid_from <= day]
    return max(in_force, key=lambda rule: rule.valid_from) if in_force else None


def compute_attended(state: MarkState, planned: int, minutes: int | None) -> int:
    """Attended minutes of a mark: all when present, none on leave or absent, else what was written down, within bounds."""
    if state is MarkState.PRESENT:
        return planned
    if state not in PARTLY:
        return 0
    return min(max(minutes if minutes is not None else planned - DEFAULT_MISSED_MINUTES, 0), planned)


def compute_credit(attended: int, planned: int, rule: CreditRule | None) -> int:
    """Credited minutes: whole units of the attended minutes, nothing below the smallest share."""
    if rule is None or attended < planned * rule.min_share:
        return 0
    return attended // rule.unit_minutes * rule.unit_minutes


def compute_rate(attended: int, planned: int) -> Decimal:
    """Attendance in percent with one decimal; 0 when nothing is planned."""
    if not planned:
        return Decimal("0.0")
    return (Decimal(100 * attended) / planned).quantize(Decimal("0.1"), ROUND_HALF_UP)
