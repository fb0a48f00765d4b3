"""The screens in a real browser, wide and on a phone: nothing blocked, nothing axe objects to."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from jiangjie.applications.models import Application
from jiangjie.certificates import services
from jiangjie.certificates.models import Certificate
from tests.certificates.factories import (
    ISSUE_DAY,
    certificates_of,
    finish,
    make_issued_batch,
    make_published_batch,
    start,
)
from tests.factories import make_world
from tests.publicity.factories import make_result_period, object_to
from tests.results.factories import make_signed_batch
from tests.screens import faults_of, open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_is_whole(chromium, live_server, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: datetime(2026, 5, 6, 1, tzinfo=UTC))
    world = make_world()
    batch = make_issued_batch(world, passed=3, title="第一批")
    first, second, _ = certificates_of(batch)
    services.revoke(certificate_id=second.pk, reason="成绩作假", by=world.office, at=ISSUE_DAY)
    Certificate.objects.filter(pk=first.pk).update(person=world.worker.person)
    Application.objects.filter(pk=first.application_id).update(person=world.worker.person)
    ready = make_published_batch(world, passed=2, title="第二批", plan=batch.plan)
    under_way = make_published_batch(world, passed=3, title="第三批", plan=batch.plan)
    services.issue_some(run_id=start(world, under_way).pk, limit=1, at=ISSUE_DAY)
    held = make_signed_batch(world, passed=2, title="第四批", plan=batch.plan)
    object_to(make_result_period(world, held))

    pages = {
        world.office: [
            reverse("certificates:list"), reverse("certificates:detail", args=[first.pk]),
            reverse("certificates:detail", args=[second.pk]),
            *(
                reverse("certificates:batch", args=[each.pk])
                for each in (batch, ready, under_way, held)
            ),
        ],
        world.worker: [reverse("certificates:own")],
        None: ["/verify/", f"/v/{first.secret}/", f"/v/{second.secret}/", "/v/unknown/"],
    }  # fmt: skip
    seen = {}
    for user, paths in pages.items():
        page = open_as(chromium, live_server, user)
        seen |= {path: faults_of(page, path) for path in paths}
        page.context.close()
    assert seen == {path: [] for path in seen}


def test_a_run_is_watched_until_it_ends_and_certificates_are_handed_over(
    chromium, live_server, monkeypatch
):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: ISSUE_DAY)
    world = make_world()
    batch = make_published_batch(world, passed=2)
    page = open_as(chromium, live_server, world.office)
    page.goto(reverse("certificates:batch", args=[batch.pk]))

    page.get_by_role("button", name="为2人编号发证").click()
    page.locator("#ask [value=yes]").click()
    page.get_by_text("正在处理").wait_for()
    finish(batch.issue_run)
    page.get_by_text("已完成").wait_for()

    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="登记所选证书已领取").click()
    page.get_by_text("已登记1本证书的领取").wait_for()
    assert Certificate.objects.filter(handed_over_on=None).count() == 1
    page.context.close()
