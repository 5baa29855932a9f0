"""Finding a table in a sheet: its header by name, wherever it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from academy.core.sheets.reading import EMPTY, Cell, ColumnsAreMissing, Sheet, SheetIsEmpty, SheetRow

SEARCHED_ROWS = 20  # a header stands near the top


@dataclass(frozen=True, slots=True)
class HiddenColumn:
    """A column that the file hides; it is not read."""

    letter: str
    title: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A data row: cells by the key of their column."""

    number: int
    cells: Mapping[str, Cell]

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


def find_table(sheet: Sheet, *, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Table:
    """The table whose header names `columns` (key → the titles it may have); other and hidden columns are left out.

    Raises ColumnsAreMissing when no row names all the `required` ones, SheetIsEmpty when nothing stands below it.
    """
    titles = {_key(title): key for key, names in columns.items() for title in names}
    header = max(sheet.rows[:SEARCHED_ROWS], key=lambda row: len(_columns(row, titles, sheet.hidden_columns)))
    places = _columns(header, titles, sheet.hidden_columns)
    missing = [columns[key][0] for key in required if key not in places]
    if missing:
        raise ColumnsAreMissing(columns="、".join(missing))
    rows = tuple(
        TableRow(row.number, {key: row.cells[at] for key, at in places.items() if at < len(row.cells)})
        for row in sheet.rows
        if row.number > header.number and not row.is_blank
    )
    if not rows:
        raise SheetIsEmpty
    merged = tuple(row.number for row in sheet.rows if row.number < header.number and row.number in sheet.merged_rows)
    return Table(sheet.name, header.number, merged, _hidden(header, sheet.hidden_columns), rows)


def _key(title: str) -> str:
    return "".join(title.split()).rstrip("*＊").lower()


def _columns(row: SheetRow, titles: Mapping[str, str], hidden: frozenset[int]) -> dict[str, int]:
    """Column by key; when a title stands twice, the first one counts."""
    places: dict[str, int] = {}
    for at, cell in enumerate(row.cells):
        key = titles.get(_key(cell.text))
        if key is not None and at not in hidden:
            places.setdefault(key, at)
    return places


def _hidden(header: SheetRow, hidden: frozenset[int]) -> tuple[HiddenColumn, ...]:
    return tuple(
        HiddenColumn(get_column_letter(at + 1), header.cells[at].text.strip())
        for at in sorted(hidden)
        if at < len(header.cells) and header.cells[at].text.strip()
    )
