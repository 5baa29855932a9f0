"""Reading a roster in the background: some hundred rows a transaction, so that progress shows and a repeat goes on."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import record, record_many
from academy.core.db import db, insert_rows, table_of
from academy.core.errors import Invalid
from academy.core.outbox import announce
from academy.core.runs import RunState, advance_run, finish_run, size_run
from academy.core.sealed import unseal
from academy.core.sheets import SheetIsEmpty, read_sheet, table_at
from academy.core.text import N_, Text
from academy.people import queries
from academy.people.models import RosterImport, RosterLine, RosterState
from academy.people.rules.comparing import belongs_elsewhere, compare, may_look_up
from academy.people.rules.judging import Reading, Seen, judge_row, notes_of, split_trailing_notes, type_codes_of
from academy.people.rules.layout import Layout
from academy.people.rules.roster import RosterRow, RowAction, RowState
from academy.people.services.rosters import LIMITS

SLICE = 500
_INSERT = insert(table_of(RosterLine)).inline()


class OpenRoster:
    """A roster whose file has been read: its rows come judged, a slice at a time."""

    def __init__(self, roster_id: int, run_id: int, rows: tuple[Any, ...], reading: Reading, notes: list[Text], sheet: str):
        self.roster_id, self.run_id, self.notes, self.sheet = roster_id, run_id, notes, sheet
        self.count = len(rows)
        self._rows, self._reading = rows, reading

    def slices(self) -> Iterator["Slice"]:
        """The rows in order; who stands twice is known over the whole file."""
        seen = Seen()
        for start in range(0, self.count, SLICE):
            some = self._rows[start : start + SLICE]
            yield Slice(start, [seen.compare(judge_row(row, self._reading)) for row in some])


class Slice(NamedTuple):
    """Some rows, and how many came before them."""

    start: int
    rows: list[RosterRow]


def open_roster(*, roster_id: int, run_id: int) -> OpenRoster | None:
    """Read the file of a roster that waits for it; None when it does not, any more. Writes nothing.

    Raises what reading a sheet raises.
    """
    roster = db.session.get_one(RosterImport, roster_id, populate_existing=True)
    if roster.state is not RosterState.READING or roster.job_run_id != run_id or roster.layout is None:
        return None
    layout = Layout.from_json(roster.layout)
    sheet = read_sheet(unseal(roster.file.content), limits=LIMITS, name=layout.sheet)
    db.session.expire(roster.file, ["content"])
    table = table_at(sheet, layout.header_row, layout.columns)
    rows, trailing = split_trailing_notes(table.rows)
    if not rows:
        raise SheetIsEmpty
    codes = type_codes_of((kind.code, kind.name_zh) for kind in accounts.person_types())
    reading = Reading(codes, layout.person_type, has_gender="gender" in layout.columns, is_1904=sheet.is_1904)
    notes = [note.say for note in (*notes_of(table), *trailing)]
    if sheet.others:
        names = "、".join(name[:20] for name in sheet.others[:6])
        notes.append(Text(N_("只读取了“%(sheet)s”，这些工作表没有读取：%(names)s。"), sheet=sheet.name, names=names))
    return OpenRoster(roster_id, run_id, rows, reading, notes, sheet.name)


def keep_slice(*, opened: OpenRoster, part: Slice, now: datetime) -> bool:
    """Compare a slice with the register and keep it; False when the roster is not waiting any more.

    A slice that is kept already is passed over: a reading that was cut off goes on where it stopped.
    """
    roster = db.session.get_one(RosterImport, opened.roster_id, populate_existing=True, with_for_update=True)
    if roster.state is not RosterState.READING or roster.job_run_id != opened.run_id:
        return False
    if roster.read_count > part.start:
        return True
    if part.start == 0:
        size_run(opened.run_id, total=opened.count)
    compared = _compared(roster, part.rows, now)
    insert_rows(_INSERT, [_line(roster.id, row) for row in compared])
    _count(roster, compared)
    roster.row_count = opened.count
    roster.read_count += len(compared)
    advance_run(opened.run_id, done=len(compared))
    return True


def _compared(roster: RosterImport, rows: list[RosterRow], now: datetime) -> list[RosterRow]:
    scope = queries.scope_of(roster)
    asked = [row for row in rows if may_look_up(row)]
    by_id = queries.known_by_id_numbers(row.id_number for row in asked if row.id_number)
    by_code = queries.known_by_codes(row.code for row in asked if row.code)
    beyond = []
    compared = []
    for row in rows:
        known, coded = by_id.get(row.id_number), by_code.get(row.code)
        reached = next((one for one in (known, coded) if belongs_elsewhere(one, scope)), None) if may_look_up(row) else None
        if reached is not None:
            beyond.append((f"learner:{reached.code}", None, {"row": row.number, "organization": scope.organization_id}))
        compared.append(compare(row, known, coded, scope))
    if beyond:  # a coordinator reaching for another organization's people
        actor = Actor(roster.uploaded_by_id, roster.uploaded_by)
        record_many(actor, "people.foreign_learner_refused", list(beyond), now=now, reason=f"roster:{roster.code}")
    return compared


def _line(roster_id: int, row: RosterRow) -> dict[str, Any]:
    return {
        "roster_id": roster_id,
        "number": row.number,
        "state": row.state,
        "is_noted": bool(row.findings or row.changes),
        "action": row.action,
        "content": json.dumps(row.as_json(), ensure_ascii=False, separators=(",", ":")),
        "outcome": None,
        "problem": None,
        "learner_id": None,
    }


def _count(roster: RosterImport, rows: list[RosterRow]) -> None:
    states = [row.state for row in rows]
    roster.ok_count += states.count(RowState.OK)
    roster.repaired_count += states.count(RowState.REPAIRED)
    roster.error_count += states.count(RowState.ERROR)
    roster.noted_count += sum(bool(row.findings or row.changes) for row in rows)
    roster.known_count += sum(row.action in {RowAction.UPDATE, RowAction.NOTHING} for row in rows)


def finish_reading(*, opened: OpenRoster, now: datetime) -> None:
    """Open the preview. Finishing again changes nothing."""
    roster = db.session.get_one(RosterImport, opened.roster_id, populate_existing=True, with_for_update=True)
    if roster.state is not RosterState.READING or roster.job_run_id != opened.run_id:
        return
    roster.state, roster.sheet_name = RosterState.PREVIEWED, opened.sheet
    roster.notes = [note.as_json() for note in opened.notes]
    finish_run(opened.run_id, now=now, result_url=f"/manage/learners/import/{roster.code}")
    announce("people.roster_read", now=now, roster_id=roster.id)


def give_up_reading(*, roster_id: int, run_id: int, error: Invalid, now: datetime) -> None:
    """Close a roster that cannot be read, with the sentence that says why."""
    roster = db.session.get_one(RosterImport, roster_id, populate_existing=True, with_for_update=True)
    if roster.state is not RosterState.READING or roster.job_run_id != run_id:
        return
    fix = error.next_text.as_json() if error.next_text else None
    roster.state, roster.problem = RosterState.UNREADABLE, {"say": error.text.as_json(), "fix": fix}
    finish_run(run_id, now=now, state=RunState.FAILED)
    actor = Actor(roster.uploaded_by_id, roster.uploaded_by)
    record(actor, "people.roster_unreadable", f"roster:{roster.code}", now=now, reason=error.code)
