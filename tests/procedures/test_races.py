"""One person, two requests at the same moment: R-22 holds all the same."""

import threading

import pytest
from django.db import connections, transaction

from jiangjie.kernel.errors import RuleViolation
from jiangjie.procedures import services
from jiangjie.procedures.models import SignOff
from tests.factories import MARCH_2, make_world
from tests.planning.factories import make_batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("layer", "code"), [(2, "procedures.two_layers"), (1, "procedures.already_signed")]
)
def test_a_second_signature_waits_for_the_first_and_then_sees_it(layer, code):
    world = make_world()
    batch = make_batch(world)
    signed, seen = threading.Event(), []

    def sign(on):
        services.sign(
            run=batch.run, step="S06", layer=on, subjects=["applications.application:1"],
            choice="pass", by=world.clerk_a, at=MARCH_2, context=batch,
        )  # fmt: skip

    def second():
        signed.wait(5)
        try:
            sign(layer)
            seen.append("signed")
        except RuleViolation as why:
            seen.append(why.code)
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    other.start()
    with transaction.atomic():
        sign(1)
        signed.set()
        other.join(0.5)
        assert seen == []  # still waiting for us
    other.join(5)

    assert seen == [code]
    assert SignOff.objects.get().layer == 1
