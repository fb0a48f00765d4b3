import pytest

from jiangjie.resources.models import Booking
from tests.factories import make_world
from tests.resources.factories import at, book, make_room, make_venue
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_clerks_one_gets_the_room():
    world = make_world()
    room = make_room(world, make_venue(world))

    seen = meanwhile(
        lambda: book(world, room, at(20, 9), at(20, 11)),
        lambda: book(world, room, at(20, 10), at(20, 12)),
    )

    assert seen == "waited: resources.room_taken"
    assert Booking.objects.count() == 1
