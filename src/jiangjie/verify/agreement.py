"""The data of a bag against the events of the ledger: a changed row contradicts its event.

Re-computation alone would not notice a row that was changed together with all that follows from
it; the event that the deed wrote does.
"""

from collections.abc import Mapping
from typing import Any

from jiangjie.applications.rules.review import submission_digest
from jiangjie.kernel import canonical
from jiangjie.results import rules as result_rules
from jiangjie.verify.ledger import Events
from jiangjie.verify.recompute import (
    APPLICATIONS,
    CERTIFICATES,
    DECISIONS,
    INDEX,
    LINES,
    PACK,
    PROCEDURE,
    PUBLICITIES,
    SCORES,
    TREATMENT,
    Bag,
)
from jiangjie.verify.report import LEDGER, Report


def check_agreement(bag: Bag, pack_digest: str, events: Events, report: Report) -> None:
    for check, path in (
        (_opening, INDEX),
        (_cases, APPLICATIONS),
        (_procedure, PROCEDURE),
        (_scores, SCORES),
        (_outcomes, DECISIONS),
        (_publicity, PUBLICITIES),
        (_certificates, CERTIFICATES),
        (_treatment, TREATMENT),
    ):
        with report.reading(path):
            check(bag, events, report)
    opened = events.last("planning.batch_opened")
    if opened is not None and opened.data.get("pack") != pack_digest:
        report.error(LEDGER, PACK, "政策包与开设批次时固定的摘要不符")


def _opening(bag: Bag, events: Events, report: Report) -> None:
    opened = events.last("planning.batch_opened")
    if opened is None:
        report.error(LEDGER, INDEX, "账本中没有开设批次的事件")
        return
    facts = dict(opened.data)
    if (revised := events.last("planning.batch_revised")) is not None:
        facts |= revised.data
    for name in ("title", "as_of", "apply_from", "apply_until", "exam_on"):
        if bag.index["batch"][name] != facts[name]:
            report.error(LEDGER, f"{INDEX}#{name}", "与账本记录不符")
    found = sorted(canonical.digest(line["frozen"]) for line in bag.lines.values())
    if found != sorted(opened.data["lines"]):
        report.error(LEDGER, LINES, "评价项目与开设批次时固定的标准不符")


def _cases(bag: Bag, events: Events, report: Report) -> None:
    """Facts and line of each case, as frozen at its last submission."""
    frozen: dict[int, str] = {}
    for event in events.of("applications.submitted", "applications.roster_applied"):
        if event.action == "applications.submitted":
            frozen[event.subject_id] = event.data["digest"]
        else:
            frozen |= {int(pk): digest for pk, digest in event.data["cases"].items()}
    for pk, case in bag.applications.items():
        if case["submitted_at"] and frozen.get(pk) != submission_digest(**_frozen(case)):
            report.error(LEDGER, f"{APPLICATIONS}#{pk}", "申报事实与账本中提交时的摘要不符")
    for pk in sorted(frozen.keys() - bag.applications.keys()):
        report.error(LEDGER, f"{APPLICATIONS}#{pk}", "账本中有此申报，档案中没有")


def _frozen(case: Mapping[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in ("person", "line", "route", "facts", "verdict")}


def _procedure(bag: Bag, events: Events, report: Report) -> None:
    signed = {
        (e.data["step"], e.data["layer"], subject, number, e.data["choice"], e.data["reason"], e.by)
        for e in events.of("procedures.signed")
        for subject, number in e.data["subjects"]
    }
    stored = {
        (s["step"], s["layer"], s["subject"], s["round"], s["choice"], s["reason"], s["by"])
        for s in bag.procedure["sign_offs"]
    }
    for each in sorted(stored ^ signed, key=str):
        word = "档案中的签字不在账本中" if each in stored else "账本中的签字不在档案中"
        report.error(LEDGER, f"{PROCEDURE}#{each[0]}/{each[2] or '全体'}", word)
    recorded = {
        (e.subject_id, e.data["step"], e.data["note"], e.data["evidence_kind"], e.data["blob"])
        for e in events.of("procedures.recorded")
    }
    kept = {
        (r["id"], r["step"], r["note"], r["evidence_kind"], r["digest"])
        for r in bag.procedure["records"]
    }
    for row in sorted(kept ^ recorded, key=str):
        report.error(LEDGER, f"{PROCEDURE}#{row[1]}", "步骤记录与账本不符")


def _scores(bag: Bag, events: Events, report: Report) -> None:
    typed: dict[tuple[int, str, int], tuple[Any, int | None]] = {}
    for event in events.of("results.scores_typed"):
        for pk, value in event.data["scores"].items():
            typed[int(pk), event.data["part"], event.data["entry"]] = (value, event.by)
    stored = {
        (e["application"], e["part"], e["entry"]): (_plain(e["part"], e["value"]), e["by"])
        for e in bag.scores["entries"]
    }
    for key in sorted(typed.keys() | stored.keys()):
        if typed.get(key) != stored.get(key):
            report.error(LEDGER, f"{SCORES}#{key[0]}/{key[1]}/{key[2]}", "录入的成绩与账本不符")
    settled: dict[tuple[int, str], Any] = {}
    for event in events.of("results.marks_settled", "results.correction_decided"):
        if event.action == "results.marks_settled":
            part = event.data["part"]
            settled |= {(int(pk), part): value for pk, value in event.data["scores"].items()}
        elif event.data["is_accepted"]:
            part = event.data["part"]
            settled[event.data["application"], part] = _plain(part, event.data["after"])
    marks = {
        (m["application"], m["part"]): _plain(m["part"], m["value"]) for m in bag.scores["marks"]
    }
    for place in sorted(settled.keys() | marks.keys()):
        if place not in settled or place not in marks or settled[place] != marks[place]:
            report.error(LEDGER, f"{SCORES}#{place[0]}/{place[1]}", "成绩与账本不符")
    asked = sum(1 for _ in events.of("results.correction_asked"))
    if asked != len(bag.scores["corrections"]):
        report.error(LEDGER, SCORES, "更正单的件数与账本不符")


def _plain(part: str, text: str) -> Any:
    return result_rules.to_json(result_rules.parse_value(part, text))


def _outcomes(bag: Bag, events: Events, report: Report) -> None:
    decided: dict[int, str] = {}
    for event in events.of("results.decided"):
        decided |= {int(pk): outcome for pk, outcome in event.data["outcomes"].items()}
    stored = {pk: each["outcome"] for pk, each in bag.decisions.items()}
    for pk in sorted(decided.keys() | stored.keys()):
        if decided.get(pk) != stored.get(pk):
            report.error(LEDGER, f"{DECISIONS}#{pk}", "评定结果与账本不符")


def _publicity(bag: Bag, events: Events, report: Report) -> None:
    opened = {
        e.data["kind"]: (e.data["digest"], e.data["first_day"], e.data["last_day"])
        for e in events.of("publicity.opened")
    }
    stored = {
        p["kind"]: (p["digest"], p["first_day"], p["last_day"]) for p in bag.publicity["periods"]
    }
    for kind in sorted(opened.keys() | stored.keys()):
        if opened.get(kind) != stored.get(kind):
            report.error(LEDGER, f"{PUBLICITIES}#{kind}", "公示名单或起止日与账本不符")
    raised = {
        e.data["receipt"]: e.data["application"] for e in events.of("publicity.objection_raised")
    }
    settled = {
        e.data["receipt"]: e.data["outcome"] for e in events.of("publicity.objection_settled")
    }
    kept = {o["receipt"]: o for o in bag.publicity["objections"]}
    for receipt in sorted(raised.keys() | kept.keys()):
        place = f"{PUBLICITIES}#{receipt}"
        if receipt not in kept or receipt not in raised:
            report.error(LEDGER, place, "异议的受理与账本不符")
        elif (kept[receipt]["application"], kept[receipt]["outcome"]) != (
            raised[receipt], settled.get(receipt, ""),
        ):  # fmt: skip
            report.error(LEDGER, place, "异议对象或处理结果与账本不符")


def _certificates(bag: Bag, events: Events, report: Report) -> None:
    issued = {
        each["number"]: (each["application"], each["pdf"], event.data["issued_on"])
        for event in events.of("certificates.issued")
        for each in event.data["certificates"]
    }
    stored = {
        c["number"]: (c["application"], c["pdf_digest"], c["issued_on"]) for c in bag.certificates
    }
    for number in sorted(issued.keys() | stored.keys()):
        if issued.get(number) != stored.get(number):
            report.error(LEDGER, f"{CERTIFICATES}#{number}", "证书与账本中的发证记录不符")
    revoked = {e.data["number"] for e in events.of("certificates.revoked")}
    marked = {c["number"] for c in bag.certificates if c["state"] == "revoked"}
    for number in sorted(revoked ^ marked):
        report.error(LEDGER, f"{CERTIFICATES}#{number}", "撤销状态与账本不符")


def _treatment(bag: Bag, events: Events, report: Report) -> None:
    appointed = {
        number: event.data["first_month"]
        for event in events.of("treatment.appointed")
        for number in event.data["numbers"]
    }
    stored = {e["certificate"]: e["first_month"] for e in bag.treatment["entitlements"]}
    for number in sorted(appointed.keys() | stored.keys()):
        if appointed.get(number) != stored.get(number):
            report.error(LEDGER, f"{TREATMENT}#{number}", "聘任与账本不符")
    own = {e["id"] for e in bag.treatment["entitlements"]}
    paid = {
        (each["entitlement"], event.data["month"]): each["fen"]
        for event in events.of("treatment.paid")
        for each in event.data["payments"]
        if each["entitlement"] in own
    }
    kept = {(p["entitlement"], p["month"]): p["fen"] for p in bag.treatment["payments"]}
    for key in sorted(paid.keys() | kept.keys()):
        if paid.get(key) != kept.get(key):
            report.error(LEDGER, f"{TREATMENT}#{key[0]}/{key[1]}", "发放记录与账本不符")
