"""What is wrong with a page in a real browser, wide and on a phone."""

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from jiangjie.accounts.models import User

DESK, PHONE = 1280, 390
_AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def open_as(chromium: Browser, site: LiveServer, user: User | None = None) -> Page:
    """A browser of its own, in which the user is logged in. Close its context."""
    context = chromium.new_context(
        base_url=site.url, locale="zh-CN", viewport={"width": DESK, "height": 844}
    )
    context.set_default_timeout(15_000)
    if user is not None:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    return context.new_page()


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it stands, and whether it reaches over the edge."""
    found = [
        f"{each['id']}: {node['target']}"
        for each in Axe().run(page, options=_AXE).response["violations"]
        for node in each["nodes"]
    ]
    return found + _too_wide(page)


def _too_wide(page: Page) -> list[str]:
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return ["wider than the screen"] if is_wide else []


def faults_of(page: Page, path: str) -> list[str]:
    """The faults of a page on a phone, whether it fits at both widths, and what the console
    complained of. Wide, axe looks at the gallery, which shows every part that pages are made of.
    """
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and message.location["url"] != page.url:  # not its own 404
            said.append(message.text)

    page.on("console", listen)
    page.set_viewport_size({"width": DESK, "height": 844})
    page.goto(path)
    found = _too_wide(page)
    page.set_viewport_size({"width": PHONE, "height": 844})
    found += [f"on a phone {each}" for each in faults(page)]
    page.remove_listener("console", listen)
    return found + said
