"""Two at one item at the same moment: who waited for the other judges by what is so then."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from jiangjie.accounts.models import Role
from jiangjie.itembank import services
from jiangjie.itembank.models import ItemVersion
from jiangjie.kernel.errors import RuleViolation
from tests.factories import make_user, make_world
from tests.itembank.factories import MARCH_3, MARCH_4, make_bank, single

pytestmark = pytest.mark.django_db(transaction=True)


def together(*deeds) -> list[str]:
    """The refusals, "" for a deed that was done; each in a thread and a connection of its own."""
    gate = Barrier(len(deeds))

    def run(deed) -> str:
        try:
            gate.wait(20)
            deed()
        except RuleViolation as why:
            return why.code
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def test_one_item_is_judged_once_and_not_by_what_was() -> None:
    town = make_bank(make_world())
    third = make_user("第三审题", town.world.port, Role.WRITER)
    item = town.item()
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)

    told = together(
        lambda: services.review(item_id=item.pk, is_ready=True, by=town.second, at=MARCH_4),
        lambda: services.review(
            item_id=item.pk, is_ready=False, opinion="再改", by=third, at=MARCH_4
        ),
    )

    assert told == ["", "itembank.wrong_state"]
    # The office adopts while the writer begins the next wording: whichever comes first, the wording
    # in use is one that somebody else answered for, and the newest is the writer's.
    other = town.item(single("另一题？"))
    services.submit(item_ids=[other.pk], by=town.writer, at=MARCH_3)
    told = together(
        lambda: services.adopt(item_ids=[other.pk], basis="纪要", by=town.second, at=MARCH_4),
        lambda: services.save_draft(
            item_id=other.pk, content=single("改写？"), difficulty=2, by=town.writer, at=MARCH_4
        ),
    )
    other.refresh_from_db()
    versions = list(
        ItemVersion.objects.filter(item=other).order_by("number").values_list("state", flat=True)
    )
    assert (told, versions) in [
        (["", ""], ["ready", "draft"]), (["", "itembank.wrong_state"], ["ready"]),
    ]  # fmt: skip
    assert (other.ready.number, other.latest.number) == (1, len(versions))
