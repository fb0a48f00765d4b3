"""Debian's Chromium, a town of made-up people in the database, and the site that they use.

The town is built once for all journeys and thrown away afterwards; each journey has things of its
own in it, so none depends on another.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client, TransactionTestCase
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
)
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.town import Town, make_town
from tests.screens import DESK

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def town(
    chromium: Browser, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Town]:
    """Committed, because the server answers on connections of its own."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        town = make_town()
        patch.setattr("jiangjie.web.clock.now", lambda: town.now)
        server = LiveServer("localhost")
        town.url = server.url
        for user in town.users:
            client = Client()
            client.force_login(user)
            town.sessions[user.username] = client.cookies["sessionid"].value
        yield town
        server.stop()
        TransactionTestCase("__init__")._fixture_teardown()
        connections.close_all()


@pytest.fixture
def visit(chromium: Browser, town: Town) -> Iterator[Open]:
    """Opens a page of the site as somebody; fails if the browser's console complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, by: str = "", width: int = DESK, **wishes: object) -> Page:
        context = chromium.new_context(
            base_url=town.url, locale="zh-CN", viewport={"width": width, "height": 844}, **wishes
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.route("**", _only_here)
        if by:
            session = {"name": "sessionid", "value": town.sessions[by], "url": town.url}
            context.add_cookies([session])
        page = context.new_page()
        page.on("console", lambda said: complaints.extend(_complaint(said, page)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _complaint(said: ConsoleMessage, page: Page) -> list[str]:
    """Errors, but for the answers 422 (a refusal) and 404 of the page itself (nothing found)."""
    is_answer = "status of 422" in said.text or said.location["url"] == page.url
    return [said.text] if said.type == "error" and not is_answer else []


def _only_here(route: Route) -> None:
    if urlsplit(route.request.url).hostname in {"localhost", None}:
        route.continue_()
    else:
        route.abort()


@contextmanager
def deed(page: Page) -> Iterator[None]:
    """Wait until the server has answered what is clicked inside, and the page has taken it in."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        yield
    page.wait_for_load_state()
    page.locator("form[aria-busy=true]").wait_for(state="detached")
