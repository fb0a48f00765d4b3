"""The screens in a real browser, wide and on a phone: nothing blocked, nothing axe objects to."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from jiangjie.people.services import link_user
from jiangjie.treatment import services
from jiangjie.treatment.models import Payment
from tests.factories import make_world
from tests.treatment.factories import (
    JUNE_10,
    MAY_6,
    appoint,
    as_level,
    make_certificates,
    make_rate,
    pay,
)
from tests.treatment.test_views import AUGUST

JULY = date(2026, 7, 1)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def opened(chromium, live_server, width, user) -> Page:
    context = chromium.new_context(
        base_url=live_server.url, locale="zh-CN", viewport={"width": width, "height": 844}
    )
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def faults(page, path):
    """What axe, the console and the width object to on a page; a picture of it where asked for."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.goto(path)
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = [each["id"] for each in Axe().run(page, options=options).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("wider than the screen")
    return found + said


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_whole(chromium, live_server, width, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: AUGUST)
    world = make_world()
    paid, drawing, waiting, master = make_certificates(world, 4)
    link_user(person=paid.person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    rate = make_rate(world)
    make_rate(world, fen=50_000, first_month=date(2026, 10, 1))
    entitlements = appoint(world, [paid, drawing], post="司机", document="示例港人〔2026〕9号")
    (payment,) = pay(world, entitlements[:1])
    pay(world, entitlements[:1], JULY, paid_on=AUGUST.date(), at=AUGUST)
    make_rate(world, fen=45_000, first_month=JULY, at=AUGUST)
    services.ask_reversal(
        payment_id=payment.pk, reason="登错人", slip="红字-7", by=world.office, at=AUGUST
    )
    as_level(master, 7)
    pages = [
        reverse("treatment:month"),
        reverse("treatment:month", query={"month": "2026-05"}),
        reverse("treatment:rate_list"),
        reverse("treatment:rate_end", args=[rate.pk]),
        reverse("treatment:appoint"),
        reverse("treatment:overdue"),
        reverse("treatment:entitlement_list"),
        reverse("treatment:entitlement", args=[entitlements[0].pk]),
        reverse("treatment:back_pay"),
        reverse("treatment:reversal_new", args=[payment.pk]),
        reverse("treatment:batch", args=[paid.batch_id]),
    ]
    page = opened(chromium, live_server, width, world.payroll)
    assert {path: faults(page, path) for path in pages} == {path: [] for path in pages}
    page = opened(chromium, live_server, width, world.nobody)
    assert faults(page, reverse("treatment:own")) == []
    link_user(person=waiting.person, user=world.assessor, org=world.port, by=None, at=MAY_6)
    page = opened(chromium, live_server, width, world.assessor)
    assert faults(page, reverse("treatment:own") + "?awaited") == []


def test_a_month_is_paid_with_all_chosen_at_once(chromium, live_server, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: JUNE_10)
    world = make_world()
    certificates = make_certificates(world, 2)
    make_rate(world)
    appoint(world, certificates)
    page = opened(chromium, live_server, 1280, world.payroll)
    page.goto(reverse("treatment:month", query={"month": "2026-05"}))
    page.get_by_label("选择本页全部").check()
    page.get_by_label("凭证号").fill("薪202605-01")
    page.get_by_role("button", name="登记发放").click()
    page.locator("#ask button[value=yes]").click()
    page.get_by_text("已登记2人，合计800.00元。").wait_for()
    assert Payment.objects.count() == 2
