"""The demonstration's bank is whole: no fault in any question, something left to do."""

from collections import Counter

import pytest

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.demo.bank import DRAFTS, LEVEL, RETURNED, WAITING, make_bank
from jiangjie.itembank import queries, services
from jiangjie.itembank.models import Item, NearPair
from jiangjie.itembank.rules.items import content_faults
from tests.factories import MARCH_2, make_user, make_world


@pytest.mark.django_db
def test_the_bank_of_the_demonstration() -> None:
    world = make_world()
    writer = make_user("田命题", world.port, Role.WRITER)
    second = make_user("白审题", world.port, Role.WRITER)
    bank = make_bank(
        port=world.port, office=world.office, writer=writer, reviewer=second, at=MARCH_2
    )
    pool = queries.pool([bank.pk], LEVEL)
    states = Counter(Item.objects.values_list("latest__state", flat=True))
    assert (states["returned"], states["review"], states["draft"]) == (
        RETURNED,
        WAITING + 1,
        DRAFTS,
    )
    assert len(pool) == states["ready"] > 250
    assert {row.kind for row in pool} == set("BGCTDU")
    contents = services.read_contents(
        [row.code for row in pool], purpose="view", by=None, at=MARCH_2
    )
    assert [code for code, each in contents.items() if content_faults(each)] == []
    (table,) = queries.tables_of(bank)
    rows = queries.coverage_of(table, bank)
    assert sum(row.points for row in rows if row.row.depth == 1) == 66
    assert queries.review_queue(writer, acting_of(writer, None, MARCH_2.date())).count() == 1
    # Variants of one calculation look alike: an expert has some pairs to judge, not hundreds.
    assert 0 < NearPair.objects.count() < 150
