"""The ledger of hours as people read it, and sums for many at once."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from sqlalchemy import extract, func, select

from academy.attendance.models import CreditEntry
from academy.attendance.rules import (
    ConversionRule,
    EntryKind,
    HoursRule,
    conversion_rule_on,
    parse_conversions,
    parse_rules,
)
from academy.core.data import data_rows
from academy.core.db import db
from academy.core.errors import NotFound
from academy.timetable import queries as timetable

SLICE = 500  # ids in one statement


@cache
def hours_rules() -> tuple[HoursRule, ...]:
    """The requirements of continuing education, every dated version."""
    return parse_rules(data_rows("ce_rules.csv"))


@cache
def conversion_rules() -> tuple[ConversionRule, ...]:
    """What else counts as hours, every dated version."""
    return parse_conversions(data_rows("ce_conversions.csv"))


def conversion_rules_on(day: date) -> list[ConversionRule]:
    """The conversions in force on a day, in the order of the table."""
    codes = dict.fromkeys(rule.code for rule in conversion_rules())
    found = [conversion_rule_on(conversion_rules(), code, day) for code in codes]
    return [rule for rule in found if rule is not None]


def entry_by_id(entry_id: int) -> CreditEntry:
    """An entry of the ledger. Raises NotFound."""
    found = db.session.get(CreditEntry, entry_id)
    if found is None:
        raise NotFound
    return found


def ledger_page(learner_id: int, *, limit: int, offset: int) -> tuple[list[CreditEntry], int]:
    """A page of a person's ledger, the newest first, and how many lines it has."""
    mine = CreditEntry.learner_id == learner_id
    total = db.session.scalar(select(func.count(CreditEntry.id)).where(mine)) or 0
    query = select(CreditEntry).where(mine).order_by(CreditEntry.earned_on.desc(), CreditEntry.id.desc())
    return list(db.session.scalars(query.limit(limit).offset(offset))), total


def entries_between(learner_id: int, first: date, last: date) -> list[CreditEntry]:
    """A person's lines of some days in the order in which they were written, so that a counter follows what it names."""
    query = select(CreditEntry).where(
        CreditEntry.learner_id == learner_id, CreditEntry.earned_on >= first, CreditEntry.earned_on <= last
    )
    return list(db.session.scalars(query.order_by(CreditEntry.earned_on, CreditEntry.id)))


def years_with_entries(learner_id: int) -> list[int]:
    """The calendar years in which a person's ledger has a line, the latest first."""
    year = extract("year", CreditEntry.earned_on)
    query = select(year).where(CreditEntry.learner_id == learner_id).distinct()
    return sorted((int(found) for found in db.session.scalars(query)), reverse=True)


def standing_credits(learner_id: int, *, conversion_id: int | None = None, decree_id: int | None = None) -> list[CreditEntry]:
    """A person's credits that nothing has countered; of one conversion or decree if one is given."""
    countered = select(CreditEntry.counters_id).where(CreditEntry.counters_id.is_not(None))
    query = select(CreditEntry).where(
        CreditEntry.learner_id == learner_id, CreditEntry.kind == EntryKind.CREDIT, CreditEntry.id.not_in(countered)
    )
    if conversion_id is not None:
        query = query.where(CreditEntry.conversion_id == conversion_id)
    if decree_id is not None:
        query = query.where(CreditEntry.decree_id == decree_id)
    return list(db.session.scalars(query.order_by(CreditEntry.id)))


def countered_ids(entry_ids: Iterable[int]) -> set[int]:
    """Which of these entries have been countered."""
    query = select(CreditEntry.counters_id).where(CreditEntry.counters_id.in_(list(entry_ids)))
    return {found for found in db.session.scalars(query) if found is not None}


def entry_titles(entries: Iterable[CreditEntry]) -> dict[int, tuple[str, str]]:
    """What each entry is for, by its id: the session's title with the class's, or its own title. Two statements."""
    known = list(entries)
    sessions = timetable.sessions_by_ids({one.session_id for one in known if one.session_id})
    classes = timetable.classes_by_ids({one.class_id for one in known if one.class_id})
    titles = {}
    for one in known:
        if one.session_id is None or one.class_id is None:
            titles[one.id] = (one.title_zh, "")
        else:
            titles[one.id] = (sessions[one.session_id].title_zh, classes[one.class_id].title_zh)
    return titles


def credited_by_learner(learner_ids: Iterable[int], first: date, last: date) -> dict[int, int]:
    """The ledger's sum over [first, last] for many people; those without entries are left out."""
    ids, sums = sorted(set(learner_ids)), {}
    for start in range(0, len(ids), SLICE):
        query = select(CreditEntry.learner_id, func.sum(CreditEntry.minutes)).where(
            CreditEntry.learner_id.in_(ids[start : start + SLICE]),
            CreditEntry.earned_on >= first,
            CreditEntry.earned_on <= last,
        )
        rows = db.session.execute(query.group_by(CreditEntry.learner_id))
        sums.update({learner: int(total) for learner, total in rows})
    return sums
