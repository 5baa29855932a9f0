"""The shape of the house: short files, compiling templates, nothing from outside in a page."""

import re
from pathlib import Path

from flask import Flask

from academy.core import outbox
from academy.core.queues import Queue

ROOT = Path(__file__).parents[2]
WALL = 400


def test_no_file_is_longer_than_the_wall() -> None:
    files = [*ROOT.glob("academy/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py")]
    assert [f"{f.relative_to(ROOT)}: {n}" for f in files if (n := len(f.read_text(encoding="utf-8").splitlines())) > WALL] == []


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html", "txt", "svg"])
    assert len([app.jinja_env.get_template(name) for name in names]) > 10


def test_pages_ask_nothing_from_outside() -> None:
    sources = [
        *ROOT.glob("academy/**/templates/**/*.html"),
        *ROOT.glob("academy/*/static/*.js"),
        *ROOT.glob("academy/ui/static/*.css"),
    ]
    pattern = re.compile(r"(?:src|href|action)=[\"'](?:https?:)?//|@import|url\(\s*[\"']?(?:https?:)?//|fetch\([\"']http")
    assert [f"{s.name}: {m.group(0)}" for s in sources if (m := pattern.search(s.read_text(encoding="utf-8")))] == []


def test_pages_draw_icons_by_name() -> None:
    """A page carries the symbols that icon() was asked for; a reference written by hand shows nothing."""
    sources = sorted(ROOT.glob("academy/**/templates/**/*.html"))
    assert [s.name for s in sources if 'href="#i-' in s.read_text(encoding="utf-8")] == []


def test_pages_hold_no_inline_code() -> None:
    pattern = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle=|\son[a-z]+=[\"']")
    sources = sorted(ROOT.glob("academy/**/templates/**/*.html"))
    assert [f"{s.name}: {m.group(0)}" for s in sources if (m := pattern.search(s.read_text(encoding="utf-8")))] == []


def test_only_the_database_module_commits() -> None:
    pattern = re.compile(r"\.commit\(\)")
    allowed = {"academy/core/db.py", "academy/core/outbox.py"}
    found = {str(f.relative_to(ROOT)) for f in ROOT.glob("academy/**/*.py") if pattern.search(f.read_text(encoding="utf-8"))}
    assert found <= allowed


def test_only_the_settings_read_the_environment() -> None:
    pattern = re.compile(r"os\.environ|os\.getenv")
    allowed = {"academy/config.py", "academy/launcher.py", "academy/walkthrough/__init__.py"}  # both hand it on
    found = {str(f.relative_to(ROOT)) for f in ROOT.glob("academy/**/*.py") if pattern.search(f.read_text(encoding="utf-8"))}
    assert found <= allowed


def test_every_queue_is_worked_on(app: Flask) -> None:
    launcher = (ROOT / "academy/launcher.py").read_text(encoding="utf-8")
    assert ",".join(Queue) in launcher
    assert {s.queue for s in outbox.subscriptions()} <= set(Queue)
