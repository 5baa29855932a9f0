"""The rules of attendance that change with time: dated rows of a table, never figures in code."""

import csv
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parents[2] / "data" / "attendance_rules.csv"
ANY = "*"
CADRE = "cadre"  # the program type of cadre classes


class DatedRule(NamedTuple):
    """One figure, for programs of a type (ANY: all), from a day on, with the regulation that it comes from."""

    name: str
    program_type: str
    valid_from: date
    value: Fraction
    unit: str
    source: str


@cache
def dated_rules() -> tuple[DatedRule, ...]:
    """The table that ships with the product."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_rule(row) for row in csv.DictReader(file))


def _rule(row: dict[str, str]) -> DatedRule:
    day = date.fromisoformat(row["valid_from"])
    return DatedRule(row["name"], row["program_type"], day, Fraction(row["value"]), row["unit"], row["source"])


def rule_on(name: str, day: date, program_type: str = ANY, rules: Iterable[DatedRule] | None = None) -> DatedRule | None:
    """The rule in force on a day: the one for the program's type before the one for all, then the latest. None: none."""
    found = [
        rule
        for rule in (dated_rules() if rules is None else rules)
        if rule.name == name and rule.program_type in {program_type, ANY} and rule.valid_from <= day
    ]
    return max(found, key=lambda rule: (rule.program_type != ANY, rule.valid_from), default=None)


def minutes_on(name: str, day: date) -> int:
    """A rule in minutes or days as a whole number; 0 before the first one."""
    rule = rule_on(name, day)
    return int(rule.value) if rule else 0


def least_attendance_on(day: date, program_pct: int | None, program_type: str = ANY) -> int:
    """The percentage needed to sit the exam: the program's own where it sets one (not 0), else the dated rule's."""
    if program_pct:
        return program_pct
    rule = rule_on("sit_exam_pct", day, program_type)
    return int(rule.value) if rule else 0
