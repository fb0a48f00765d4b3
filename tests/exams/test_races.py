import pytest
from django.db import connections

from jiangjie.exams import services
from jiangjie.exams.models import Answer, MachineSession, Sheet, Sitting
from tests.exams.factories import (
    BELL,
    END,
    after,
    check_in,
    make_sitting,
    make_started,
    seats,
    sign_in,
)
from tests.factories import make_world
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_bells_ring_once_and_two_machines_do_not_share_a_seat():
    world = make_world()
    sitting = make_sitting(world, count=1)
    check_in(world, sitting)
    seat = seats(sitting)[0]
    assert meanwhile(lambda: sign_in(seat), lambda: sign_in(seat)) == "waited: exams.seat_taken"
    assert MachineSession.objects.filter(seat=seat).count() == 1

    def ring():
        services.ring(sitting_id=sitting.pk, by=world.assessor, at=BELL)

    assert meanwhile(ring, ring) == "waited: exams.rung"
    assert Sitting.objects.get(pk=sitting.pk).bell_at == BELL


def test_a_save_that_crosses_the_closing_is_either_marked_or_refused():
    world = make_world()
    sitting, (machine,) = make_started(world, count=1)
    machine.answer(1, "A", after(10))
    crossing = machine.write(2, "B", after(80))
    seen = []

    def send():
        seen.append(machine.send(crossing, at=END))

    def close():
        services.close(sitting_id=sitting.pk, by=world.assessor, at=after(91))

    assert meanwhile(close, send) == "waited: done"
    assert (seen[0].stored, [code for _, _, code in seen[0].refused]) == ([], ["exams.not_stored"])
    assert sorted(Sheet.objects.get(seat=machine.seat).answers) == ["1"]
    assert Answer.objects.filter(seat=machine.seat).count() == 1
    connections.close_all()
