"""Decrees: who would be in one and how, what was done, and what keeps one from being undone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.attendance.models import HoursDecree as HoursDecree  # what reads give back is public by name
from academy.attendance.models import HoursDecreePerson as HoursDecreePerson
from academy.attendance.models import RegistrationPeriod
from academy.attendance.queries.periods import periods_by_learner, periods_ending
from academy.attendance.rules import Period, compute_extended_end, is_overlapping
from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Learner
from academy.people.rules import HeldLevel


@dataclass(frozen=True, slots=True)
class DecreeFilter:
    """Whom a decree concerns: whose period ends in [ends_from, ends_to], of a unit, an area, a level."""

    ends_from: date
    ends_to: date
    organization: str = ""  # its code; units under it are in it
    division: str = ""  # a division's code; 371600 stands for the whole city
    level: HeldLevel | None = None

    def as_json(self) -> dict[str, Any]:
        """The choice as the decree keeps it."""
        return {
            "ends_from": self.ends_from.isoformat(),
            "ends_to": self.ends_to.isoformat(),
            "organization": self.organization,
            "division": self.division,
            "level": self.level.value if self.level else "",
        }


@dataclass(frozen=True, slots=True)
class DecreeRow:
    """One person in a preview: the period's end now and afterwards, or why she is left out."""

    learner: Learner
    period: RegistrationPeriod
    new_ends_on: date
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class DecreePreview:
    """Who and how. `digest` stands for exactly this set: what is carried out is what was looked at."""

    rows: tuple[DecreeRow, ...]
    months: int
    minutes: int

    @property
    def included(self) -> tuple[DecreeRow, ...]:
        """Those whom the decree would change."""
        return tuple(row for row in self.rows if row.problem is None)

    @property
    def left_out(self) -> tuple[DecreeRow, ...]:
        """Those whom it cannot change, each with the reason."""
        return tuple(row for row in self.rows if row.problem is not None)

    @property
    def digest(self) -> str:
        """A short hash of everybody included, old and new end, and what is given."""
        said = [[row.period.id, row.period.version, row.new_ends_on.isoformat()] for row in self.included]
        return hashlib.sha256(json.dumps([said, self.months, self.minutes]).encode()).hexdigest()[:32]


def preview_decree(filter_: DecreeFilter, *, months: int, minutes: int, is_locked: bool = False) -> DecreePreview:
    """Whom a decree would concern and how, by learner code. A constant number of statements for each 500 people."""
    chosen = periods_ending(filter_.ends_from, filter_.ends_to, level=filter_.level, is_locked=is_locked)
    learners = _matching(filter_, {one.learner_id for one in chosen})
    theirs = periods_by_learner(learners)
    rows, seen = [], set()
    theirs_here = [one for one in chosen if one.learner_id in learners]
    for period in sorted(theirs_here, key=lambda one: (-one.ends_on.toordinal(), one.id)):
        row = _row(learners[period.learner_id], period, theirs[period.learner_id], months)
        if period.learner_id in seen:  # two periods of one person end in the span: the later one is meant
            row = DecreeRow(row.learner, period, period.ends_on, Text(N_("同一人还有更晚到期的一期，只改那一期")))
        seen.add(period.learner_id)
        rows.append(row)
    return DecreePreview(tuple(sorted(rows, key=lambda row: (row.learner.code, row.period.id))), months, minutes)


def _matching(filter_: DecreeFilter, learner_ids: Iterable[int]) -> dict[int, Learner]:
    units = _units(filter_.organization)
    area = _area(filter_.division)
    found: dict[int, Learner] = {}
    ids = sorted(learner_ids)
    for start in range(0, len(ids), 500):
        found.update(people.learners_by_ids(ids[start : start + 500]))
    return {
        id_: one
        for id_, one in found.items()
        if (units is None or one.organization_id in units) and (one.division_code or "").startswith(area)
    }


def _area(division: str) -> str:
    """The common beginning of an area's codes: 371600 → 3716, 370000 → 37."""
    while division.endswith("00"):
        division = division[:-2]
    return division


def _units(code: str) -> frozenset[int] | None:
    """A unit and everything under it; None for all units. An unknown unit has nobody."""
    if not code:
        return None
    units = accounts.organizations_by_code()
    known = {units[code].id} if code in units else set[int]()
    while more := {unit.id for unit in units.values() if unit.parent_id in known} - known:
        known |= more
    return frozenset(known)


def _row(learner: Learner, period: RegistrationPeriod, theirs: list[RegistrationPeriod], months: int) -> DecreeRow:
    new = compute_extended_end(period.ends_on, months) if months else period.ends_on
    longer = Period(period.level, period.starts_on, new)
    in_the_way = next((one for one in theirs if one.id != period.id and is_overlapping(one.period, longer)), None)
    if in_the_way is None:
        return DecreeRow(learner, period, new)
    problem = Text(N_("延长后会与%(day)s开始的下一期重叠"), day=in_the_way.starts_on)
    return DecreeRow(learner, period, period.ends_on, problem)


def get_decree(code: str, *, is_locked: bool = False) -> HoursDecree:
    """A decree by its code. Raises NotFound."""
    query = select(HoursDecree).where(HoursDecree.code == code)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def decrees(limit: int = 50) -> list[HoursDecree]:
    """The newest decrees first."""
    return list(
        db.session.scalars(select(HoursDecree).order_by(HoursDecree.made_at.desc(), HoursDecree.id.desc()).limit(limit))
    )


def decree_people(decree_id: int) -> list[HoursDecreePerson]:
    """What a decree did to whom, by period."""
    query = select(HoursDecreePerson).where(HoursDecreePerson.decree_id == decree_id)
    return list(db.session.scalars(query.order_by(HoursDecreePerson.period_id)))


def decrees_of(period_ids: Iterable[int]) -> dict[int, list[HoursDecree]]:
    """The standing decrees that made these periods longer, by period, in order."""
    query = (
        select(HoursDecreePerson.period_id, HoursDecree)
        .join(HoursDecree, HoursDecree.id == HoursDecreePerson.decree_id)
        .where(HoursDecreePerson.period_id.in_(list(period_ids)), HoursDecree.undone_at.is_(None), HoursDecree.months > 0)
        .order_by(HoursDecree.id)
    )
    found: dict[int, list[HoursDecree]] = {}
    for period_id, decree in db.session.execute(query):
        found.setdefault(period_id, []).append(decree)
    return found


def undo_problems(decree: HoursDecree, rows: Iterable[HoursDecreePerson]) -> Mapping[int, Text]:
    """Why a decree cannot be undone, by learner: what was changed later and builds on it."""
    touched = list(rows)
    problems: dict[int, Text] = {}
    theirs = periods_by_learner({row.learner_id for row in touched})
    later = {}
    for start in range(0, len(touched), 500):
        later.update(decrees_of(row.period_id for row in touched[start : start + 500]))
    for row in touched:
        newer = [one for one in later.get(row.period_id, ()) if one.id > decree.id]
        problem = _undo_problem(row, newer, theirs.get(row.learner_id, []))
        if problem is not None:
            problems[row.learner_id] = problem
    return problems


def _undo_problem(row: HoursDecreePerson, newer: list[HoursDecree], theirs: list[RegistrationPeriod]) -> Text | None:
    if row.new_ends_on == row.old_ends_on:
        return None  # only hours were granted, and nothing builds on those
    if newer:
        return Text(N_("后来的文件 %(number)s 又延长了这一期"), number=newer[0].number)
    period = next((one for one in theirs if one.id == row.period_id), None)
    if period is None:
        return Text(N_("这一期后来已作废"))
    if (period.version, period.ends_on) != (row.version_after, row.new_ends_on):
        return Text(N_("%(name)s 于%(at)s更正过这一期"), name=period.changed_by, at=period.changed_at)
    after = next((one for one in theirs if one.starts_on > row.new_ends_on), None)
    return Text(N_("已登记%(day)s开始的下一期"), day=after.starts_on) if after else None
