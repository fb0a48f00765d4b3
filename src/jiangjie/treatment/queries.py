"""Reads: rates, entitlements, what is due in a month, what is late."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)  # fmt: skip

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.kernel.clauses import Clause
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.planning.models import Batch
from jiangjie.policy.models import PackVersion
from jiangjie.policy.queries import pack_for_region, pack_of
from jiangjie.treatment import rules
from jiangjie.treatment.models import STANDING, AllowanceRule, Entitlement, Payment, Reversal

STEP = "S15"
STAFF = (Role.OFFICE, Role.COMMITTEE, Role.PAYROLL, Role.SUPERVISOR, Role.ADMIN)

# ---- rates ----------------------------------------------------------------------------------


def rules_visible_to(acting: Acting) -> QuerySet[AllowanceRule]:
    if acting.org is None or not acting.has(*STAFF):
        return AllowanceRule.objects.none()
    return AllowanceRule.objects.filter(org=acting.org).order_by("level", "-first_month")


def rates_of(org: Organisation) -> list[rules.Rate]:
    return [
        rules.Rate(each.pk, each.level, each.monthly_fen, each.first_month, each.last_month)
        for each in AllowanceRule.objects.filter(org=org)
    ]


@dataclass(frozen=True, slots=True)
class PayOrder:
    """Which level must not get less than which (R-16)."""

    lower: int
    higher: int
    source: str
    clause: Clause


def pay_order(org: Organisation) -> PayOrder:
    """As the pack of the organisation's region says; rates are not bound to one batch."""
    pack = pack_for_region(org.region)
    entry = pack.entry("treatment.pay_order")
    value = pack.mapping("treatment.pay_order")
    return PayOrder(
        int(str(value["lower"])), int(str(value["higher"])), str(entry.source), entry.clause
    )


# ---- entitlements ---------------------------------------------------------------------------


def entitlements_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Entitlement]:
    """Those that the acting organisation pays, for its staff; one's own always."""
    seen = Q(pk__in=[])
    if acting.org is not None and acting.has(*STAFF):
        seen |= Q(org=acting.org)
    if user is not None:
        seen |= Q(person__user=user)
    return (
        Entitlement.objects.filter(seen)
        .select_related("person", "rule", "certificate", "org")
        .order_by("-appointed_on", "pk")
    )


def with_paid(entitlements: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
    """Each with `paid_months`, `paid_fen` and the latest `paid_month`."""
    return entitlements.annotate(
        paid_months=Count("payments__month", filter=Q(payments__reversed_at=None), distinct=True),
        paid_fen=Sum("payments__fen", filter=Q(payments__reversed_at=None)),
        paid_month=Max("payments__month", filter=Q(payments__reversed_at=None)),
    )


def payments_visible_to(acting: Acting) -> QuerySet[Payment]:
    return Payment.objects.filter(
        entitlement__in=entitlements_visible_to(acting).order_by().values("pk")
    )


def on_revoked(org: Organisation, today: date) -> QuerySet[Entitlement]:
    """Entitlements that go on although their certificate was revoked."""
    return (
        Entitlement.objects.filter(
            Q(last_month=None) | Q(last_month__gt=rules.month_of(today)),
            org=org, certificate__state=CertificateState.REVOKED,
        )
        .select_related("person", "certificate")
        .order_by("pk")
    )  # fmt: skip


def history(entitlement: Entitlement) -> QuerySet[Event]:
    return Event.objects.filter(subject=ref(entitlement)).select_related("by").order_by("pk")


def certificates_of(org: Organisation) -> QuerySet[Certificate]:
    """The valid certificates whose holders the organisation owes treatment."""
    return Certificate.objects.filter(org=org, state=CertificateState.VALID)


# Who was appointed at the same or a higher level has his treatment on that ground.
_AT_LEAST = Entitlement.objects.filter(
    person=OuterRef("person"), org=OuterRef("org"), level__gte=OuterRef("level")
)


def without_entitlement(org: Organisation) -> QuerySet[Certificate]:
    """Valid certificates of the organisation on whose ground its holder was not yet appointed,
    nor at a higher level."""
    return (
        certificates_of(org)
        .filter(~Exists(_AT_LEAST))
        .select_related("person", "batch", "application")
        .order_by("issued_on", "number")
    )


def levels_without_rate(org: Organisation, today: date) -> list[int]:
    """Levels that somebody waits to be appointed at, or draws, and that nothing is paid for in the
    running month. Three queries."""
    month = rules.month_of(today)
    waiting = without_entitlement(org).order_by().values_list("level", flat=True).distinct()
    drawn = Entitlement.objects.filter(
        Q(last_month=None) | Q(last_month__gte=month),
        org=org, first_month__lte=month, certificate__state=CertificateState.VALID,
    ).values_list("level", flat=True).distinct()  # fmt: skip
    rates = rates_of(org)
    return sorted(
        level
        for level in {*waiting, *drawn}
        if rules.rate_in_force(rates, level=level, month=month) is None
    )


def unpaid(org: Organisation) -> QuerySet[Certificate]:
    """Valid certificates whose holder was paid nothing yet at this level or a higher one."""
    return certificates_of(org).filter(
        ~Exists(_AT_LEAST.filter(payments__isnull=False, payments__reversed_at=None))
    )


# ---- one month ------------------------------------------------------------------------------


def in_month(org: Organisation, month: date) -> QuerySet[Entitlement]:
    """Who draws an allowance in a month, with `is_paid` and `paid`: the payment that stands, then
    what a raise added."""
    was_paid = Payment.objects.filter(STANDING, person=OuterRef("person"), org=org, month=month)
    return (
        Entitlement.objects.filter(
            Q(last_month=None) | Q(last_month__gte=month), org=org, first_month__lte=month
        )
        .annotate(is_paid=Exists(was_paid))
        .select_related("person", "certificate__application")
        .prefetch_related(
            Prefetch(
                "payments",
                Payment.objects.filter(STANDING, month=month)
                .select_related("proof")
                .order_by("pk"),
                to_attr="paid",
            )
        )
        .order_by("person__name", "pk")
    )


def unpaid_in_month(org: Organisation, month: date) -> QuerySet[Entitlement]:
    """Of `in_month` those to be paid: not paid yet, and on the ground of a valid certificate."""
    found = in_month(org, month).filter(is_paid=False)  # type: ignore[misc]  # annotated
    return found.filter(certificate__state=CertificateState.VALID)


def payable(org: Organisation, month: date) -> list[Entitlement]:
    """Who may be paid for the month now; those without a rate are left out. Two queries."""
    levels = amounts_of(rates_of(org), month)
    return list(unpaid_in_month(org, month).filter(level__in=levels).prefetch_related(None))


def payable_total(org: Organisation, month: date) -> tuple[int, int]:
    """How many `payable` are, and the sum in fen. Two queries, whatever their number."""
    amounts = amounts_of(rates_of(org), month)
    counts = dict(
        unpaid_in_month(org, month)
        .filter(level__in=amounts)
        .order_by()
        .values_list("level")
        .annotate(n=Count("pk"))
    )
    return sum(counts.values()), sum(amounts[level] * n for level, n in counts.items())


def amounts_of(rates: Sequence[rules.Rate], month: date) -> dict[int, int]:
    """Fen by level in a month; a level without a rate is missing."""
    found = {
        level: rules.rate_in_force(rates, level=level, month=month)
        for level in {rate.level for rate in rates}
    }
    return {level: rate.monthly_fen for level, rate in found.items() if rate is not None}


@dataclass(frozen=True, slots=True)
class Line:
    """One person in one month of the ledger."""

    entitlement: Entitlement
    payment: Payment | None
    fen: int | None  # paid with what a raise added, or to be paid; None without a rate
    state: str  # "paid", "due", "no_rate", "revoked"


def lines(
    entitlements: Iterable[Entitlement], rates: Sequence[rules.Rate], month: date
) -> list[Line]:
    """Of `in_month`."""
    amounts = amounts_of(rates, month)
    return [_line(each, amounts.get(each.level)) for each in entitlements]


def _line(entitlement: Entitlement, fen: int | None) -> Line:
    paid: list[Payment] = entitlement.paid  # type: ignore[attr-defined]
    if paid:
        return Line(entitlement, paid[0], sum(each.fen for each in paid), "paid")
    if entitlement.is_paid:  # type: ignore[attr-defined]  # on another ground
        return Line(entitlement, None, None, "paid")
    if entitlement.certificate.state != CertificateState.VALID:
        return Line(entitlement, None, None, "revoked")
    return Line(entitlement, None, fen, "no_rate" if fen is None else "due")


@dataclass(frozen=True, slots=True)
class Due:
    """One month that is to be paid to one person."""

    entitlement: Entitlement
    month: date
    fen: int | None  # None: no rate for the level in that month


def due(org: Organisation, today: date) -> list[Due]:
    """Everything unpaid up to this month, by month and person. Three queries."""
    rates = rates_of(org)
    running = (
        Entitlement.objects.filter(org=org, certificate__state=CertificateState.VALID)
        .select_related("person", "certificate")
        .prefetch_related(
            Prefetch("payments", Payment.objects.filter(STANDING).only("entitlement", "month"))
        )
    )
    found = []
    for entitlement in running:
        for month in rules.months_due(
            first_month=entitlement.first_month,
            last_month=entitlement.last_month,
            paid=[payment.month for payment in entitlement.payments.all()],
            today=today,
        ):
            rate = rules.rate_in_force(rates, level=entitlement.level, month=month)
            found.append(Due(entitlement, month, rate.monthly_fen if rate else None))
    return sorted(found, key=lambda each: (each.month, each.entitlement.person.name))


@dataclass(frozen=True, slots=True)
class MonthState:
    """One month of the ledger: how many people, and fen."""

    month: date
    people: int  # who draw an allowance
    paid: int
    paid_fen: int
    unpaid_fen: int  # of those with a rate
    without_rate: int  # unpaid people of a level without a rate
    left: int  # people that can and must still be paid


def months_of(org: Organisation, today: date, *, count: int = 12) -> list[MonthState]:
    """The latest months that anybody draws an allowance in, the newest first. Three queries."""
    rows = list(
        Entitlement.objects.filter(org=org).values_list(
            "pk", "person", "level", "first_month", "last_month", "certificate__state"
        )
    )
    if not rows:
        return []
    last = rules.month_of(today)
    first = max(
        min(row[3] for row in rows), rules.month_of(last - timedelta(days=31 * (count - 1)))
    )
    payments: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for month, person, fen in Payment.objects.filter(
        STANDING, org=org, month__gte=first
    ).values_list("month", "person", "fen"):
        payments[month][person] = payments[month].get(person, 0) + fen
    rates = rates_of(org)
    return [
        _month_state(month, rows, payments[month], amounts_of(rates, month))
        for month in reversed(rules.months(first, last))
    ]


def _month_state(
    month: date,
    rows: Iterable[tuple[int, int, int, date, date | None, str]],
    paid: dict[int, int],
    amounts: dict[int, int],
) -> MonthState:
    people, unpaid_fen, without_rate, left = 0, 0, 0, 0
    for _pk, person, level, first, last, state in rows:
        if first > month or (last is not None and last < month):
            continue
        people += 1
        if person in paid or state != CertificateState.VALID:
            continue
        if level in amounts:
            left += 1
            unpaid_fen += amounts[level]
        else:
            without_rate += 1
    return MonthState(month, people, len(paid), sum(paid.values()), unpaid_fen, without_rate, left)


# ---- back pay, and payments to be struck -----------------------------------------------------


def short_of_rate(org: Organisation) -> QuerySet[Payment]:
    """Months that were paid less than the rate that holds for them now, each as its own payment
    with `paid_fen`, `rate_fen` and `owed_fen`. Two queries, the rates included."""
    amount = Case(
        *(
            When(
                Q(month__lte=rate.last_month) if rate.last_month else Q(),
                entitlement__level=rate.level,
                month__gte=rate.first_month,
                then=Value(rate.monthly_fen),
            )
            for rate in rates_of(org)
        ),
        default=None,
        output_field=IntegerField(),
    )
    same_month = Payment.objects.filter(
        STANDING, entitlement=OuterRef("entitlement"), month=OuterRef("month")
    ).order_by()
    return (
        Payment.objects.filter(
            STANDING, org=org, raised_to=None,
            entitlement__certificate__state=CertificateState.VALID,
        )
        .annotate(rate_fen=amount)
        .filter(rate_fen__gt=F("fen"))  # most months: no need to look for what was added
        .annotate(
            paid_fen=Subquery(
                same_month.values("month").annotate(sum=Sum("fen")).values("sum")
            ),
        )
        .filter(rate_fen__gt=F("paid_fen"))
        .annotate(owed_fen=F("rate_fen") - F("paid_fen"))
        .select_related("person", "entitlement__certificate__application")
        .order_by("month", "person__name", "pk")
    )  # fmt: skip


def reversals_visible_to(acting: Acting) -> QuerySet[Reversal]:
    """Open ones first, then the latest."""
    return (
        Reversal.objects.filter(payment__in=payments_visible_to(acting).order_by().values("pk"))
        .select_related("payment__person", "payment__entitlement", "asked_by", "decided_by")
        .order_by("-decided_at", "-asked_at", "-pk")
    )


def to_decide(org: Organisation, user: User) -> QuerySet[Reversal]:
    """Slips of the organisation that wait for somebody else than who asked."""
    return (
        Reversal.objects.filter(payment__org=org, decided_at=None)
        .exclude(asked_by=user)
        .select_related("payment__person")
        .order_by("asked_at")
    )


# ---- what is late ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """Within how many days something must be paid on the ground of a batch's certificates."""

    days: int
    clause: Clause  # of the number of days
    required: Clause  # of the duty itself


def limits_of(batches: Iterable[int]) -> dict[int, Limit]:
    """By batch, from its frozen pack. Two queries: the packs' bodies are fetched once each."""
    pack_by_batch = dict(Batch.objects.filter(pk__in=batches).values_list("pk", "pack_id"))
    packs = {
        version.pk: pack_of(version)
        for version in PackVersion.objects.filter(pk__in=set(pack_by_batch.values()))
    }
    return {
        batch: Limit(
            packs[pack].integer("treatment.overdue_days"),
            packs[pack].entry("treatment.overdue_days").clause,
            packs[pack].entry("treatment.required").clause,
        )
        for batch, pack in pack_by_batch.items()
    }


@dataclass(frozen=True, slots=True)
class Overdue:
    certificate: Certificate
    days: int  # since the certificate was issued
    limit: int  # days the policy allows
    is_appointed: bool
    clause: Clause

    @property
    def source(self) -> str:
        return self.clause.source

    @property
    def confidence(self) -> str:
        return self.clause.confidence.value


def late(org: Organisation, today: date) -> tuple[QuerySet[Certificate], dict[int, Limit]]:
    """Certificates older than their policy's limit with nothing paid, oldest first; the limits."""
    batches = set(unpaid(org).order_by().values_list("batch", flat=True).distinct())
    limits = limits_of(batches)
    is_late = Q(pk__in=[])
    for batch, limit in limits.items():
        # The last day is not late yet.
        is_late |= Q(batch=batch, issued_on__lt=today - timedelta(days=limit.days))
    found = (
        unpaid(org)
        .filter(is_late)
        .annotate(is_appointed=Exists(_AT_LEAST))
        .select_related("person", "batch", "application")
        .order_by("issued_on", "number")
    )
    return found, limits


def as_overdue(
    certificates: Iterable[Certificate], limits: dict[int, Limit], today: date
) -> list[Overdue]:
    return [
        Overdue(
            each, (today - each.issued_on).days, limits[each.batch_id].days,
            each.is_appointed,  # type: ignore[attr-defined]
            limits[each.batch_id].clause,
        )
        for each in certificates
    ]  # fmt: skip


def overdue(org: Organisation, today: date) -> list[Overdue]:
    """Everything that is late. Four queries."""
    found, limits = late(org, today)
    return as_overdue(found, limits, today)


# ---- one batch ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LevelState:
    """The holders of one level in one batch: counts of people."""

    level: int
    certificates: int
    appointed: int
    paid: int  # at least once
    first_issued: date
    last_paid: date | None  # the day of the latest first payment
    has_rate: bool


def level_states(run_ids: Sequence[int]) -> dict[int, list[LevelState]]:
    """By run. Two queries. What was drawn at a higher level counts."""
    paid = Payment.objects.filter(
        STANDING, entitlement__person=OuterRef("person"), entitlement__org=OuterRef("org"),
        entitlement__level__gte=OuterRef("level"),
    )  # fmt: skip
    rows = (
        Certificate.objects.filter(batch__run__in=run_ids, state=CertificateState.VALID)
        .annotate(
            is_appointed=Exists(_AT_LEAST),
            paid_on=Subquery(paid.order_by("paid_on").values("paid_on")[:1]),
        )
        .values("level", run=F("batch__run"), payer=F("org"))
        .annotate(
            certificates=Count("pk"),
            appointed=Count("pk", filter=Q(is_appointed=True)),
            paid=Count("pk", filter=Q(paid_on__isnull=False)),
            first_issued=Min("issued_on"),
            last_paid=Max("paid_on"),
        )
        .order_by("level")
    )
    rated = defaultdict(list)
    for org, level, last_month in AllowanceRule.objects.filter(
        org__in={row["payer"] for row in rows}
    ).values_list("org", "level", "last_month"):
        rated[org, level].append(last_month)
    found: defaultdict[int, list[LevelState]] = defaultdict(list)
    for row in rows:
        month = rules.month_of(row["first_issued"])
        found[row["run"]].append(
            LevelState(
                level=row["level"], certificates=row["certificates"],
                appointed=row["appointed"], paid=row["paid"], first_issued=row["first_issued"],
                last_paid=row["last_paid"],
                has_rate=any(
                    last is None or last >= month for last in rated[row["payer"], row["level"]]
                ),
            )
        )  # fmt: skip
    return dict(found)


def holders_of(batch: Batch) -> QuerySet[Certificate]:
    """The valid certificates of a batch with `is_appointed` and the `paid_on` of the first
    payment, at this level or a higher one."""
    paid = Payment.objects.filter(
        STANDING, entitlement__person=OuterRef("person"), entitlement__org=OuterRef("org"),
        entitlement__level__gte=OuterRef("level"),
    )  # fmt: skip
    return (
        Certificate.objects.filter(batch=batch, state=CertificateState.VALID)
        .annotate(
            is_appointed=Exists(_AT_LEAST),
            paid_on=Subquery(paid.order_by("paid_on").values("paid_on")[:1]),
        )
        .select_related("person", "application", "entitlement")
        .order_by("number")
    )


# ---- the worker -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """One entitlement as its holder sees it."""

    entitlement: Entitlement
    monthly_fen: int | None  # now; None when it is over or no rate holds
    payments: tuple[Payment, ...]  # the newest first, reversed ones too
    rule: AllowanceRule | None  # the one in force

    @property
    def paid_fen(self) -> int:
        return sum(payment.fen for payment in self.payments if payment.reversed_at is None)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A certificate on whose ground its holder draws nothing yet."""

    certificate: Certificate
    due: date
    limit: Limit


def awaited(user: User) -> list[Awaited]:
    """The user's valid certificates without an appointment, and when it is overdue. Three queries."""
    found = list(
        Certificate.objects.filter(person__user=user, state=CertificateState.VALID)
        .filter(~Exists(_AT_LEAST))
        .order_by("issued_on", "number")
    )
    limits = limits_of({each.batch_id for each in found})
    return [
        Awaited(
            each, rules.due_day(issued_on=each.issued_on, days=limits[each.batch_id].days),
            limits[each.batch_id],
        )
        for each in found
    ]  # fmt: skip


def own(user: User, today: date) -> list[Own]:
    """Three queries."""
    entitlements = list(
        Entitlement.objects.filter(person__user=user)
        .select_related("org", "certificate")
        .prefetch_related(Prefetch("payments", Payment.objects.order_by("-month", "pk")))
        .order_by("-first_month", "-level")
    )
    in_use = {
        rule.pk: rule
        for rule in AllowanceRule.objects.filter(org__in={each.org_id for each in entitlements})
    }
    month = rules.month_of(today)
    return [_own(each, list(in_use.values()), month) for each in entitlements]


def _own(entitlement: Entitlement, known: Sequence[AllowanceRule], month: date) -> Own:
    by_pk = {rule.pk: rule for rule in known if rule.org_id == entitlement.org_id}
    rates = [
        rules.Rate(rule.pk, rule.level, rule.monthly_fen, rule.first_month, rule.last_month)
        for rule in by_pk.values()
    ]
    is_over = entitlement.last_month is not None and entitlement.last_month < month
    is_valid = entitlement.certificate.state == CertificateState.VALID
    from_month = max(month, entitlement.first_month)
    rate = rules.rate_in_force(rates, level=entitlement.level, month=from_month)
    return Own(
        entitlement=entitlement,
        monthly_fen=rate.monthly_fen if rate and is_valid and not is_over else None,
        payments=tuple(entitlement.payments.all()),
        rule=by_pk[rate.id] if rate else None,
    )
