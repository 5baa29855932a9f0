"""Which subject a sitting examines, the lines of regions, and where a person stands in a level's examination."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from academy.core.db import db
from academy.people import queries as people
from academy.scoring.models import PassLine, Result, ResultList, SittingSubject
from academy.scoring.queries.results import newest_released
from academy.scoring.rules import LevelOutcome, ResultState, has_passed, level_outcome
from academy.scoring.rules.subjects import Subject, subjects_on


@dataclass(frozen=True, slots=True)
class LevelStanding:
    """Where a person stands in a level's examination, by the national line and by that of her region where one helps."""

    subjects: tuple[Subject, ...]
    outcome: LevelOutcome
    regional: LevelOutcome | None

    @property
    def level(self) -> str:
        """The level's code."""
        return self.subjects[0].level


def find_subject_of_sitting(sitting_id: int) -> SittingSubject | None:
    """The subject that a sitting examines, None when it is none of the national examination."""
    return db.session.get(SittingSubject, sitting_id)


def pass_lines(subject_codes: Iterable[str] | None = None) -> list[PassLine]:
    """The lines that regions set: newest examination year first."""
    query = select(PassLine)
    if subject_codes is not None:
        query = query.where(PassLine.subject_code.in_(list(subject_codes)))
    return list(db.session.scalars(query.order_by(PassLine.exam_year.desc(), PassLine.subject_code, PassLine.division_code)))


def lines_of(subject: SittingSubject) -> list[PassLine]:
    """The lines of regions for a sitting's subject and year, the lowest first."""
    found = [line for line in pass_lines([subject.subject_code]) if line.exam_year == subject.exam_year]
    return sorted(found, key=lambda line: (line.pass_mark, line.division_code))


def standings_of(learner_id: int, *, on: date, division_code: str | None) -> list[LevelStanding]:
    """Where a person stands in each level in which she sat a subject: released results alone. A constant number of statements.

    A region's line holds for people of that region: of `division_code`, or of the province that it lies in.
    """
    query = (
        select(Result, SittingSubject, ResultList)
        .join(SittingSubject, SittingSubject.sitting_id == Result.sitting_id)
        .join(ResultList, ResultList.id == Result.list_id)
        .where(Result.learner_id.in_(people.own_ids(learner_id)), Result.state == ResultState.RELEASED)
    )
    rows = db.session.execute(query.order_by(Result.version, Result.id)).all()
    newest = {result.id for result in newest_released(row.Result for row in rows)}
    sat = [(row.Result, row.SittingSubject, row.ResultList.full_marks) for row in rows if row.Result.id in newest]
    lines = pass_lines({subject.subject_code for _, subject, _ in sat}) if sat else []
    known = {(line.subject_code, line.exam_year): line.pass_mark for line in lines if _is_of(line.division_code, division_code)}
    national = [(subject.subject_code, subject.exam_year) for result, subject, _ in sat if result.passed]
    regional = [
        (subject.subject_code, subject.exam_year)
        for result, subject, full in sat
        if result.passed or _reaches(result.total, full, known.get((subject.subject_code, subject.exam_year)))
    ]
    touched = {subject.subject_code for _, subject, _ in sat}
    return [
        LevelStanding(
            subjects=level,
            outcome=_outcome(level, national, on),
            regional=_outcome(level, regional, on) if set(regional) != set(national) else None,
        )
        for level in _levels(on)
        if touched & {subject.code for subject in level}
    ]


def _is_of(line_of: str, division_code: str | None) -> bool:
    if division_code is None:
        return False
    return division_code == line_of or (line_of.endswith("0000") and division_code[:2] == line_of[:2])


def _reaches(total: Decimal, full: Decimal, pass_mark: Decimal | None) -> bool:
    return pass_mark is not None and has_passed(total, full=full, pass_mark=pass_mark)


def _outcome(level: tuple[Subject, ...], passes: list[tuple[str, int]], on: date) -> LevelOutcome:
    return level_outcome([subject.code for subject in level], level[0].window_years, passes, this_year=on.year)


def _levels(on: date) -> list[tuple[Subject, ...]]:
    levels: dict[str, list[Subject]] = {}
    for subject in subjects_on(on):
        levels.setdefault(subject.level, []).append(subject)
    return [tuple(subjects) for subjects in levels.values()]
