"""Deeds: registering a rate, appointing, recording what was paid, ending an entitlement."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.files.models import Blob
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.orgs.models import Organisation
from jiangjie.treatment import queries, rules
from jiangjie.treatment.models import STANDING, AllowanceRule, Entitlement, Payment, Reversal

TERM_OVER = "聘期届满"
_APPOINTED = gettext_noop("您已获聘任，技能津贴自%(month)s起计发，可在“我的待遇”中查看。")
_REVERSED = gettext_noop("您%(month)s的技能津贴发放记录已红冲，原因：%(reason)s")
_ENDED = gettext_noop("您的技能津贴计发至%(month)s，原因：%(reason)s")

# ---- rates ----------------------------------------------------------------------------------


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
    """A rate from a month on; it takes the place of the level's earlier one from then.

    A raise may reach back over months that were paid: the difference is then due as back pay.
    RuleViolation without a basis document, for a month that has a rate already or was paid more,
    and where a 首席技师 would get less than a 特级技师 (R-16).
    """
    org = _locked(org)
    first_month = rules.month_of(first_month)
    if not basis.strip():
        raise RuleViolation("treatment.no_basis", gettext_noop("请填写津贴标准的依据文件。"))
    if monthly_fen <= 0:
        raise RuleViolation("treatment.no_amount", gettext_noop("月津贴须大于零。"))
    rates = queries.rates_of(org)
    if any(rate.level == level and rate.first_month == first_month for rate in rates):
        raise RuleViolation(
            "treatment.rule_exists", gettext_noop("该等级在这个起始月已有津贴标准。")
        )
    placing = rules.place(rates, level=level, first_month=first_month)
    _check_unpaid(org, level, first_month, placing.last_month, above=monthly_fen)
    AllowanceRule.objects.filter(pk__in=placing.cut).update(
        last_month=rules.month_before(first_month)
    )
    rule = AllowanceRule.objects.create(
        org=org, level=level, monthly_fen=monthly_fen, first_month=first_month,
        last_month=placing.last_month, basis=basis.strip(), funding=funding.strip(),
    )  # fmt: skip
    _check_order(org, first_month)
    ledger.record(
        "treatment.rule_added", subject=rule, org=org, by=by, at=at, level=level,
        monthly_fen=monthly_fen, first_month=str(first_month), basis=rule.basis,
        ended=list(placing.cut),
    )  # fmt: skip
    return rule


@transaction.atomic
def end_rule(
    *, rule_id: int, last_month: date, reason: str, by: User, at: datetime
) -> AllowanceRule:
    """No more of this rate after a month. Whoever draws it is shown as without a rate from then."""
    org = _locked(AllowanceRule.objects.select_related("org").get(pk=rule_id).org)
    rule = AllowanceRule.objects.get(pk=rule_id)
    last_month = rules.month_of(last_month)
    if not reason.strip():
        raise RuleViolation("treatment.no_reason", gettext_noop("请写明终止原因。"))
    if rule.last_month is not None and rule.last_month <= last_month:
        raise RuleViolation("treatment.rule_ended_before", gettext_noop("该标准到时已经终止。"))
    if last_month < rule.first_month:
        raise RuleViolation(
            "treatment.rule_ends_before_it_starts", gettext_noop("终止月不能早于起始月。")
        )
    _check_unpaid(org, rule.level, rules.next_month(last_month), rule.last_month)
    rule.last_month = last_month
    rule.save(update_fields=["last_month"])
    ledger.record(
        "treatment.rule_ended", subject=rule, org=org, by=by, at=at, level=rule.level,
        last_month=str(last_month), reason=reason.strip(),
    )  # fmt: skip
    return rule


def _check_unpaid(
    org: Organisation, level: int, first: date, last: date | None, *, above: int = 0
) -> None:
    """No month of the span was paid more than `above` fen: what was paid was due."""
    paid = Payment.objects.filter(STANDING, org=org, entitlement__level=level, month__gte=first)
    if last is not None:
        paid = paid.filter(month__lte=last)
    if above:
        sums = paid.order_by().values("entitlement", "month").annotate(sum=Sum("fen"))
        paid = paid.filter(month__in=sums.filter(sum__gt=above).values("month"))
    latest = paid.order_by("-month").values_list("month", flat=True).first()
    if latest is not None:
        raise RuleViolation(
            "treatment.month_was_paid",
            gettext_noop(
                "该等级%(month)s的津贴已按现行标准发放，降低或终止标准只能从其后的月份起。"
            ),
            month=f"{latest:%Y-%m}",
        )


def _check_order(org: Organisation, first_month: date) -> None:
    rates = queries.rates_of(org)
    order = queries.pay_order(org)
    for month in rules.turning_months(rates, first_month=first_month):
        rules.check_order(
            rates, month=month, source=order.source, lower=order.lower, higher=order.higher
        )


# ---- entitlements ---------------------------------------------------------------------------


@transaction.atomic
def appoint(
    *,
    org: Organisation,
    certificates: Sequence[Certificate],
    appointed_on: date,
    first_month: date,
    post: str = "",
    document: str = "",
    term_until: date | None = None,
    by: User,
    at: datetime,
) -> list[Entitlement]:
    """聘任: certificates become entitlements, until the month `term_until` where a term is set.

    A higher level ends the lower one's the month before. All of them or none. RuleViolation for
    a revoked or appointed certificate, one of another organisation, a lower level than the
    person draws already, a level without a rate, or a month that was paid at the lower level.
    """
    org = _locked(org)
    first_month = rules.month_of(first_month)
    last_month = rules.month_of(term_until) if term_until else None
    if last_month is not None and last_month < first_month:
        raise RuleViolation(
            "treatment.term_ends_before_it_starts", gettext_noop("聘期终止月不能早于起算月。")
        )
    # Locked, so that none is revoked meanwhile.
    chosen = list(
        Certificate.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[each.pk for each in certificates])
        .select_related("batch", "person__user")
        .order_by("number")
    )
    if not chosen:
        raise RuleViolation("treatment.nobody", gettext_noop("请至少选择一人。"))
    rates = queries.rates_of(org)
    drawn = _drawn(org, chosen, first_month)
    taken = set(
        Entitlement.objects.filter(certificate__in=chosen).values_list("certificate_id", flat=True)
    )
    made: list[Entitlement] = []
    ended: list[Entitlement] = []
    listed: set[int] = set()
    for certificate in chosen:
        if certificate.person_id in listed:
            raise RuleViolation(
                "treatment.person_twice",
                gettext_noop("%(name)s有多本证书，请只选其中等级最高的一本。"),
                name=certificate.holder_name,
            )
        listed.add(certificate.person_id)
        _check_appointable(certificate, org, taken, appointed_on)
        rules.check_first_month(first_month=first_month, issued_on=certificate.issued_on)
        rate = rules.rate_for(rates, level=certificate.level, month=first_month)
        for lower in drawn[certificate.person_id]:
            _end_lower(lower, certificate, first_month)
            ended.append(lower)
        made.append(
            Entitlement(
                certificate=certificate, person_id=certificate.person_id, org=org,
                rule_id=rate.id, level=certificate.level, post=post.strip(),
                document=document.strip(), appointed_on=appointed_on, first_month=first_month,
                last_month=last_month, end_reason=TERM_OVER if last_month else "", made_by=by,
                made_at=at,
            )
        )  # fmt: skip
    Entitlement.objects.bulk_update(ended, ["last_month", "end_reason"])
    Entitlement.objects.bulk_create(made)
    _record_appointed(org, chosen, made, ended, by, at)
    users = [each.person.user for each in chosen if each.person.user is not None]
    notify(
        users, _APPOINTED, link=reverse("treatment:own"), at=at, month=f"{first_month:%Y-%m}"
    )  # fmt: skip
    return made


def _drawn(
    org: Organisation, certificates: Sequence[Certificate], month: date
) -> defaultdict[int, list[Entitlement]]:
    """By person what he draws in the month or later; `is_paid` where that was paid already."""
    found: defaultdict[int, list[Entitlement]] = defaultdict(list)
    paid = Payment.objects.filter(STANDING, entitlement=OuterRef("pk"), month__gte=month)
    for each in Entitlement.objects.filter(
        Q(last_month=None) | Q(last_month__gte=month),
        org=org, person__in=[each.person_id for each in certificates],
    ).annotate(is_paid=Exists(paid)):  # fmt: skip
        found[each.person_id].append(each)
    return found


def _check_appointable(
    certificate: Certificate, org: Organisation, taken: set[int], appointed_on: date
) -> None:
    if certificate.org_id != org.pk:
        raise RuleViolation(
            "treatment.other_organisation",
            gettext_noop("证书%(number)s不是本单位颁发的。"),
            number=certificate.number,
        )
    if certificate.pk in taken:
        raise RuleViolation(
            "treatment.appointed_before",
            gettext_noop("证书%(number)s已经聘任。"),
            number=certificate.number,
        )
    if certificate.state != CertificateState.VALID:
        raise RuleViolation(
            "treatment.certificate_revoked",
            gettext_noop("证书%(number)s已撤销，不能聘任和发放津贴。"),
            number=certificate.number,
        )
    if appointed_on < certificate.issued_on:
        raise RuleViolation(
            "treatment.appointed_before_issue",
            gettext_noop("聘任日期不能早于发证日期（%(day)s）。"),
            day=certificate.issued_on,
        )


def _end_lower(lower: Entitlement, certificate: Certificate, first_month: date) -> None:
    if lower.level >= certificate.level:
        raise RuleViolation(
            "treatment.not_higher",
            gettext_noop("%(name)s已享受同等级或更高等级的津贴。"),
            name=certificate.holder_name,
        )
    if lower.is_paid:  # type: ignore[attr-defined]
        raise RuleViolation(
            "treatment.paid_at_lower_level",
            gettext_noop("%(name)s%(month)s的津贴已按原等级发放，请从其后的月份起算。"),
            name=certificate.holder_name,
            month=f"{first_month:%Y-%m}",
        )
    lower.last_month = rules.month_before(first_month)
    lower.end_reason = f"聘任为更高等级（{certificate.number}）"


def _record_appointed(
    org: Organisation,
    certificates: Sequence[Certificate],
    made: Sequence[Entitlement],
    ended: Sequence[Entitlement],
    by: User,
    at: datetime,
) -> None:
    """One event for each batch: its archive tells of its own people only."""
    of_batch: defaultdict[int, list[Certificate]] = defaultdict(list)
    for certificate in certificates:
        of_batch[certificate.batch_id].append(certificate)
    for batch_id in sorted(of_batch):
        some = of_batch[batch_id]
        people = {each.person_id for each in some}
        ledger.record(
            "treatment.appointed", subject=some[0].batch, org=org, by=by, at=at,
            context=some[0].batch, numbers=[each.number for each in some],
            first_month=str(made[0].first_month),
            last_month=str(made[0].last_month) if made[0].last_month else None,
            ended=[each.pk for each in ended if each.person_id in people],
        )  # fmt: skip


@transaction.atomic
def end_entitlement(
    *, entitlement_id: int, last_month: date, reason: str, by: User, at: datetime
) -> Entitlement:
    """Stop an allowance after a month: the person left, changed post, was demoted.

    One with a fixed term may be stopped earlier, none prolonged: that is a new appointment.
    """
    org = _locked(Entitlement.objects.select_related("org").get(pk=entitlement_id).org)
    entitlement = Entitlement.objects.select_related("certificate__batch", "person__user").get(
        pk=entitlement_id
    )
    last_month = rules.month_of(last_month)
    if not reason.strip():
        raise RuleViolation("treatment.no_reason", gettext_noop("请写明终止原因。"))
    if entitlement.last_month is not None and entitlement.last_month <= last_month:
        raise RuleViolation("treatment.ended_before", gettext_noop("该津贴到时已经终止。"))
    if last_month < rules.month_before(entitlement.first_month):
        raise RuleViolation(
            "treatment.ends_before_it_starts",
            gettext_noop("终止月不能早于起算月的前一个月（从未发放）。"),
        )
    if entitlement.payments.filter(STANDING, month__gt=last_month).exists():
        raise RuleViolation(
            "treatment.paid_later", gettext_noop("终止月之后已有发放记录，须先红冲。")
        )
    entitlement.last_month = last_month
    entitlement.end_reason = reason.strip()
    entitlement.save(update_fields=["last_month", "end_reason"])
    ledger.record(
        "treatment.ended", subject=entitlement, org=org, by=by, at=at,
        context=entitlement.certificate.batch, last_month=str(last_month),
        reason=entitlement.end_reason,
    )  # fmt: skip
    if entitlement.person.user is not None:
        notify(
            [entitlement.person.user], _ENDED, link=reverse("treatment:own"), at=at,
            month=f"{last_month:%Y-%m}", reason=entitlement.end_reason,
        )  # fmt: skip
    return entitlement


# ---- payments -------------------------------------------------------------------------------


@transaction.atomic
def record_payments(
    *,
    org: Organisation,
    month: date,
    entitlements: Sequence[Entitlement],
    paid_on: date,
    voucher: str,
    proof: Blob | None = None,
    total_fen: int | None = None,
    by: User,
    at: datetime,
) -> list[Payment]:
    """Record that a month was paid to these people; all of them or none.

    `total_fen` is the sum that the payer saw; another one is refused. The organisation's row is
    locked, so of two clerks the second is refused by name; the constraint on person and month
    is the last word.
    """
    org = _locked(org)
    month = rules.month_of(month)
    if not voucher.strip():
        raise RuleViolation("treatment.no_voucher", gettext_noop("请填写发放凭证号。"))
    rules.check_pay_day(month=month, paid_on=paid_on, today=timezone.localdate(at))
    # Read again under the lock: one may have been ended, or its certificate revoked, since.
    chosen = list(
        Entitlement.objects.filter(pk__in=[each.pk for each in entitlements])
        .select_related("certificate", "person")
        .order_by("pk")
    )
    if not chosen:
        raise RuleViolation("treatment.nobody", gettext_noop("请至少选择一人。"))
    _check_unpaid_people(org, month, chosen)
    rates = queries.rates_of(org)
    made = [
        Payment(
            entitlement=each, person_id=each.person_id, org=org, month=month,
            fen=_amount(each, org, month, rates), paid_on=paid_on, voucher=voucher.strip(),
            proof=proof, recorded_by=by, recorded_at=at,
        )
        for each in chosen
    ]  # fmt: skip
    total = sum(payment.fen for payment in made)
    if total_fen is not None and total != total_fen:
        raise RuleViolation(
            "treatment.total_changed",
            gettext_noop("应发名单或标准刚有变动，请刷新页面核对后再登记。"),
        )
    Payment.objects.bulk_create(made)
    ledger.record(
        "treatment.paid", subject=org, org=org, by=by, at=at, month=str(month),
        voucher=voucher.strip(), paid_on=str(paid_on), total_fen=total,
        proof=proof.digest if proof else None,
        payments=[{"entitlement": each.entitlement_id, "fen": each.fen} for each in made],
    )  # fmt: skip
    return made


def _check_unpaid_people(
    org: Organisation, month: date, entitlements: Sequence[Entitlement]
) -> None:
    people = [each.person_id for each in entitlements]
    paid = set(
        Payment.objects.filter(STANDING, org=org, month=month, person__in=people).values_list(
            "person_id", flat=True
        )
    )
    twice = []
    for each in entitlements:
        if each.person_id in paid:
            twice.append(each.person.name)
        paid.add(each.person_id)
    if twice:
        raise RuleViolation(
            "treatment.paid_before",
            gettext_noop("%(names)s的%(month)s津贴已经发放，不能重复发放。"),
            names="、".join(twice[:5]),
            month=f"{month:%Y-%m}",
        )


def _amount(
    entitlement: Entitlement, org: Organisation, month: date, rates: Sequence[rules.Rate]
) -> int:
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
    if entitlement.certificate.state != CertificateState.VALID:
        raise RuleViolation(
            "treatment.certificate_revoked",
            gettext_noop("证书%(number)s已撤销，不能聘任和发放津贴。"),
            number=entitlement.certificate.number,
        )
    return rules.rate_for(rates, level=entitlement.level, month=month).monthly_fen


@transaction.atomic
def record_back_pay(
    *,
    org: Organisation,
    payments: Sequence[Payment],
    paid_on: date,
    voucher: str,
    proof: Blob | None = None,
    total_fen: int | None = None,
    by: User,
    at: datetime,
) -> list[Payment]:
    """补发: record that these paid months were topped up to the rate that holds for them now.

    All of them or none; the amounts are computed, never typed. `total_fen` as in
    `record_payments`.
    """
    org = _locked(org)
    if not voucher.strip():
        raise RuleViolation("treatment.no_voucher", gettext_noop("请填写发放凭证号。"))
    owed = {each.pk: each for each in queries.short_of_rate(org)}
    chosen = sorted({payment.pk for payment in payments})
    if not chosen:
        raise RuleViolation("treatment.nobody", gettext_noop("请至少选择一人。"))
    if not owed.keys() >= set(chosen):
        raise RuleViolation(
            "treatment.nothing_owed", gettext_noop("所选月份没有应补发的差额，请刷新页面核对。")
        )
    rates = queries.rates_of(org)
    today = timezone.localdate(at)
    made = []
    for pk in chosen:
        month = owed[pk]
        rules.check_pay_day(month=month.month, paid_on=paid_on, today=today)
        rate = rules.rate_for(rates, level=month.entitlement.level, month=month.month)
        fen = rules.back_pay(
            rate_fen=rate.monthly_fen,
            paid_fen=month.paid_fen,  # type: ignore[attr-defined]
        )
        made.append(
            Payment(
                entitlement_id=month.entitlement_id, person_id=month.person_id, org=org,
                month=month.month, fen=fen, raised_to_id=rate.id, paid_on=paid_on,
                voucher=voucher.strip(), proof=proof, recorded_by=by, recorded_at=at,
            )
        )  # fmt: skip
    total = sum(payment.fen for payment in made)
    if total_fen is not None and total != total_fen:
        raise RuleViolation(
            "treatment.total_changed",
            gettext_noop("应发名单或标准刚有变动，请刷新页面核对后再登记。"),
        )
    Payment.objects.bulk_create(made)
    ledger.record(
        "treatment.back_paid", subject=org, org=org, by=by, at=at, voucher=voucher.strip(),
        paid_on=str(paid_on), total_fen=total, proof=proof.digest if proof else None,
        payments=[
            {"entitlement": each.entitlement_id, "month": str(each.month), "fen": each.fen,
             "rule": each.raised_to_id}
            for each in made
        ],
    )  # fmt: skip
    return made


# ---- reversing ------------------------------------------------------------------------------


@transaction.atomic
def ask_reversal(*, payment_id: int, reason: str, slip: str, by: User, at: datetime) -> Reversal:
    """红冲: ask that a recorded payment be struck; somebody else decides."""
    payment = _locked_payment(payment_id)
    _check_reversible(payment, reason, slip)
    if payment.reversals.filter(decided_at=None).exists():
        raise RuleViolation("treatment.reversal_open", gettext_noop("这笔发放已有待审核的红冲单。"))
    reversal = Reversal.objects.create(
        payment=payment, reason=reason.strip(), slip=slip.strip(), asked_by=by, asked_at=at
    )
    ledger.record(
        "treatment.reversal_asked", subject=reversal, org=payment.org, by=by, at=at,
        context=payment.entitlement.certificate.batch, **_named(payment), reason=reversal.reason,
        slip=reversal.slip,
    )  # fmt: skip
    return reversal


@transaction.atomic
def decide_reversal(*, reversal_id: int, accept: bool, by: User, at: datetime) -> Reversal:
    """Strike the payment, or let it stand; the month struck is due again."""
    payment = _locked_payment(
        Reversal.objects.values_list("payment", flat=True).get(pk=reversal_id)
    )
    reversal = Reversal.objects.get(pk=reversal_id)
    if reversal.decided_at is not None:
        raise RuleViolation("treatment.reversal_closed", gettext_noop("该红冲单已审核。"))
    rules.check_decides_other(asked_by=reversal.asked_by_id, decided_by=by.pk)
    if accept:
        _check_reversible(payment, reversal.reason, reversal.slip)
        payment.reversed_at = at
        payment.save(update_fields=["reversed_at"])
    reversal.decided_by, reversal.decided_at, reversal.is_accepted = by, at, accept
    reversal.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    ledger.record(
        "treatment.reversal_decided", subject=reversal, org=payment.org, by=by, at=at,
        context=payment.entitlement.certificate.batch, **_named(payment), is_accepted=accept,
        asked_by=reversal.asked_by_id, reason=reversal.reason, slip=reversal.slip,
    )  # fmt: skip
    if accept and payment.person.user is not None:
        notify(
            [payment.person.user], _REVERSED, link=reverse("treatment:own"), at=at,
            month=f"{payment.month:%Y-%m}", reason=reversal.reason,
        )  # fmt: skip
    return reversal


def _locked_payment(payment_id: int) -> Payment:
    """With its organisation's row locked: reversing and paying wait for each other."""
    _locked(Payment.objects.select_related("org").get(pk=payment_id).org)
    return Payment.objects.select_related(
        "org", "entitlement__certificate__batch", "person__user"
    ).get(pk=payment_id)


def _check_reversible(payment: Payment, reason: str, slip: str) -> None:
    topped_up = Payment.objects.filter(
        STANDING, entitlement=payment.entitlement_id, month=payment.month,
        raised_to__isnull=False,
    )  # fmt: skip
    rules.check_reversal(
        reason=reason, slip=slip, is_standing=payment.reversed_at is None,
        has_back_pay=payment.raised_to_id is None and topped_up.exists(),
    )  # fmt: skip


def _named(payment: Payment) -> dict[str, int | str | None]:
    return {
        "payment": payment.pk, "entitlement": payment.entitlement_id,
        "month": str(payment.month), "fen": payment.fen, "rule": payment.raised_to_id,
    }  # fmt: skip


def _locked(org: Organisation) -> Organisation:
    """The organisation's row puts all deeds on its allowances in order; inserts that only name
    it go on."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=org.pk)
