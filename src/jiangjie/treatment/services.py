"""Deeds: registering a rate, appointing, recording what was paid, ending an entitlement."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from jiangjie.accounts.models import User
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.files.models import Blob
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import family_ids
from jiangjie.treatment import queries, rules
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment

PAY_ORDER = "人社部发〔2022〕14号"


@transaction.atomic
def add_rule(
    *,
    org: Organisation,
    level: int,
    monthly_fen: int,
    first_month: date,
    basis: str,
    funding: str = "",
    by: User,
    at: datetime,
) -> AllowanceRule:
    """A rate from a month on; it takes the place of the level's earlier one from then."""
    org = Organisation.objects.select_for_update().get(pk=org.pk)
    if not basis.strip():
        raise RuleViolation("treatment.no_basis", gettext_noop("请填写津贴标准的依据文件。"))
    if AllowanceRule.objects.filter(org=org, level=level, first_month=first_month).exists():
        raise RuleViolation(
            "treatment.rule_exists", gettext_noop("该等级在这个起始月已有津贴标准。")
        )
    rate = rules.Rate(0, level, monthly_fen, rules.month_of(first_month), None)
    rules.check_order([*queries.rates_of(org), rate], month=rate.first_month, source=PAY_ORDER)
    rule = AllowanceRule.objects.create(
        org=org, level=level, monthly_fen=monthly_fen, first_month=rate.first_month,
        basis=basis.strip(), funding=funding.strip(),
    )  # fmt: skip
    ledger.record(
        "treatment.rule_added", subject=rule, org=org, by=by, at=at, level=level,
        monthly_fen=monthly_fen, first_month=str(rate.first_month), basis=rule.basis,
    )  # fmt: skip
    return rule


@transaction.atomic
def appoint(
    *,
    org: Organisation,
    certificates: Sequence[Certificate],
    appointed_on: date,
    first_month: date,
    post: str = "",
    by: User,
    at: datetime,
) -> list[Entitlement]:
    """聘任: certificates become entitlements. A higher level ends the lower one's the month before.

    Raises RuleViolation for a revoked or appointed certificate, a lower level than the person
    draws already, or a level without a rate.
    """
    org = Organisation.objects.select_for_update().get(pk=org.pk)
    family = family_ids(org)
    first_month = rules.month_of(first_month)
    rates = queries.rates_of(org)
    held = {
        each.person_id: each
        for each in Entitlement.objects.filter(
            org=org, last_month=None, person__in=[each.person_id for each in certificates]
        )
    }
    known = set(
        Entitlement.objects.filter(certificate__in=certificates).values_list(
            "certificate_id", flat=True
        )
    )
    made, ended = [], []
    for certificate in certificates:
        if certificate.org_id not in family or certificate.pk in known:
            raise RuleViolation(
                "treatment.appointed_before",
                gettext_noop("证书%(number)s已经聘任。"),
                number=certificate.number,
            )
        if certificate.state != CertificateState.VALID:
            raise RuleViolation(
                "treatment.certificate_revoked",
                gettext_noop("证书%(number)s已撤销，不能聘任。"),
                number=certificate.number,
            )
        rules.check_first_month(first_month=first_month, issued_on=certificate.issued_on)
        rate = rules.rate_for(rates, level=certificate.level, month=first_month)
        lower = held.get(certificate.person_id)
        if lower is not None:
            if lower.level >= certificate.level:
                raise RuleViolation(
                    "treatment.not_higher",
                    gettext_noop("%(name)s已享受同等级或更高等级的津贴。"),
                    name=certificate.holder_name,
                )
            lower.last_month = _month_before(first_month)
            lower.end_reason = f"聘任为更高等级（{certificate.number}）"
            ended.append(lower)
        made.append(
            Entitlement(
                certificate=certificate, person_id=certificate.person_id, org=org,
                rule_id=rate.id, level=certificate.level, post=post.strip(),
                appointed_on=appointed_on, first_month=first_month, made_by=by, made_at=at,
            )
        )  # fmt: skip
    Entitlement.objects.bulk_update(ended, ["last_month", "end_reason"])
    Entitlement.objects.bulk_create(made)
    for batch_id in sorted({each.batch_id for each in certificates}):
        some = [each for each in certificates if each.batch_id == batch_id]
        ledger.record(
            "treatment.appointed", subject=some[0].batch, org=org, by=by, at=at,
            context=some[0].batch, numbers=[each.number for each in some],
            first_month=str(first_month), ended=[each.pk for each in ended],
        )  # fmt: skip
    return made


@transaction.atomic
def record_payments(
    *,
    org: Organisation,
    month: date,
    entitlements: Sequence[Entitlement],
    paid_on: date,
    voucher: str,
    proof: Blob | None = None,
    by: User,
    at: datetime,
) -> list[Payment]:
    """Record that a month was paid to these people; all of them or none.

    The database forbids a second payment of a month to a person; it is refused by name.
    """
    org = Organisation.objects.select_for_update().get(pk=org.pk)
    month = rules.month_of(month)
    if not voucher.strip():
        raise RuleViolation("treatment.no_voucher", gettext_noop("请填写发放凭证号。"))
    if paid_on > at.date():
        raise RuleViolation("treatment.paid_in_the_future", gettext_noop("发放日期不能晚于今天。"))
    paid = Payment.objects.filter(
        org=org, month=month, person__in=[each.person_id for each in entitlements]
    ).select_related("person")
    if twice := [each.person.name for each in paid]:
        raise RuleViolation(
            "treatment.paid_before",
            gettext_noop("%(names)s的%(month)s津贴已经发放，不能重复发放。"),
            names="、".join(twice[:5]),
            month=f"{month:%Y-%m}",
        )
    rates = queries.rates_of(org)
    made = []
    for entitlement in entitlements:
        is_due = entitlement.first_month <= month and (
            entitlement.last_month is None or month <= entitlement.last_month
        )
        if entitlement.org_id != org.pk or not is_due:
            raise RuleViolation(
                "treatment.not_due",
                gettext_noop("%(name)s在%(month)s没有应发津贴。"),
                name=entitlement.person.name,
                month=f"{month:%Y-%m}",
            )
        rate = rules.rate_for(rates, level=entitlement.level, month=month)
        made.append(
            Payment(
                entitlement=entitlement, person_id=entitlement.person_id, org=org, month=month,
                fen=rate.monthly_fen, paid_on=paid_on, voucher=voucher.strip(), proof=proof,
                recorded_by=by, recorded_at=at,
            )
        )  # fmt: skip
    try:
        with transaction.atomic():
            Payment.objects.bulk_create(made)
    except IntegrityError as why:  # the constraint is the last word, e.g. one person listed twice
        raise RuleViolation(
            "treatment.paid_before", gettext_noop("名单中有人被重复发放同一月份的津贴。")
        ) from why
    ledger.record(
        "treatment.paid", subject=org, org=org, by=by, at=at, month=str(month),
        voucher=voucher.strip(), paid_on=str(paid_on),
        payments=[{"entitlement": each.entitlement_id, "fen": each.fen} for each in made],
    )  # fmt: skip
    return made


@transaction.atomic
def end_entitlement(
    *, entitlement_id: int, last_month: date, reason: str, by: User, at: datetime
) -> Entitlement:
    """Stop an allowance after a month: the term ended, the person left, he was demoted."""
    entitlement = (
        Entitlement.objects.select_for_update(of=("self",))
        .select_related("org")
        .get(pk=entitlement_id)
    )
    if entitlement.last_month is not None:
        raise RuleViolation("treatment.ended_before", gettext_noop("该津贴已经终止。"))
    if not reason.strip():
        raise RuleViolation("treatment.no_reason", gettext_noop("请写明终止原因。"))
    last_month = rules.month_of(last_month)
    if entitlement.payments.filter(month__gt=last_month).exists():
        raise RuleViolation(
            "treatment.paid_later", gettext_noop("终止月之后已有发放记录，请核对。")
        )
    entitlement.last_month = last_month
    entitlement.end_reason = reason.strip()
    entitlement.save(update_fields=["last_month", "end_reason"])
    ledger.record(
        "treatment.ended", subject=entitlement, org=entitlement.org, by=by, at=at,
        last_month=str(last_month), reason=entitlement.end_reason,
    )  # fmt: skip
    return entitlement


def _month_before(month: date) -> date:
    return rules.month_of(date.fromordinal(month.toordinal() - 1))
