"""Certificates: numbers by the rule, given to those who earned them, as in the ledger."""

from collections import defaultdict

from jiangjie.certificates import rules
from jiangjie.kernel.certificate_numbers import (
    BadCertificateNumber,
    build_number,
    check_number_against,
    parse_certificate_number,
)
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.policy.rules import level_codes
from jiangjie.verify.dossier import (
    CERTIFICATES,
    FILINGS,
    PERIODS,
    Dossier,
    Row,
    day,
    instant,
    match,
)
from jiangjie.verify.publicity import local_day, waiting_at
from jiangjie.verify.report import Findings


def check_recorded(dossier: Dossier, found: Findings) -> None:
    proved: dict[str, Row] = {}
    for event in dossier.of("certificates.issued"):
        for each in event.data["certificates"]:
            proved[each["number"]] = {
                "application": each["application"], "pdf": each["pdf"],
                "level": event.data["level"], "issued_on": event.data["issued_on"],
                "prefix": event.data["prefix"], "issued_by": event.by, "issued_at": event.at,
                "state": "valid", "revoked_by": None, "revoked_at": None, "revoked_reason": "",
                "handed_over_on": None,
            }  # fmt: skip
    for event in dossier.of("certificates.handed_over"):
        for number in event.data["numbers"]:
            proved[number]["handed_over_on"] = event.data["on"]
    for event in dossier.of("certificates.revoked"):
        proved[event.data["number"]] |= {
            "state": "revoked", "revoked_by": event.by, "revoked_at": event.at,
            "revoked_reason": event.data["reason"],
        }  # fmt: skip
    rows = dossier.rows(CERTIFICATES)
    stated = {
        row["number"]: {
            **row, "issued_at": instant(row["issued_at"]), "revoked_at": instant(row["revoked_at"])
        }
        for row in rows
    }  # fmt: skip
    if len(stated) != len(rows):
        found.error("真实性-21", CERTIFICATES, gettext_noop("证书编号重复"))
    match(found, "真实性-22", CERTIFICATES, stated, proved)


def check_numbers(dossier: Dossier, found: Findings) -> None:
    """人社鉴发〔2019〕2号: prefix of the filing, year, level, serial; none twice, in order."""
    codes = {level: code.code for level, code in level_codes(dossier.pack).items()}
    serials: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for row in dossier.rows(CERTIFICATES):
        place = f"{CERTIFICATES}#{row['number']}"
        issued_on = day(row["issued_on"])
        try:
            number = parse_certificate_number(row["number"], level_codes=codes)
            for why in check_number_against(
                number, issued=issued_on, level_ord=row["level"], prefix=row["prefix"]
            ):
                found.error("真实性-21", place, why.text, **why.values)
            built = build_number(
                prefix=row["prefix"], year=row["year"], level_ord=row["level"],
                serial=row["serial"], level_codes=codes,
            )  # fmt: skip
        except BadCertificateNumber as why:
            found.error("真实性-21", place, why.text, **why.values)
            continue
        if built != row["number"] or row["year"] != issued_on.year:
            found.error("真实性-21", place, gettext_noop("编号与前缀、年份、等级、序列码不符"))
        if not any(
            filing["prefix"] == row["prefix"]
            and day(filing["valid_from"]) <= issued_on <= day(filing["valid_until"])
            for filing in dossier.rows(FILINGS)
        ):
            found.error("真实性-21", place, gettext_noop("发证之日没有以此为前缀的有效备案"))
        serials[row["prefix"], row["year"], row["level"]].append(row["serial"])
        found.recomputed["numbers"] += 1
    for series, given in serials.items():
        if len(set(given)) != len(given):
            found.error("真实性-21", CERTIFICATES, gettext_noop("序列码重复：%(series)s"),
                        series="/".join(map(str, series)))  # fmt: skip
    _check_order(dossier, found)


def _check_order(dossier: Dossier, found: Findings) -> None:
    """Serials rise with the order of issue; each act of issue takes the next ones."""
    by_number = {row["number"]: row for row in dossier.rows(CERTIFICATES)}
    last: dict[tuple[str, int, int], int] = {}
    for event in dossier.of("certificates.issued"):
        for each in event.data["certificates"]:
            row = by_number.get(each["number"])
            if row is None:
                continue
            series = (row["prefix"], row["year"], row["level"])
            if row["serial"] <= last.get(series, 0):
                found.error("真实性-21", f"{CERTIFICATES}#{row['number']}",
                            gettext_noop("序列码没有按发证顺序递增"))  # fmt: skip
            last[series] = row["serial"]


def check_holders(dossier: Dossier, found: Findings) -> None:
    """Issued after the publicity, to people who passed and whom no objection held."""
    rows = dossier.rows(CERTIFICATES)
    if not rows:
        return
    period = dossier.period("result")
    closed = instant(period["closed_at"]) if period else None
    if period is None or closed is None:
        found.error("真实性-21", PERIODS["result"], gettext_noop("结果公示没有结束即发证"))
        return
    issuer = dossier.index["evaluator"]["name"]
    seen: set[int] = set()
    for row in rows:
        place, case = f"{CERTIFICATES}#{row['number']}", row["application"]
        issued_at = instant(row["issued_at"])
        if issued_at is None or case in seen or case not in dossier.applications:
            found.error("真实性-21", place, gettext_noop("同一申报多次发证，或没有对应的申报"))
            continue
        seen.add(case)
        try:
            rules.check_issue_day(
                issued_on=day(row["issued_on"]), publicity_last_day=day(period["last_day"]),
                today=local_day(issued_at),
            )  # fmt: skip
        except RuleViolation as why:
            found.error("真实性-21", place, why.text, **why.values)
        if issued_at < closed:
            found.error("真实性-21", place, gettext_noop("结果公示没有结束即发证"))
        if dossier.decisions.get(case, {}).get("outcome") != "passed":
            found.error("真实性-21", place, gettext_noop("没有合格的人得到了证书"))
        whole, held = waiting_at(dossier, issued_at)
        if whole or case in held:
            found.error("真实性-21", place, gettext_noop("异议未处理或异议成立的人得到了证书"))
        application = dossier.applications[case]
        line = dossier.lines[application["line"]]["frozen"]
        expected = {
            "person": application["person"], "level": line["level"],
            "occupation_code": line["occupation_code"],
            "occupation_name": line["occupation_name"], "work_type": line["work_type"],
        }  # fmt: skip
        for name, value in expected.items():
            if row[name] != value:
                found.error("真实性-21", place, gettext_noop("证书的%(field)s与申报不一致"),
                            field=name)  # fmt: skip
        if row["name"] != application["name"] or row["issuer"] != issuer:
            # Either may have been renamed since; the seal tells an altered one.
            found.warn("真实性-21", place, gettext_noop("姓名或评价机构名称与申报不一致，请核对"))
