"""Any file of questions: found out by its content, read by its reader, checked by the one check."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from lxml import etree

from academy.core.errors import Invalid
from academy.core.sheets import Limits, Sheet, find_header, read_sheet
from academy.core.text import N_, Text
from academy.exams.rules.bank import Entry, Written, check
from academy.exams.rules.formats import option_rows, table
from academy.exams.rules.formats.gift import read_gift
from academy.exams.rules.formats.moodle import read_moodle
from academy.exams.rules.formats.plain import looks_plain, read_plain
from academy.exams.rules.formats.qti.package import is_item, read_items, read_package
from academy.exams.rules.formats.source import (
    MOST_BYTES,
    Archive,
    Decoded,
    FileIsUnreadable,
    decode,
    parse_xml,
)

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LIMITS = Limits(rows=20_000, columns=60, cells=400_000)
MOST_QUESTIONS = 20_000


class BankFormat(StrEnum):
    """What a file of questions may be."""

    TABLE = "table"
    OPTION_ROWS = "option_rows"
    PLAIN = "plain"
    GIFT = "gift"
    MOODLE = "moodle"
    QTI21 = "qti21"
    QTI22 = "qti22"
    QTI3 = "qti3"


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file with the verdict for each of its questions, and notes about the whole."""

    format: BankFormat
    entries: tuple[Entry, ...]
    notes: tuple[Text, ...] = ()


class FileHasNoQuestions(Invalid):
    """Readable, and empty."""

    message = N_("文件里没有题目。什么都没有写入。")
    next_step = N_("请检查是不是传错了文件。")


_QTI = {"2.1": BankFormat.QTI21, "2.2": BankFormat.QTI22, "3.0": BankFormat.QTI3}
_GIFT_STARTS = ("::", "$CATEGORY:", "//")
_Read = tuple[BankFormat, list[Written], list[Text]]


def detect(content: bytes) -> BankFormat:
    """The format of a file. Raises as `read_bank`."""
    return _read(content)[0]


def read_bank(content: bytes, *, field_codes: frozenset[str]) -> BankFile:
    """Every question of a file. `field_codes` are the fields that exist; another one is left out with a note.

    Raises FileIsUnreadable, FileIsDangerous, FileHasNoQuestions and the refusals of spreadsheets; nothing else.
    """
    format_, written, notes = _read(content)
    if not written:
        raise FileHasNoQuestions
    if len(written) > MOST_QUESTIONS:
        raise FileIsUnreadable(why=Text(N_("题目超过 %(most)s 道"), most=MOST_QUESTIONS))
    if format_ not in {BankFormat.TABLE, BankFormat.OPTION_ROWS}:
        _drop_unknown_fields(written, field_codes)
    _number(written, may_rename=format_ in {BankFormat.GIFT, BankFormat.MOODLE, *_QTI.values()})
    entries = without_repetitions([check(one, field_codes) for one in written])
    return BankFile(format_, tuple(entries), tuple(notes))


def _read(content: bytes) -> _Read:
    if len(content) > MOST_BYTES:
        raise FileIsUnreadable(why=Text(N_("超过 %(megabytes)s MB"), megabytes=MOST_BYTES // 1024 // 1024))
    if content.startswith(_ZIP):
        archive = Archive(content)
        return _read_table(content) if "[Content_Types].xml" in archive.names else _read_qti(read_package(archive))
    if content.startswith(_OLE):
        return _read_table(content)
    decoded = decode(content)
    if decoded.text.lstrip("\ufeff \n\t").startswith("<"):
        return _read_xml(content, decoded)
    return _read_text(content, decoded)


def _read_xml(content: bytes, decoded: Decoded) -> _Read:
    root = parse_xml(content)
    if root.tag == "quiz":
        written, notes = read_moodle(root)
        return BankFormat.MOODLE, written, [*notes, *_encoding_notes(decoded)]
    if is_item(root):
        return _read_qti(read_items([(1, "", root)]))
    raise FileIsUnreadable(why=Text(N_("根元素 <%(name)s> 不是 Moodle 或 QTI 的题目"), name=etree.QName(root).localname[:40]))


def _read_qti(found: tuple[str, list[Written], list[Text]]) -> _Read:
    version, written, notes = found
    return _QTI[version], written, notes


def _read_text(content: bytes, decoded: Decoded) -> _Read:
    text = decoded.text.lstrip("\ufeff")
    notes = _encoding_notes(decoded)
    is_gift, is_plain = _looks_gift(text), looks_plain(text)
    if is_gift and (not is_plain or text.lstrip().startswith(_GIFT_STARTS)):
        written, more = read_gift(text)
        return BankFormat.GIFT, written, [*notes, *more]
    if is_plain:
        written, more = read_plain(text)
        return BankFormat.PLAIN, written, [*notes, *more]
    return _read_table(content)


def _looks_gift(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n")]
    begins = any(line.startswith(("::", "$CATEGORY:", "// question:", "// [id:")) for line in lines)
    return (
        begins
        or ("{" in text and "【答案】" not in text and any(line.startswith(("=", "~")) for line in lines))
        or ("{" in text and "}" in text and "," not in text[: text.find("{")].split("\n")[0])
    )


def _encoding_notes(decoded: Decoded) -> list[Text]:
    if decoded.is_damaged:
        return [Text(N_("文件里有损坏的字符，写成了“\ufffd”"))]
    return (
        []
        if decoded.encoding.startswith("utf-8")
        else [Text(N_("文件按 %(encoding)s 编码读取"), encoding=decoded.encoding.upper())]
    )


def _read_table(content: bytes) -> _Read:
    sheet = read_sheet(content, limits=LIMITS)
    notes = (
        [Text(N_("只读了工作表“%(name)s”，没有读：%(others)s"), name=sheet.name, others="、".join(sheet.others)[:200])]
        if sheet.others
        else []
    )
    if _has_option_rows(sheet):
        written, more = option_rows.read_option_rows(sheet)
        return BankFormat.OPTION_ROWS, written, [*notes, *more]
    written, more = table.read_rows(sheet)
    return BankFormat.TABLE, written, [*notes, *more]


def _has_option_rows(sheet: Sheet) -> bool:
    found = find_header(sheet, option_rows.COLUMNS)[1]
    return all(key in found for key in option_rows.REQUIRED_COLUMNS)


def _drop_unknown_fields(written: Iterable[Written], field_codes: frozenset[str]) -> None:
    """A tag of another system that only looks like the code of a field."""
    for one in written:
        if one.field_code and one.field_code not in field_codes:
            one.repair(N_("没有代码为“%(code)s”的领域，领域留空"), code=one.field_code[:20])
            one.field_code = ""


def _number(written: list[Written], *, may_rename: bool) -> None:
    """A question without a number gets one from its words, so that the same file read twice gives the same numbers."""
    names = Counter(one.code.strip().upper() for one in written)
    for one in written:
        code = one.code.strip().upper()
        if code and (not may_rename or (len(code) <= 32 and names[code] == 1)):
            continue
        if code:
            one.repair(N_("名称“%(name)s”重复或太长，题号另编"), name=code[:40])
        words = "\n".join(
            [one.kind or "", one.stem.strip(), *one.options, *one.prompts] if code else [one.kind or "", one.stem.strip()]
        )
        one.code = "N-" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12].upper()
        one.code_is_made = True


def without_repetitions(entries: list[Entry]) -> list[Entry]:
    """A number, or a stem where numbers are made up, that stands twice is taken once."""
    codes: dict[str, Entry] = {}
    stems: dict[str, Entry] = {}
    found = []
    for entry in entries:
        same_code = codes.setdefault(entry.code, entry) if entry.code else entry
        same_stem = stems.setdefault(entry.stem, entry) if entry.code_is_made and entry.stem else entry
        fault = None
        if same_stem is not entry:
            fault = Text(N_("题干与第 %(row)s 行重复"), row=same_stem.line)
        elif same_code is not entry:
            fault = Text(N_("题号 %(code)s 在第 %(row)s 行已经出现"), code=entry.code, row=same_code.line)
        found.append(replace(entry, draft=None, faults=(fault, *entry.faults)) if fault else entry)
    return found
