"""A marker at the keyboard: type, save, undo, look again, sign."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from jiangjie.marking.models import GivenMark, Share
from tests.factories import make_world
from tests.marking.factories import CLOSED, make_markers, make_round, make_sat
from tests.screens import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def given() -> list[int]:
    marks = GivenMark.objects.order_by("response__script__number")
    return list(marks.values_list("points", flat=True))


def type_mark(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_marker_goes_through_his_answers_by_keyboard(chromium, live_server, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: CLOSED)
    world = make_world()
    make_round(world, make_sat(world, count=3, forms=("A",)), make_markers(world, 2))
    share = Share.objects.get(place=1)
    client = Client()
    client.force_login(share.marker)
    context = chromium.new_context(
        base_url=live_server.url, locale="zh-CN", viewport={"width": 1280, "height": 800}
    )
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto("/me/marking/")
    page.get_by_role("link", name="开始评阅").click()
    expect(page.get_by_text("0 / 3")).to_be_visible()
    assert faults(page) == []
    type_mark(page, "4.5")
    expect(page.get_by_text("1 / 3")).to_be_visible()
    type_mark(page, "6")
    expect(page.get_by_text("得分应在0至5分之间")).to_be_visible()
    page.get_by_role("button", name="3.5", exact=True).click()
    expect(page.get_by_text("2 / 3")).to_be_visible()
    assert given() == [450, 350]
    page.keyboard.press("u")
    expect(page.get_by_text("1 / 3")).to_be_visible()
    assert given() == [450]
    type_mark(page, "3")
    expect(page.get_by_text("2 / 3")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("已评3.00分，可以修改")).to_be_visible()
    type_mark(page, "2")
    expect(page.get_by_text("密号0003")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert faults(page) == []
    page.get_by_role("button", name="0", exact=True).click()
    expect(page.get_by_text("这道题已评完")).to_be_visible()
    assert given() == [450, 200, 0]
    page.get_by_role("button", name="签署已评完的题").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已签署1题的评分")).to_be_visible()
    assert faults(page) == []
    share.refresh_from_db()
    assert (share.signed_at, complaints) == (CLOSED, [])
    context.close()
