import pytest
from django.db import connections

from jiangjie.marking import queries, services
from jiangjie.marking.models import GivenMark, Slip
from tests.factories import make_world
from tests.marking.factories import (
    CLOSED,
    make_markers,
    make_round,
    make_sat,
    mark_all,
    scripts,
    shares,
)
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_windows_of_a_marker_give_one_mark_and_two_deciders_decide_once():
    world = make_world()
    found = make_round(world, make_sat(world, count=1, forms=("A",)), make_markers(world, 2))
    first, second = shares(found)
    (response,) = queries.waiting(first)

    def give(share, points):
        return lambda: services.give_mark(
            share_id=share.pk, response_id=response.pk, points=points, by=share.marker, at=CLOSED
        )

    assert meanwhile(give(first, 400), give(first, 100)) == "waited: marking.marked_already"
    assert GivenMark.objects.get().points == 400
    # The two markers of one answer do not stand in each other's way.
    GivenMark.objects.all().delete()
    assert meanwhile(give(first, 400), give(second, 450)) == "waited: done"
    assert sorted(GivenMark.objects.values_list("place", "points")) == [(1, 400), (2, 450)]

    mark_all(found, lambda place, number: 0)
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    (script,) = scripts(found)
    slip = services.ask_slip(
        script_id=script.pk, unit=9, points=500, reason="漏看", by=world.office, at=CLOSED
    )

    def decide(accept, by):
        return lambda: services.decide_slip(slip_id=slip.pk, accept=accept, by=by, at=CLOSED)

    other = decide(False, world.supervisor)
    assert meanwhile(decide(True, world.committee), other) == "waited: marking.slip_closed"
    assert Slip.objects.get().is_accepted
    script.refresh_from_db()
    assert script.marks["9"] == 500
    connections.close_all()
