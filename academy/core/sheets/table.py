"""Finding a table in a sheet: its header by name, wherever it stands, or where somebody said that it is."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from academy.core.sheets.cells import EMPTY, Cell, ColumnsAreMissing, Sheet, SheetIsEmpty, SheetRow

SEARCHED_ROWS = 20  # a header stands near the top


@dataclass(frozen=True, slots=True)
class HiddenColumn:
    """A column that the file hides; it is not read."""

    letter: str
    title: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A data row: cells by the key of their column. `filled` counts every cell that holds something, read or not."""

    number: int
    cells: Mapping[str, Cell]
    filled: int = 0

    def cell(self, key: str) -> Cell:
        """The cell of a column, empty when the file lacks the column."""
        return self.cells.get(key, EMPTY)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what was left out of it."""

    sheet_name: str
    header_row: int
    title_rows: tuple[int, ...]  # merged title rows above the header
    hidden: tuple[HiddenColumn, ...]
    rows: tuple[TableRow, ...]
    hidden_rows: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()  # titles of columns that nobody asked for


@dataclass(frozen=True, slots=True)
class Heading:
    """A visible column: where it is, its title as a key that is unique in the header, and what stands below it."""

    at: int
    key: str
    title: str
    samples: tuple[str, ...]

    @property
    def letter(self) -> str:
        """The column's letter in the spreadsheet program."""
        return get_column_letter(self.at + 1)


def find_table(sheet: Sheet, *, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Table:
    """The table whose header names `columns` (key → the titles it may have); other and hidden columns are left out.

    Raises ColumnsAreMissing when no row names all the `required` ones, SheetIsEmpty when nothing stands below it.
    """
    header, places = find_header(sheet, columns)
    missing = [columns[key][0] for key in required if key not in places]
    if missing:
        raise ColumnsAreMissing(columns="、".join(missing))
    return table_at(sheet, header.number, places, skip_hidden_rows=False)


def find_header(sheet: Sheet, columns: Mapping[str, Sequence[str]]) -> tuple[SheetRow, dict[str, int]]:
    """The row near the top that names the most of the columns (key → titles), and the place of each key it names."""
    titles = {title_key(title): key for key, names in columns.items() for title in names}
    header = max(sheet.rows[:SEARCHED_ROWS], key=lambda row: len(_columns(row, titles, sheet.hidden_columns)))
    return header, _columns(header, titles, sheet.hidden_columns)


def guess_header(sheet: Sheet) -> SheetRow:
    """The first row near the top in which nearly as many cells are filled as in any other: a title fills one."""
    near = sheet.rows[:SEARCHED_ROWS]
    most = max(_filled(row) for row in near)
    return next(row for row in near if _filled(row) * 10 >= most * 8)


def table_at(sheet: Sheet, header_row: int, places: Mapping[str, int], *, skip_hidden_rows: bool = True) -> Table:
    """The table below a header, with the columns at these places. Raises SheetIsEmpty when nothing stands below it."""
    header = next((row for row in sheet.rows if row.number == header_row), None)
    below = [row for row in sheet.rows if row.number > header_row and not row.is_blank]
    hidden_rows = tuple(row.number for row in below if row.is_hidden) if skip_hidden_rows else ()
    left_out = set(hidden_rows)
    rows = tuple(
        TableRow(row.number, {key: row.cells[at] for key, at in places.items() if at < len(row.cells)}, _filled(row))
        for row in below
        if row.number not in left_out
    )
    if header is None or not rows:
        raise SheetIsEmpty
    merged = tuple(row.number for row in sheet.rows if row.number < header_row and row.number in sheet.merged_rows)
    taken = set(places.values())
    unread = tuple(h.title for h in headings(sheet, header_row) if h.at not in taken and h.title)
    return Table(sheet.name, header_row, merged, _hidden(header, sheet.hidden_columns), rows, hidden_rows, unread)


def headings(sheet: Sheet, header_row: int, *, samples: int = 3) -> list[Heading]:
    """The visible columns of a header, each with the first few values below it; a column may have no title."""
    header = next((row for row in sheet.rows if row.number == header_row), None)
    if header is None:
        return []
    below = [row for row in sheet.rows if row.number > header_row][:50]
    width = max([len(header.cells), *(len(row.cells) for row in below)])
    found: list[Heading] = []
    seen: dict[str, int] = {}
    for at in range(width):
        title = header.cells[at].text.strip()[:80] if at < len(header.cells) else ""
        values = [row.cells[at].text.strip() for row in below if at < len(row.cells) and row.cells[at].text.strip()]
        if at in sheet.hidden_columns or not (title or values):
            continue
        key = title_key(title) or get_column_letter(at + 1)
        seen[key] = seen.get(key, 0) + 1
        unique = key if seen[key] == 1 else f"{key}#{seen[key]}"
        found.append(Heading(at, unique, title, tuple(value[:40] for value in values[:samples])))
    return found


def signature(keys: Iterable[str]) -> str:
    """What tells one header from another, whatever the order of its columns."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()


def title_key(title: str) -> str:
    """A title as it is compared: without blanks, stars and case."""
    return "".join(title.split()).rstrip("*＊").lower()


def _filled(row: SheetRow) -> int:
    return sum(bool(cell.text.strip()) for cell in row.cells)


def _columns(row: SheetRow, titles: Mapping[str, str], hidden: frozenset[int]) -> dict[str, int]:
    """Column by key; when a title stands twice, the first one counts."""
    places: dict[str, int] = {}
    for at, cell in enumerate(row.cells):
        key = titles.get(title_key(cell.text))
        if key is not None and at not in hidden:
            places.setdefault(key, at)
    return places


def _hidden(header: SheetRow, hidden: frozenset[int]) -> tuple[HiddenColumn, ...]:
    return tuple(
        HiddenColumn(get_column_letter(at + 1), header.cells[at].text.strip())
        for at in sorted(hidden)
        if at < len(header.cells) and header.cells[at].text.strip()
    )
