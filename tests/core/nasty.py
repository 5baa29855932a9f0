"""Files that strangers made, or might have made: what they are, and what should come of them."""

import io
import zipfile
from datetime import date
from typing import Any

import xlsxwriter

HEADER = ("姓名", "性别", "身份证号", "手机号", "工作单位", "人员类别")
PERSON = ("赵晓梅", "女", "370000199611130029", "19900006745", "某某公司", "P11")
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book(*rows: tuple[Any, ...], hidden_rows: tuple[int, ...] = (), **sheets: tuple[tuple[Any, ...], ...]) -> bytes:
    """A workbook of one sheet, and further ones by name."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_numbers": False}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in ({"名单": rows} | sheets).items():
            sheet = made.add_worksheet(name)
            for number, line in enumerate(lines):
                for at, value in enumerate(line):
                    sheet.write(number, at, value, day if isinstance(value, date) else None)
            for number in hidden_rows:
                sheet.set_row(number - 1, options={"hidden": True})
    return target.getvalue()


def part(content: bytes, name: str) -> bytes:
    """One part of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def replaced(content: bytes, **parts: bytes) -> bytes:
    """The archive with parts replaced or added: sheet=…, strings=…, or a path."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    by_path = {names.get(name, name): data for name, data in parts.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in by_path:
                new.writestr(info, old.read(info))
        for path, data in by_path.items():
            new.writestr(path, data)
    return target.getvalue()


def sheet_xml(data: str, head: str = "", tail: str = "") -> bytes:
    """The XML of a sheet around its rows."""
    return f"<worksheet {_NS}>{head}<sheetData>{data}</sheetData>{tail}</worksheet>".encode()


def line(number: int, *texts: str) -> str:
    """A row of inline strings."""
    cells = "".join(f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


GOOD = book(HEADER, PERSON)
_GOOD_ROWS = line(1, *HEADER) + line(2, *PERSON)

# every one of these is refused with a sentence, or read; none costs a worker more than a moment
REFUSED: dict[str, bytes] = {
    "a tag of ten megabytes": replaced(GOOD, sheet=sheet_xml(f"<c r='{'x' * 10_000_000}'/>")),
    "a comment of ten megabytes": replaced(GOOD, sheet=sheet_xml(f"<!--{'>' * 10_000_000}-->{_GOOD_ROWS}")),
    "an attribute full of brackets": replaced(GOOD, sheet=sheet_xml(f"<row r='{'&gt;' * 3_000_000}'/>")),
    "a workbook with a tag of ten megabytes": replaced(GOOD, book=b"<workbook x='" + b"y" * 10_000_000 + b"'/>"),
    "a zip bomb": replaced(GOOD, **{"xl/media/a.bin": b"\0" * (80 * 1024 * 1024)}),
    "a part that declares less than it holds": replaced(GOOD).replace(b"PK\x01\x02", b"PK\x01\x03", 1),
    "entities": replaced(GOOD, sheet=b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet_xml(_GOOD_ROWS)),
    "entities in UTF-16": replaced(
        GOOD, sheet=f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet {_NS}/>'.encode("utf-16")
    ),
    "macros": replaced(GOOD, **{"xl/vbaProject.bin": b"x"}),
    "NUL bytes in the XML": replaced(GOOD, sheet=sheet_xml(_GOOD_ROWS + "\0")),
    "a million empty rows and nothing else": replaced(
        GOOD, sheet=sheet_xml("".join(f'<row r="{n}"/>' for n in range(1, 1_048_577)))
    ),
    "a row number that is none": replaced(GOOD, sheet=sheet_xml(f'<row r="{"9" * 5000}"/>')),
    "a column beyond all columns": replaced(GOOD, sheet=sheet_xml('<row r="1"><c r="AAAAAAAAAAAA1"><v>1</v></c></row>')),
    "a string that is not there": replaced(GOOD, sheet=sheet_xml('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>')),
    "a number that is none": replaced(GOOD, sheet=sheet_xml('<row r="1"><c r="A1"><v>x</v></c></row>')),
    "columns that hide from minus infinity": replaced(
        GOOD, sheet=sheet_xml(_GOOD_ROWS, head='<cols><col min="-9999999" max="16384" hidden="1"/></cols>')
    ),
    "a line of ten megabytes": b"a," * 5_000_000,
    "ten megabytes without any delimiter": b"x" * 10_000_000,
    "a quotation mark that is never closed": "姓名,性别\n".encode() + b'"' + b"x,\n" * 200_000,
    "NUL bytes in a CSV": "姓名,性别\n赵\0,女\n".encode() * 20,
    "UTF-8 with a broken byte": ("、".join(HEADER) * 20).encode() + b"\xff" + "\n赵晓梅\n".encode(),
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "a PDF": b"%PDF-1.7\n\x00\x01",
    "nothing": b"",
}
READ: dict[str, bytes] = {
    "a million empty rows below the people": replaced(
        GOOD, sheet=sheet_xml(_GOOD_ROWS + "".join(f'<row r="{n}"/>' for n in range(3, 1_048_577)))
    ),
    "16,384 columns": replaced(
        GOOD, sheet=sheet_xml(_GOOD_ROWS + '<row r="3">' + '<c t="inlineStr"><is><t>x</t></is></c>' * 16_384 + "</row>")
    ),
    "links to other files": replaced(GOOD, **{"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
    "namespaces with prefixes": replaced(
        GOOD,
        sheet=sheet_xml(_GOOD_ROWS)
        .replace(b"<worksheet xmlns", b"<x:worksheet xmlns:x")
        .replace(b"</", b"</x:")
        .replace(b"<row", b"<x:row")
        .replace(b"<c ", b"<x:c ")
        .replace(b"<is>", b"<x:is>")
        .replace(b"<t>", b"<x:t>")
        .replace(b"<sheetData>", b"<x:sheetData>"),
    ),
    "a size that is a fiction": replaced(GOOD, sheet=sheet_xml(_GOOD_ROWS, head='<dimension ref="A1:XFD1048576"/>')),
    "a merge over everything": replaced(
        GOOD, sheet=sheet_xml(_GOOD_ROWS, tail='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
}
