"""待遇: appointments and payments as in the ledger, amounts from the rates then in force."""

from collections import defaultdict

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
from jiangjie.verify.report import Findings

RATE, ENTITLEMENT = "treatment.allowancerule:", "treatment.entitlement:"


def _rates_of(dossier: Dossier) -> list[tuple[Event, rules.Rate]]:
    return [
        (
            event,
            rules.Rate(
                event.subject_id, event.data["level"], event.data["monthly_fen"],
                day(event.data["first_month"]), None,
            ),
        )
        for event in dossier.events if event.action == "treatment.rule_added"
    ]  # fmt: skip


def check_rates(dossier: Dossier, found: Findings) -> None:
    """As they were registered, and R-16: 首席 not below 特级."""
    rows = by("id", dossier.rows(RATES))
    proved = {
        event.subject_id: {
            "org": event.org, **{name: event.data[name]
                                 for name in ("level", "monthly_fen", "first_month", "basis")},
        }
        for event, _ in _rates_of(dossier)
    }  # fmt: skip
    match(found, "真实性-24", RATES, rows, proved)
    for org in sorted({row["org"] for row in rows.values()}):
        rates = [
            rules.Rate(row["id"], row["level"], row["monthly_fen"], day(row["first_month"]),
                       month(row["last_month"]))
            for row in rows.values() if row["org"] == org
        ]  # fmt: skip
        for rate in rates:
            try:
                rules.check_order(rates, month=rate.first_month, source="")
            except RuleViolation as why:
                found.error("真实性-23", f"{RATES}#{rate.id}", why.text, **why.values)


def check_entitlements(dossier: Dossier, found: Findings) -> None:
    """聘任 on a certificate of this batch, from a month not before it."""
    rows = by("id", dossier.rows(ENTITLEMENTS))
    certificates = {row["number"]: row for row in dossier.rows(CERTIFICATES)}
    proved: dict[str, Row] = {}
    for event in dossier.of("treatment.appointed"):
        for number in event.data["numbers"]:
            proved[number] = {
                "org": event.org, "first_month": event.data["first_month"],
                "made_by": event.by, "made_at": event.at,
            }  # fmt: skip
    stated = {
        row["certificate"]: {**row, "made_at": instant(row["made_at"])} for row in rows.values()
    }
    match(found, "真实性-24", ENTITLEMENTS, stated, proved)
    ended = _ends(dossier)
    rates = {row["id"]: row for row in dossier.rows(RATES)}
    for pk, row in rows.items():
        place = f"{ENTITLEMENTS}#{pk}"
        if row["last_month"] != ended.get(pk):
            found.error("真实性-24", place, gettext_noop("终止月与办理记录不一致"))
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
        try:
            rules.check_first_month(
                first_month=day(row["first_month"]), issued_on=day(certificate["issued_on"])
            )
        except RuleViolation as why:
            found.error("真实性-23", place, why.text, **why.values)


def _ends(dossier: Dossier) -> dict[int, str]:
    """The last month of each entitlement that was ended, by its event."""
    ended: dict[int, str] = {}
    for event in dossier.events:
        if event.action == "treatment.ended":
            ended[event.subject_id] = event.data["last_month"]
        elif event.action == "treatment.appointed":
            first = day(event.data["first_month"])
            eve = rules.month_of(first.fromordinal(first.toordinal() - 1))
            ended |= {pk: eve.isoformat() for pk in event.data["ended"]}
    return ended


def check_payments(dossier: Dossier, found: Findings) -> None:
    """Every amount from the rate that was in force, no month twice, none outside its span."""
    entitlements = by("id", dossier.rows(ENTITLEMENTS))
    known: dict[int | None, list[rules.Rate]] = defaultdict(list)
    rates = _rates_of(dossier)
    proved: dict[tuple[int, str], Row] = {}
    for event in dossier.events:
        if event.action != "treatment.paid":
            continue
        known.clear()
        for added, rate in rates:
            if added.position < event.position:
                known[added.org].append(rate)
        for each in event.data["payments"]:
            if each["entitlement"] not in entitlements:
                continue  # somebody of another batch, paid with the same voucher
            key = (each["entitlement"], event.data["month"])
            if key in proved:
                found.error("真实性-23", PAYMENTS, gettext_noop("同一月份重复发放"))
            proved[key] = {
                "fen": each["fen"], "org": event.org, "voucher": event.data["voucher"],
                "paid_on": event.data["paid_on"], "recorded_by": event.by,
                "recorded_at": event.at,
            }  # fmt: skip
            _check_amount(
                entitlements[each["entitlement"]], event, each["fen"], known[event.org], found
            )
    rows = dossier.rows(PAYMENTS)
    stated = {
        (row["entitlement"], row["month"]): {**row, "recorded_at": instant(row["recorded_at"])}
        for row in rows
    }
    match(found, "真实性-24", PAYMENTS, stated, proved,
          name=lambda key: f"{key[0]}/{key[1]}")  # fmt: skip
    paid = {(row["person"], row["org"], row["month"]) for row in rows}
    if len(paid) != len(rows):
        found.error("真实性-23", PAYMENTS, gettext_noop("同一人同一月份重复发放"))
    for row in rows:
        entitlement = entitlements.get(row["entitlement"])
        if entitlement is None or entitlement["person"] != row["person"]:
            found.error("真实性-23", f"{PAYMENTS}#{row['id']}", gettext_noop("没有对应的聘任"))
        found.recomputed["benefits"] += 1


def _check_amount(
    entitlement: Row, event: Event, fen: int, rates: list[rules.Rate], found: Findings
) -> None:
    place = f"{PAYMENTS}#{entitlement['id']}/{event.data['month']}"
    when, last = day(event.data["month"]), month(entitlement["last_month"])
    if when < day(entitlement["first_month"]) or (last is not None and when > last):
        found.error("真实性-23", place, gettext_noop("发放月份不在聘任期内"))
    try:
        rate = rules.rate_for(rates, level=entitlement["level"], month=when)
    except RuleViolation as why:
        found.error("真实性-23", place, why.text, **why.values)
        return
    if rate.monthly_fen != fen:
        found.error("真实性-23", place, gettext_noop("发放%(paid)d分，按标准应为%(due)d分"),
                    paid=fen, due=rate.monthly_fen)  # fmt: skip
