"""Passing an examination of several subjects, and which of several sittings counts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar


class Counts(StrEnum):
    """Which of a person's results in a class counts."""

    BEST = "best"
    NEWEST = "newest"


class HasTotal(Protocol):
    """Whatever has a total."""

    @property
    def total(self) -> Decimal: ...


R = TypeVar("R", bound=HasTotal)


def counting(results: Sequence[R], *, counts: Counts, most_resits: int | None) -> R | None:
    """The result that counts of a person's results, oldest sitting first; resits beyond the most do not count."""
    taken = results if most_resits is None else results[: most_resits + 1]
    if not taken:
        return None
    return taken[-1] if counts is Counts.NEWEST else max(taken, key=lambda result: result.total)


@dataclass(frozen=True, slots=True)
class LevelOutcome:
    """Where a person stands in a level's examination.

    `passed_year`: the examination year in which all subjects came together, None as long as they have not. Otherwise
    `standing` are the subjects that still count with their year, `missing` the others, and `until_year` the last year in which
    the missing ones complete the standing ones.
    """

    passed_year: int | None
    standing: tuple[tuple[str, int], ...]
    lapsed: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    until_year: int | None


def level_outcome(subjects: Sequence[str], years: int, passes: Iterable[tuple[str, int]], *, this_year: int) -> LevelOutcome:
    """All `subjects` within `years` consecutive examination years (1: in one year), from the passes (subject, year).

    社会工作者职业资格制度规定：初级须在一个考试年度内、中级须在连续两个考试年度内通过全部应试科目。
    """
    known = sorted({(year, subject) for subject, year in passes if subject in subjects and year <= this_year})
    for end in sorted({year for year, _ in known}):
        inside = {subject for year, subject in known if end - years < year <= end}
        if inside == set(subjects):
            newest = {s: max(y for y, t in known if t == s and end - years < y <= end) for s in subjects}
            return LevelOutcome(end, tuple((s, newest[s]) for s in subjects), (), (), None)
    alive = [(year, subject) for year, subject in known if year > this_year - years]
    standing = {subject: max(year for year, s in alive if s == subject) for _, subject in alive}
    lapsed = tuple((subject, year) for year, subject in known if year <= this_year - years and subject not in standing)
    missing = tuple(subject for subject in subjects if subject not in standing)
    until = min(standing.values()) + years - 1 if standing else None
    return LevelOutcome(None, tuple((s, standing[s]) for s in subjects if s in standing), lapsed, missing, until)
