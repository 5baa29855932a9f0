"""Chinese first, English complete: every text that a person can meet has its English."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PO = ROOT / "academy/translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u3400-\u9fff]")
PARAM = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every message id in code and templates."""
    pot = tmp_path_factory.mktemp("messages") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"]
    options = [
        "--mapping-file",
        "academy/translations/babel.cfg",
        "--keywords",
        "N_ Text _l lazy_gettext",
        "--output-file",
        str(pot),
    ]
    subprocess.run([*command, *options, "academy"], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The English catalog."""
    with PO.open("rb") as file:
        return read_po(file)


def test_the_english_catalog_has_its_header(english: Catalog) -> None:
    """Without one the compiler takes the whole catalog for unfinished and skips it: every page would be Chinese."""
    assert not english.fuzzy


def test_every_text_has_its_english(extracted: Catalog, english: Catalog) -> None:
    known = {m.id: m.string for m in english}
    assert [m.id for m in extracted if m.id and not known.get(m.id)] == []


def test_no_english_holds_chinese(english: Catalog) -> None:
    assert [m.id for m in english if m.id and HAN.search(str(m.string))] == []


def test_figures_are_the_same_in_both(english: Catalog) -> None:
    wrong = [m.id for m in english if m.id and set(PARAM.findall(str(m.id))) != set(PARAM.findall(str(m.string)))]
    assert wrong == []


def test_templates_hold_no_text_outside_the_catalog() -> None:
    """Chinese in a template stands inside _() only; comments and the language switch excepted."""
    loose = []
    for template in sorted((ROOT / "academy").glob("*/templates/**/*.html")):
        source = re.sub(r"{#.*?#}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        source = re.sub(r"_\((['\"]).*?\1(?:,[^)]*)?\)", "", source, flags=re.DOTALL)
        source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL).replace(">中文<", "><")
        loose += [f"{template.name}: {found.group(0)}" for found in re.finditer(r"[\u3400-\u9fff]+", source)]
    assert loose == []
