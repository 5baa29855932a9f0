"""Questions in any of the formats. What a format cannot carry is named, never dropped."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text
from academy.exams.rules.bank import COLUMNS, Draft, key_fault
from academy.exams.rules.formats import gift_writing, moodle_writing, option_rows, table
from academy.exams.rules.formats.plain_writing import write_plain
from academy.exams.rules.formats.qti import writing as qti
from academy.exams.rules.formats.reading import BankFormat
from academy.exams.rules.kinds import KIND_WORDS

FORMAT_WORDS = {
    BankFormat.TABLE: N_("Excel（一行一题）"),
    BankFormat.OPTION_ROWS: N_("Excel（一行一个选项）"),
    BankFormat.PLAIN: N_("文本（【答案】【解析】）"),
    BankFormat.GIFT: N_("Moodle GIFT"),
    BankFormat.MOODLE: N_("Moodle XML"),
    BankFormat.QTI21: N_("QTI 2.1 试题包"),
    BankFormat.QTI22: N_("QTI 2.2 试题包"),
    BankFormat.QTI3: N_("QTI 3.0 试题包"),
}
MEDIA = {
    BankFormat.TABLE: (XLSX, "xlsx"),
    BankFormat.OPTION_ROWS: (XLSX, "xlsx"),
    BankFormat.PLAIN: ("text/plain; charset=utf-8", "txt"),
    BankFormat.GIFT: ("text/plain; charset=utf-8", "gift"),
    BankFormat.MOODLE: ("application/xml", "xml"),
    BankFormat.QTI21: ("application/zip", "zip"),
    BankFormat.QTI22: ("application/zip", "zip"),
    BankFormat.QTI3: ("application/zip", "zip"),
}
_ALWAYS: Callable[[Draft], bool] = lambda _draft: True  # noqa: E731
_CARRIES: dict[BankFormat, Callable[[Draft], bool]] = {
    BankFormat.GIFT: gift_writing.can_carry,
    BankFormat.MOODLE: moodle_writing.can_carry,
    BankFormat.QTI21: qti.can_carry,
    BankFormat.QTI22: qti.can_carry,
    BankFormat.QTI3: qti.can_carry,
}
_WIDTHS = {"题干": 60, "解析": 40, "小题": 40, "附加": 20}


@dataclass(frozen=True, slots=True)
class WrittenBank:
    """A file with the questions that it holds, and those that the format cannot carry."""

    content: bytes
    media_type: str
    extension: str
    written: tuple[Draft, ...]
    left_out: tuple[tuple[Draft, Text], ...]


def why_not(draft: Draft, format_: BankFormat) -> Text | None:
    """Why a format cannot carry the question; None when it can."""
    fault = key_fault(draft.kind, draft.answer, options=len(draft.options), prompts=len(draft.prompts))
    if fault is not None:
        return fault
    if not _CARRIES.get(format_, _ALWAYS)(draft):
        why = N_("%(format)s 装不下这道%(kind)s")
        return Text(why, format=Text(FORMAT_WORDS[format_]), kind=Text(KIND_WORDS[draft.kind]))
    if format_ in {BankFormat.TABLE, BankFormat.OPTION_ROWS} and not _fits(draft, format_):
        return Text(N_("有一格超过 %(most)s 字，表格装不下"), most=table.LONGEST_CELL)
    return None


def _fits(draft: Draft, format_: BankFormat) -> bool:
    """Whether no cell is longer than a spreadsheet keeps."""
    rows = [table.row_of(draft)] if format_ is BankFormat.TABLE else option_rows.rows_of(draft)
    return all(len(cell) <= table.LONGEST_CELL for row in rows for cell in row.values())


def write_bank(drafts: Sequence[Draft], format_: BankFormat, *, now: datetime) -> WrittenBank:
    """The questions in a format."""
    reasons = [(draft, why_not(draft, format_)) for draft in drafts]
    written = tuple(draft for draft, why in reasons if why is None)
    left_out = tuple((draft, why) for draft, why in reasons if why is not None)
    return WrittenBank(_content(written, format_, now), *MEDIA[format_], written, left_out)


def _content(drafts: Iterable[Draft], format_: BankFormat, now: datetime) -> bytes:
    match format_:
        case BankFormat.GIFT:
            return gift_writing.write_gift(drafts)
        case BankFormat.MOODLE:
            return moodle_writing.write_moodle(drafts)
        case BankFormat.PLAIN:
            return write_plain(drafts)
        case BankFormat.TABLE:
            return _sheet([table.row_of(draft) for draft in drafts], list(COLUMNS), table.TITLES, now)
        case BankFormat.OPTION_ROWS:
            rows = [row for draft in drafts for row in option_rows.rows_of(draft)]
            return _sheet(rows, list(option_rows.COLUMNS), option_rows.TITLES, now)
    version = {BankFormat.QTI21: "2.1", BankFormat.QTI22: "2.2"}.get(format_, "3.0")
    return qti.write_qti(drafts, version)


def _sheet(rows: list[dict[str, str]], keys: list[str], titles: list[str], now: datetime) -> bytes:
    used = [
        (key, title)
        for key, title in zip(keys, titles, strict=True)
        if not key.startswith("option_") or any(row.get(key) for row in rows)
    ]
    book = Book(as_of=now)
    columns = [Column(title, _WIDTHS.get(title, 14)) for _key, title in used]
    book.sheet("题库", columns, [[row.get(key, "") for key, _title in used] for row in rows])
    return book.content()
