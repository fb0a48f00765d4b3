import pytest

from jiangjie.arrangement.models import Seat
from tests.arrangement.arranging import apply, make_arranged, search, seat, seated
from tests.factories import make_world
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_seat_is_given_once_and_a_seating_does_not_overwrite_it():
    world = make_world()
    batch, panel, experts, _ = make_arranged(world, experts="甲乙丙丁戊")
    run = search(world, batch)
    seat(world, panel, experts[0])
    seat(world, panel, experts[1])

    seen = meanwhile(lambda: seat(world, panel, experts[2]), lambda: seat(world, panel, experts[3]))

    assert seen == "waited: arrangement.panel_full"
    assert len(seated(panel)) == 3

    Seat.objects.first().delete()
    assert meanwhile(lambda: seat(world, panel, experts[4]), lambda: apply(world, run)) == (
        "waited: arrangement.changed_meanwhile"
    )
