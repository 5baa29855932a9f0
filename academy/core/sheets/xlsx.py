"""Reading .xlsx: the archive's parts go through one streaming parser that stops as soon as a limit is passed.

Nothing is built but the cells that hold something: a file of one kilobyte can declare seventeen billion others. The
parser tells how much of a part waits for the end of one tag; that is bounded too, because Expat before 2.6 reads such a
tag again from its beginning with every piece that arrives.
"""

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from math import isfinite
from typing import Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from academy.core.sheets.cells import Cell, CellKind, Limits, Sheet, SheetHasMacrosOrLinks, SheetIsEmpty, SheetIsUnreadable
from academy.core.sheets.sheetxml import SheetParser, StringsParser

PIECE = 128 * 1024
MOST_OF_A_TAG = 1024 * 1024  # bytes
MOST_TAGS = 4_000_000  # of one part
MOST_PARTS = 1_000
MOST_SHEETS = 100
_FORBIDDEN = ("vbaproject.bin", ".exe", ".dll")

Start = Callable[[str, dict[str, str]], None]


def read_xlsx(content: bytes, limits: Limits, name: str, first: int | None) -> Sheet:
    """A visible sheet: the one called `name`, else the first. Raises the refusals of cells.py and what parsers raise."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_parts(archive, limits)
        book = _Book(archive, limits)
        chosen = next((sheet for sheet in book.sheets if sheet[0] == name), None) or next(iter(book.sheets), None)
        if chosen is None:
            raise SheetIsEmpty
        strings = book.strings()
        parser = SheetParser(limits, first, _cell_reader(strings, book.date_styles(), book.epoch))
        _parse(archive, chosen[1], limits, parser.start, parser.end, parser.text, lambda: parser.is_done)
    others = tuple(title for title, path in book.sheets if path != chosen[1])
    merged = frozenset(row for ref in parser.merges for row in _merged_row(ref))
    is_1904 = book.epoch == CALENDAR_MAC_1904
    return Sheet(chosen[0], tuple(parser.rows), frozenset(parser.hidden_columns), merged, others, is_1904)


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Refuse zip bombs and macros before anything is unpacked (zipfile reads no more than a part declares)."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.bytes:
        raise limits.exceeded()
    if any(part.filename.lower().endswith(_FORBIDDEN) for part in parts):
        raise SheetHasMacrosOrLinks


def _parse(
    archive: zipfile.ZipFile,
    path: str,
    limits: Limits,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    is_done: Callable[[], bool] = lambda: False,
) -> None:
    """Feed a part to the handlers; names come without their prefix. Document types are refused before they are read."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    seen = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if seen > MOST_TAGS:
            raise limits.exceeded()
        start(_local(name), attributes)

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    fed = 0
    with archive.open(path) as part:
        while piece := part.read(PIECE):
            parser.Parse(piece)
            fed += len(piece)
            if fed - max(parser.CurrentByteIndex, 0) > MOST_OF_A_TAG:
                raise SheetIsUnreadable
            if is_done():
                return
    parser.Parse(b"", True)  # noqa: FBT003 - Expat takes no keywords


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_: Any) -> None:
    raise SheetHasMacrosOrLinks


class _Book:
    """The workbook's own part: its visible sheets in order, its calendar, and where strings and styles are."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive, self._limits = archive, limits
        self._parts = set(archive.namelist())
        self.epoch: datetime = CALENDAR_WINDOWS_1900
        listed: list[tuple[str, str]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet" and attributes.get("state", "visible") == "visible" and len(listed) < MOST_SHEETS:
                link = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                listed.append((attributes.get("name", "")[:80], link))
            elif name == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                self.epoch = CALENDAR_MAC_1904

        self._path = next((path for _, kind, path in self._links("") if kind.endswith("/officeDocument")), "xl/workbook.xml")
        _parse(archive, self._path, limits, start)
        self._targets = {link: (kind, path) for link, kind, path in self._links(self._path)}
        found = [(title, self._targets.get(link, ("", ""))) for title, link in listed]
        self.sheets = [(title, path) for title, (kind, path) in found if kind.endswith("/worksheet") and path in self._parts]

    def _links(self, path: str) -> Iterator[tuple[str, str, str]]:
        """The relations of a part: (id, type, path of the target)."""
        folder, _, file = path.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        links: list[tuple[str, str, str]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join(f"/{folder}", attributes.get("Target", ""))).lstrip("/")
                links.append((attributes.get("Id", ""), attributes.get("Type", ""), target))

        if rels in self._parts:
            _parse(self._archive, rels, self._limits, start)
        return iter(links)

    def _part(self, kind: str) -> str | None:
        return next((path for type_, path in self._targets.values() if type_.endswith(kind) and path in self._parts), None)

    def strings(self) -> list[str]:
        """The shared strings."""
        path = self._part("/sharedStrings")
        if path is None:
            return []
        parser = StringsParser()
        _parse(self._archive, path, self._limits, parser.start, parser.end, parser.text)
        return parser.strings

    def date_styles(self) -> set[str]:
        """The numbers of the cell styles that show a number as a date."""
        path = self._part("/styles")
        formats = dict(BUILTIN_FORMATS)
        styles: list[int] = []
        is_inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal is_inside
            if name == "numFmt":
                formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")[:255]
            elif name in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
                is_inside = name == "cellXfs"
            elif name == "xf" and is_inside:
                styles.append(int(attributes.get("numFmtId", "0")))

        if path is not None:
            _parse(self._archive, path, self._limits, start)
        return {str(at) for at, number in enumerate(styles) if is_date_format(formats.get(number, "General"))}


def _merged_row(ref: str) -> Iterator[int]:
    left, top, right, _ = range_boundaries(ref)
    if left is not None and right is not None and top is not None and right > left:
        yield top


def _cell_reader(strings: list[str], date_styles: set[str], epoch: datetime) -> Callable[[str, str, str], Cell]:
    """How the value of a cell (its type, style and text) is read."""

    def read(kind: str, style: str, value: str) -> Cell:
        if kind == "s":
            text = strings[int(value)]
            return Cell(CellKind.TEXT, text)
        if kind == "n":
            return _number(value, epoch if style in date_styles else None)
        if kind == "b":
            return Cell(CellKind.BOOLEAN, "TRUE" if value.strip() == "1" else "FALSE")
        if kind == "e":
            return Cell(CellKind.ERROR, value[:40])
        if kind == "d":
            return Cell(CellKind.DATE, value[:40].replace("T", " "))
        return Cell(CellKind.TEXT, value)

    return read


def _number(value: str, epoch: datetime | None) -> Cell:
    number = float(value)
    if not isfinite(number):
        return Cell(CellKind.ERROR, value[:40])
    if epoch is not None:
        moment = _moment(number, epoch)
        if moment is not None:
            return Cell(CellKind.DATE, moment)
    return Cell(CellKind.NUMBER, number_text(number))


def _moment(number: float, epoch: datetime) -> str | None:
    try:
        value: Any = from_excel(number, epoch)
    except (ValueError, OverflowError):
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else None


def number_text(value: float) -> str:
    """A number as it should be read: whole ones with every digit while they are exact (Excel keeps 15)."""
    if abs(value) < 10**15 and value == int(value):
        return str(int(value))
    return f"{value:.15G}"
