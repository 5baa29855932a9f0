"""Reading a table of answers taken on paper: one row a candidate, one column a question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from academy.core.text import N_, Text
from academy.exams.rules.answers import Fault, read_response
from academy.exams.rules.kinds import QuestionKind


class Verdict(StrEnum):
    """What will happen with a row: taken, taken with something altered or noted, left out."""

    OK = "ok"
    FIX = "fix"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Column:
    """A position of the paper as an answer sheet sees it."""

    position: int
    code: str
    kind: QuestionKind
    options: int


@dataclass(slots=True)
class SheetRow:
    """One candidate's row with its verdict."""

    number: int
    candidate_no: str
    responses: dict[int, str] = field(default_factory=dict)
    faults: list[Text] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """What will happen."""
        if self.faults:
            return Verdict.NO
        return Verdict.FIX if self.notes else Verdict.OK

    @property
    def blanks(self) -> int:
        """How many positions have no answer."""
        return sum(not response for response in self.responses.values())


def find_column_faults(header: Sequence[str], columns: Sequence[Column]) -> list[Text]:
    """What is wrong with the columns as a whole; nothing is read then."""
    wanted = [column.code for column in columns]
    given = [title.strip().upper() for title in header if title.strip()]
    faults = []
    if missing := [code for code in wanted if code not in given]:
        faults.append(Text(N_("缺少 %(count)s 列：%(codes)s"), count=len(missing), codes=_some(missing)))
    if unknown := [code for code in given if code not in wanted]:
        faults.append(Text(N_("多出 %(count)s 列：%(codes)s，不是这张卷子的题"), count=len(unknown), codes=_some(unknown)))
    if twice := sorted({code for code in given if given.count(code) > 1}):
        faults.append(Text(N_("%(codes)s 出现了两次"), codes=_some(twice)))
    return faults


def _some(codes: Sequence[str]) -> str:
    return "、".join(code[:20] for code in codes[:5]) + ("……" if len(codes) > 5 else "")


def read_row(number: int, candidate_no: str, cells: Mapping[str, str], columns: Sequence[Column]) -> SheetRow:
    """One row: every position read, every fault named with its question."""
    row = SheetRow(number, candidate_no.strip().upper()[:20])
    for column in columns:
        written = cells.get(column.code, "").strip()
        reading = read_response(written, kind=column.kind, options=column.options)
        row.responses[column.position] = reading.response
        if reading.fault is Fault.MORE_THAN_ONE:
            row.notes.append(
                Text(N_("第 %(n)s 题单选涂了 %(letters)s，照原样记，不得分"), n=column.position, letters=reading.response)
            )
        elif (fault := reading.words(written, column.options)) is not None:
            row.faults.append(Text(N_("第 %(n)s 题%(fault)s"), n=column.position, fault=fault))
        elif reading.is_repaired:
            note = N_("第 %(n)s 题“%(written)s”读作 %(read)s")
            row.notes.append(Text(note, n=column.position, written=written[:20], read=reading.response))
    return row


def check_candidates(rows: Sequence[SheetRow], *, known: frozenset[str], answered: frozenset[str]) -> None:
    """Refuse rows of unknown candidates, of those whose answers are kept already, and every row of a number used twice."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        places[row.candidate_no].append(row.number)
    for row in rows:
        if not row.candidate_no:
            row.faults.insert(0, Text(N_("没有考生号")))
        elif row.candidate_no not in known:
            row.faults.insert(0, Text(N_("这场考试没有考生 %(no)s"), no=row.candidate_no))
        elif len(places[row.candidate_no]) > 1:
            same = "、".join(str(number) for number in places[row.candidate_no] if number != row.number)
            row.faults.insert(0, Text(N_("考生 %(no)s 还出现在第 %(rows)s 行"), no=row.candidate_no, rows=same))
        elif row.candidate_no in answered:
            row.faults.insert(0, Text(N_("考生 %(no)s 已有答卷，不会覆盖"), no=row.candidate_no))
