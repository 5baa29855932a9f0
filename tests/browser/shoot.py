"""Takes pictures of pages of a running installation, on a phone and on a laptop.

    python tests/browser/shoot.py --as learner --out build/shots /catalog /classes

Signs in with the demo sign-ins of the instance folder; without --as it visits as a guest.
"""

import argparse
import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import FLAGS, find

SIZES = {"390": (390, 844), "1440": (1440, 900)}


def sign_in(page: Page, base: str, name: str, instance: Path) -> None:
    """Sign a demo user in through the form."""
    email = f"{name}@demo.example"
    password = json.loads((instance / "demo-sign-ins.json").read_text())[email]
    page.goto(f"{base}/sign-in")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def shoot(browser: Browser, base: str, paths: list[str], name: str, instance: Path, out: Path) -> None:
    """One picture a page and size; complains about pages wider than the window and about console errors."""
    for label, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        page = context.new_page()
        page.on("console", lambda message: print("console:", message.text) if message.type == "error" else None)
        if name:
            sign_in(page, base, name, instance)
        for path in paths:
            answer = page.goto(base + path)
            page.wait_for_load_state("networkidle")
            file = out / f"{re.sub(r'[^a-zA-Z0-9]+', '-', path).strip('-') or 'home'}-{name or 'guest'}-{label}.png"
            page.screenshot(path=str(file), full_page=True)
            too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            print(file, answer.status if answer else "?", "TOO WIDE" if too_wide else "")
        context.close()


def main() -> None:
    """Parse and shoot."""
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--as", dest="name", default="")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--instance", type=Path, default=Path("instance"))
    parser.add_argument("--out", type=Path, default=Path("build/shots"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        shoot(browser, given.base, given.paths, given.name, given.instance, given.out)
        browser.close()


if __name__ == "__main__":
    main()
