"""Reading what strangers send, for tests."""

import io
import zipfile

from academy.exams.rules.bank import Entry
from academy.exams.rules.formats import read_bank

FIELDS = frozenset({"PD-01"})
QUIZ = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>%s</quiz>'


def read(content: str | bytes) -> tuple[Entry, ...]:
    return read_bank(content.encode() if isinstance(content, str) else content, field_codes=FIELDS).entries


def only(content: str | bytes) -> Entry:
    (entry,) = read(content)
    return entry


def faults(entry: Entry) -> str:
    return "；".join(str(fault) for fault in entry.faults)


def repairs(entry: Entry) -> str:
    return "；".join(str(repair) for repair in entry.repairs)


def packed(*parts: tuple[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return buffer.getvalue()


def multichoice(inside: str, *, single: str = "true", name: str = "Q1", stem: str = "<![CDATA[<p>题</p>]]>") -> str:
    return (
        f'<question type="multichoice"><name><text>{name}</text></name><questiontext format="html"><text>{stem}</text></questiontext>'
        f"<single>{single}</single>{inside}</question>"
    )


def answer(fraction: str, text: str) -> str:
    return f'<answer fraction="{fraction}" format="html"><text>{text}</text></answer>'


TWO = answer("100", "甲") + answer("0", "乙")
