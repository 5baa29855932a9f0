"""A running installation and a real browser."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import FLAGS, find

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installation:
    """An address with demo users."""

    address: str
    instance: Path

    def password(self, name: str) -> str:
        """A demo user's password."""
        kept: dict[str, str] = json.loads((self.instance / "demo-sign-ins.json").read_text(encoding="utf-8"))
        return kept[f"{name}@demo.example"]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`academy start` as a newcomer has it, in a folder of its own."""
    instance = tmp_path_factory.mktemp("browser") / "instance"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL"}}
    environment = {**kept, "INSTANCE_DIR": str(instance), "PORT": str(port)}
    child = subprocess.Popen(
        [sys.executable, "-m", "academy.cli", "start"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(1200):
        assert child.poll() is None, "the installation did not start"
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                break
        except OSError:
            time.sleep(0.1)
    yield Installation(address, instance)
    child.terminate()
    child.wait(40)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, closed after the module: other modules' tests fork, which an open one would not survive."""
    path = find()
    assert path, "no Chromium is installed; `make test` installs one"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Visit]:
    """visit("learner", width=390) opens a page of that demo user ("" is a guest); console errors fail the test."""
    contexts = []
    problems: list[str] = []

    def open_page(name: str = "", *, width: int = 1440, scripts: bool = True, language: str = "zh") -> Page:
        size: ViewportSize = {"width": width, "height": 844 if width < 992 else 900}
        context = browser.new_context(
            viewport=size,
            base_url=installation.address,
            java_script_enabled=scripts,
            locale="zh-CN" if language == "zh" else "en",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(f"{page.url}: {message.text}") if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        if language == "en":
            page.goto("/help?lang=en")
        if name:
            page.goto("/sign-in")
            page.fill("#email", f"{name}@demo.example")
            page.fill("#password", installation.password(name))
            page.click("main form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [p for p in problems if "422" not in p and "404" not in p and "403" not in p and "ERR_INTERNET" not in p] == []
