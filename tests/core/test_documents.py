"""Printed documents: what comes out, what is refused, and by which name."""

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest

from academy.core import documents
from academy.core.documents import DocumentRefused, DocumentWarning, UndrawableCharacter, render_document, render_pdf

CERTIFICATE: dict[str, Any] = {
    "holder": {"name": "李𬀩", "name_en": "Li Wei"},
    "program": {"title_zh": "心安城市建设骨干专题班", "hours": "20", "start_on": "2026-10-12", "end_on": "2026-10-16"},
    "certificate": {
        "title_zh": "结业证书",
        "title_en": "Certificate of Completion",
        "number": "XA202601200407",
        "issued_on": "2026-10-20",
    },
    "verify": {"url": "https://xinan.example/c/ZAB5RRB146VH73JN"},
}
SUMMARY: dict[str, Any] = {
    "class": {
        "code": "2026-012",
        "title_zh": "心安城市建设骨干专题班",
        "site_zh": "滨城区教学点",
        "start_on": "2026-10-12",
        "end_on": "2026-10-16",
    },
    "number": "ZJ-2026-012",
    "as_of": "2026年11月23日 17:05",
    "as_of_on": "2026-11-23",
    "definition": "1学时=45分钟。",
    "lead": "本期六十人。",
    "enrolled": 60,
    "figures": [{"label": "招生人数", "value": "60", "unit": "人", "note": "计划60人"}],
}


def changed(**parts: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(json.dumps(CERTIFICATE))
    for name, values in parts.items():
        facts[name] = {**facts[name], **values}
    return facts


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_name_and_number_can_be_read_from_the_file() -> None:
    text = read(render_pdf(template="certificate", facts=CERTIFICATE))
    assert "李𬀩" in text
    assert "XA202601200407" in text
    assert "https://xinan.example/c/ZAB5RRB146VH73JN" in text


def test_the_file_declares_pdf_a_and_pdf_ua_and_embeds_every_font() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(template="certificate", facts=CERTIFICATE)))
    assert reader.xmp_metadata is not None
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert re.search(r"<pdfaid:part>3</pdfaid:part>", xmp)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", xmp)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", xmp)
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert descriptors
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in descriptors)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render_pdf(template="certificate", facts=CERTIFICATE) == render_pdf(template="certificate", facts=CERTIFICATE)


def test_the_place_for_the_signature_is_found_by_query() -> None:
    box = render_document(template="certificate", facts=CERTIFICATE).signature_box
    assert box is not None
    assert (box.page, box.width, box.height) == (1, 56, 10)
    assert render_document(template="class_summary", facts=SUMMARY).signature_box is None


def test_facts_are_data_and_never_source() -> None:
    hostile = '#panic("x") \\ $ * _ @ref <label> "quoted" #read("/etc/passwd")'
    assert '#panic("x")' in read(render_pdf(template="certificate", facts=changed(holder={"name": hostile})))


@pytest.mark.parametrize(
    ("char", "codepoint"), [("𠮷", "U+20BB7"), ("\u200b", "U+200B"), ("\u202e", "U+202E"), ("☐", "U+2610")]
)
def test_a_character_that_cannot_be_printed_is_named_with_its_field(char: str, codepoint: str) -> None:
    with pytest.raises(UndrawableCharacter) as refused:
        render_pdf(template="certificate", facts=changed(holder={"name": f"王{char}祥"}))
    assert codepoint in str(refused.value)
    assert "姓名" in str(refused.value)


def test_rare_characters_of_the_fonts_are_drawn() -> None:
    assert documents.is_drawable("李𬀩王㛃·阿卜杜热西提")
    assert not documents.is_drawable("王𠮷祥")


def test_a_long_name_is_set_whole() -> None:
    name = "阿卜杜热西提·买买提吐尔逊·伊敏江·艾力·阿卜杜拉·库尔班江·吐尔洪·阿布都热合曼"
    text = read(render_pdf(template="certificate", facts=changed(holder={"name": name})))
    assert all(part in text for part in name.split("·"))


def test_a_title_that_looks_like_a_state_document_is_refused_by_the_template_too() -> None:
    with pytest.raises(DocumentRefused, match="全国"):
        render_pdf(template="certificate", facts=changed(program={"title_zh": "全国社会工作班"}))


def test_a_text_too_long_for_its_place_is_refused_with_a_sentence() -> None:
    with pytest.raises(DocumentRefused, match="缩短项目名称"):
        render_pdf(template="certificate", facts=changed(program={"title_zh": "社区治理" * 120}))


def test_a_warning_of_the_compiler_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "warns.typ").write_text(
        '#set document(title: "x")\n#set text(lang: "zh")\n#par[kept #block[dropped]]\n', encoding="utf-8"
    )
    monkeypatch.setattr(documents, "SOURCES", tmp_path)
    monkeypatch.setattr(documents, "_press", None)
    with pytest.raises(DocumentWarning):
        render_pdf(template="warns", facts={})


def test_only_our_templates_are_rendered() -> None:
    for name in ("../certificates/models", "/etc/passwd", "theme", "nothing"):
        with pytest.raises(LookupError):
            render_pdf(template=name, facts={})


def test_a_forked_process_gets_a_compiler_of_its_own() -> None:
    before = documents._the_press()
    assert documents._the_press() is before
    before.pid = -os.getpid()
    assert documents._the_press() is not before


def test_a_class_summary_needs_only_its_figures() -> None:
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(template="class_summary", facts=SUMMARY))).pages) == 1


def test_a_class_summary_numbers_the_parts_that_it_has() -> None:
    courses = [{"title": "社区议事", "teacher": "孙砚秋", "hours": 2}]
    text = read(render_pdf(template="class_summary", facts={**SUMMARY, "courses": courses, "findings": ["午休场地不足。"]}))
    assert "二、课程" in text
    assert "三、发现的问题" in text
    assert "考核结果" not in text


def test_the_qr_code_is_a_small_picture_of_the_address() -> None:
    svg = documents.qr_svg("https://xinan.example/c/ZAB5RRB146VH73JN")
    assert svg.startswith("<svg")
    assert len(svg) < 4000
