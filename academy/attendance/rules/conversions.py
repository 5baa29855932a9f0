"""What else counts as continuing education, by a dated table. No database, no clock, no Flask."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from academy.core.text import N_


class ConversionState(StrEnum):
    """Where an application for a conversion stands."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


CONVERSION_STATE_WORDS = {
    ConversionState.APPLIED: N_("待审核"),
    ConversionState.APPROVED: N_("已认定"),
    ConversionState.REFUSED: N_("未认定"),
    ConversionState.WITHDRAWN: N_("已撤回"),
    ConversionState.REVOKED: N_("已撤销，学时已冲回"),
}
CONVERSION_STATE_SIGNS = {
    ConversionState.APPLIED: "wait",
    ConversionState.APPROVED: "ok",
    ConversionState.REFUSED: "no",
    ConversionState.WITHDRAWN: "draft",
    ConversionState.REVOKED: "fix",
}
COUNTING = (ConversionState.APPLIED, ConversionState.APPROVED)  # what a person may have once only, in these states


class ConversionRule(NamedTuple):
    """How one kind of achievement becomes minutes, from a day on (academy/data/ce_conversions.csv).

    The degree (90 hours, once in a life) and the passed courses of a program are the ministry's (民发〔2009〕123号);
    papers, homework, teaching and the rest are the academy's table until the authority confirms another one.
    """

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    minutes_per_unit: int
    most_units: int  # of one application
    yearly_cap: int | None  # minutes of this kind in a calendar year
    is_once: bool
    evidence_zh: str
    evidence_en: str
    valid_from: date
    source_zh: str
    source_en: str

    @property
    def version(self) -> str:
        """The rule as the ledger names it: degree 2009-09-07."""
        return f"{self.code} {self.valid_from.isoformat()}"


def parse_conversions(rows: Iterable[Mapping[str, str]]) -> tuple[ConversionRule, ...]:
    """The rules from the rows of ce_conversions.csv."""
    return tuple(_conversion(row) for row in rows)


def _conversion(row: Mapping[str, str]) -> ConversionRule:
    hour = int(row["minutes_per_hour"])
    return ConversionRule(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        unit_zh=row["unit_zh"],
        unit_en=row["unit_en"],
        minutes_per_unit=int(row["hours_per_unit"]) * hour,
        most_units=int(row["most_units"]),
        yearly_cap=int(row["yearly_cap_hours"]) * hour if row["yearly_cap_hours"] else None,
        is_once=row["is_once"] == "1",
        evidence_zh=row["evidence_zh"],
        evidence_en=row["evidence_en"],
        valid_from=date.fromisoformat(row["valid_from"]),
        source_zh=row["source_zh"],
        source_en=row["source_en"],
    )


def conversion_rule_on(rules: Iterable[ConversionRule], code: str, day: date) -> ConversionRule | None:
    """The rule for a kind in force on the day of the achievement; None when there is none."""
    in_force = [rule for rule in rules if rule.code == code and rule.valid_from <= day]
    return max(in_force, key=lambda rule: rule.valid_from) if in_force else None


def compute_conversion(rule: ConversionRule, units: int, used: int) -> int:
    """The minutes that so many units give when `used` minutes of this kind stand in the year already."""
    worth = units * rule.minutes_per_unit
    return worth if rule.yearly_cap is None else max(0, min(worth, rule.yearly_cap - used))
