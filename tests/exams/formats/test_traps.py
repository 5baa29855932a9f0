"""Files that are made to harm, and files that are no files of questions: refused whole, with a sentence, before anything is unpacked."""

import io
import stat
import zipfile

import pytest

from academy.core.errors import Invalid
from academy.exams.rules.formats import FileIsDangerous, FileIsUnreadable, read_bank
from academy.exams.rules.formats import source as source_module
from tests.exams.formats.strangers import FIELDS, QUIZ, TWO, multichoice, only, packed, read

# --- traps: the whole file is refused, nothing is expanded, nothing is fetched


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    '<quiz><question type="essay"><name><text>&d;</text></name></question></quiz>'
)
OUTSIDE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question type="essay"><name><text>&x;</text></name></question></quiz>'
PARAMETER = '<!DOCTYPE quiz [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><quiz/>'


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        LAUGHS.encode("utf-16"),
        OUTSIDE,
        PARAMETER,
        packed(("../../etc/cron.d/x", "x"), ("imsmanifest.xml", "<manifest/>")),
        packed(("/etc/passwd", "x")),
        packed(("..\\..\\windows\\x.xml", "x")),
        packed(("C:/x.xml", "x")),
        packed(("bomb.xml", b"0" * 40_000_000)),
        packed(*((f"{n}.xml", b"0" * 90_000) for n in range(800))),
    ],
    ids=[
        "laughs",
        "laughs in utf-16",
        "outside entity",
        "parameter entity",
        "..",
        "absolute",
        "backslashes",
        "drive",
        "bomb",
        "many",
    ],
)
def test_a_trap_is_refused_before_it_springs(content: bytes | str) -> None:
    with pytest.raises(FileIsDangerous):
        read(content)


def test_a_symbolic_link_in_a_package_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("item.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FileIsDangerous):
        read(buffer.getvalue())


def test_a_package_in_a_package_is_not_opened() -> None:
    inner = packed(("item.xml", "<x/>"))
    for _n in range(5):
        inner = packed(("again.zip", inner))
    with pytest.raises(FileIsUnreadable, match="没有 QTI 试题"):
        read(inner)


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(packed(("item.xml", b"<assessmentItem/>" * 50)))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (10).to_bytes(4, "little")
    assert only(bytes(content)).draft is None  # no more is unpacked than it declares, and that is no item


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = packed(("item.xml", "<a/>"), ("item.xml", "<b/>"))
    with pytest.raises(FileIsDangerous):
        read(content)


def test_an_undefined_entity_is_refused_and_a_harmless_document_type_is_not() -> None:
    with pytest.raises(Invalid):
        read("<quiz><question>&nbsp;</question></quiz>")
    assert only("<!DOCTYPE quiz>" + QUIZ.partition("?>")[2] % multichoice(TWO)).draft is not None


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \n", b"\x00" * 100, b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"%PDF-1.7 \xff\xfe\x00", b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        QUIZ.encode()[:40], (QUIZ % multichoice(TWO)).encode()[:-30], b"<html><body>x</body></html>", b"<" * 5_000, b"<a>" * 5_000,
        packed(("readme.txt", "x")), packed(("imsmanifest.xml", "<manifest>")), b"{" * 10_000, b"a,b\n1,2\n", b"\xff\xfe\x00",
        b"1. " * 2_000, b"::" * 9_000, "【答案】".encode() * 3_000,
    ],
)  # fmt: skip
def test_what_holds_no_questions_is_refused_with_a_sentence(content: bytes) -> None:
    try:
        entries = read(content)
    except Invalid:
        return
    assert all(entry.draft is None and entry.faults for entry in entries)


def test_a_file_above_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academy.exams.rules.formats.reading.MOST_BYTES", 100)
    with pytest.raises(FileIsUnreadable, match="超过"):
        read(b"x" * 101)
    assert source_module.MOST_BYTES == 12 * 1024 * 1024


# --- encodings


PLAIN = "1. 社会工作者首先应当（ ）。\nA、倾听\nB、说教\n【答案】A\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_encoding_that_is_met_is_read(encoding: str, ends: str) -> None:
    entry = only(PLAIN.replace("\n", ends).encode(encoding))
    assert entry.draft is not None
    assert (entry.draft.stem_zh, entry.draft.options, entry.draft.answer) == (
        "社会工作者首先应当（ ）。",
        ("倾听", "说教"),
        "A",
    )


def test_gbk_in_gift_and_in_xml_that_calls_itself_utf8() -> None:
    gift = only("::Q1::老人（ ）。{=接纳 ~指责}".encode("gbk"))
    xml = only((QUIZ % multichoice(TWO, stem="老人")).encode("gbk"))
    assert gift.draft is not None
    assert xml.draft is not None
    assert (gift.draft.options, xml.draft.stem_zh) == (("接纳", "指责"), "老人")


def test_a_damaged_byte_is_said_and_does_not_turn_the_file_into_other_characters() -> None:
    content = (PLAIN * 20).encode()
    file = read_bank(content[:10] + b"\xff" + content[10:], field_codes=FIELDS)
    assert "损坏的字符" in str(file.notes[0])
