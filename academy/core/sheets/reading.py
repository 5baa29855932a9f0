"""Reading .xlsx and .csv files that strangers made."""

import csv
from functools import cache
from pathlib import Path

from academy.core.errors import Invalid
from academy.core.sheets.cells import Limits, Sheet, SheetIsEmpty, SheetIsOldFormat, SheetIsUnreadable
from academy.core.sheets.delimited import read_delimited
from academy.core.sheets.xlsx import read_xlsx

SAMPLES = Path(__file__).parents[2] / "sampledata"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_sheet(content: bytes, *, limits: Limits | None = None, name: str = "", first: int | None = None) -> Sheet:
    """A visible sheet of an .xlsx (the one called `name`, else the first), or a .csv in UTF-8, UTF-16 or GB 18030.

    Formulas are marked and not computed. With `first`, only so many rows are read: enough to find a header (merges and
    hidden columns that the file lists further down are not known then). Raises SheetIsUnreadable, SheetIsOldFormat,
    SheetHasMacrosOrLinks, SheetIsTooLarge or SheetIsEmpty.
    """
    limits = limits or Limits()
    if content.startswith(_OLE):
        raise SheetIsOldFormat
    try:
        read = read_xlsx if content.startswith(_ZIP) else read_delimited
        sheet = read(content, limits, name, first)
    except Invalid:
        raise
    except Exception as error:  # a stranger's file breaks zip, XML and number parsers in more ways than can be listed
        raise SheetIsUnreadable from error
    if all(row.is_blank for row in sheet.rows):
        raise SheetIsEmpty
    return sheet


@cache
def _packaged(name: str) -> tuple[dict[str, str], ...]:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def packaged_rows(name: str) -> list[dict[str, str]]:
    """The rows of a sample file that ships with the product."""
    return [dict(row) for row in _packaged(name)]
