"""The screens in a real browser, wide and on a phone: nothing blocked, nothing axe objects to; the
preview follows what is typed."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from jiangjie.accounts.models import Role
from jiangjie.demo.bank import make_bank
from jiangjie.itembank.models import Item, NearPair
from tests.factories import MARCH_2, make_user, make_world
from tests.screens import faults_of, open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_pages_are_whole_and_the_preview_follows(chromium, live_server, monkeypatch) -> None:
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: datetime(2026, 4, 10, 1, 0, tzinfo=UTC))
    world = make_world()
    writer = make_user("田命题", world.port, Role.WRITER)
    second = make_user("白审题", world.port, Role.WRITER)
    bank = make_bank(
        port=world.port, office=world.office, writer=writer, reviewer=second, at=MARCH_2
    )
    returned = Item.objects.filter(latest__state="returned").first()
    waiting = Item.objects.get(kind="E")
    wrong = {}
    for user, names in {
        world.office: [
            ("bank", bank.pk), ("item_list", bank.pk), ("pair", NearPair.objects.first().pk),
            ("import_new", bank.pk),
        ],
        writer: [("own_items",), ("review_item", waiting.pk), ("item_edit", returned.pk)],
    }.items():  # fmt: skip
        page = open_as(chromium, live_server, user)
        for name, *args in names:
            found = faults_of(page, reverse(f"itembank:{name}", args=args))
            wrong |= {name: found} if found else {}
        page.context.close()
    assert wrong == {}
    page = open_as(chromium, live_server, writer)
    page.goto(reverse("itembank:item_edit", args=[returned.pk]))
    page.get_by_label("题干").fill(r"求 $\frac{a}{b}$ 的值。")
    page.locator("#item-preview mfrac").wait_for()
    page.get_by_role("button", name="保存并送审").click()
    page.get_by_text("已送审").wait_for()
    page.context.close()
