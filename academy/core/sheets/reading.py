"""Reading .xlsx and .csv files that strangers made.

A workbook is opened in openpyxl's streaming mode: the full mode builds a cell for every cell of a merged range, and a
file of one kilobyte can declare seventeen billion of them. What streaming leaves out (hidden columns, merged ranges) is
read from the sheet's XML.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from academy.core.errors import Invalid
from academy.core.text import N_

SAMPLES = Path(__file__).parents[2] / "sampledata"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Every repetition is bounded: an unclosed tag of fifty kilobytes would hold an unbounded pattern for half a minute.
_COLUMN = re.compile(rb"<(?:\w{1,20}:)?col\b[^<>]{0,400}>")
_MARK = re.compile(rb'\b(\w{1,20})="([^"]{0,20})"')
_MERGE = re.compile(rb'<(?:\w{1,20}:)?mergeCell\b[^<>]{0,100}?\bref="([^"]{1,40})"')
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class SheetIsUnreadable(Invalid):
    """Broken, or no spreadsheet at all."""

    message = N_("这个文件读不出来：可能已损坏，或者不是 .xlsx、.csv 表格。什么都没有写入。")
    next_step = N_("请在 Excel 或 WPS 里打开，另存为 .xlsx 后重新上传。")


class SheetIsOldFormat(Invalid):
    """An .xls file, or one with a password."""

    message = N_("这是旧格式（.xls）或带密码的文件，没有读取。")
    next_step = N_("请在 Excel 或 WPS 里另存为不带密码的 .xlsx 后重新上传。")


class SheetHasMacrosOrLinks(Invalid):
    """Parts that a list of people never needs."""

    message = N_("这个文件含有宏或外部实体，没有读取。")
    next_step = N_("请另存为普通的 .xlsx 后重新上传。")


class SheetIsTooLarge(Invalid):
    """More than is read in one go."""

    message = N_("这个文件太大：一次最多 %(rows)s 行、展开后 %(megabytes)s MB。什么都没有写入。")
    next_step = N_("请分成几个文件上传。")


class SheetIsEmpty(Invalid):
    """Nothing below the header, or nothing at all."""

    message = N_("表格里没有数据行。什么都没有写入。")
    next_step = N_("请检查是不是传错了文件，或数据在另一张工作表里。")


class ColumnsAreMissing(Invalid):
    """The header lacks columns, or there is no header."""

    message = N_("没有找到这些列：%(columns)s。什么都没有写入。")
    next_step = N_("请让表头一行写出这些列名，列的先后不限。")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read of one file."""

    rows: int = 5_000
    columns: int = 60
    cells: int = 200_000
    megabytes: int = 24  # unpacked

    def exceeded(self) -> SheetIsTooLarge:
        """The refusal with its figures."""
        return SheetIsTooLarge(rows=self.rows, megabytes=self.megabytes)


class CellKind(StrEnum):
    """What a cell holds, as the file says it."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its kind, and its content as a person would read it (not trimmed)."""

    kind: CellKind
    text: str = ""


EMPTY = Cell(CellKind.EMPTY)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with the number that the spreadsheet program shows."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written in it."""
        return all(cell.kind is CellKind.EMPTY or not cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first visible sheet of a file; columns are counted from 0."""

    name: str
    rows: tuple[SheetRow, ...]
    hidden_columns: frozenset[int] = frozenset()
    merged_rows: frozenset[int] = frozenset()  # rows that hold a merge over several columns


def read_sheet(content: bytes, *, limits: Limits | None = None) -> Sheet:
    """The first visible sheet of an .xlsx, or a .csv in UTF-8, UTF-16 or GB 18030.

    Formulas are marked and not computed. Raises SheetIsUnreadable, SheetIsOldFormat, SheetHasMacrosOrLinks,
    SheetIsTooLarge or SheetIsEmpty.
    """
    limits = limits or Limits()
    if content.startswith(_OLE):
        raise SheetIsOldFormat
    sheet = _read_xlsx(content, limits) if content.startswith(_ZIP) else _read_csv(content, limits)
    if all(row.is_blank for row in sheet.rows):
        raise SheetIsEmpty
    return sheet


def _read_xlsx(content: bytes, limits: Limits) -> Sheet:
    try:
        _inspect_archive(content, limits)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet: Any = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        # the part's name is private in openpyxl's streaming sheet, and the only way to it but parsing three more parts
        hidden, merged = _read_layout(content, sheet._worksheet_path, limits)
        sheet.reset_dimensions()  # the declared size may be any fiction
        return Sheet(sheet.title, tuple(_xlsx_rows(sheet, limits)), hidden, merged)
    except StopIteration as error:
        raise SheetIsEmpty from error
    except Invalid:
        raise
    except Exception as error:  # a stranger's file breaks zip, XML and workbook parsers in more ways than can be listed
        raise SheetIsUnreadable from error


def _inspect_archive(content: bytes, limits: Limits) -> None:
    """Refuse zip bombs, macros and entity definitions before a parser sees them (zipfile reads no more than declared)."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > 1_000 or sum(part.file_size for part in parts) > limits.megabytes * 1024 * 1024:
            raise limits.exceeded()
        for part in parts:
            name = part.filename.lower()
            if name.endswith(("vbaproject.bin", ".exe", ".dll")):
                raise SheetHasMacrosOrLinks
            if name.endswith((".xml", ".rels")) and _DECLARATION.search(archive.read(part)):
                raise SheetHasMacrosOrLinks


def _read_layout(content: bytes, path: str, limits: Limits) -> tuple[frozenset[int], frozenset[int]]:
    """Hidden columns (from 0) and rows with a merge, after counting rows and cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(path.lstrip("/"))
    if len(re.findall(rb"<(?:\w+:)?row\b", xml)) > limits.rows + 50 or len(re.findall(rb"<(?:\w+:)?c\b", xml)) > limits.cells:
        raise limits.exceeded()
    hidden: set[int] = set()
    for tag in _COLUMN.findall(xml):
        marks = dict(_MARK.findall(tag))
        if marks.get(b"hidden", b"0") in {b"1", b"true"}:
            last = min(int(marks[b"max"]), limits.columns)
            hidden.update(range(max(int(marks[b"min"]), 1) - 1, last))
    merged = {row for ref in _MERGE.findall(xml) for row in _merged_row(ref)}
    return frozenset(hidden), frozenset(merged)


def _merged_row(ref: bytes) -> Iterator[int]:
    left, top, right, _ = range_boundaries(ref.decode())
    if left is not None and right is not None and top is not None and right > left:
        yield top


def _xlsx_rows(sheet: Any, limits: Limits) -> Iterator[SheetRow]:
    written = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=limits.columns), start=1):
        row = SheetRow(number, _trimmed([_xlsx_cell(cell) for cell in cells]))
        if number > 2 * limits.rows + 1_000:
            raise limits.exceeded()
        if not row.is_blank:
            written += 1
            if written > limits.rows:
                raise limits.exceeded()
            yield row


def _trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """A row without the empty cells at its end, with which openpyxl fills it up."""
    while cells and cells[-1].kind is CellKind.EMPTY:
        cells.pop()
    return tuple(cells)


def _xlsx_cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None or value == "":
        return EMPTY
    if kind == "f" or (kind != "s" and not isinstance(value, str | int | float | date | time)):
        return Cell(CellKind.FORMULA, str(value) if isinstance(value, str) else "=")
    if kind == "e":
        return Cell(CellKind.ERROR, str(value))
    if isinstance(value, bool):
        return Cell(CellKind.BOOLEAN, "TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        return Cell(CellKind.NUMBER, _number_text(value))
    if isinstance(value, datetime | date | time):
        return Cell(CellKind.DATE, value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat())
    return Cell(CellKind.TEXT, str(value))


def _number_text(value: float) -> str:
    """A number as it should be read: whole ones with every digit while they are exact (Excel keeps 15)."""
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.15G}"


def _read_csv(content: bytes, limits: Limits) -> Sheet:
    text = _decoded(content)
    if len(content) > limits.megabytes * 1024 * 1024:
        raise limits.exceeded()
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    rows: list[SheetRow] = []
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            row = SheetRow(number, tuple(_csv_cell(value) for value in values[: limits.columns]))
            if not row.is_blank:
                rows.append(row)
            if len(rows) > limits.rows:
                raise limits.exceeded()
    except csv.Error as error:
        raise SheetIsUnreadable from error
    return Sheet("", tuple(rows))


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetIsUnreadable


def _csv_cell(value: str) -> Cell:
    if not value:
        return EMPTY
    return Cell(CellKind.FORMULA if value.startswith("=") else CellKind.TEXT, value)


@cache
def _packaged(name: str) -> tuple[dict[str, str], ...]:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def packaged_rows(name: str) -> list[dict[str, str]]:
    """The rows of a sample file that ships with the product."""
    return [dict(row) for row in _packaged(name)]
