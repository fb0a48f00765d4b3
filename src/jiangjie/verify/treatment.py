"""待遇: appointments and payments as in the ledger, every amount from the rate of its month."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.treatment import rules
from jiangjie.verify.dossier import (
    CERTIFICATES,
    ENTITLEMENTS,
    PAYMENTS,
    RATES,
    Dossier,
    Event,
    Row,
    by,
    day,
    instant,
    match,
    month,
)
from jiangjie.verify.publicity import local_day
from jiangjie.verify.report import Findings

Rates = dict[int, rules.Rate]


def _apply(event: Event, by_org: defaultdict[int | None, Rates]) -> None:
    """What the registering or ending of a rate makes of those known so far."""
    rates, data = by_org[event.org], event.data
    if event.action == "treatment.rule_added":
        first = day(data["first_month"])
        placing = rules.place(rates.values(), level=data["level"], first_month=first)
        for pk in placing.cut:
            rates[pk] = replace(rates[pk], last_month=rules.month_before(first))
        rates[event.subject_id] = rules.Rate(
            event.subject_id, data["level"], data["monthly_fen"], first, placing.last_month
        )
    elif event.action == "treatment.rule_ended":
        rates[event.subject_id] = replace(
            rates[event.subject_id], last_month=day(data["last_month"])
        )


def _proved_rates(dossier: Dossier) -> Mapping[int | None, Rates]:
    """By organisation the rates with their months, as the events of their registering say."""
    found: defaultdict[int | None, Rates] = defaultdict(dict)
    for event in dossier.events:
        _apply(event, found)
    return found


def check_rates(dossier: Dossier, found: Findings) -> None:
    """As they were registered, and R-16: 首席 not below 特级."""
    stated = by("id", dossier.rows(RATES))
    by_org = _proved_rates(dossier)
    basis = {
        event.subject_id: event.data["basis"]
        for event in dossier.events if event.action == "treatment.rule_added"
    }  # fmt: skip
    proved = {
        rate.id: {
            "org": org, "level": rate.level, "monthly_fen": rate.monthly_fen,
            "first_month": rate.first_month.isoformat(), "basis": basis[rate.id],
            "last_month": rate.last_month.isoformat() if rate.last_month else None,
        }
        for org, rates in by_org.items() for rate in rates.values()
    }  # fmt: skip
    match(found, "真实性-24", RATES, stated, proved)
    order = dossier.pack.mapping("treatment.pay_order")
    lower, higher = int(str(order["lower"])), int(str(order["higher"]))
    for org in sorted({row["org"] for row in stated.values()}):
        rates = [
            rules.Rate(row["id"], row["level"], row["monthly_fen"], day(row["first_month"]),
                       month(row["last_month"]))
            for row in stated.values() if row["org"] == org
        ]  # fmt: skip
        for turn in sorted({rate.first_month for rate in rates}):
            try:
                rules.check_order(rates, month=turn, source="", lower=lower, higher=higher)
            except RuleViolation as why:
                found.error("真实性-23", RATES, why.text, **why.values)


def check_entitlements(dossier: Dossier, found: Findings) -> None:
    """聘任 on a certificate of this batch, from a month not before it."""
    rows = by("id", dossier.rows(ENTITLEMENTS))
    certificates = {row["number"]: row for row in dossier.rows(CERTIFICATES)}
    rates = by("id", dossier.rows(RATES))
    _check_appointed(dossier, rows, found)
    for pk, row in rows.items():
        place = f"{ENTITLEMENTS}#{pk}"
        certificate = certificates.get(row["certificate"])
        if certificate is None:
            found.error("真实性-23", place, gettext_noop("没有对应的证书"))
            continue
        if (row["person"], row["level"]) != (certificate["person"], certificate["level"]):
            found.error("真实性-23", place, gettext_noop("聘任的人或等级与证书不一致"))
        rate = rates.get(row["rule"])
        if rate is None or (rate["org"], rate["level"]) != (row["org"], row["level"]):
            found.error("真实性-23", place, gettext_noop("聘任所依的津贴标准不符"))
        revoked_at, made_at = instant(certificate["revoked_at"]), instant(row["made_at"])
        if revoked_at and made_at and revoked_at < made_at:
            found.error("真实性-23", place, gettext_noop("证书已撤销仍被聘任"))
        if row["appointed_on"] < certificate["issued_on"]:
            found.error("真实性-23", place, gettext_noop("聘任日期早于发证日期"))
        try:
            rules.check_first_month(
                first_month=day(row["first_month"]), issued_on=day(certificate["issued_on"])
            )
        except RuleViolation as why:
            found.error("真实性-23", place, why.text, **why.values)


def _check_appointed(dossier: Dossier, rows: Mapping[int, Row], found: Findings) -> None:
    """Against the appointments, and what ended one: a reason, or a higher level."""
    proved: dict[str, Row] = {}
    for event in dossier.of("treatment.appointed"):
        for number in event.data["numbers"]:
            proved[number] = {
                "org": event.org, "first_month": event.data["first_month"],
                "last_month": event.data["last_month"], "made_by": event.by, "made_at": event.at,
            }  # fmt: skip
    for event in dossier.events:
        ended: list[int] = []
        if event.action == "treatment.ended":
            ended, last = [event.subject_id], event.data["last_month"]
        elif event.action == "treatment.appointed":
            first = day(event.data["first_month"])
            ended, last = event.data["ended"], rules.month_before(first).isoformat()
        for pk in ended:
            if pk in rows and rows[pk]["certificate"] in proved:
                proved[rows[pk]["certificate"]]["last_month"] = last
    stated = {
        row["certificate"]: {**row, "made_at": instant(row["made_at"])} for row in rows.values()
    }
    if len(stated) != len(rows):
        found.error("真实性-23", ENTITLEMENTS, gettext_noop("同一证书聘任两次"))
    match(found, "真实性-24", ENTITLEMENTS, stated, proved)


# Entitlement, month, the rate that back pay brought it up to, and the how manieth of these.
Key = tuple[int, str, int | None, int]
# What an older bag does not say of its payments.
_NEITHER_RAISED_NOR_STRUCK: Row = {
    "raised_to": None, "reversed_at": None, "reversed_by": None, "reversal_asked_by": None,
    "reversal_reason": None,
}  # fmt: skip


def check_payments(dossier: Dossier, found: Findings) -> None:
    """Every amount from the rate in force when it was recorded, back pay from the difference; no
    month twice, none outside its span, and each reversal by two persons with a reason."""
    entitlements = by("id", dossier.rows(ENTITLEMENTS))
    proved, due = _proved_payments(dossier, entitlements)
    stated: dict[Key, Row] = {}
    seen: Counter[tuple[int, str, int | None]] = Counter()
    for each in sorted(dossier.rows(PAYMENTS), key=lambda row: int(row["id"])):
        row = {**_NEITHER_RAISED_NOR_STRUCK, **each}
        same = (row["entitlement"], row["month"], row["raised_to"])
        stated[*same, seen[same]] = {
            **row, "recorded_at": instant(row["recorded_at"]),
            "reversed_at": instant(row["reversed_at"]),
        }  # fmt: skip
        seen[same] += 1
    match(found, "真实性-24", PAYMENTS, stated, proved, name=_place)
    standing = Counter(
        (row["person"], row["org"], row["month"], row["raised_to"])
        for row in stated.values() if row["reversed_at"] is None
    )  # fmt: skip
    if any(count > 1 for count in standing.values()):
        found.error("真实性-23", PAYMENTS, gettext_noop("同一人同一月份重复发放"))
    for key, row in stated.items():
        place = f"{PAYMENTS}#{_place(key)}"
        entitlement = entitlements.get(row["entitlement"])
        if entitlement is None or entitlement["person"] != row["person"]:
            found.error("真实性-23", place, gettext_noop("没有对应的聘任"))
            continue
        _check_payment(row, entitlement, due.get(key), place, found)
        found.recomputed["benefits"] += 1


def _proved_payments(
    dossier: Dossier, entitlements: Mapping[int, Row]
) -> tuple[dict[Key, Row], dict[Key, int | RuleViolation]]:
    """Payments as the ledger tells them, and what each should have been when it was recorded."""
    rates: defaultdict[int | None, Rates] = defaultdict(dict)
    proved: dict[Key, Row] = {}
    due: dict[Key, int | RuleViolation] = {}
    seen: Counter[tuple[int, str, int | None]] = Counter()
    paid: Counter[tuple[int, str]] = Counter()  # standing fen of a month
    for event in dossier.events:
        _apply(event, rates)
        data = event.data
        if event.action == "treatment.reversal_decided" and data["is_accepted"]:
            same = (data["entitlement"], data["month"], data["rule"])
            if (key := (*same, seen[same] - 1)) in proved:
                paid[same[:2]] -= data["fen"]
                proved[key] |= {
                    "reversed_at": event.at, "reversed_by": event.by,
                    "reversal_asked_by": data["asked_by"], "reversal_reason": data["reason"],
                }  # fmt: skip
        if event.action not in ("treatment.paid", "treatment.back_paid"):
            continue
        for each in data["payments"]:
            entitled = entitlements.get(each["entitlement"])
            if entitled is None:
                continue  # somebody of another batch, paid with the same voucher
            month_paid, rule = data.get("month") or each["month"], each.get("rule")
            same = (each["entitlement"], month_paid, rule)
            key = (*same, seen[same])
            seen[same] += 1
            try:
                rate = rules.rate_for(
                    rates[event.org].values(), level=entitled["level"], month=day(month_paid)
                )
                due[key] = rate.monthly_fen - (paid[same[:2]] if rule is not None else 0)
            except RuleViolation as why:
                due[key] = why
            paid[same[:2]] += each["fen"]
            proved[key] = {
                **_NEITHER_RAISED_NOR_STRUCK,
                "fen": each["fen"], "org": event.org, "voucher": data["voucher"],
                "paid_on": data["paid_on"], "proof": data["proof"], "raised_to": rule,
                "recorded_by": event.by, "recorded_at": event.at,
            }  # fmt: skip
    return proved, due


def _place(key: Key) -> str:
    return f"{key[0]}/{key[1]}" + (f"/{key[2]}" if key[2] is not None else "")


def _check_payment(
    row: Row, entitlement: Row, due: int | RuleViolation | None, place: str, found: Findings
) -> None:
    when, last = day(row["month"]), month(entitlement["last_month"])
    is_standing = row["reversed_at"] is None
    # An end may be put before a month whose payment was struck.
    if when < day(entitlement["first_month"]) or (is_standing and last is not None and when > last):
        found.error("真实性-23", place, gettext_noop("发放月份不在聘任期内"))
    try:
        if row["recorded_at"] is not None:
            rules.check_pay_day(
                month=when, paid_on=day(row["paid_on"]), today=local_day(row["recorded_at"])
            )
        if not is_standing:
            rules.check_decides_other(
                asked_by=row["reversal_asked_by"], decided_by=row["reversed_by"]
            )
    except RuleViolation as why:
        found.error("真实性-23", place, why.text, **why.values)
        return
    if isinstance(due, RuleViolation):
        found.error("真实性-23", place, due.text, **due.values)
    elif due is not None and due != row["fen"]:
        found.error("真实性-23", place, gettext_noop("发放%(paid)d分，按标准应为%(due)d分"),
                    paid=row["fen"], due=due)  # fmt: skip
