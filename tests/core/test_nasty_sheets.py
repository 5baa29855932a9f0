"""Whatever somebody uploads: a table or a sentence, in a moment."""

from time import process_time

import pytest

from academy.core.errors import Invalid
from academy.core.sheets import (
    Book,
    CellKind,
    Column,
    Limits,
    csv_content,
    find_table,
    guess_header,
    headings,
    read_sheet,
    table_at,
)
from tests.core.nasty import GOOD, HEADER, PERSON, READ, REFUSED, book, line, replaced, sheet_xml
from tests.core.test_sheets import AS_OF

LIMITS = Limits(rows=20_000, cells=400_000, megabytes=64)
MOMENT = 5.0  # seconds of this process, on a slow machine; what is guarded against took minutes


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_sentence(name: str) -> None:
    began = process_time()
    with pytest.raises(Invalid) as refusal:
        read_sheet(REFUSED[name], limits=LIMITS)
    assert str(refusal.value.text)
    assert process_time() - began < MOMENT


@pytest.mark.parametrize("name", READ)
def test_it_is_read_all_the_same(name: str) -> None:
    began = process_time()
    sheet = read_sheet(READ[name], limits=LIMITS)
    assert [cell.text for cell in sheet.rows[1].cells] == list(PERSON)
    assert max(len(row.cells) for row in sheet.rows) <= LIMITS.columns
    assert process_time() - began < MOMENT


def test_looking_at_the_first_rows_stops_there() -> None:
    sheet = read_sheet(book(*[(number,) for number in range(3_000)]), first=10)
    assert 10 <= len(sheet.rows) < 20


def test_control_characters_and_halves_of_characters_are_left_out() -> None:
    content = replaced(GOOD, sheet=sheet_xml(line(1, "_x0000_赵_x0008_晓_xD800_梅_x000A_", "a_x005F_b")))
    assert [cell.text for cell in read_sheet(content).rows[0].cells] == ["赵晓梅\n", "a_b"]


def test_hidden_rows_are_known_and_a_phonetic_reading_is_not_the_text() -> None:
    sheet = read_sheet(book(HEADER, PERSON, PERSON, hidden_rows=(2,)))
    assert [row.is_hidden for row in sheet.rows] == [False, True, False]
    table = table_at(sheet, 1, {"name": 0})
    assert (table.hidden_rows, [row.number for row in table.rows]) == ((2,), [3])
    strings = b'<sst><si><t>\xe5\xbc\xa0</t><rPh sb="0" eb="1"><t>zhang</t></rPh></si></sst>'
    content = replaced(GOOD, strings=strings, sheet=sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'))
    assert read_sheet(content).rows[0].cells[0].text == "张"


def test_another_sheet_can_be_chosen_and_all_visible_ones_are_named() -> None:
    content = book(("说明",), 人员=(HEADER, PERSON), 备用=(("x",),))
    assert (read_sheet(content).name, read_sheet(content).others) == ("名单", ("人员", "备用"))
    assert read_sheet(content, name="人员").rows[1].cells[0].text == "赵晓梅"
    assert read_sheet(content, name="没有这张").name == "名单"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_with_every_delimiter(encoding: str, delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(cells) for cells in (HEADER, PERSON, PERSON)) + end
    rows = read_sheet(text.encode(encoding)).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [list(HEADER), list(PERSON), list(PERSON)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sep=;\n姓名,手机号\n张三,1\n李四,2\n", ["姓名", "手机号"]),  # says semicolon, is comma
        ("sep=;\n姓名;手机号\n张三;1\n", ["姓名", "手机号"]),
        ("滨城区,蒲湖街道,花名册\n姓名;手机号\n张三;1\n李四;2\n王五;3\n", ["滨城区,蒲湖街道,花名册"]),
        ('"姓名";"单位, 部门"\n"张三";"a, b"\n"李四";"c, d"\n', ["姓名", "单位, 部门"]),
        ('姓名,备注\n张三,"他说""好"""\n', ["姓名", "备注"]),
    ],
)
def test_a_csv_whose_dialect_lies(text: str, first: list[str]) -> None:
    assert [cell.text for cell in read_sheet(text.encode()).rows[0].cells] == first


def test_the_ways_in_which_a_csv_keeps_a_long_number_are_understood() -> None:
    cells = read_sheet(b'="370000199611130029",\'370000199611130029,\'=1+1,=1+1,=""\nx,x,x,x,x\n').rows[0].cells
    assert [(cell.kind, cell.text) for cell in cells[:4]] == [
        (CellKind.TEXT, "370000199611130029"),
        (CellKind.TEXT, "370000199611130029"),
        (CellKind.TEXT, "=1+1"),
        (CellKind.FORMULA, "=1+1"),
    ]
    assert cells[4].kind is CellKind.EMPTY


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "＝1", "＠x", "370000199611130029", "普通", "a\nb", '引"号', "a,b"])
def test_what_is_written_is_read_again_in_both_formats(text: str) -> None:
    columns = [Column(text), Column("=标题")]
    made = Book(as_of=AS_OF)
    made.sheet("x", columns, [(text, "y"), ("z", text)])
    for content in (made.content(), csv_content(columns, [(text, "y"), ("z", text)])):
        rows = [[cell.text for cell in row.cells] for row in read_sheet(content).rows]
        assert rows == [[text, "=标题"], [text, "y"], ["z", text]]
        assert all(cell.kind is CellKind.TEXT for row in read_sheet(content).rows for cell in row.cells)


@pytest.mark.parametrize("mark", list("=+-@\t\r\n＝＋－＠"))
def test_no_cell_of_a_csv_begins_with_a_mark_of_a_formula(mark: str) -> None:
    text = csv_content([Column(f"{mark}a")], [(f"{mark}b",)]).decode("utf-8-sig")
    assert not any(cell.lstrip('"').startswith(mark) for cell in text.split("\r\n") if cell.strip())


def test_headings_are_told_apart_and_show_what_stands_below() -> None:
    sheet = read_sheet(book(("花名册",), ("电话", "电话", "", "无"), ("1", "2", "3"), ("4", "", "6")))
    found = headings(sheet, guess_header(sheet).number)
    assert [(one.letter, one.key, one.title, one.samples) for one in found] == [
        ("A", "电话", "电话", ("1", "4")),
        ("B", "电话#2", "电话", ("2",)),
        ("C", "C", "", ("3", "6")),
        ("D", "无", "无", ()),
    ]


def test_columns_that_nobody_asked_for_are_named() -> None:
    table = find_table(read_sheet(book((*HEADER, "血型"), (*PERSON, "A"))), columns={"name": ("姓名",)}, required=["name"])
    assert table.unread[-1] == "血型"
    assert table.rows[0].filled == 7
