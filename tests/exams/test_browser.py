"""The exam page in a real browser on a bad line: nothing that was answered is lost."""

import itertools
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright

from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.rules.devices import device_mark
from academy.exams.rules.kinds import AttemptState, QuestionKind
from academy.exams.rules.receipts import ReceiptState
from tests.browser.chromium import FLAGS, find
from tests.conftest import ContextClient, LiveApp
from tests.exams.factories import MANAGER, World, make_sitting, make_world
from tests.exams.mixed import POSITIONS, make_mixed_paper
from tests.exams.processes import fork, serve

pytestmark = pytest.mark.browser


@pytest.fixture
def world(live_app: LiveApp) -> World:
    return make_world(learners=1)


@pytest.fixture
def attempt(world: World) -> Attempt:
    at = datetime.now(UTC)
    sitting = make_sitting(world, opens_at=at - timedelta(minutes=5))
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=at)


@pytest.fixture
def address(live_app: LiveApp, attempt: Attempt) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    db.session.commit()
    server = fork.Process(target=serve, args=(live_app, port))
    server.start()
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.join(20)


@pytest.fixture
def context(live_app: LiveApp, world: World, address: str) -> Iterator[BrowserContext]:
    """A browser in which the learner has signed in."""
    live_app.app.test_client_class = ContextClient
    client = live_app.app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = f"{world.learners[0].user_id}.1", True
    cookie = client.get_cookie("academy")
    assert cookie
    path = find()
    assert path, "no Chromium is installed; `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        made = browser.new_context()
        made.add_cookies([{"name": "academy", "value": cookie.value, "url": address}])
        yield made
        browser.close()


@pytest.fixture
def page(context: BrowserContext, address: str, attempt: Attempt) -> Page:
    return open_paper(context, address, attempt)


def open_paper(context: BrowserContext, address: str, attempt: Attempt) -> Page:
    page = context.new_page()
    with page.expect_response(re.compile(r"/api/v1/attempts/\w+$")):
        page.goto(f"{address}/exams/attempts/{attempt.code}")
    expect(page.locator("#clock")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))  # the script has taken over
    return page


def answers(attempt: Attempt) -> dict[int, str]:
    db.session.commit()
    db.session.expire_all()
    return queries.answers_of_attempt(attempt.id)


def test_a_cut_line_loses_nothing(page: Page, context: BrowserContext, attempt: Attempt) -> None:
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("服务器已收到")
    context.set_offline(True)
    for keys in ("ArrowRight", "b", "ArrowRight", "c", "ArrowRight", "a", "b"):
        page.keyboard.press(keys)
    expect(page.locator("#line")).to_contain_text("第 2、3、4 题已存在本机")
    expect(page.locator("#saved")).to_have_text("本机已存，待上传")
    page.click("#go-hand-in")
    expect(page.locator("#line")).to_contain_text("3 题没有传到服务器")
    assert answers(attempt) == {1: "A"}
    context.set_offline(False)
    expect(page.locator("#n-pending")).to_have_text("0", timeout=20_000)
    assert answers(attempt) == {1: "A", 2: "B", 3: "C", 4: "AB"}
    page.click("#go-hand-in")
    expect(page.locator("h1")).to_have_text("还有 1 题没有答")
    page.click("main form button")
    expect(page.locator("h1")).to_have_text("已交卷：4 / 5 题")


def test_what_was_answered_offline_is_sent_after_a_reload(
    page: Page, context: BrowserContext, address: str, attempt: Attempt
) -> None:
    context.set_offline(True)
    page.keyboard.press("d")
    page.keyboard.press("m")
    expect(page.locator("#saved")).to_have_text("本机已存，待上传")
    page.close()
    context.set_offline(False)
    again = open_paper(context, address, attempt)
    expect(again.locator("#saved")).to_have_text("服务器已收到")
    expect(again.locator("#choices input:checked")).to_have_value("D")
    assert answers(attempt) == {1: "D"}
    assert queries.flags_of_attempt(attempt.id) == {1}


def test_a_line_that_drops_every_other_request_loses_nothing(page: Page, attempt: Attempt) -> None:
    turn = itertools.count()

    def drop(route: Route) -> None:
        """Before the server sees it, or after it has answered: the page cannot tell which."""
        number = next(turn)
        if number % 4 == 0:
            route.abort()
        elif number % 4 == 2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/api/v1/"), drop)
    for letter in "abcab":
        page.keyboard.press(letter)
        page.keyboard.press("ArrowRight")
    expect(page.locator("#n-received")).to_have_text("5", timeout=60_000)
    assert answers(attempt) == {1: "A", 2: "B", 3: "C", 4: "A", 5: "B"}
    assert [event.seq for event in queries.events_of(attempt.id)] == list(range(1, 6))


def test_a_second_tab_is_told_at_once_and_cannot_overwrite(
    page: Page, context: BrowserContext, address: str, attempt: Attempt
) -> None:
    second = open_paper(context, address, attempt)
    for tab in (page, second):
        expect(tab.locator("#line")).to_contain_text("在另一个窗口打开了")
    second.keyboard.press("b")
    expect(second.locator("#saved")).to_have_text("服务器已收到")
    expect(page.locator("#line")).to_contain_text("这个窗口已停用")
    expect(page.locator("#oA")).to_be_disabled()
    page.keyboard.press("a")
    assert answers(attempt) == {1: "B"}
    page.click("text=在这里继续")
    expect(page.locator("#choices input:checked")).to_have_value("B")


def test_another_device_is_refused_by_the_server(context: BrowserContext, world: World, page: Page, attempt: Attempt) -> None:
    me = world.actor(0)
    with transaction():
        services.save_answer(
            code=attempt.code, seq=1, position=1, response="E", is_flagged=False, actor=me, now=datetime.now(UTC)
        )
    page.keyboard.press("a")
    expect(page.locator("#line")).to_contain_text("第 1 题没有存上")
    assert answers(attempt) == {1: "E"}


def test_when_the_time_is_over_the_paper_is_handed_in(
    live_app: LiveApp, context: BrowserContext, address: str, attempt: Attempt
) -> None:
    with transaction():
        attempt.due_at = datetime.now(UTC) + timedelta(seconds=6)
        db.session.add(attempt)
    page = open_paper(context, address, attempt)
    page.keyboard.press("c")
    expect(page.locator("h1")).to_have_text("已交卷：1 / 5 题", timeout=20_000)
    assert answers(attempt) == {1: "C"}
    found = queries.find_attempt(attempt.sitting_id, attempt.learner_id)
    assert found
    assert found.state in {AttemptState.SUBMITTED, AttemptState.TIMED_OUT}


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.keyboard.press("a")
    page.keyboard.press("g")
    expect(page.locator("#place")).to_have_text("第 2 题")
    page.keyboard.press("m")
    expect(page.locator("#go-flag")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#choices input:checked")).to_have_value("A")
    page.keyboard.press("b")
    expect(page.locator("#choices input:checked")).to_have_value("B")
    page.go_back()
    expect(page.locator("#place")).to_have_text("第 2 题")


# ---- every kind, and one machine at a time ------------------------------------------------------------------------------


@pytest.fixture
def mixed(world: World, address: str) -> Attempt:
    """An attempt at a paper with every kind of question, bound to the machine "first"."""
    at = datetime.now(UTC)
    sitting = make_sitting(world, make_mixed_paper(world), opens_at=at - timedelta(minutes=5))
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=at, device=device_mark("first"))


@pytest.fixture
def first(context: BrowserContext, address: str, mixed: Attempt) -> Page:
    context.add_cookies([{"name": "exam_device", "value": "first", "url": address}])
    return open_paper(context, address, mixed)


def test_a_cut_in_the_middle_of_an_essay_and_of_every_other_kind_loses_nothing(
    first: Page, context: BrowserContext, mixed: Attempt
) -> None:
    first.keyboard.press("b")
    expect(first.locator("#saved")).to_have_text("服务器已收到")
    context.set_offline(True)
    for keys in ("ArrowRight", "a", "c", "ArrowRight", "b", "ArrowRight"):
        first.keyboard.press(keys)
    first.fill("#b1", "助人")
    first.fill("#b2", "自助")
    first.keyboard.press("Control+Enter")
    first.fill("#number", "-11.72")
    first.keyboard.press("Control+Enter")
    for at, letter in enumerate("BAC", 1):
        first.select_option(f"#m{at}", letter)
    first.keyboard.press("Control+Enter")
    for place, shown in enumerate("BADCFE", 1):
        first.select_option(f"#p{shown}", str(place))
    first.keyboard.press("Control+Enter")
    first.fill("#essay", "第一段。")
    context.set_offline(False)
    first.locator("#essay").press_sequentially("m 和 g 在这里是字。")
    first.keyboard.press("Control+Enter")
    expect(first.locator("#case-text")).to_contain_text("崔奶奶")
    expect(first.locator("#n-pending")).to_have_text("0", timeout=20_000)
    first.click("#go-hand-in")
    first.click("main form button")
    expect(first.locator("h1")).to_have_text("已交卷：8 / 10 题")
    assert answers(mixed) == {
        POSITIONS[QuestionKind.SINGLE]: "B",
        POSITIONS[QuestionKind.MULTIPLE]: "AC",
        POSITIONS[QuestionKind.TRUE_FALSE]: "F",
        POSITIONS[QuestionKind.SHORT_TEXT]: '["助人","自助"]',
        POSITIONS[QuestionKind.NUMERIC]: "-11.72",
        POSITIONS[QuestionKind.MATCHING]: "BAC",
        POSITIONS[QuestionKind.ORDERING]: "BADCFE",
        POSITIONS[QuestionKind.ESSAY]: "第一段。m 和 g 在这里是字。",
    }
    first.click("text=现在核对")
    expect(first.locator("h1")).to_have_text("回执有效，答卷一字未改")
    receipt = db.session.get_one(Attempt, mixed.id).receipt or ""
    assert queries.check_receipt(mixed.code, receipt).state is ReceiptState.HOLDS


def test_what_is_being_typed_is_kept_at_once_and_sent_when_the_page_is_opened_again(
    first: Page, context: BrowserContext, address: str, mixed: Attempt
) -> None:
    first.click(f".qnav a[data-q='{POSITIONS[QuestionKind.ESSAY]}']")
    first.locator("#essay").press_sequentially("还没有写完")
    expect(first.locator("#saved")).to_have_text("正在写，稍后自动上传")
    assert answers(mixed) == {}  # not one event for each key
    first.close()
    again = open_paper(context, address, mixed)
    expect(again.locator("#n-received")).to_have_text("1")
    assert answers(mixed) == {POSITIONS[QuestionKind.ESSAY]: "还没有写完"}
    assert len(queries.events_of(mixed.id)) == 1


def test_a_place_that_is_taken_changes_hands(first: Page, mixed: Attempt) -> None:
    first.click(f".qnav a[data-q='{POSITIONS[QuestionKind.ORDERING]}']")
    first.select_option("#pA", "1")
    first.select_option("#pB", "2")
    first.select_option("#pB", "1")
    expect(first.locator("#pA")).to_have_value("2")
    expect(first.locator("#saved")).to_have_text("服务器已收到")
    assert answers(mixed) == {POSITIONS[QuestionKind.ORDERING]: "BA"}


def test_a_second_machine_is_told_before_it_writes_and_with_the_code_the_first_is_locked_out(
    first: Page, context: BrowserContext, address: str, mixed: Attempt
) -> None:
    first.keyboard.press("a")
    expect(first.locator("#saved")).to_have_text("服务器已收到")
    signed_in = next(cookie for cookie in context.cookies() if cookie["name"] == "academy")
    other = context.browser.new_context()  # type: ignore[union-attr]
    other.add_cookies([{"name": "academy", "value": signed_in["value"], "url": address}])
    second = other.new_page()
    second.goto(f"{address}/exams/attempts/{mixed.code}")
    expect(second.locator("h1")).to_have_text("这份卷子正在另一台设备上作答")
    with transaction():
        code = services.issue_resume_code(code=mixed.code, reason="黑屏", actor=MANAGER, now=datetime.now(UTC))
    second.fill("#code", code)
    second.click("main form button")
    expect(second.locator("#clock")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    expect(second.locator("#choices input:checked")).to_have_value("A")
    second.keyboard.press("b")
    expect(second.locator("#n-pending")).to_have_text("0")
    expect(second.locator("#choices input:checked")).to_have_value("B")
    second.wait_for_timeout(500)
    first.keyboard.press("c")
    expect(first.locator("#line")).to_contain_text("已凭换机码转到另一台设备")
    expect(first.locator("#oA")).to_be_disabled()
    assert answers(mixed) == {1: "B"}
    other.close()


def test_a_reader_of_screens_is_told_what_each_field_is_and_what_became_of_it(first: Page, mixed: Attempt) -> None:
    for number in range(1, 11):
        found = Axe().run(first)
        assert found.violations_count == 0, (number, found.generate_report())
        first.keyboard.press("Control+Enter")
        if number < 10:
            expect(first.locator("#said")).to_contain_text(f"第 {number + 1} 题")
    for live in ("#said", "#saved", "#line"):
        expect(first.locator(live)).to_have_attribute("role", "status")
    for field in first.locator("#fields :is(input, select, textarea)").all():
        assert field.evaluate("field => field.labels.length") == 1
