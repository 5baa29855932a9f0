"""Reading .csv files: the encoding and the delimiter are found out, whatever the file says of itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from academy.core.sheets.cells import EMPTY, MOST_CHARACTERS, Cell, CellKind, Limits, Sheet, SheetIsUnreadable, SheetRow

DELIMITERS = (",", ";", "\t", "|", "，")
SNIFFED_LINES = 40
MOST_OF_A_LINE = 256 * 1024  # characters; a line of ten megabytes would make millions of cells
MOST_LINES_OF_A_ROW = 200  # a quotation mark that is never closed swallows the rest of the file
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')  # how programs keep a long number a text; nothing is computed
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_GUARD = re.compile(r"'(?=[=+\-@\t\r＝＋－＠]|\d{15})")  # put there by writing.safe_cell


def read_delimited(content: bytes, limits: Limits, _name: str, first: int | None) -> Sheet:
    """The rows of a .csv. Raises SheetIsUnreadable, SheetIsTooLarge."""
    if len(content) > limits.bytes:
        raise limits.exceeded()
    text = _decoded(content)
    declared = _DECLARED.match(text)
    start = declared.end() if declared else 0
    lines = _lines(text[start:], limits)
    delimiter = _delimiter(lines[:SNIFFED_LINES], declared.group(1) if declared else "")
    rows: list[SheetRow] = []
    cells = 0
    for number, values in _records(lines, delimiter):
        row = SheetRow(number + (1 if declared else 0), tuple(_cell(value) for value in values[: limits.columns]))
        if not row.is_blank:
            rows.append(row)
            cells += len(row.cells)
        if len(rows) > limits.rows or cells > limits.cells:
            raise limits.exceeded()
        if first is not None and len(rows) >= first:
            break
    return Sheet("", tuple(rows))


def _lines(text: str, limits: Limits) -> list[str]:
    lines = list(io.StringIO(text, newline=""))
    if any(len(line) > MOST_OF_A_LINE for line in lines):
        raise limits.exceeded()
    return lines


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of the line on which they begin, as a spreadsheet program numbers rows."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    before = 0
    for number, values in enumerate(reader, start=1):
        if reader.line_num - before > MOST_LINES_OF_A_ROW:
            raise SheetIsUnreadable
        before = reader.line_num
        yield number, values


def _delimiter(lines: list[str], declared: str) -> str:
    """The delimiter that cuts the most lines into the same number of cells; what the file declares wins a draw."""
    return max(DELIMITERS, key=lambda one: (*_agreement(lines, one), one == declared))


def _agreement(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many records have the commonest width above one, and that width; up to the first that breaks the quoting."""
    widths: Counter[int] = Counter()
    with suppress(csv.Error):
        for values in csv.reader(lines, delimiter=delimiter, strict=True):
            widths[len(values)] += len(values) > 1
    width, number = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
    return number, width if number else 0


def _decoded(content: bytes) -> str:
    """The text; a Unicode file that was damaged is refused, because GB 18030 would read it as other characters."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _checked(content.decode("utf-16"))
    if _looks_wide(content):
        return _checked(content.decode(_wide_encoding(content)))
    if content.startswith(b"\xef\xbb\xbf"):
        return _checked(content.decode("utf-8-sig"))
    try:
        return _checked(content.decode("utf-8"))
    except UnicodeError:
        if _is_damaged_utf8(content):
            raise SheetIsUnreadable from None
    return _checked(content.decode("gb18030"))


def _looks_wide(content: bytes) -> bool:
    """Whether this is UTF-16 without its mark: commas, digits and line ends have a zero byte, always on the same side."""
    head = content[:4000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    return max(even, odd) * 10 >= len(head) > 0 and min(even, odd) * 20 <= max(even, odd)


def _wide_encoding(content: bytes) -> str:
    head = content[:4000]
    return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether nearly all of it is UTF-8."""
    text = content.decode("utf-8", "replace")
    broken, wide = text.count("\ufffd"), sum(char > "\x7f" for char in text)
    return broken * 20 < wide


def _checked(text: str) -> str:
    """The text without control characters; many of them mean that this is no text at all."""
    clean, number = _CONTROL.subn("", text)
    if "\0" in text or number * 100 > len(text):
        raise SheetIsUnreadable
    return clean


def _cell(value: str) -> Cell:
    if not value:
        return EMPTY
    value = value[:MOST_CHARACTERS]
    if _GUARD.match(value):
        return Cell(CellKind.TEXT, value[1:])
    if literal := _QUOTED_FORMULA.fullmatch(value):
        return Cell(CellKind.TEXT, literal.group(1)) if literal.group(1) else EMPTY
    return Cell(CellKind.FORMULA if value.startswith("=") else CellKind.TEXT, value)
