"""The files themselves: every name and number can be read, every font is inside, no signature stands alone."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from academy.certificates.rules import CertificateState
from academy.core import documents
from academy.core.documents import render_pdf
from academy.reports.prints.archive import compute_entries
from academy.reports.prints.archive_read import facts as archive_facts
from academy.reports.prints.dossier import Dossier, Person
from academy.reports.prints.facts_common import PLAIN, Facts, Options
from academy.reports.prints.forms import BY_SLUG, FORMS
from academy.reports.prints.making import RECIPES
from academy.reports.prints.records import Grades, Hours, OwnMark, Sitting
from tests.reports.prints.factories import AT, LONG, UNBROKEN, make_dossier, run_on, squeezed, with_names
from tests.reports.prints.test_archive import make_evidence
from tests.reports.prints.test_facts import _applied

HOSTILE = ('#panic("x")', "[*bold*] $x^2$ @ref <label>", r"\u{4e00} \ #read(\"/etc/passwd\")", "#{ let a = 1 }")


def _held(slug: str, found: Dossier) -> Any:
    """What a form needs besides the class."""
    ids = [one.learner_id for one in found.people]
    if slug in ("application", "eligibility"):
        return [replace(_applied(1), person=one) for one in found.people]
    if slug == "grades":
        marks = {id_: (Decimal("86.5"), True) for id_ in ids}
        return Grades((Sitting("结业考核", Decimal(100), Decimal(60), "甲", "乙", AT, marks),), dict.fromkeys(ids, Decimal(96)))
    if slug == "hours":
        minutes = dict.fromkeys(ids, 180)
        return Hours(minutes, minutes, dict.fromkeys(ids, Decimal(96)))
    if slug == "own-hours":
        return {1: OwnMark("出勤", 180)}, 180
    if slug == "certificates":
        return [(one, _certificate(one)) for one in found.people]
    return compute_entries(make_evidence()) if slug == "archive" else None


def _certificate(one: Person) -> Any:
    return SimpleNamespace(
        holder_name=one.name, number=f"XA2026015{one.seq:04}S", issued_on=date(2026, 12, 20), valid_until=None,
        state=CertificateState.ISSUED,
    )  # fmt: skip


def make_facts(slug: str, found: Dossier) -> Facts:
    """A form's facts of a class without a database."""
    options = Options(learner_id=1) if slug == "own-hours" else PLAIN
    build = archive_facts if slug == "archive" else RECIPES[slug].build
    return build(BY_SLUG[slug], found, options, _held(slug, found))


def make_pdf(slug: str, found: Dossier) -> bytes:
    """A form of a class without a database."""
    return render_pdf(template=BY_SLUG[slug].template, facts=make_facts(slug, found), stamp=AT)


def pages(pdf: bytes) -> Sequence[pypdf.PageObject]:
    """The pages of a file."""
    return pypdf.PdfReader(io.BytesIO(pdf)).pages


LISTS = [form.slug for form in FORMS if form.names_people and form.slug != "own-hours"]


@pytest.mark.parametrize("slug", LISTS)
def test_every_name_can_be_read_however_long_or_rare(slug: str, tmp_path: Path) -> None:
    found = make_dossier(8)
    text = squeezed(run_on(make_pdf(slug, found), tmp_path, "pdftotext", "-raw"))
    for one in found.people:
        for part in squeezed(one.name).split("·"):
            assert all(piece in text for piece in (part[:4], part[-4:])), (slug, part)
    assert text.count("欧阳") >= 30


@pytest.mark.parametrize("slug", [form.slug for form in FORMS])
def test_every_form_is_a_sound_file_with_its_fonts_and_says_its_class(slug: str, tmp_path: Path) -> None:
    pdf = make_pdf(slug, make_dossier(8))
    fonts = [line.split() for line in run_on(pdf, tmp_path, "pdffonts").splitlines()[2:]]
    assert fonts
    assert all(line[-5] == "yes" for line in fonts)  # columns from the right: object id (two), uni, sub, emb
    assert "No syntax or stream encoding errors" in run_on(pdf, tmp_path, "qpdf", "--check")
    text = squeezed(run_on(pdf, tmp_path, "pdftotext"))
    assert "社区议事协商主持人能力培训" in text or slug == "desk-cards"
    if slug not in ("badges", "desk-cards"):
        assert "XA-2026-015-03" in text
        assert "2026年11月23日10:42由李明蕙打印" in text
    if slug not in ("badges", "desk-cards", "leave"):
        total = len(pages(pdf))
        assert f"第1页，共{total}页" in text
        assert f"第{total}页，共{total}页" in text


@pytest.mark.parametrize("slug", ["roster", "grades", "hours", "check-in", "certificates", "eligibility"])
@pytest.mark.parametrize("count", [1, 5, 24, 25, 27, 28, 29, 30, 31, 57])
def test_signatures_never_stand_on_a_page_without_a_row(slug: str, count: int) -> None:
    found = with_names(make_dossier(1), *[f"学员{seq:04}" for seq in range(1, count + 1)])
    last = squeezed(pages(make_pdf(slug, found))[-1].extract_text())
    assert "日期" in last
    assert f"学员{count:04}" in last
    assert f"学员{max(1, count - 3):04}" in last  # not one lonely row either


@pytest.mark.parametrize("slug", ["roster", "grades", "hours"])
def test_a_class_of_thirty_stands_on_one_page_with_its_signatures(slug: str) -> None:
    found = with_names(make_dossier(1), *[f"学员{seq:04}" for seq in range(1, 31)])
    assert len(pages(make_pdf(slug, found))) == 1


def test_four_hundred_people_repeat_the_head_on_every_page_and_miss_nobody(tmp_path: Path) -> None:
    found = make_dossier(400)
    pdf = make_pdf("roster", found)
    sheets = [squeezed(page) for page in run_on(pdf, tmp_path, "pdftotext", "-layout").split("\f")[:-1]]
    assert 13 <= len(sheets) <= 16
    assert all("序号学号姓名" in sheet for sheet in sheets)
    text = "".join(sheets)
    assert all(one.code in text for one in found.people)
    assert all(f"学员{seq:04}" in text for seq in range(7, 401))


def test_badges_stand_ten_on_a_page(tmp_path: Path) -> None:
    found = with_names(make_dossier(1), *[f"学员{seq:04}" for seq in range(1, 20)])  # and one instructor
    assert len(pages(make_pdf("badges", found))) == 2
    found = with_names(make_dossier(1), *[f"学员{seq:04}" for seq in range(1, 21)])
    assert len(pages(make_pdf("badges", found))) == 3


def test_desk_cards_stand_two_on_a_page() -> None:
    found = with_names(make_dossier(1), "甲", "乙", "丙")  # and one instructor
    assert len(pages(make_pdf("desk-cards", found))) == 2


def test_a_sign_in_sheet_begins_a_page_for_each_half_day_and_names_it_in_the_head() -> None:
    found = make_dossier(60, days=2)
    found = replace(found, people=with_names(found, *[f"学员{seq:04}" for seq in range(1, 61)]).people)
    sheets = [squeezed(page.extract_text()) for page in pages(make_pdf("sign-in", found))]
    assert len(sheets) == 8
    assert [sheet.count("12月7日（周一）上午") for sheet in sheets[:2]] == [2, 1]  # title and head, then head
    assert "12月8日（周二）下午" in sheets[-1]
    assert all("社区议事第1讲" in sheet for sheet in sheets[:1])


def test_a_room_of_many_rows_takes_more_pages() -> None:
    found = make_dossier(150, capacity=150)
    sheets = [squeezed(page.extract_text()) for page in pages(make_pdf("seating", found))]
    assert "座位表（A—H排）" in sheets[0]
    assert "讲台方向（接上页）" in sheets[1]


def test_a_long_class_gets_a_second_sign_in_sheet() -> None:
    found = make_dossier(3, days=7)
    sheets = [squeezed(page.extract_text()) for page in pages(make_pdf("sign-in-all", found))]
    assert ["签到总表（1／2）" in sheets[0], "签到总表（2／2）" in sheets[1]] == [True, True]


@pytest.mark.parametrize("slug", LISTS)
def test_names_that_look_like_source_stay_text(slug: str) -> None:
    found = with_names(make_dossier(1), *HOSTILE)
    text = squeezed("".join(page.extract_text() for page in pages(make_pdf(slug, found))))
    for name in HOSTILE:
        assert squeezed(name)[:6] in text, slug


def test_a_class_title_that_looks_like_source_stays_text() -> None:
    found = replace(make_dossier(2), title='#panic("x") $a$', site="[站] #x", manager="@lead")
    for slug in ("notice", "timetable", "leave", "roster"):
        text = squeezed("".join(page.extract_text() for page in pages(make_pdf(slug, found))))
        assert '#panic("x")$a$' in text, slug


def test_the_letter_keeps_its_signature_with_its_last_part() -> None:
    for courses in range(1, 24):
        sessions = tuple(replace(make_dossier(1).sessions[0], seq=n, title=f"第{n}课") for n in range(1, courses + 1))
        sheets = pages(make_pdf("notice", replace(make_dossier(0), sessions=sessions)))
        last = squeezed(sheets[-1].extract_text())
        assert "山东省心安社会工作学院" in last
        assert "五、联系" in last


def test_the_same_class_at_the_same_instant_gives_the_same_bytes() -> None:
    assert make_pdf("roster", make_dossier(3)) == make_pdf("roster", make_dossier(3))


def test_an_installation_can_add_a_font_for_a_character(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "ji"])
    builder.setupCharacterMap({0x20BB7: "ji"})
    pen = TTGlyphPen(None)
    for step in ((100, 0), (900, 0), (500, 800)):
        pen.moveTo(step) if step == (100, 0) else pen.lineTo(step)
    pen.closePath()
    shape = pen.glyph()
    builder.setupGlyf({".notdef": shape, "ji": shape})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "ji": (1000, 0)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    names = {"familyName": "Added", "styleName": "Regular", "fullName": "Added Regular", "psName": "Added-Regular"}
    builder.setupNameTable({**names, "uniqueFontIdentifier": "Added"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "added.ttf")
    monkeypatch.setattr(documents, "extra_fonts", lambda: tmp_path)
    monkeypatch.setattr(documents, "_press", None)
    documents._drawable.cache_clear()
    try:
        text = "".join(page.extract_text() for page in pages(make_pdf("roster", with_names(make_dossier(1), "王𠮷祥"))))
    finally:
        documents._drawable.cache_clear()
    assert "王𠮷祥" in text


def test_sixty_characters_are_what_the_long_names_have() -> None:
    assert len(UNBROKEN) == 60
    assert len(LONG) >= 55
