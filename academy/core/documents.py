"""Printed documents: facts in, PDF/A out.

The templates in academy/documents are Typst sources. Facts reach them as one JSON value in `sys.inputs`, never as
source text. One compiler per process keeps fonts and parsed templates; every warning is an error, because a warning
can mean that a name was left out of a valid file (docs/decisions, "documents").
"""

import io
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn as fonts
import segno
import typst
from fontTools.ttLib import TTFont

from academy.config import settings
from academy.core.errors import Invalid
from academy.core.text import N_, Text

SOURCES = Path(__file__).parent.parent / "documents"
NOT_TEMPLATES = frozenset({"theme", "forms"})  # what templates import
FONT_FILES = ("*.otf", "*.ttf", "*.ttc")
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # stands in a file whose maker named no instant: same facts, same bytes
SIGNATURE_FIELD = "<signature-field>"
QR_INK = "#0b3235"
QR_MASK = 4  # any mask is a valid code; trying all eight, as segno does, costs 2.3 ms of a certificate's 20
_INVISIBLE = frozenset(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)))

FIELD_NAMES = {
    "holder.name": N_("姓名"),
    "holder.name_en": N_("英文姓名"),
    "holder.org": N_("工作单位"),
    "program.title_zh": N_("培训项目"),
    "program.title_en": N_("培训项目英文名"),
    "program.run_zh": N_("期次"),
    "certificate.title_zh": N_("证书名称"),
    "academy.name_zh": N_("学院名称"),
}


class UndrawableCharacter(Invalid):
    """A fact holds a character that the document fonts cannot draw, or one that nobody can see."""

    message = N_("“%(text)s”里的 %(char)s（%(codepoint)s）排印不出来（%(field)s）。")
    next_step = N_("请核对这个字；确是此字，请联系管理员添加字形。已经签发的不受影响。")


class DocumentRefused(Invalid):
    """The template refuses the facts: a text too long for its place, a word that may not stand in a title."""

    message = N_("这份文件排不出来：%(cause)s")
    next_step = N_("请按提示改短或改正后再试，什么都没有改动。")


class DocumentWarning(RuntimeError):
    """The compiler only warned, but a warning can mean that something was left out. An error of the template."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page, in millimetres from the page's top left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered file, and where its signature belongs if it has such a place."""

    pdf: bytes
    signature_box: Box | None


class _Press:
    """The compiler of this process, used by one thread at a time."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        folder = str(Path(fonts.serif_path()).parent)
        paths = [folder, str(extra_fonts())] if _extra_font_files() else [folder]
        self.compiler = typst.Compiler(root=str(SOURCES), font_paths=paths, ignore_system_fonts=True)


_press: _Press | None = None
_making_press = threading.Lock()


def _the_press() -> _Press:
    global _press
    with _making_press:
        if _press is None or _press.pid != os.getpid():
            _press = _Press()
        return _press


def extra_fonts() -> Path:
    """Where an installation puts fonts for characters that the two of the house lack: they are asked last."""
    return settings().instance_dir.resolve() / "fonts"


def _extra_font_files() -> list[Path]:
    folder = extra_fonts()
    return sorted(path for pattern in FONT_FILES for path in folder.glob(pattern)) if folder.is_dir() else []


def render_pdf(*, template: str, facts: Mapping[str, Any], stamp: datetime | None = None) -> bytes:
    """A template with facts as PDF/A-3a and PDF/UA-1. `stamp` is the instant written into the file.

    Raises UndrawableCharacter and DocumentRefused, both with a sentence for the person who gave the facts.
    """
    return render_document(template=template, facts=facts, stamp=stamp).pdf


def render_document(*, template: str, facts: Mapping[str, Any], stamp: datetime | None = None) -> Document:
    """`render_pdf`, with the place for the signature."""
    source = _source(template)
    prepared = _prepare(facts)
    inputs = {"facts": json.dumps(prepared, ensure_ascii=False)}
    press = _the_press()
    with press.lock:
        try:
            pdf, warnings = press.compiler.compile_with_warnings(
                input=str(source),
                sys_inputs=inputs,
                format="pdf",
                pdf_standards=[*STANDARDS],
                timestamp=int((stamp or NO_TIME).timestamp()),
            )
        except typst.TypstError as error:
            raise DocumentRefused(cause=_cause(error)) from error
        if warnings:
            raise DocumentWarning("; ".join(warning.message for warning in warnings))
        box = _signature_box(press.compiler) if SIGNATURE_FIELD in _text_of(source) else None
    if not isinstance(pdf, bytes):
        raise TypeError("the compiler gave no file")
    return Document(pdf, box)


def templates() -> list[str]:
    """The names of the templates that can be rendered."""
    return sorted(path.stem for path in SOURCES.glob("*.typ") if path.stem not in NOT_TEMPLATES)


def _source(template: str) -> Path:
    if template not in templates():
        raise LookupError(f"no document template is named {template!r}")
    return SOURCES / f"{template}.typ"


@cache
def _text_of(source: Path) -> str:
    return source.read_text(encoding="utf-8")


def _cause(error: typst.TypstError) -> str:
    message = str(error.message)
    return message.removeprefix("assertion failed: ").removeprefix("panicked with: ")


def _signature_box(compiler: typst.Compiler) -> Box | None:
    found = json.loads(compiler.query(SIGNATURE_FIELD, field="value"))
    return Box(**found[0]) if found else None


def _prepare(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as the templates want them: the academy named, every character drawable, QR codes drawn."""
    prepared = {"academy": academy_facts(), **facts}
    check_characters(prepared)
    for group in ("people", "badges"):
        if group in prepared:
            prepared[group] = [_with_qr(item) for item in prepared[group]]
    return _with_qr(prepared)


def academy_facts() -> dict[str, str]:
    """The academy's names, as every document carries them."""
    return {"name_zh": settings().academy_name_zh, "name_en": settings().academy_name_en}


def _with_qr(item: Mapping[str, Any]) -> dict[str, Any]:
    if "verify" not in item:
        return dict(item)
    return {**item, "verify": {**item["verify"], "qr_svg": qr_svg(item["verify"]["url"])}}


def qr_svg(address: str) -> str:
    """An address as a QR code of error level M, drawn as SVG."""
    buffer = io.BytesIO()
    code = segno.make(address, error="m", micro=False, mask=QR_MASK)
    code.save(buffer, kind="svg", border=0, dark=QR_INK, xmldecl=False, nl=False, omitsize=True)
    return buffer.getvalue().decode()


@cache
def _drawable() -> frozenset[str]:
    """Every character that both fonts can draw, or one that the installation added."""
    maps = [set(TTFont(path, lazy=True).getBestCmap()) for path in (fonts.serif_path(), fonts.sans_path())]
    added = [set(TTFont(path, lazy=True, fontNumber=0).getBestCmap()) for path in _extra_font_files()]
    return frozenset(map(chr, set.intersection(*maps).union(*added))) - _INVISIBLE | {"\n"}


def check_characters(facts: Mapping[str, Any], *, names: Mapping[str, str] | None = None) -> None:
    """Raise UndrawableCharacter, naming character and field, unless every text of the facts can be printed.

    `names` maps paths such as "holder.name" to the words that a person knows the field by.
    """
    drawable = _drawable()
    for path, text in _texts(facts):
        for char in text:
            if char not in drawable:
                field = {**FIELD_NAMES, **(names or {})}.get(path, path)
                raise UndrawableCharacter(
                    text=text,
                    char=char if char.isprintable() else Text(N_("（看不见的字符）")),
                    codepoint=f"U+{ord(char):04X}",
                    field=Text(field),
                )


def is_drawable(text: str) -> bool:
    """Whether every character of a text can be printed."""
    return _drawable().issuperset(text)


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, 1):
            yield from _texts(item, f"{path}[{number}]")
