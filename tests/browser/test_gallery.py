"""The gallery in a real browser: nothing blocked by the CSP, nothing that axe objects to."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.screens import faults
from tests.web.people import somebody

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[1280, 390])
def page(
    chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Logged in for a made-up organisation, on the gallery; says so if the console complained."""
    client = Client()
    client.force_login(somebody("李望舒", demo=True))
    context = chromium.new_context(
        base_url=live_server.url, locale="zh-CN", viewport={"width": request.param, "height": 844}
    )
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(reverse("web:gallery"))
    yield page
    context.close()
    assert complaints == []


def test_axe_finds_nothing_and_nothing_reaches_over_the_edge(page: Page) -> None:
    assert faults(page) == []


def test_a_deed_asks_first_and_cancelling_sends_nothing(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.get_by_role("button", name="签字通过").click()
    dialog = page.get_by_role("dialog")
    assert dialog.inner_text().startswith("签字后不能撤回，确定签字吗？")
    dialog.get_by_role("button", name="取消").click()
    assert not dialog.is_visible()
    assert sent == []


def test_a_whole_page_in_answer_to_a_deed_replaces_the_page(page: Page) -> None:
    page.get_by_role("button", name="签字通过").click()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("dialog").get_by_role("button", name="确定").click()
    page.locator("form[aria-busy=true]").wait_for(state="detached")
    assert page.locator("h1").count() == 1
    assert page.locator(".action .refusal > *").count() == 0
