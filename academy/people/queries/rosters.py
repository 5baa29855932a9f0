"""Every read of rosters: uploads, their rows, what is remembered of headings, and whom the register knows."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from academy.accounts import queries as accounts
from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.core.sealed import blind_index
from academy.people.models import Learner, RosterMapping
from academy.people.models import RosterImport as RosterImport  # what reads give back is public by name
from academy.people.models import RosterLine as RosterLine
from academy.people.rules import Education
from academy.people.rules.comparing import Known, Scope
from academy.people.rules.judging import folded
from academy.people.rules.layout import Remembered
from academy.people.rules.roster import RosterRow, RowAction, RowState

AT_ONCE = 500  # SQLite allows so many parameters, and no more for ever


class View(StrEnum):
    """Which rows of a roster are shown."""

    ALL = "all"
    ATTENTION = "attention"
    NO = "no"
    FIX = "fix"
    OK = "ok"
    NEW = "new"
    CHANGED = "changed"


def get_roster_import(code: str) -> RosterImport:
    """An uploaded roster by its code. Raises NotFound."""
    roster = db.session.scalars(select(RosterImport).where(RosterImport.code == code)).one_or_none()
    if roster is None:
        raise NotFound
    return roster


def roster_by_id(roster_id: int) -> RosterImport:
    """An uploaded roster by its id. Raises NotFound."""
    roster = db.session.get(RosterImport, roster_id)
    if roster is None:
        raise NotFound
    return roster


def recent_roster_imports(
    organizations: Collection[int] | None = None, *, subject: str = "", limit: int = 15
) -> list[RosterImport]:
    """The newest uploads first: of some organizations (None: all), for one subject ("": for none)."""
    query = select(RosterImport).where(RosterImport.subject == subject)
    if organizations is not None:
        query = query.where(RosterImport.organization_id.in_(list(organizations)))
    return list(db.session.scalars(query.order_by(RosterImport.uploaded_at.desc(), RosterImport.id.desc()).limit(limit)))


class ShownLine(NamedTuple):
    """A row of a roster as a page shows it: what was read, and what became of it."""

    row: RosterRow
    outcome: RowAction | None
    problem: dict[str, Any] | None
    learner_id: int | None


_LINE = select(RosterLine.number, RosterLine.content, RosterLine.outcome, RosterLine.problem, RosterLine.learner_id)


def _in_view(view: View) -> list[ColumnElement[bool]]:
    conditions: dict[View, ColumnElement[bool]] = {
        View.ATTENTION: RosterLine.is_noted.is_(True),
        View.NO: or_(RosterLine.state == RowState.ERROR, RosterLine.outcome == RowAction.REFUSE),
        View.FIX: RosterLine.state == RowState.REPAIRED,
        View.OK: RosterLine.state == RowState.OK,
        View.NEW: RosterLine.action == RowAction.CREATE,
        View.CHANGED: RosterLine.action == RowAction.UPDATE,
    }
    return [conditions[view]] if view in conditions else []


def roster_lines(roster_id: int, view: View, *, limit: int, offset: int = 0) -> list[ShownLine]:
    """A page of a roster's rows in the order of the file."""
    query = _LINE.where(RosterLine.roster_id == roster_id, *_in_view(view)).order_by(RosterLine.number)
    return [_shown(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def roster_lines_of(roster_id: int, numbers: Collection[int]) -> list[ShownLine]:
    """Some rows of a roster by their numbers, in the order of the file."""
    query = _LINE.where(RosterLine.roster_id == roster_id, RosterLine.number.in_(list(numbers)))
    return [_shown(*row) for row in db.session.execute(query.order_by(RosterLine.number))]


def refused_lines(roster_id: int) -> Iterator[ShownLine]:
    """Every row that does not go in, or did not, in the order of the file."""
    query = _LINE.where(RosterLine.roster_id == roster_id, *_in_view(View.NO)).order_by(RosterLine.number)
    for row in db.session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield _shown(*row)


def _shown(number: int, content: str, outcome: RowAction | None, problem: Any, learner_id: int | None) -> ShownLine:
    return ShownLine(RosterRow.from_json(number, json.loads(content)), outcome, problem, learner_id)


def view_counts(roster_id: int) -> dict[View, int]:
    """How many rows each view has, in one statement."""
    columns = [func.count(RosterLine.id).filter(*_in_view(view)) for view in View if view is not View.ALL]
    row = db.session.execute(select(func.count(RosterLine.id), *columns).where(RosterLine.roster_id == roster_id)).one()
    return dict(zip([View.ALL, *(view for view in View if view is not View.ALL)], row, strict=True))


class RosterPerson(NamedTuple):
    """A good row for domains above: whom it names, and her record once she has one."""

    number: int
    name: str
    person_type_code: str
    education: Education | None
    learner_id: int | None
    outcome: RowAction | None


def roster_people(roster_id: int, *, after: int = 0, limit: int = AT_ONCE) -> list[RosterPerson]:
    """The good rows after a row number, in the order of the file; before the import the register is asked who is known."""
    good = RosterLine.roster_id == roster_id, RosterLine.state != RowState.ERROR, RosterLine.number > after
    query = _LINE.where(*good).order_by(RosterLine.number).limit(limit)
    lines = [_shown(*row) for row in db.session.execute(query)]
    known = known_by_id_numbers(line.row.id_number for line in lines if line.learner_id is None and line.row.id_number)
    return [
        RosterPerson(
            line.row.number,
            line.row.name,
            line.row.person_type_code,
            line.row.education,
            line.learner_id or (known[line.row.id_number].id if line.row.id_number in known else None),
            line.outcome,
        )
        for line in lines
    ]


def find_remembered(organization_id: int | None, signature: str) -> tuple[Remembered, RosterMapping] | None:
    """What was said about a header like this: by the organization itself, else by the academy."""
    of = RosterMapping.organization_id
    query = select(RosterMapping).where(
        RosterMapping.signature == signature, or_(of == organization_id, of.is_(None)) if organization_id else of.is_(None)
    )
    found = db.session.scalars(query.order_by(of.is_(None)).limit(1)).one_or_none()
    return (Remembered(found.columns, found.person_type), found) if found else None


def scope_of(roster: RosterImport) -> Scope:
    """For whom a roster's rows are read."""
    units = {folded(unit.name_zh): unit.id for unit in accounts.organizations()}
    name = ""
    if roster.organization_id is not None:
        name = accounts.organizations_by_ids([roster.organization_id])[roster.organization_id].name_zh
    return Scope(units, {one.code: one.name_zh for one in accounts.person_types()}, roster.organization_id, name)


_learner = table_of(Learner)
_KNOWN = select(
    *(_learner.c[name] for name in ("id", "code", "name_zh", "gender", "id_number", "mobile", "email", "organization_id")),
    *(_learner.c[name] for name in ("unit_zh", "person_type_code", "education", "merged_into_id", "id_number_index")),
)


def known_by_id_numbers(id_numbers: Iterable[str], *, lock: bool = False) -> dict[str, Known]:
    """Who is registered under these identity numbers; the number of a merged record gives the one that it went into."""
    by_index = {blind_index(number): number for number in id_numbers}
    found = _known(_learner.c.id_number_index, sorted(by_index), lock=lock)
    return {by_index[row.id_number_index]: known for row, known in found}


def known_by_codes(codes: Iterable[str], *, lock: bool = False) -> dict[str, Known]:
    """Who is registered under these codes, codes of merged records included."""
    return {row.code: known for row, known in _known(_learner.c.code, sorted(set(codes)), lock=lock)}


def _known(column: ColumnElement[str], values: list[str], *, lock: bool) -> list[tuple[Any, Known]]:
    rows: list[Any] = []
    for start in range(0, len(values), AT_ONCE):
        query = _KNOWN.where(_one_of(column, values[start : start + AT_ONCE])).order_by(_learner.c.id)
        rows += db.session.execute(query.with_for_update(key_share=True) if lock else query).all()
    kept = _survivors([row.merged_into_id for row in rows if row.merged_into_id is not None], lock=lock)
    shown = {row.organization_id for row in (*rows, *kept.values()) if row.organization_id}
    names = {key: unit.name_zh for key, unit in accounts.organizations_by_ids(shown).items()} if shown else {}
    found = []
    for row in rows:
        known = _as_known(kept.get(row.merged_into_id, row), names)
        found.append((row, replace(known, names=known.names | {row.name_zh})))
    return found


def _one_of(column: ColumnElement[str], values: list[str]) -> ColumnElement[bool]:
    """A list of our own hashes goes into the statement itself: it is planned for the table as it is now.

    Prepared while the register is still empty, it would be kept with a plan that compares every pair.
    """
    is_hash = column is _learner.c.id_number_index
    return column.in_(bindparam("values", values, expanding=True, literal_execute=is_hash, type_=column.type))


def _survivors(ids: list[int], *, lock: bool) -> dict[int, Any]:
    if not ids:
        return {}
    query = _KNOWN.where(_learner.c.id.in_(ids)).order_by(_learner.c.id)
    rows = db.session.execute(query.with_for_update(key_share=True) if lock else query)
    return {row.id: row for row in rows}


def _as_known(row: Any, units: dict[int, str]) -> Known:
    return Known(
        id=row.id,
        code=row.code,
        names=frozenset({row.name_zh}),
        gender=row.gender,
        id_number=row.id_number,
        mobile=row.mobile,
        email=row.email,
        organization_id=row.organization_id,
        unit=units.get(row.organization_id, "") or row.unit_zh,
        unit_zh=row.unit_zh,
        person_type_code=row.person_type_code,
        education=row.education,
    )
