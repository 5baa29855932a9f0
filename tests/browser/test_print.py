"""Lists printed from the screen: whole tables with their heads, without navigation, forms' buttons and paging."""

import pytest

from academy.timetable.sample import SAMPLE_EXAM_CLASS
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

A4_WIDTH = 718  # what is left of 210 mm at 96 dpi
HIDDEN = (".site-header", ".site-footer", ".tabbar", ".crumbs")


@pytest.mark.parametrize(
    ("path", "people"),
    [
        (f"/manage/classes/{SAMPLE_EXAM_CLASS}/people", 44),
        (f"/attendance/{SAMPLE_EXAM_CLASS}/1", 44),
        (f"/manage/classes/{SAMPLE_EXAM_CLASS}/archive", 9),
        (f"/classes/{SAMPLE_EXAM_CLASS}", 0),
    ],
)
def test_a_page_prints_its_tables_whole_and_no_navigation(visit: Visit, path: str, people: int) -> None:
    page = visit("admin", width=A4_WIDTH)
    page.goto(path)
    page.emulate_media(media="print")
    for part in HIDDEN:
        assert not any(one.is_visible() for one in page.locator(part).all()), part
    assert not any(one.is_visible() for one in page.locator("main .btn").all())
    if people:
        table = page.locator("table.grid").first
        assert table.evaluate("t => getComputedStyle(t).display") == "table"
        assert table.locator("tbody tr").count() == people
        assert table.locator("thead").evaluate("t => getComputedStyle(t).display") == "table-header-group"
        assert table.evaluate("t => t.scrollWidth <= t.parentElement.clientWidth + 1")
