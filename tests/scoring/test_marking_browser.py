"""Marking in a real browser with the keyboard alone; the draft stays when the page is left."""

import re
import socket
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from academy.core.db import db
from academy.scoring import queries
from academy.scoring.rules.marking import Mode, TaskState
from tests.browser.chromium import FLAGS, find
from tests.conftest import ContextClient, LiveApp
from tests.exams.processes import fork, serve
from tests.scoring.marking_factories import Marking, begin, make_marking

pytestmark = pytest.mark.browser


@pytest.fixture
def made(live_app: LiveApp) -> Marking:
    found = make_marking(learners=2, markers=1, arbiters=0)
    begin(found, Mode.ONE)
    return found


@pytest.fixture
def page(live_app: LiveApp, made: Marking) -> Iterator[Page]:
    """The marker's first script of the first essay."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    live_app.app.test_client_class = ContextClient
    client = live_app.app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = f"{made.markers[0].id}.1", True
    cookie = client.get_cookie("academy")
    assert cookie
    db.session.commit()
    server = fork.Process(target=serve, args=(live_app, port))
    server.start()
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    path, address = find(), f"http://127.0.0.1:{port}"
    assert path, "no Chromium is installed; `make test` installs one"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            context = browser.new_context()
            context.add_cookies([{"name": "academy", "value": cookie.value, "url": address}])
            shown = context.new_page()
            shown.goto(f"{address}/marking/{made.sitting.code}/2")
            yield shown
            browser.close()
    finally:
        server.kill()
        server.join(20)


def _code(page: Page) -> str:
    found = re.search(r"/marking/scripts/(\w+)", page.url)
    assert found
    return found.group(1)


def test_a_script_is_marked_with_the_keyboard_alone(page: Page, made: Marking) -> None:
    code, keys = _code(page), page.keyboard
    send = page.locator("#send")
    expect(send).to_be_disabled()
    keys.press("2")  # the lower level: 0 … 7, at its top
    expect(page.locator("input[name=C1-mark]")).to_have_value("7")
    keys.press("ArrowUp")
    expect(page.locator("input[name=C1-mark]")).to_have_value("7.5")
    expect(page.locator("#C1-1")).to_be_checked()  # the level follows the mark
    expect(page.locator("#left")).to_contain_text("还差“要点2”")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("input[name=C2-mark]")).to_be_focused()
    keys.type("4.3")
    expect(send).to_be_disabled()  # no step of half a mark
    keys.press("Backspace")
    keys.type("5")
    expect(page.locator("#total")).to_have_text("12")
    expect(send).to_be_enabled()
    with page.expect_navigation():
        keys.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("已提交")
    assert _code(page) != code  # the next script is there
    db.session.commit()
    db.session.expire_all()
    given = queries.get_task(code, user_id=made.markers[0].id).task
    assert (given.state, given.marks) == (TaskState.GIVEN, {"C1": "7.5", "C2": "4.5"})


def test_what_is_typed_is_kept_when_the_page_is_left(page: Page, made: Marking) -> None:
    address, keys = page.url, page.keyboard
    with page.expect_response(re.compile("/draft$")) as kept:
        keys.press("1")
        keys.press("ArrowDown")
    assert kept.value.ok
    expect(page.locator("#draft")).to_contain_text("已存草稿")
    page.fill("#fb", "要点一清楚")
    with page.expect_response(re.compile("/draft$")):
        page.locator("#fb").blur()
    page.goto(address)
    expect(page.locator("input[name=C1-mark]")).to_have_value("9.5")
    expect(page.locator("#fb")).to_have_value("要点一清楚")
