"""待遇: appointments and payments as in the ledger, every amount from the rate of its month."""

from collections import defaultdict
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
    Row,
    by,
    day,
    instant,
    match,
    month,
)
from jiangjie.verify.publicity import local_day
from jiangjie.verify.report import Findings


def _proved_rates(dossier: Dossier) -> Mapping[int | None, dict[int, rules.Rate]]:
    """By organisation the rates with their months, as the events of their registering say.

    A new rate ends the one before it, and no month that was paid: so one set tells every month.
    """
    found: dict[int | None, dict[int, rules.Rate]] = defaultdict(dict)
    for event in dossier.events:
        rates, data = found[event.org], event.data
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


def check_payments(dossier: Dossier, found: Findings) -> None:
    """Every amount from the rate that was in force, no month twice, none outside its span."""
    entitlements = by("id", dossier.rows(ENTITLEMENTS))
    rates = _proved_rates(dossier)
    proved: dict[tuple[int, str], Row] = {}
    for event in dossier.events:
        if event.action != "treatment.paid":
            continue
        for each in event.data["payments"]:
            if each["entitlement"] not in entitlements:
                continue  # somebody of another batch, paid with the same voucher
            key = (each["entitlement"], event.data["month"])
            if key in proved:
                found.error("真实性-23", PAYMENTS, gettext_noop("同一月份重复发放"))
            proved[key] = {
                "fen": each["fen"], "org": event.org, "voucher": event.data["voucher"],
                "paid_on": event.data["paid_on"], "proof": event.data["proof"],
                "recorded_by": event.by, "recorded_at": event.at,
            }  # fmt: skip
    rows = dossier.rows(PAYMENTS)
    stated = {
        (row["entitlement"], row["month"]): {**row, "recorded_at": instant(row["recorded_at"])}
        for row in rows
    }
    match(found, "真实性-24", PAYMENTS, stated, proved, name=_place)
    paid = {(row["person"], row["org"], row["month"]) for row in rows}
    if len(paid) != len(rows):
        found.error("真实性-23", PAYMENTS, gettext_noop("同一人同一月份重复发放"))
    for row in rows:
        place = f"{PAYMENTS}#{_place((row['entitlement'], row['month']))}"
        entitlement = entitlements.get(row["entitlement"])
        if entitlement is None or entitlement["person"] != row["person"]:
            found.error("真实性-23", place, gettext_noop("没有对应的聘任"))
            continue
        _check_payment(row, entitlement, rates[row["org"]], place, found)
        found.recomputed["benefits"] += 1


def _place(key: tuple[int, str]) -> str:
    return f"{key[0]}/{key[1]}"


def _check_payment(
    row: Row, entitlement: Row, rates: Mapping[int, rules.Rate], place: str, found: Findings
) -> None:
    when, last = day(row["month"]), month(entitlement["last_month"])
    if when < day(entitlement["first_month"]) or (last is not None and when > last):
        found.error("真实性-23", place, gettext_noop("发放月份不在聘任期内"))
    recorded_at = instant(row["recorded_at"])
    try:
        if recorded_at is not None:
            rules.check_pay_day(
                month=when, paid_on=day(row["paid_on"]), today=local_day(recorded_at)
            )
        rate = rules.rate_for(rates.values(), level=entitlement["level"], month=when)
    except RuleViolation as why:
        found.error("真实性-23", place, why.text, **why.values)
        return
    if rate.monthly_fen != row["fen"]:
        found.error("真实性-23", place, gettext_noop("发放%(paid)d分，按标准应为%(due)d分"),
                    paid=row["fen"], due=rate.monthly_fen)  # fmt: skip
