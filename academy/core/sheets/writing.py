"""Writing .xlsx and .csv files in which no cell can become a formula, a link or a number by accident."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import xlsxwriter

from academy.core.clock import local
from academy.core.sheets.cells import MOST_CHARACTERS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
_STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # full width too: some programs fold it before they look
_LONG_NUMBER = re.compile(r"\d{15,}X?")
Value: TypeAlias = "str | int | float | Decimal | date | datetime | bool | None"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its width in characters, and how its numbers are shown (Excel's notation)."""

    title: str
    width: float = 16
    number_format: str = "General"


def safe_cell(value: str) -> str:
    """A text for a CSV cell that no spreadsheet program takes for a formula, nor for a number whose last digits it drops.

    CSV keeps no cell types. The apostrophe is what `read_sheet` takes off again.
    """
    return f"'{value}" if value[:1] in _STARTS_FORMULA or _LONG_NUMBER.fullmatch(value) else value


def csv_content(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> bytes:
    """A .csv that Excel opens without questions: UTF-8 with its mark, every text safe, the header too."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([safe_cell(column.title) for column in columns])
    writer.writerows([_csv_text(value) for value in values] for values in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    return safe_cell(value) if isinstance(value, str) else str(value)


class Book:
    """A workbook in memory. Texts are written as texts, whatever they look like.

    >>> book = Book(as_of=now)
    >>> book.sheet("名册", [Column("姓名"), Column("得分", 8, "0.0")], [("孙婷婷", Decimal("81.5"))])
    >>> book.content()
    """

    def __init__(self, *, as_of: datetime) -> None:
        self._buffer = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book: Any = xlsxwriter.Workbook(self._buffer, options)
        self._book.set_properties({"created": local(as_of).replace(tzinfo=None)})  # the same report gives the same bytes
        self._text = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self._head = self._book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "vcenter"})
        self._title = self._book.add_format({"bold": True, "font_size": 14})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})

    def sheet(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value]],
        *,
        title: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        """Add a sheet: an optional title and notes, a frozen header with filters, the rows."""
        sheet = self._book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31])
        top = self._write_title(sheet, title, notes)
        formats = [self._book.add_format({"num_format": column.number_format, "valign": "top"}) for column in columns]
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(top, at, column.title[:MOST_CHARACTERS], self._head)
        last = top
        for last, values in enumerate(rows, start=top + 1):
            for at, value in enumerate(values):
                self._write(sheet, last, at, value, formats[at])
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, last, len(columns) - 1)

    def content(self) -> bytes:
        """The file's bytes; nothing can be added afterwards."""
        self._book.close()
        return self._buffer.getvalue()

    def _write_title(self, sheet: Any, title: str, notes: Sequence[str]) -> int:
        lines = [title, *notes] if title else list(notes)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line[:MOST_CHARACTERS], self._title if title and row == 0 else None)
        return len(lines)

    def _write(self, sheet: Any, row: int, at: int, value: Value, number: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value)
        elif isinstance(value, int | float | Decimal):
            sheet.write_number(row, at, value, number)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, at, local(value).replace(tzinfo=None), self._instant)
        elif isinstance(value, date):
            sheet.write_datetime(row, at, value, self._date)
        else:
            sheet.write_string(row, at, value[:MOST_CHARACTERS], self._text)
