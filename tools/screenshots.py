"""Pictures of every screen that a log-in reaches, wide and on a phone, from a running demonstration.

    jiangjie demo --port 8765 --home /tmp/demo         # in another terminal
    python -m tools.screenshots OUT --base http://localhost:8765

Logs in as each role of the demonstration, follows the links of every page and takes the first page
of each kind: OUT/<address>-<role>-<width>.png. Nothing is pressed but the log-in.
"""

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-sync", "--disable-background-networking"]
ROLES = ("worker", "clerk", "office", "committee", "assessor", "supervisor", "payroll", "admin",
         "bureau")  # fmt: skip
PUBLIC = ("/account/login/", "/announcements/", "/publicity/", "/publicity/receipts/", "/verify/",
          "/ledger/")  # fmt: skip
FILES = re.compile(r"\.(xlsx|pdf)$|/(export|file|pdf|photo|yaml|evidence|checkpoint|logout)/?$")
WIDTHS = (1280, 390)


def kind_of(path: str) -> str:
    """Pages that differ only in the thing they show are of one kind: its number becomes "n"."""
    thing = r"/(\d+|[0-9a-f]{16,}|\d-\d\d-\d\d-\d\d|[ST]\d\d|(?<=policy/)(?!calendar)[a-z]+(-\d+)?)(?=/)"
    return re.sub(r"(?<=changes)/[^/]+", "/n", re.sub(thing, "/n", path))


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("#login button[type=submit]").click()
    page.wait_for_url(re.compile(r"//[^/]+/$"))


def walk(page: Page, starts: tuple[str, ...]) -> Iterator[str]:
    """Opens the first page of each kind, breadth first; yields its kind while it is shown."""
    waiting, seen = list(starts), {kind_of(start) for start in starts}
    while waiting:
        answer = page.goto(waiting.pop(0))
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield kind_of(urlsplit(page.url).path)
        for link in page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
            path = urlsplit(urldefrag(link).url).path
            here = urlsplit(link).netloc == urlsplit(page.url).netloc
            if here and not FILES.search(path) and kind_of(path) not in seen:
                seen.add(kind_of(path))
                waiting.append(path)


def take(browser: Browser, base: str, out: Path, role: str, password: str) -> int:
    context = browser.new_context(base_url=base, locale="zh-CN")
    page = context.new_page()
    if role != "public":
        log_in(page, role, password)
    count = 0
    for kind in walk(page, PUBLIC if role == "public" else ("/",)):
        name = kind.strip("/").replace("/", "_") or "home"
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=out / f"{name}-{role}-{width}.png", full_page=True)
            count += 1
    context.close()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--base", default="http://localhost:8000")
    parser.add_argument("--password", default="jiangjie-2026")
    parser.add_argument("--roles", nargs="*", default=["public", *ROLES])
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for role in args.roles:
            count = take(browser, args.base, args.out, role, args.password)
            print(f"{role}: {count} pictures")


if __name__ == "__main__":
    main()
