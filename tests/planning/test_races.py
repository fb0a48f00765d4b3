"""Two offices of one organisation at the same moment."""

import threading

import pytest
from django.db import connections, transaction

from jiangjie.kernel.errors import RuleViolation
from jiangjie.planning import services
from jiangjie.planning.models import Batch
from tests.factories import MARCH_2, make_user, make_world
from tests.planning.factories import make_approved_plan, make_batch, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def test_batches_opened_at_once_get_different_numbers():
    world = make_world()
    plan = make_approved_plan(world)
    make_batch(world, plan)  # 2026-01; seeds the procedure
    opened, seen = threading.Event(), []

    def second():
        opened.wait(5)
        try:
            seen.append(make_batch(world, plan).number)
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    other.start()
    with transaction.atomic():
        make_batch(world, plan)
        opened.set()
        other.join(0.5)
        assert seen == []  # still waiting for us
    other.join(5)

    assert seen == ["2026-03"]
    assert list(Batch.objects.order_by("number").values_list("number", flat=True)) == [
        "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip


def test_a_plan_is_not_approved_and_returned_at_once():
    world = make_world()
    plan = make_plan(world)
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    other_member = make_user("吴委员", world.port, "committee")
    approved, seen = threading.Event(), []

    def second():
        approved.wait(5)
        try:
            services.return_plan(plan=plan, reason="再议", by=other_member, at=MARCH_2)
            seen.append("returned")
        except RuleViolation as why:
            seen.append(why.code)
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    other.start()
    with transaction.atomic():
        services.approve_plan(plan=plan, by=world.committee, at=MARCH_2)
        approved.set()
        other.join(0.5)
        assert seen == []
    other.join(5)

    plan.refresh_from_db()
    assert (seen, plan.returned_reason) == (["planning.plan_not_submitted"], "")
