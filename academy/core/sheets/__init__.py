"""Spreadsheets: read safely, row by row; written so that no cell can become a formula."""

from academy.core.sheets.reading import (
    Cell,
    CellKind,
    ColumnsAreMissing,
    Limits,
    Sheet,
    SheetHasMacrosOrLinks,
    SheetIsEmpty,
    SheetIsOldFormat,
    SheetIsTooLarge,
    SheetIsUnreadable,
    SheetRow,
    packaged_rows,
    read_sheet,
)
from academy.core.sheets.table import HiddenColumn, Table, TableRow, find_table
from academy.core.sheets.writing import XLSX, Book, Column, safe_cell

__all__ = [
    "XLSX",
    "Book",
    "Cell",
    "CellKind",
    "Column",
    "ColumnsAreMissing",
    "HiddenColumn",
    "Limits",
    "Sheet",
    "SheetHasMacrosOrLinks",
    "SheetIsEmpty",
    "SheetIsOldFormat",
    "SheetIsTooLarge",
    "SheetIsUnreadable",
    "SheetRow",
    "Table",
    "TableRow",
    "find_table",
    "packaged_rows",
    "read_sheet",
    "safe_cell",
]
