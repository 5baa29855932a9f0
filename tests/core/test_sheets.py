import io
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from academy.core.errors import Invalid
from academy.core.sheets import (
    Book,
    CellKind,
    Column,
    ColumnsAreMissing,
    Limits,
    SheetHasMacrosOrLinks,
    SheetIsEmpty,
    SheetIsOldFormat,
    SheetIsTooLarge,
    SheetIsUnreadable,
    find_table,
    read_sheet,
    safe_cell,
)

ROSTER = (Path(__file__).parents[1] / "data" / "roster_with_errors.xlsx").read_bytes()
AS_OF = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def xlsx(*rows: tuple[Any, ...], **options: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for letter in options.get("hidden", ()):
        sheet.column_dimensions[letter].hidden = True
    for ref in options.get("merged", ()):
        sheet.merge_cells(ref)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    """The archive with one part replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return target.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def test_cells_keep_the_kind_that_the_file_says() -> None:
    sheet = read_sheet(xlsx(("字", 5, 1.5, True, datetime(2026, 11, 23, 8, 30), "=1+1", None, "x")))  # noqa: DTZ001 - as in a file
    assert [(cell.kind, cell.text) for cell in sheet.rows[0].cells] == [
        (CellKind.TEXT, "字"),
        (CellKind.NUMBER, "5"),
        (CellKind.NUMBER, "1.5"),
        (CellKind.BOOLEAN, "TRUE"),
        (CellKind.DATE, "2026-11-23 08:30:00"),
        (CellKind.FORMULA, "=1+1"),
        (CellKind.EMPTY, ""),
        (CellKind.TEXT, "x"),
    ]


def test_a_number_of_eighteen_digits_is_shown_as_the_file_keeps_it() -> None:
    cell = read_sheet(xlsx((370000198803153000, 19900006745))).rows[0].cells
    assert cell[0].text == "3.70000198803153E+17"
    assert cell[1].text == "19900006745"


def test_row_numbers_are_those_of_the_spreadsheet_program() -> None:
    sheet = read_sheet(xlsx(("a",), (None,), ("b",)))
    assert [row.number for row in sheet.rows] == [1, 3]


def test_hidden_columns_and_merged_titles_are_left_out() -> None:
    content = xlsx(("名单", None, None), ("姓名", "住址", "手机号"), ("张三", "某路", "1"), hidden=("B",), merged=("A1:C1",))
    table = find_table(
        read_sheet(content), columns={"name": ("姓名",), "home": ("住址",), "mobile": ("手机号",)}, required=["name"]
    )
    assert table.title_rows == (1,)
    assert [(column.letter, column.title) for column in table.hidden] == [("B", "住址")]
    assert set(table.rows[0].cells) == {"name", "mobile"}


def test_a_range_of_hidden_columns_counts_as_a_whole() -> None:
    assert read_sheet(ROSTER).hidden_columns == {4}
    content = xlsx(("a", "b", "c", "d"))
    xml = part_of(content, "xl/worksheets/sheet1.xml").replace(
        b"<sheetData>", b'<cols><col min="2" max="16384" hidden="1" width="9"/></cols><sheetData>'
    )
    assert read_sheet(with_part(content, "xl/worksheets/sheet1.xml", xml)).hidden_columns >= {1, 2, 3}


def test_titles_match_however_they_are_spaced_and_starred() -> None:
    table = find_table(read_sheet(xlsx(("姓 名*", "x"), ("张三", 1))), columns={"name": ("姓名",)}, required=["name"])
    assert table.rows[0].cell("name").text == "张三"
    assert table.rows[0].cell("mobile").kind is CellKind.EMPTY


def test_missing_columns_are_named_and_nothing_below_a_header_is_empty() -> None:
    sheet = read_sheet(xlsx(("姓名",), ("张三",)))
    with pytest.raises(ColumnsAreMissing, match="手机号"):
        find_table(sheet, columns={"name": ("姓名",), "mobile": ("手机号",)}, required=["name", "mobile"])
    with pytest.raises(SheetIsEmpty):
        find_table(read_sheet(xlsx(("姓名",))), columns={"name": ("姓名",)}, required=["name"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_the_encodings_that_excel_writes(encoding: str, delimiter: str) -> None:
    text = f'姓名{delimiter}备注\n张三{delimiter}"两行\n文字"\n'
    sheet = read_sheet(text.encode(encoding))
    assert [cell.text for cell in sheet.rows[1].cells] == ["张三", "两行\n文字"]


def test_a_formula_in_a_csv_is_marked() -> None:
    assert read_sheet(b"a,b\n=1+1,2\n").rows[1].cells[0].kind is CellKind.FORMULA


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", SheetIsEmpty),
        (b"\n\n,,\n", SheetIsEmpty),
        (b"PK\x03\x04", SheetIsUnreadable),
        (b"PK\x03\x04" + b"\0" * 5000, SheetIsUnreadable),
        (ROSTER[: len(ROSTER) // 2], SheetIsUnreadable),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, SheetIsOldFormat),
        (b"%PDF-1.7\n\x00\x01", SheetIsUnreadable),
        (bytes(range(256)) * 20, SheetIsUnreadable),
        (b'a,"' + b"x" * 200_000, SheetIsUnreadable),
        (with_part(ROSTER, "xl/workbook.xml", b"<workbook"), SheetIsUnreadable),
        (with_part(ROSTER, "xl/workbook.xml", b"<nothing/>"), SheetIsEmpty),
        (with_part(ROSTER, "xl/vbaProject.bin", b"x"), SheetHasMacrosOrLinks),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_a_reason(content: bytes, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal):
        read_sheet(content)


def test_entities_are_refused_before_they_are_expanded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><sst>&b;</sst>'
    with pytest.raises(SheetHasMacrosOrLinks):
        read_sheet(with_part(ROSTER, "xl/worksheets/sheet1.xml", bomb))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(ROSTER, "xl/media/image1.xml", b" " * (30 * 1024 * 1024))
    assert len(bomb) < 200_000
    with pytest.raises(SheetIsTooLarge):
        read_sheet(bomb)


def test_a_merge_over_the_whole_sheet_costs_nothing() -> None:
    xml = part_of(ROSTER, "xl/worksheets/sheet1.xml").replace(b'ref="A1:J1"', b'ref="A1:XFD1048576"')
    assert read_sheet(with_part(ROSTER, "xl/worksheets/sheet1.xml", xml)).merged_rows == {1}


@pytest.mark.parametrize("tag", [b"<col " * 40_000, b"<mergeCell " * 20_000, b"<col " + b"a" * 200_000 + b' hidden="1">'])
def test_tags_that_never_end_cost_nothing(tag: bytes) -> None:
    xml = part_of(ROSTER, "xl/worksheets/sheet1.xml").replace(b"</worksheet>", tag + b"</worksheet>")
    began = process_time()
    with suppress(Invalid):
        read_sheet(with_part(ROSTER, "xl/worksheets/sheet1.xml", xml))
    assert process_time() - began < 3  # it was half a minute


def test_columns_hidden_from_before_the_first_fill_no_memory() -> None:
    xml = part_of(ROSTER, "xl/worksheets/sheet1.xml").replace(b'min="5"', b'min="-99999999999"')
    with pytest.raises(SheetIsUnreadable):
        read_sheet(with_part(ROSTER, "xl/worksheets/sheet1.xml", xml))


def test_a_row_at_the_end_of_the_world_costs_nothing() -> None:
    xml = (
        part_of(ROSTER, "xl/worksheets/sheet1.xml").replace(b'<row r="62"', b'<row r="1048576"').replace(b'62" ', b'1048576" ')
    )
    assert read_sheet(with_part(ROSTER, "xl/worksheets/sheet1.xml", xml)).rows[-1].number == 1_048_576


def test_too_many_rows_are_refused_in_both_formats() -> None:
    limits = Limits(rows=50)
    with pytest.raises(SheetIsTooLarge):
        read_sheet(xlsx(*[(number,) for number in range(60)]), limits=limits)
    with pytest.raises(SheetIsTooLarge):
        read_sheet("\n".join(map(str, range(60))).encode(), limits=limits)
    assert len(read_sheet(xlsx(*[(number,) for number in range(50)]), limits=limits).rows) == 50


@given(st.binary(max_size=400), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_sheet_or_a_refusal(content: bytes, is_zip: bool) -> None:
    with suppress(Invalid):  # anything else fails the test
        assert read_sheet(b"PK\x03\x04" + content if is_zip else content).rows


@given(st.integers(0, len(ROSTER) - 1), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_file_with_one_damaged_byte_gives_a_sheet_or_a_refusal(at: int, value: int) -> None:
    damaged = ROSTER[:at] + bytes([value]) + ROSTER[at + 1 :]
    with suppress(Invalid):
        assert read_sheet(damaged).rows


def test_a_sheet_without_visible_sheets_is_empty() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("a")
        book.add_worksheet("b").write("A1", "x")
    content = target.getvalue()
    xml = part_of(content, "xl/workbook.xml").replace(b'sheetId="1"', b'sheetId="1" state="hidden"')
    assert read_sheet(with_part(content, "xl/workbook.xml", xml)).name == "b"
    xml = xml.replace(b'sheetId="2"', b'sheetId="2" state="veryHidden"')
    with pytest.raises(SheetIsEmpty):
        read_sheet(with_part(content, "xl/workbook.xml", xml))


# writing


def written(*rows: tuple[Any, ...]) -> Any:
    book = Book(as_of=AS_OF)
    book.sheet("成绩[1]:*?/\\", [Column("a"), Column("b", 8, "0.0")], rows, title="标题", notes=["说明"])
    return load_workbook(io.BytesIO(book.content())).worksheets[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://example.org", "12345678901234567890"]
)
def test_texts_stay_texts_whatever_they_look_like(text: str) -> None:
    cell = written((text, 1))["A4"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_values_are_written_by_their_kind() -> None:
    sheet = written((Decimal("81.5"), 3), (date(2026, 11, 23), AS_OF), (None, True), ("长" * 40_000, ""))
    assert (sheet["A1"].value, sheet["A2"].value, sheet["A3"].value) == ("标题", "说明", "a")
    assert sheet["A4"].value == 81.5
    assert sheet["A5"].value == datetime(2026, 11, 23)  # noqa: DTZ001 - spreadsheets know no zones
    assert sheet["B5"].value == datetime(2026, 11, 23, 10, 42)  # noqa: DTZ001
    assert sheet["B6"].value is True
    assert len(sheet["A7"].value) == 32_767


def test_the_same_content_as_of_the_same_instant_is_the_same_file() -> None:
    def made() -> bytes:
        book = Book(as_of=AS_OF)
        book.sheet("x", [Column("a")], [("b",)])
        return book.content()

    assert made() == made()


def test_a_csv_cell_cannot_become_a_formula() -> None:
    for text in (
        "=1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "370000199611130029",
        "37000019951222592X",
    ):
        assert safe_cell(text) == f"'{text}"
    assert [safe_cell(text) for text in ("张三", "", "19900006745", "a=1", " =1")] == ["张三", "", "19900006745", "a=1", " =1"]
