"""Sign-in sheets filled in by hand: kept sealed, previewed as often as wanted, imported once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import update

from academy.attendance import queries
from academy.attendance.models import SheetImport, SheetState
from academy.attendance.policies import can_mark_any
from academy.attendance.rules import MarkSource
from academy.attendance.rules.sheet import (
    CODE,
    Person,
    RowState,
    SessionColumn,
    SheetRow,
    columns_of,
    judge_sheet,
)
from academy.attendance.services.marking import MARKABLE, OPENS_BEFORE, ClassIsNotTaught
from academy.attendance.services.writing import Seen, compare, hold, put_marks
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.files import store_file
from academy.core.sealed import seal, unseal
from academy.core.sheets import Sheet, Table, find_table, read_sheet
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass


class SheetIsDecided(Conflict):
    """A sheet is imported, or put aside, once."""

    message = N_("这份签到表已经处理过，没有再导入一次。")
    next_step = N_("要再导入请重新上传；相同的内容不会改动什么。")


class NoRowToImport(Conflict):
    """Every row is refused, or says nothing."""

    message = N_("没有可导入的行，什么都没有写入。")
    next_step = N_("请按每行的原因更正后重新上传。")


@dataclass(frozen=True)
class SheetPreview:
    """What an import would do, as of now."""

    table: Table
    sessions: list[ClassSession]
    rows: list[SheetRow]
    new: int
    corrected: int
    unchanged: int

    @cached_property
    def counts(self) -> Counter[RowState]:
        """Rows by what will happen to them."""
        return Counter(row.state for row in self.rows)

    @property
    def importable(self) -> list[SheetRow]:
        """The rows that would go in."""
        return [row for row in self.rows if row.is_importable]


def upload_sheet(*, class_code: str, name: str, content: bytes, actor: Actor, now: datetime) -> SheetImport:
    """Keep a sheet for its preview; no mark is written.

    Raises NotFound, Forbidden, ClassIsNotTaught, and what reading a sheet raises: a file that cannot be read is not kept.
    """
    found = timetable.get_class(class_code)
    if not can_mark_any(actor):
        raise Forbidden
    if found.state not in MARKABLE:
        raise ClassIsNotTaught
    _table(read_sheet(content), timetable.sessions_of(found.id))
    file = store_file(name=name, media_type="application/octet-stream", content=seal(content), now=now)
    sheet = SheetImport(
        code=random_code16(), class_id=found.id, file_id=file.id, file_name=name[:255], state=SheetState.PREVIEWED,
        uploaded_by_id=actor.user_id, uploaded_by=actor.name[:120], uploaded_at=now,
    )  # fmt: skip
    db.session.add(sheet)
    db.session.flush()
    after = {"class": found.code, "file": sheet.file_name}
    record(actor, "attendance.sheet_uploaded", f"sheet:{sheet.code}", now=now, after=after)
    return sheet


def _table(sheet: Sheet, sessions: list[ClassSession]) -> Table:
    return find_table(sheet, columns=columns_of(sheet, [one.seq for one in sessions]), required=[CODE])


def preview_sheet(sheet: SheetImport, *, now: datetime) -> SheetPreview:
    """Read a kept sheet again and compare it with the marks as they are now. Writes nothing."""
    found = timetable.class_by_id(sheet.class_id)
    sessions = timetable.sessions_of(found.id)
    table = _table(read_sheet(unseal(sheet.file.content)), sessions)
    columns = [SessionColumn(one.id, one.seq, one.minutes, now >= one.starts_at - OPENS_BEFORE) for one in sessions]
    rows = judge_sheet(table, columns, _roster(found))
    tally: Counter[str] = Counter()
    for one in sessions:
        tally.update(_compare(one, rows))
    named = {one.seq for one in sessions if any(f"s{one.seq}" in row.cells for row in table.rows)}
    shown = [one for one in sessions if one.seq in named]
    return SheetPreview(table, shown, rows, tally["new"], tally["corrected"], tally["unchanged"])


def _roster(found: TrainingClass) -> list[Person]:
    learners = people.learners_by_ids(enrollment.admitted_learner_ids(found.id))
    return [Person(one.id, one.code, one.name_zh) for one in learners.values()]


def _marks(session: ClassSession, rows: list[SheetRow]) -> dict[int, Seen]:
    return {
        row.learner_id: Seen(*row.entries[session.id])
        for row in rows
        if row.is_importable and row.learner_id is not None and session.id in row.entries
    }


def _compare(session: ClassSession, rows: list[SheetRow]) -> Counter[str]:
    return compare(session, _marks(session, rows))


def import_sheet(*, code: str, class_code: str, actor: Actor, now: datetime) -> SheetImport:
    """Write the marks of the good rows, once. Standing marks are corrected with the sheet as the reason.

    Raises NotFound, Forbidden, SheetIsDecided, NoRowToImport.
    """
    sheet = _claim(code, class_code, SheetState.IMPORTED, actor, now)
    preview = preview_sheet(sheet, now=now)
    people_of = {row.learner_id: row for row in preview.importable if row.learner_id is not None and row.entries}
    if not people_of:
        raise NoRowToImport
    hold(sheet.class_id, [id_ for id_ in people_of if id_ is not None])
    reason = f"按纸质签到表更正：{sheet.file_name}"
    for session in preview.sessions:
        marks = _marks(session, preview.importable)
        if marks:
            done = put_marks(session, marks, actor=actor, now=now, source=MarkSource.SHEET, reason=reason)
            sheet.new_count += done.new
            sheet.corrected_count += done.corrected
            sheet.unchanged_count += done.unchanged
    sheet.refused_count = preview.counts[RowState.ERROR]
    db.session.flush()
    after = {"new": sheet.new_count, "corrected": sheet.corrected_count, "refused": sheet.refused_count}
    record(actor, "attendance.sheet_imported", f"sheet:{code}", now=now, after=after)
    return sheet


def discard_sheet(*, code: str, class_code: str, actor: Actor, now: datetime) -> SheetImport:
    """Import none of it. Raises NotFound, Forbidden, SheetIsDecided."""
    sheet = _claim(code, class_code, SheetState.DISCARDED, actor, now)
    record(actor, "attendance.sheet_discarded", f"sheet:{code}", now=now)
    return sheet


def _claim(code: str, class_code: str, state: SheetState, actor: Actor, now: datetime) -> SheetImport:
    """Decide about a sheet by conditional update: of two confirmations one wins."""
    found = timetable.get_class(class_code)
    if not can_mark_any(actor):
        raise Forbidden
    if found.state not in MARKABLE:
        raise ClassIsNotTaught
    sheet = queries.get_sheet_import(found.id, code)
    claim = (
        update(SheetImport)
        .where(SheetImport.id == sheet.id, SheetImport.state == SheetState.PREVIEWED)
        .values(state=state, decided_at=now)
        .returning(SheetImport.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(claim).one_or_none() is None:
        raise SheetIsDecided
    db.session.refresh(sheet)
    return sheet
