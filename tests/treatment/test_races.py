from datetime import date

import pytest

from jiangjie.certificates import services as certificates
from jiangjie.treatment.models import Entitlement, Payment
from tests.factories import make_org, make_world
from tests.results.racing import meanwhile
from tests.treatment.factories import (
    MAY_6,
    appoint,
    make_certificates,
    make_drawing,
    make_rate,
    pay,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_payroll_clerks_pay_one_month_at_once():
    world = make_world()
    drawing = make_drawing(world, 2)

    seen = meanwhile(lambda: pay(world, drawing), lambda: pay(world, drawing, voucher="另一张"))

    assert seen == "waited: treatment.paid_before"
    assert list(Payment.objects.values_list("voucher", flat=True)) == ["薪202605-01"] * 2


def test_one_certificate_is_appointed_once():
    world = make_world()
    chosen = make_certificates(world)
    make_rate(world)

    seen = meanwhile(lambda: appoint(world, chosen), lambda: appoint(world, chosen))

    assert seen == "waited: treatment.appointed_before"
    assert Entitlement.objects.count() == 1


def test_a_certificate_that_is_being_revoked_is_not_appointed():
    world = make_world()
    chosen = make_certificates(world)
    make_rate(world)

    seen = meanwhile(
        lambda: certificates.revoke(
            certificate_id=chosen[0].pk, reason="代考", by=world.office, at=MAY_6
        ),
        lambda: appoint(world, chosen),
    )

    assert seen == "waited: treatment.certificate_revoked"


def test_paying_holds_up_nobody_who_only_names_the_organisation():
    world = make_world()
    drawing = make_drawing(world)

    seen = meanwhile(
        lambda: pay(world, drawing, paid_on=date(2026, 6, 1)),
        lambda: make_org("employer", parent=world.port),
    )

    assert seen == "did not wait: done"
