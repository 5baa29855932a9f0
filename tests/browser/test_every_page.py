"""Each role's pages: they open, fit the window, speak one language, and axe finds nothing."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

PAGES = {
    "": [
        "/",
        "/catalog",
        "/catalog?q=议事",
        "/classes",
        "/sites",
        "/instructors",
        "/organizations",
        "/verify",
        "/sign-in",
        "/sign-up",
        "/exams/receipts",
        "/help",
        "/privacy",
    ],
    "instructor": [
        "/",
        "/attendance",
        "/marking",
        "/inbox",
        "/teaching/needs",
        "/teaching/qualifications",
        "/teaching/qualifications/new",
        "/teaching/absences",
        "/teaching/fees",
    ],
    "learner": [
        "/",
        "/my/hours",
        "/my/hours/conversions/new",
        "/my/classes",
        "/my/timetable",
        "/my/attendance",
        "/choices",
        "/classes/XA-2026-015-03",
        "/classes/XA-2026-015-03/why",
        "/classes/XA-2026-015-03/line",
        "/exams",
        "/exams/practice",
        "/practice/errors",
        "/my/certificates",
        "/inbox",
        "/me",
    ],
    "manager": [
        "/",
        "/manage/classes",
        "/manage/classes/XA-2026-015-03/people",
        "/manage/classes/XA-2026-015-03/people/import",
        "/manage/classes/XA-2026-015-03/quotas",
        "/manage/classes/XA-2026-015-03/review",
        "/manage/classes/XA-2026-015-03/terms",
        "/manage/classes/XA-2026-015-03/why?learner=L-0025",
        "/manage/classes/XA-2026-015-03/sessions/repeat",
        "/manage/rounds",
        "/manage/timetable",
        "/manage/timetable/classes/XA-2026-015-03",
        "/manage/places/TS-T-001",
        "/manage/places/TS-T-001/hours",
        "/manage/make-ups",
        "/manage/exams/slots/new",
        "/manage/learners",
        "/manage/learners/import",
        "/manage/hours",
        "/manage/hours/decrees/new",
        "/manage/learners/L-0025/hours",
        "/manage/learners/L-0025/record",
        "/manage/exams/bank",
        "/manage/exams/questions/new",
        "/manage/exams/questions/new?kind=numeric",
        "/manage/exams/questions/X-0001",
        "/manage/exams/questions/X-0003/edit",
        "/manage/exams/questions/X-0004/edit",
        "/manage/exams/questions/X-0005",
        "/manage/exams/questions/X-0005/parts/2",
        "/manage/exams/review",
        "/manage/exams/likes",
        "/manage/exams/materials",
        "/manage/exams/materials/new",
        "/manage/exams/blueprints",
        "/manage/exams/blueprints/new",
    ],
    "officer": ["/", "/manage/certificates", "/manage/appeals"],
    "coordinator": [
        "/",
        "/unit/places",
        "/unit/applications",
        "/unit/classes/XA-2026-015-03",
        "/unit/classes/XA-2026-015-03/people/import",
        "/manage/learners",
        "/reports",
    ],
    "auditor": ["/", "/board"],
    "admin": [
        "/",
        "/manage/classes",
        "/manage/classes/XA-2026-001-01/prints",
        "/manage/classes/XA-2026-001-01/archive",
        "/manage/learners",
        "/manage/instructors",
        "/manage/instructors/F-005",
        "/manage/instructors/F-005/qualifications/new",
        "/manage/instructors/F-001/absences",
        "/manage/needs",
        "/manage/fees",
        "/manage/exams",
        "/manage/scoring",
        "/manage/certificates",
        "/board",
        "/reports",
        "/manage/messages",
        "/manage/users",
    ],
}
CASES = [(name, path) for name, paths in PAGES.items() for path in paths]
HAN = re.compile(r"[\u3400-\u9fff]")


def _is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_fit_and_are_accessible(visit: Visit, name: str) -> None:
    found: list[str] = []
    for width in (390, 1440):
        page = visit(name, width=width)
        for path in PAGES[name]:
            answer = page.goto(path)
            if answer is None or answer.status != 200:
                found.append(f"{path}: {answer.status if answer else 'no answer'}")
                continue
            if _is_too_wide(page):
                found.append(f"{path}: wider than {width}")
            violations = (
                Axe()
                .run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
                .response["violations"]
            )
            found += [f"{path} at {width}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in violations]
    assert found == []


@pytest.mark.parametrize("path", ["/", "/catalog", "/classes", "/sites", "/verify", "/sign-in"])
def test_pages_fit_a_very_narrow_phone(visit: Visit, path: str) -> None:
    page = visit("", width=320)
    page.goto(path)
    assert not _is_too_wide(page)


@pytest.mark.parametrize("path", ["/sign-in", "/verify", "/help", "/privacy"])
def test_an_english_page_holds_no_chinese_of_its_own(visit: Visit, path: str) -> None:
    page = visit("", language="en")
    page.goto(path)
    shown = page.locator("body").inner_text().replace("中文", "")
    assert HAN.findall(shown) == []
