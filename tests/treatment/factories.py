"""Certificates whose holders may be appointed, and what they are paid."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from jiangjie.accounts.models import User
from jiangjie.certificates.models import Certificate
from jiangjie.people.models import Person
from jiangjie.treatment import services
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment
from tests.certificates.factories import certificates_of, make_issued_batch
from tests.factories import World

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
MAY_6 = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)
JUNE_10 = datetime(2026, 6, 10, 1, 0, tzinfo=UTC)
BASIS = "示例港集薪〔2026〕1号"


def make_certificates(world: World, count: int = 1) -> Sequence[Certificate]:
    """Issued on 28 April 2026 at level 4."""
    return certificates_of(make_issued_batch(world, passed=count))


def as_level(certificate: Certificate, level: int, person: Person | None = None) -> Certificate:
    """The same certificate as if it were of another level, and perhaps of another person."""
    certificate.level = level
    certificate.person = person or certificate.person
    certificate.save(update_fields=["level", "person"])
    return certificate


def make_rate(
    world: World, level: int = 4, fen: int = 40_000, first_month: date = date(2026, 1, 1),
    *, at: datetime = MAY_6,
) -> AllowanceRule:  # fmt: skip
    return services.add_rule(
        org=world.port, level=level, monthly_fen=fen, first_month=first_month, basis=BASIS,
        by=world.payroll, at=at,
    )  # fmt: skip


def appoint(
    world: World, certificates: Sequence[Certificate], *, first_month: date = MAY,
    **wishes: object,
) -> list[Entitlement]:  # fmt: skip
    return services.appoint(
        org=world.port, certificates=certificates, appointed_on=date(2026, 5, 6),
        first_month=first_month, by=world.office, at=MAY_6, **wishes,
    )  # fmt: skip


def pay(
    world: World, entitlements: Sequence[Entitlement], month: date = MAY, *,
    paid_on: date = date(2026, 6, 10), voucher: str = "薪202605-01", by: User | None = None,
    at: datetime = JUNE_10, **wishes: object,
) -> list[Payment]:  # fmt: skip
    return services.record_payments(
        org=world.port, month=month, entitlements=entitlements, paid_on=paid_on, voucher=voucher,
        by=by or world.payroll, at=at, **wishes,
    )  # fmt: skip


def make_drawing(world: World, count: int = 1) -> list[Entitlement]:
    """People appointed from May on at 400 yuan a month, nothing paid yet."""
    certificates = make_certificates(world, count)
    make_rate(world)
    return appoint(world, certificates)
