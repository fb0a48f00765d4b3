"""Everything that was decided, computed again from the bag with the same pure rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jiangjie.applications.rules.eligibility import compile_set, request_from_json, verdict
from jiangjie.archive.rules import FOLDERS
from jiangjie.kernel import canonical
from jiangjie.kernel.certificate_numbers import build_number
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.kernel.workdays import WorkCalendar
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.packs import Pack
from jiangjie.publicity import rules as publicity_rules
from jiangjie.results import rules as result_rules
from jiangjie.treatment import rules as treatment_rules
from jiangjie.verify.report import (
    BENEFITS,
    ELIGIBILITY,
    INCOMPLETE,
    NUMBERS,
    PUBLICITY,
    RESULTS,
    SIGNATURES,
    Report,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
APPLICATIONS = f"data/{FOLDERS[0]}/applications.json"
PROCEDURE = f"data/{FOLDERS[2]}/procedure.json"
SCORES = f"data/{FOLDERS[3]}/scores.json"
DECISIONS = f"data/{FOLDERS[3]}/decisions.json"
PUBLICITIES = f"data/{FOLDERS[3]}/publicity.json"
CERTIFICATES = f"data/{FOLDERS[4]}/certificates.json"
TREATMENT = f"data/{FOLDERS[4]}/treatment.json"
PACK = "data/rules/pack.json"
LINES = "data/rules/lines.json"
INDEX = "data/index.json"
REVIEW, RESULT = "S06", "S12"
REGULAR = "regular"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bag:
    """The data of a bag, parsed; each list as archive.contents writes it."""

    index: Row
    pack: Pack
    lines: Mapping[int, Row]
    applications: Mapping[int, Row]
    procedure: Row
    scores: Row
    decisions: Mapping[int, Row]
    publicity: Row
    certificates: Sequence[Row]
    treatment: Row


def recompute(bag: Bag, report: Report) -> None:
    for check, path in (
        (_eligibility, APPLICATIONS),
        (_signatures, PROCEDURE),
        (_scores, SCORES),
        (_decisions, DECISIONS),
        (_publicity, PUBLICITIES),
        (_numbers, CERTIFICATES),
        (_benefits, TREATMENT),
    ):
        with report.reading(path):
            check(bag, report)


def day_of(instant: str) -> date:
    """The day in Shanghai on which something was done."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).date()


def _eligibility(bag: Bag, report: Report) -> None:
    as_of = date.fromisoformat(bag.index["batch"]["as_of"])
    sets = {
        line["frozen"]["conditions"]: compile_set(
            bag.pack.condition_set(line["frozen"]["conditions"])
        )
        for line in bag.lines.values()
    }
    for pk, case in bag.applications.items():
        if not case["submitted_at"]:
            continue
        place = f"{APPLICATIONS}#{pk}"
        with report.reading(place):
            line = bag.lines[case["line"]]["frozen"]
            if case["facts"]["target_level"] != line["level"]:
                report.error(ELIGIBILITY, place, "申报事实中的等级与评价项目不符")
            try:
                found = verdict(
                    request_from_json(case["facts"], "$").facts,
                    sets[line["conditions"]],
                    target_level=line["level"],
                    as_of=as_of,
                ).to_json()
            except BadInput as why:
                report.error(ELIGIBILITY, place, f"申报事实无法复算：{why}")
                continue
            report.recomputed["eligibility"] += 1
            if found != case["verdict"]:
                report.error(ELIGIBILITY, place, "按固定规则复算，结论或逐条说明与记录不符")
            if (found["eligible"], found["clause"] or "") != (case["is_eligible"], case["clause"]):
                report.error(ELIGIBILITY, place, "记录的结论与复算结果不符")
            is_through = case["state"] == "qualified" and case["route"] == REGULAR
            if is_through and not found["eligible"]:
                report.error(ELIGIBILITY, place, "不符合任何条款而审核通过")


def _signatures(bag: Bag, report: Report) -> None:
    """Each qualified case was passed by every layer it needs; nobody signed two layers of one."""
    passed: dict[str, set[int]] = defaultdict(set)
    layers_of: dict[tuple[str, int], set[int]] = defaultdict(set)
    whole: dict[int, set[int]] = defaultdict(set)
    rounds = {
        f"applications.application:{pk}": case["round"] for pk, case in bag.applications.items()
    }
    for signed in bag.procedure["sign_offs"]:
        layers_of[signed["subject"], signed["by"]].add(signed["layer"])
        if signed["subject"] == "":
            whole[signed["by"]].add(signed["layer"])
        elif (signed["step"], signed["choice"], signed["round"]) == (
            REVIEW, "pass", rounds.get(signed["subject"]),
        ):  # fmt: skip
            passed[signed["subject"]].add(signed["layer"])
    least = bag.pack.integer("signoff.exceptional_min_layer")
    for pk, case in bag.applications.items():
        subject = f"applications.application:{pk}"
        needed = {1, 2} if case["route"] == REGULAR else set(range(1, max(2, least) + 1))
        if case["state"] == "qualified" and not needed <= passed[subject]:
            report.error(SIGNATURES, f"{PROCEDURE}#{subject}", "审核通过而评审层次签字不全")
    for (subject, by), layers in layers_of.items():
        if len(layers | whole[by]) > 1:
            report.error(
                SIGNATURES, f"{PROCEDURE}#{subject or '全体'}",
                f"同一人（账号{by}）在两个评审层次签字",
            )  # fmt: skip
    _result_signatures(bag, report)


def _result_signatures(bag: Bag, report: Report) -> None:
    signed = [each for each in bag.procedure["sign_offs"] if each["step"] == RESULT]
    last = max((each["round"] for each in signed), default=1)
    standing = {
        each["layer"] for each in signed if each["round"] == last and each["choice"] == "pass"
    }
    if bag.certificates and not {2, 3} <= standing:
        report.error(SIGNATURES, f"{PROCEDURE}#{RESULT}", "发证前结果汇总表签字不全")
    elif not {2, 3} <= standing:
        report.warn(INCOMPLETE, f"{PROCEDURE}#{RESULT}", "结果汇总表尚未签字完毕")


def _scores(bag: Bag, report: Report) -> None:
    """Both typings agree, by two people; the mark is theirs, or what a correction made of it."""
    typed: dict[tuple[int, str], dict[int, Row]] = defaultdict(dict)
    for entry in bag.scores["entries"]:
        typed[entry["application"], entry["part"]][entry["entry"]] = entry
    slips: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for slip in bag.scores["corrections"]:
        slips[slip["application"], slip["part"]].append(slip)
    for mark in bag.scores["marks"]:
        key = (mark["application"], mark["part"])
        place = f"{SCORES}#{key[0]}/{key[1]}"
        report.recomputed["votes" if mark["part"] == result_rules.VOTE else "scores"] += 1
        both = typed[key]
        if set(both) != {1, 2}:
            report.error(RESULTS, place, "成绩没有两遍录入")
            continue
        if both[1]["by"] == both[2]["by"]:
            report.error(RESULTS, place, "两遍成绩由同一人录入")
        if both[1]["value"] != both[2]["value"]:
            report.error(RESULTS, place, "两遍录入不一致而已定分")
        expected = both[1]["value"]
        for slip in sorted(slips[key], key=lambda each: each["asked_at"]):
            if slip["asked_by"] == slip["decided_by"]:
                report.error(RESULTS, place, "更正单由申请人自己审核")
            if slip["is_accepted"]:
                if slip["before"] != expected:
                    report.error(RESULTS, place, "更正单的原成绩与当时成绩不符")
                expected = slip["after"]
        if mark["value"] != expected:
            report.error(RESULTS, place, "成绩与录入和更正单推得的不符")


def _decisions(bag: Bag, report: Report) -> None:
    marks: dict[int, dict[str, result_rules.Value]] = defaultdict(dict)
    for mark in bag.scores["marks"]:
        marks[mark["application"]][mark["part"]] = result_rules.parse_value(
            mark["part"], mark["value"]
        )
    for pk, decision in bag.decisions.items():
        place = f"{DECISIONS}#{pk}"
        with report.reading(place):
            case = bag.applications[pk]
            exempt = frozenset(
                part["part"] for part in decision["inputs"]["parts"] if part["exempt"]
            )
            allowed = result_rules.exempt_parts(
                case["route"], approved_layers=(1, 2, 3), min_layer=1
            )
            if not exempt <= allowed:
                report.error(RESULTS, place, "免考科目没有获批准的途径")
            try:
                inputs = result_rules.inputs_of(
                    result_rules.rule_for_level(
                        bag.pack, bag.lines[case["line"]]["frozen"]["level"]
                    ),
                    marks[pk],
                    exempt=exempt,
                )
            except RuleViolation as why:
                report.error(RESULTS, place, f"评定依据不全：{why}")
                continue
            outcome, explanation = result_rules.decide(inputs)
            if inputs != decision["inputs"]:
                report.error(RESULTS, place, "评定依据与固定规则或成绩不符")
            if outcome != decision["outcome"] or explanation != decision["explanation"]:
                report.error(RESULTS, place, f"复算结果为“{outcome}”，与记录不符")
    qualified = {pk for pk, case in bag.applications.items() if case["state"] == "qualified"}
    for pk in sorted(bag.decisions.keys() - qualified):
        report.error(RESULTS, f"{DECISIONS}#{pk}", "未通过资格审核而有评定结果")
    for pk in sorted(qualified - bag.decisions.keys()):
        report.warn(INCOMPLETE, f"{DECISIONS}#{pk}", "尚无评定结果")


def _publicity(bag: Bag, report: Report) -> None:
    listed = {
        "qualification": {
            pk for pk, case in bag.applications.items() if case["state"] == "qualified"
        },
        "result": {pk for pk, each in bag.decisions.items() if each["outcome"] == "passed"},
    }
    for period in bag.publicity["periods"]:
        place = f"{PUBLICITIES}#{period['kind']}"
        with report.reading(place):
            _period(bag, period, place, listed, report)
    kinds = {period["kind"] for period in bag.publicity["periods"]}
    for kind in ("qualification", "result"):
        if kind not in kinds:
            severity = report.error if bag.certificates else report.warn
            severity(
                PUBLICITY if bag.certificates else INCOMPLETE, PUBLICITIES, f"没有{kind}公示记录"
            )


def _period(
    bag: Bag, period: Row, place: str, listed: Mapping[str, set[int]], report: Report
) -> None:
    rule = policy_rules.publicity_term(bag.pack, period["kind"])
    if (rule.days, str(rule.calendar)) != (period["term_days"], period["term_calendar"]):
        report.error(PUBLICITY, place, "公示期限与固定的政策包不符")
    term = publicity_rules.PublicityTerm(
        period["term_days"], period["term_calendar"], period["term_source"],
        period["term_confidence"],
    )  # fmt: skip
    first, last = date.fromisoformat(period["first_day"]), date.fromisoformat(period["last_day"])
    report.recomputed["publicity"] += 1
    expected = publicity_rules.last_day(first, term, WorkCalendar.from_dict(period["calendar"]))
    if expected != last:
        report.error(PUBLICITY, place, f"按工作日历复算，公示应至{expected}，记录为{last}")
    if canonical.digest(period["rows"]) != period["digest"]:
        report.error(PUBLICITY, place, "公示名单与公布的摘要不符")
    if {row["application"] for row in period["rows"]} != listed[period["kind"]]:
        report.error(PUBLICITY, place, "公示名单与应公示的人员不符")
    if day_of(period["opened_at"]) > first:
        report.error(PUBLICITY, place, "公示发布晚于起始日")
    if period["closed_at"] and day_of(period["closed_at"]) <= last:
        report.error(PUBLICITY, place, "公示提前结束")


def _numbers(bag: Bag, report: Report) -> None:
    codes = {level: code.code for level, code in policy_rules.level_codes(bag.pack).items()}
    ends = {period["kind"]: period["last_day"] for period in bag.publicity["periods"]}
    objections: dict[int | None, list[Row]] = defaultdict(list)
    for objection in bag.publicity["objections"]:
        objections[objection["application"]].append(objection)
    seen: set[str] = set()
    served: set[int] = set()
    last_serial: dict[tuple[str, int, int], int] = {}
    for certificate in sorted(
        bag.certificates, key=lambda each: (each["issued_at"], each["number"])
    ):
        place = f"{CERTIFICATES}#{certificate['number']}"
        with report.reading(place):
            report.recomputed["numbers"] += 1
            issued = date.fromisoformat(certificate["issued_on"])
            case = bag.applications[certificate["application"]]
            line = bag.lines[case["line"]]["frozen"]
            expected = build_number(
                prefix=bag.index["filing"]["prefix"], year=issued.year, level_ord=line["level"],
                serial=certificate["serial"], level_codes=codes,
            )  # fmt: skip
            if certificate["number"] != expected:
                report.error(NUMBERS, place, f"证书编号应为{expected}")
            if certificate["number"] in seen or certificate["application"] in served:
                report.error(NUMBERS, place, "编号重复，或一人两证")
            seen.add(certificate["number"])
            served.add(certificate["application"])
            series = (certificate["number"][:13], issued.year, line["level"])
            if certificate["serial"] <= last_serial.get(series, 0):
                report.error(NUMBERS, place, "序列码没有递增")
            last_serial[series] = certificate["serial"]
            if certificate["issued_on"] <= ends.get("result", "9999"):
                report.error(NUMBERS, place, "发证日期不晚于公示截止日")
            if bag.decisions[certificate["application"]]["outcome"] != "passed":
                report.error(NUMBERS, place, "未合格而发证")
            for objection in (*objections[certificate["application"]], *objections[None]):
                _held(certificate, objection, place, report)
            if case["name"] != certificate["holder_name"]:
                report.error(NUMBERS, place, "证书姓名与申报人不符")
    passed = {pk for pk, each in bag.decisions.items() if each["outcome"] == "passed"}
    for pk in sorted(passed - served):
        if not any(each["outcome"] == "upheld" for each in objections[pk]):
            report.warn(INCOMPLETE, f"{CERTIFICATES}#{pk}", "合格而尚未发证")


def _held(certificate: Row, objection: Row, place: str, report: Report) -> None:
    if objection["outcome"] == "upheld" and objection["application"] is not None:
        report.error(NUMBERS, place, f"异议{objection['receipt']}成立而仍发证")
    elif not objection["settled_at"] or objection["settled_at"] > certificate["issued_at"]:
        report.error(NUMBERS, place, f"异议{objection['receipt']}未处理完毕即发证")


def _benefits(bag: Bag, report: Report) -> None:
    rates = [
        treatment_rules.Rate(
            each["id"], each["level"], each["monthly_fen"],
            date.fromisoformat(each["first_month"]),
            date.fromisoformat(each["last_month"]) if each["last_month"] else None,
        )
        for each in bag.treatment["rates"]
    ]  # fmt: skip
    numbers = {each["number"]: each for each in bag.certificates}
    entitlements = {each["id"]: each for each in bag.treatment["entitlements"]}
    for each in entitlements.values():
        place = f"{TREATMENT}#{each['certificate']}"
        certificate = numbers.get(each["certificate"])
        if certificate is None:
            report.error(BENEFITS, place, "聘任所依据的证书不在本批次")
        elif each["first_month"] < certificate["issued_on"][:7] + "-01":
            report.error(BENEFITS, place, "津贴起算月早于发证当月")
    paid: set[tuple[int, str]] = set()
    for payment in bag.treatment["payments"]:
        place = f"{TREATMENT}#{payment['entitlement']}/{payment['month']}"
        with report.reading(place):
            report.recomputed["benefits"] += 1
            each = entitlements[payment["entitlement"]]
            month = date.fromisoformat(payment["month"])
            if (each["person"], payment["month"]) in paid:
                report.error(BENEFITS, place, "同一月份重复发放")
            paid.add((each["person"], payment["month"]))
            rate = treatment_rules.rate_for(rates, level=each["level"], month=month)
            if rate.monthly_fen != payment["fen"]:
                report.error(BENEFITS, place, "发放金额与当月津贴标准不符")
            if payment["month"] < each["first_month"] or (
                each["last_month"] and payment["month"] > each["last_month"]
            ):
                report.error(BENEFITS, place, "发放月份不在享受期内")
    for month in sorted({rate.first_month for rate in rates}):
        try:
            treatment_rules.check_order(rates, month=month, source="")
        except RuleViolation as why:
            report.error(BENEFITS, TREATMENT, str(why))
