"""The handlers for the two large parts of an .xlsx: a sheet's cells, and the strings that cells share."""

import re
from collections.abc import Callable

from academy.core.sheets.cells import EMPTY, MOST_CHARACTERS, Cell, CellKind, Limits, SheetIsUnreadable, SheetRow

LAST_ROW = 1_048_576
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def plain(text: str) -> str:
    """A cell's text: escaped characters unfolded, what no database takes left out."""
    if "_x" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return _CONTROL.sub("", text[:MOST_CHARACTERS])


def _unescaped(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return "" if (code < 32 and code not in {9, 10, 13}) or 0xD800 <= code <= 0xDFFF else chr(code)


class StringsParser:
    """Collects the shared strings, without the phonetic readings that some carry."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._parts: list[str] = []
        self._is_text = self._is_phonetic = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._is_phonetic = True
        elif name == "t":
            self._is_text = not self._is_phonetic

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "si":
            self.strings.append(plain("".join(self._parts)))
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "t":
            self._is_text = False

    def text(self, data: str) -> None:
        """Characters between tags."""
        if self._is_text:
            self._parts.append(data)


class SheetParser:
    """Collects the rows that hold something, hidden columns and merged ranges, within the limits."""

    def __init__(self, limits: Limits, first: int | None, read: Callable[[str, str, str], Cell]) -> None:
        self.rows: list[SheetRow] = []
        self.hidden_columns: set[int] = set()
        self.merges: list[str] = []
        self._limits, self._first, self._read = limits, first, read
        self._places: dict[str, int] = {}  # letters → column, from 0
        self._cells: list[Cell] = []
        self._number = self._count = 0
        self._column = -1
        self._kind = self._style = ""
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._taken: list[str] | None = None
        self._is_hidden = self._is_phonetic = False

    @property
    def is_done(self) -> bool:
        """Whether as many rows are read as were asked for."""
        return self._first is not None and len(self.rows) >= self._first

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._taken = None if self._is_phonetic else self._value
        elif name == "f":
            self._formula = self._taken = []
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._is_phonetic = True
        elif name == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes["min"]), min(int(attributes["max"]), self._limits.columns)
            if first < 1:
                raise SheetIsUnreadable
            self.hidden_columns.update(range(first - 1, last))
        elif name == "mergeCell" and len(self.merges) < self._limits.cells:
            self.merges.append(attributes["ref"][:40])

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "c":
            self._end_cell()
        elif name in {"v", "t", "f"}:
            self._taken = None
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._is_phonetic = False

    def text(self, data: str) -> None:
        """Characters between tags."""
        if self._taken is not None:
            self._taken.append(data)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r", "")
        self._number = max(int(given) if given else 0, self._number + 1)
        if self._number > LAST_ROW:
            raise SheetIsUnreadable
        self._is_hidden = attributes.get("hidden") in {"1", "true"}
        self._cells, self._column = [], -1

    def _end_row(self) -> None:
        row = SheetRow(self._number, tuple(self._cells), self._is_hidden)
        if not self._cells or row.is_blank or self.is_done:
            return
        self.rows.append(row)
        if len(self.rows) > self._limits.rows:
            raise self._limits.exceeded()

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self._column = self._place(letters) if letters else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._value, self._formula, self._taken = [], None, None

    def _place(self, letters: str) -> int:
        place = self._places.get(letters)
        if place is None:
            if len(letters) > 3 or not letters.isascii() or not letters.isalpha():
                raise SheetIsUnreadable
            place = -1
            for letter in letters.upper():
                place = (place + 1) * 26 + ord(letter) - 65
            self._places[letters] = place
        return place

    def _end_cell(self) -> None:
        value = "".join(self._value)
        if (not value and self._formula is None) or self._column >= self._limits.columns:
            return
        self._count += 1
        if self._count > self._limits.cells:
            raise self._limits.exceeded()
        cell = self._made(value)
        while len(self._cells) < self._column:
            self._cells.append(EMPTY)
        if len(self._cells) > self._column:
            self._cells[self._column] = cell
        else:
            self._cells.append(cell)

    def _made(self, value: str) -> Cell:
        if self._formula is not None:
            return Cell(CellKind.FORMULA, f"={plain(''.join(self._formula))}")
        cell = self._read(self._kind, self._style, plain(value) if self._kind in {"inlineStr", "str"} else value)
        return cell if cell.text else EMPTY
