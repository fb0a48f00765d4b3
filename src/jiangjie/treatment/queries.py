"""Reads: rates, entitlements, what is due, what is late."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import family_ids
from jiangjie.policy.queries import pack_of
from jiangjie.treatment import rules
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment

STAFF = (Role.OFFICE, Role.COMMITTEE, Role.PAYROLL, Role.SUPERVISOR, Role.ADMIN)


def rules_visible_to(acting: Acting) -> QuerySet[AllowanceRule]:
    if acting.org is None or not acting.has(*STAFF):
        return AllowanceRule.objects.none()
    return AllowanceRule.objects.filter(org=acting.org).order_by("level", "-first_month")


def rates_of(org: Organisation) -> list[rules.Rate]:
    return [
        rules.Rate(each.pk, each.level, each.monthly_fen, each.first_month, each.last_month)
        for each in AllowanceRule.objects.filter(org=org)
    ]


def entitlements_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Entitlement]:
    """Those of the acting organisation's family for its staff; one's own always."""
    visible = Entitlement.objects.none()
    if acting.org is not None and acting.has(*STAFF):
        visible = Entitlement.objects.filter(org__in=family_ids(acting.org))
    if user is not None:
        visible = visible | Entitlement.objects.filter(person__user=user)
    return visible.select_related("person", "rule", "certificate", "org").order_by(
        "-appointed_on", "pk"
    )


@dataclass(frozen=True, slots=True)
class Due:
    """One month that is to be paid to one person."""

    entitlement: Entitlement
    month: date
    fen: int


def due(org: Organisation, today: date) -> list[Due]:
    """Everything unpaid up to this month, by month and person. Three queries."""
    rates = rates_of(org)
    open_ones = (
        Entitlement.objects.filter(org=org)
        .select_related("person", "certificate", "rule")
        .prefetch_related(Prefetch("payments", Payment.objects.only("entitlement", "month")))
    )
    found = []
    for entitlement in open_ones:
        for month in rules.months_due(
            first_month=entitlement.first_month,
            last_month=entitlement.last_month,
            paid=[payment.month for payment in entitlement.payments.all()],
            today=today,
        ):
            rate = rules.rate_for(rates, level=entitlement.level, month=month)
            found.append(Due(entitlement, month, rate.monthly_fen))
    return sorted(found, key=lambda each: (each.month, each.entitlement.person.name))


def without_entitlement(org: Organisation) -> QuerySet[Certificate]:
    """Valid certificates of the organisation on whose ground nobody was appointed yet."""
    return (
        Certificate.objects.filter(org=org, state=CertificateState.VALID, entitlement=None)
        .select_related("person", "batch__pack")
        .order_by("issued_on", "number")
    )


@dataclass(frozen=True, slots=True)
class Overdue:
    certificate: Certificate
    days: int  # since the certificate was issued
    limit: int  # days the policy allows
    source: str
    confidence: str


def overdue(org: Organisation, today: date) -> list[Overdue]:
    """Certificates older than the policy's limit with no allowance paid yet, oldest first."""
    unpaid = (
        Certificate.objects.filter(
            org=org, state=CertificateState.VALID, entitlement__payments=None
        )
        .select_related("person", "batch__pack")
        .order_by("issued_on", "number")
    )
    found = []
    for certificate in unpaid:
        entry = pack_of(certificate.batch.pack).entry("treatment.overdue_days")
        limit = int(str(entry.value))
        if rules.is_overdue(issued_on=certificate.issued_on, days=limit, today=today):
            found.append(
                Overdue(
                    certificate, (today - certificate.issued_on).days, limit,
                    str(entry.source), entry.confidence.value,
                )
            )  # fmt: skip
    return found
