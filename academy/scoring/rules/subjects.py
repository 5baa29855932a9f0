"""The subjects of the national examination and the rule of resits: dated rows of tables that ship with the product."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from academy.scoring.rules.passing import Counts

DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of a level, from a day on. `window_years`: within how many examination years all of the level's are passed.

    `proof_years`: how long the proof of having passed is good for the review that follows; None: for ever.
    """

    code: str
    level: str
    level_zh: str
    title_zh: str
    title_en: str
    pass_mark: Decimal  # of 100
    window_years: int
    proof_years: int | None
    valid_from: date
    source_zh: str


@dataclass(frozen=True, slots=True)
class ResitRule:
    """Which of a person's results in a class counts, from a day on. `most_resits` None: as many as are held."""

    counts: Counts
    most_resits: int | None
    valid_from: date
    source_zh: str


@cache
def _subjects() -> tuple[Subject, ...]:
    with (DATA / "exam_subjects.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_subject(row) for row in csv.DictReader(file))


def _subject(row: dict[str, str]) -> Subject:
    return Subject(
        code=row["subject_code"],
        level=row["level"],
        level_zh=row["title_zh"],
        title_zh=row["subject_zh"],
        title_en=row["subject_en"],
        pass_mark=Decimal(row["pass_mark"]) * 100 / Decimal(row["full_marks"]),
        window_years=int(row["window_years"]),
        proof_years=int(row["proof_years"]) if row["proof_years"] else None,
        valid_from=date.fromisoformat(row["valid_from"]),
        source_zh=row["source_zh"],
    )


def subjects_on(day: date) -> tuple[Subject, ...]:
    """The subjects in force on a day, in the order of the table; of a subject's rows the latest."""
    found: dict[str, Subject] = {}
    for one in _subjects():
        if one.valid_from <= day and (one.code not in found or found[one.code].valid_from <= one.valid_from):
            found[one.code] = one
    return tuple(found.values())


def subject_on(code: str, day: date) -> Subject | None:
    """A subject as it is in force on a day."""
    return next((one for one in subjects_on(day) if one.code == code), None)


@cache
def _resit_rules() -> tuple[ResitRule, ...]:
    with (DATA / "resit_rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ResitRule(
                Counts(row["counts"]),
                int(row["most_resits"]) if row["most_resits"] else None,
                date.fromisoformat(row["valid_from"]),
                row["source_zh"],
            )
            for row in csv.DictReader(file)
        )


def resit_rule_on(day: date, rules: tuple[ResitRule, ...] | None = None) -> ResitRule:
    """The rule of resits in force on a day; before the first one the best result counts."""
    before = ResitRule(Counts.BEST, None, date.min, "")
    found = [rule for rule in (_resit_rules() if rules is None else rules) if rule.valid_from <= day]
    return max(found, key=lambda rule: rule.valid_from, default=before)
