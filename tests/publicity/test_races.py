from datetime import date

import pytest

from jiangjie.certificates import services as certificates
from jiangjie.certificates.models import Certificate
from jiangjie.ledger.models import Event
from jiangjie.publicity import services
from jiangjie.publicity.models import Objection, PeriodKind, PublicityPeriod
from tests.factories import make_world
from tests.publicity.factories import (
    DAY_AFTER,
    FIRST_DAY,
    LAST_MINUTE,
    assign,
    make_handler,
    make_result_period,
    object_to,
    settle,
)
from tests.results.factories import AFTER_EXAM, make_signed_batch
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def close(period, by):
    return lambda: services.close_period(period_id=period.pk, by=by, at=DAY_AFTER)


def test_closing_waits_for_an_objection_that_is_being_written():
    world = make_world()
    period = make_result_period(world)

    seen = meanwhile(lambda: object_to(period, at=LAST_MINUTE), close(period, world.office))

    assert seen == "waited: done"
    order = Event.objects.filter(action__startswith="publicity.").order_by("pk")
    assert [event.action for event in order] == [
        "publicity.opened",
        "publicity.objection_raised",
        "publicity.closed",
    ]


def test_a_period_is_opened_once():
    world = make_world()
    batch = make_signed_batch(world)

    def open_it():
        services.open_period(
            batch=batch, kind=PeriodKind.RESULT, first_day=FIRST_DAY, by=world.office, at=AFTER_EXAM
        )

    assert meanwhile(open_it, open_it) == "waited: publicity.opened_before"
    assert PublicityPeriod.objects.count() == 1


def test_issuing_waits_for_an_objection_and_then_leaves_that_person_out():
    world = make_world()
    period = make_result_period(world, passed=2)
    close(period, world.office)()
    run = certificates.start_issue(
        batch=period.batch, issued_on=date(2026, 4, 28), by=world.office, at=DAY_AFTER
    )

    seen = meanwhile(
        # Written by a request that began before midnight.
        lambda: object_to(period, 0, at=LAST_MINUTE),
        lambda: certificates.issue_some(run_id=run.pk, limit=10, at=DAY_AFTER),
    )

    assert seen == "waited: done"
    assert [each.application_id for each in Certificate.objects.all()] == [
        period.rows[1]["application"]
    ]


def test_two_decisions_on_one_objection():
    world = make_world()
    period = make_result_period(world)
    objection, handler = object_to(period), make_handler(world)
    assign(objection, handler, world=world)

    seen = meanwhile(
        lambda: settle(objection, handler, "upheld"),
        lambda: settle(objection, handler, "dismissed"),
    )

    assert seen == "waited: publicity.settled_before"
    assert Objection.objects.get().outcome == "upheld"
