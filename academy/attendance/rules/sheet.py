"""Reading a sign-in sheet that was filled in by hand: one verdict a row, and why. Pure.

Signs: √ present, △ or 迟 late, ▽ or 早 left early, ○ or 假 leave, × or 旷 absent; a number is attended minutes; nothing
leaves the person as she is. A sign and a number may stand together: 迟130.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from academy.attendance.rules.marking import MARK_WORDS, MarkState
from academy.core.sheets import Cell, CellKind, Sheet, Table, TableRow
from academy.core.text import N_, Text

CODE, NAME = "code", "name"
TITLES: dict[str, tuple[str, ...]] = {CODE: (N_("学员编号"), "编号"), NAME: (N_("姓名"), "学员姓名")}
SIGNS: dict[MarkState, str] = {
    MarkState.PRESENT: "√✓✔☑到",
    MarkState.LATE: "△▲迟",
    MarkState.LEFT_EARLY: "▽▼早",
    MarkState.LEAVE: "○〇◯假",
    MarkState.ABSENT: "×✕✗✘xX旷缺",
}
WORDS: dict[str, MarkState] = {
    "出勤": MarkState.PRESENT,
    "迟到": MarkState.LATE,
    "早退": MarkState.LEFT_EARLY,
    "请假": MarkState.LEAVE,
    "缺勤": MarkState.ABSENT,
    "旷课": MarkState.ABSENT,
}
_STATE_OF = {sign: state for state, signs in SIGNS.items() for sign in signs} | WORDS
_ENTRY = re.compile(r"(\D*?)(\d{0,4})(?:分钟|分)?")
_SESSION_TITLE = re.compile(r"第?(\d{1,4})[节次]?([(（\[].*)?")
_DIRECT = frozenset("√△▽○×") | set("到迟早假旷") | WORDS.keys()  # what the template's legend names


class RowState(StrEnum):
    """What will happen to a row."""

    OK = "ok"
    REPAIRED = "repaired"
    ERROR = "error"


class Finding(NamedTuple):
    """One thing that reading showed."""

    state: RowState
    say: Text


class Entry(NamedTuple):
    """A mark as a cell says it."""

    state: MarkState
    minutes: int | None


class SessionColumn(NamedTuple):
    """A session as a column of the sheet."""

    session_id: int
    seq: int
    minutes: int
    has_begun: bool


class Person(NamedTuple):
    """Somebody on the class's roster."""

    learner_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as read: whom it is about, what it says of each session, and the findings."""

    number: int
    code: str
    name: str
    learner_id: int | None
    entries: Mapping[int, Entry]  # by session
    findings: tuple[Finding, ...]

    @property
    def state(self) -> RowState:
        """The heaviest of its findings."""
        states = {finding.state for finding in self.findings}
        return next((one for one in (RowState.ERROR, RowState.REPAIRED) if one in states), RowState.OK)

    @property
    def is_importable(self) -> bool:
        """Whether the row goes in."""
        return self.state is not RowState.ERROR


def session_title(seq: int) -> str:
    """The title of a session's column: 第3节."""
    return f"第{seq}节"


def columns_of(sheet: Sheet, seqs: Sequence[int]) -> dict[str, tuple[str, ...]]:
    """The titles by which columns are found: whatever the sheet writes after a session's number is left aside."""
    written: dict[int, list[str]] = {}
    for row in sheet.rows[:20]:
        for cell in row.cells:
            found = _SESSION_TITLE.fullmatch(_tidy(cell.text))
            if found:
                written.setdefault(int(found.group(1)), []).append(cell.text)
    sessions = {f"s{seq}": (session_title(seq), *written.get(seq, ())) for seq in seqs}
    return {**TITLES, **sessions}


def _tidy(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def judge_sheet(table: Table, sessions: Sequence[SessionColumn], roster: Sequence[Person]) -> list[SheetRow]:
    """Every row with its verdict."""
    by_code = {person.code.upper(): person for person in roster}
    by_name: dict[str, list[Person]] = {}
    for person in roster:
        by_name.setdefault(person.name, []).append(person)
    rows: list[SheetRow] = []
    seen: dict[int, int] = {}
    for table_row in table.rows:
        row = _judge(table_row, sessions, by_code, by_name, seen)
        if row.learner_id is not None:
            seen.setdefault(row.learner_id, row.number)
        rows.append(row)
    return rows


def _judge(
    row: TableRow,
    sessions: Sequence[SessionColumn],
    by_code: Mapping[str, Person],
    by_name: Mapping[str, list[Person]],
    seen: Mapping[int, int],
) -> SheetRow:
    findings: list[Finding] = []
    person = _person(row, by_code, by_name, findings)
    if person is not None and person.learner_id in seen:
        findings.append(_error(Text(N_("与第 %(row)s 行是同一人。"), row=seen[person.learner_id])))
    entries = {}
    for session in sessions:
        entry = _entry(row.cell(f"s{session.seq}"), session, findings)
        if entry is not None:
            entries[session.session_id] = entry
    return SheetRow(
        row.number,
        person.code if person else row.cell(CODE).text.strip()[:24],
        person.name if person else row.cell(NAME).text.strip()[:40],
        person.learner_id if person else None,
        entries,
        tuple(findings),
    )


def _error(say: Text) -> Finding:
    return Finding(RowState.ERROR, say)


def _repaired(say: Text) -> Finding:
    return Finding(RowState.REPAIRED, say)


def _person(
    row: TableRow, by_code: Mapping[str, Person], by_name: Mapping[str, list[Person]], findings: list[Finding]
) -> Person | None:
    cells = row.cell(CODE), row.cell(NAME)
    if any(cell.kind in {CellKind.FORMULA, CellKind.ERROR} for cell in cells):
        findings.append(_error(Text(N_("编号或姓名是公式，不接受公式。"))))
        return None
    written, name = cells[0].text.strip(), _tidy(cells[1].text)
    code = _tidy(written).upper()
    if not code:
        named = by_name.get(name, [])
        if len(named) == 1:
            findings.append(_repaired(Text(N_("编号为空，按姓名认出是 %(code)s。"), code=named[0].code)))
            return named[0]
        findings.append(_error(Text(N_("编号为空，按姓名也认不出是谁。"))))
        return None
    person = by_code.get(code)
    if person is None:
        findings.append(_error(Text(N_("编号“%(code)s”不在这个班的名单里。"), code=written[:24])))
        return None
    if name and name != _tidy(person.name):
        findings.append(_error(Text(N_("编号是%(known)s，姓名写的是%(written)s。"), known=person.name, written=name[:40])))
        return None
    if written != person.code:
        findings.append(_repaired(Text(N_("编号“%(written)s”已整理为 %(code)s。"), written=written[:24], code=person.code)))
    return person


def _entry(cell: Cell, session: SessionColumn, findings: list[Finding]) -> Entry | None:
    title = session_title(session.seq)
    if cell.kind in {CellKind.FORMULA, CellKind.ERROR}:
        findings.append(_error(Text(N_("%(session)s是公式，不接受公式。"), session=title)))
        return None
    written = cell.text.strip()
    if not written or written in {"-", "—", "/"}:
        return None
    if not session.has_begun:
        findings.append(_error(Text(N_("%(session)s还没有上，不能先记“%(written)s”。"), session=title, written=written[:12])))
        return None
    return _read(written, title, session.minutes, findings)


def _read(written: str, title: str, planned: int, findings: list[Finding]) -> Entry | None:
    """The sign, the number, or both; what had to be understood is said."""
    tidied = _tidy(written).replace("\ufe0e", "").replace("\ufe0f", "")
    found = _ENTRY.fullmatch(tidied)
    sign, digits = (found.group(1), found.group(2)) if found else (tidied, "")
    state = _STATE_OF.get(sign)
    if (sign and state is None) or (not sign and not digits):
        findings.append(_error(Text(N_("%(session)s的“%(written)s”看不懂。"), session=title, written=written[:12])))
        return None
    minutes = int(digits) if digits else None
    if minutes is not None and minutes > planned:
        say = N_("%(session)s写了 %(minutes)s 分钟，这节课只有 %(planned)s 分钟。")
        findings.append(_error(Text(say, session=title, minutes=minutes, planned=planned)))
        return None
    entry = _meant(state, minutes, planned)
    if written not in _DIRECT and not (sign in _DIRECT and written == f"{sign}{digits}"):
        say = N_("%(session)s的“%(written)s”读作%(state)s。")
        findings.append(_repaired(Text(say, session=title, written=written[:12], state=_shown(entry))))
    return entry


def _meant(state: MarkState | None, minutes: int | None, planned: int) -> Entry:
    if minutes is None:
        return Entry(state or MarkState.PRESENT, None)
    if state in {MarkState.LATE, MarkState.LEFT_EARLY}:
        return Entry(state, minutes)
    if state in {MarkState.LEAVE, MarkState.ABSENT} or minutes == 0:
        return Entry(state or MarkState.ABSENT, None)
    return Entry(MarkState.PRESENT, None) if minutes == planned else Entry(MarkState.LATE, minutes)


def _shown(entry: Entry) -> Text:
    if entry.minutes is None:
        return Text(MARK_WORDS[entry.state])
    return Text(N_("%(state)s %(minutes)s 分钟"), state=Text(MARK_WORDS[entry.state]), minutes=entry.minutes)
