"""The screens in a real browser, wide and on a phone: nothing blocked, nothing axe objects to."""

from datetime import date

import pytest
from django.urls import reverse

from jiangjie.people.services import link_user
from jiangjie.treatment import services
from jiangjie.treatment.models import Payment
from tests.factories import make_world
from tests.screens import faults_of, open_as
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


def test_every_page_is_whole(chromium, live_server, monkeypatch):
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
    page = open_as(chromium, live_server, world.payroll)
    assert {path: faults_of(page, path) for path in pages} == {path: [] for path in pages}
    page = open_as(chromium, live_server, world.nobody)
    assert faults_of(page, reverse("treatment:own")) == []
    link_user(person=waiting.person, user=world.assessor, org=world.port, by=None, at=MAY_6)
    page = open_as(chromium, live_server, world.assessor)
    assert faults_of(page, reverse("treatment:own") + "?awaited") == []


def test_a_month_is_paid_with_all_chosen_at_once(chromium, live_server, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: JUNE_10)
    world = make_world()
    certificates = make_certificates(world, 2)
    make_rate(world)
    appoint(world, certificates)
    page = open_as(chromium, live_server, world.payroll)
    page.goto(reverse("treatment:month", query={"month": "2026-05"}))
    page.get_by_label("选择本页全部").check()
    page.get_by_label("凭证号").fill("薪202605-01")
    page.get_by_role("button", name="登记发放").click()
    page.locator("#ask button[value=yes]").click()
    page.get_by_text("已登记2人，合计800.00元。").wait_for()
    assert Payment.objects.count() == 2
