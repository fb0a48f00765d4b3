"""The batch: its frozen rules, dates, plan, announcement and filing."""

from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.orgs.rules import ScopeLine, check_scope
from jiangjie.verify.dossier import (
    ANNOUNCEMENT,
    DEFINITION,
    FILINGS,
    INDEX,
    PACK,
    PLAN,
    STANDARDS,
    Dossier,
    Event,
    Row,
    day,
    instant,
    match,
)
from jiangjie.verify.report import Findings

_NOT_FROZEN = gettext_noop("与开设批次时固定的校验值不符")
_NO_EVENT = gettext_noop("没有对应的办理记录")
_DATES = (
    "title", "as_of", "apply_from", "apply_until", "exam_on", "venue", "method",
)  # fmt: skip


def check_frozen(dossier: Dossier, found: Findings) -> None:
    """Pack, procedure and standards by the digests of the event that opened the batch."""
    opened = _one(dossier, "planning.batch_opened", found, INDEX, "真实性-7")
    if opened is None:
        return
    batch, data = dossier.batch, opened.data
    if canonical.digest(dossier.doc(PACK)) != data["pack"]:
        found.error("真实性-7", PACK, _NOT_FROZEN)
    if canonical.digest(dossier.doc(DEFINITION)) != data["procedure"]:
        found.error("真实性-7", DEFINITION, _NOT_FROZEN)
    frozen = {number: canonical.digest(line["frozen"]) for number, line in dossier.lines.items()}
    for number, digest in frozen.items():
        if digest not in data["lines"]:
            found.error("真实性-7", f"{STANDARDS}{number}.json", _NOT_FROZEN)
    if len(frozen) != len(data["lines"]):
        found.error(
            "完整性-3", STANDARDS, gettext_noop("评价项目应为%(then)d个，现为%(now)d个"),
            then=len(data["lines"]), now=len(frozen),
        )  # fmt: skip
    facts = {name: data[name] for name in ("number", *_DATES) if name in data}
    revised = dossier.of("planning.batch_revised")
    for event in revised:
        facts |= {name: event.data[name] for name in _DATES}
    facts |= {
        "pack": data["pack"], "procedure": data["procedure"], "opened_by": opened.by,
        "opened_at": opened.at,
        "scheme_round": revised[-1].data["round"] if revised else 1,
    }  # fmt: skip
    reported = dossier.of("planning.batch_reported")
    facts |= {
        "reported_at": reported[-1].at if reported else None,
        "report_receipt": reported[-1].data["receipt"] if reported else "",
    }
    stated = {
        **batch,
        "opened_at": instant(batch["opened_at"]),
        "reported_at": instant(batch["reported_at"]),
    }
    match(found, "真实性-7", INDEX, {"batch": stated}, {"batch": facts})
    if dossier.index["evaluator"]["id"] != opened.org:
        found.error("真实性-7", f"{INDEX}#evaluator", gettext_noop("评价机构与办理记录不符"))
    _check_intake(dossier, found)


def _check_intake(dossier: Dossier, found: Findings) -> None:
    intake = dossier.index["intake"]
    stated, proved = {}, {}
    if intake is not None:
        stated["intake"] = {**intake, "closed_at": instant(intake["closed_at"])}
    for event in dossier.of("applications.closed")[:1]:
        proved["intake"] = {
            "people": event.data["people"], "closed_by": event.by, "closed_at": event.at
        }  # fmt: skip
    match(found, "真实性-7", INDEX, stated, proved)


def check_plan(dossier: Dossier, found: Findings) -> None:
    plan = dossier.doc(PLAN)
    subject = f"planning.annualplan:{plan['id']}"
    made = dossier.about(subject, "planning.plan_made")
    lines = dossier.about(subject, "planning.plan_lines_set")
    approved = dossier.about(subject, "planning.plan_approved")
    proved: Row = {}
    if not (made and lines and approved):
        found.error("真实性-8", PLAN, _NO_EVENT)
        return
    proved = {
        "year": made[0].data["year"], "made_by": made[0].by, "made_at": made[0].at,
        "lines": lines[-1].data["lines"], "approved_by": approved[-1].by,
        "approved_at": approved[-1].at,
    }  # fmt: skip
    stated = {
        **plan, "made_at": instant(plan["made_at"]), "approved_at": instant(plan["approved_at"])
    }  # fmt: skip
    match(found, "真实性-8", PLAN, {"plan": stated}, {"plan": proved})
    if plan["approved_by"] == plan["made_by"]:
        found.error("真实性-13", PLAN, gettext_noop("编制人审定了自己编制的计划"))
    planned = {tuple(line[:3]) for line in plan["lines"]}
    for number, line in dossier.lines.items():
        frozen = line["frozen"]
        if (frozen["standard"], frozen["work_type"], frozen["level"]) not in planned:
            found.error("真实性-8", f"{STANDARDS}{number}.json", gettext_noop("不在年度计划中"))


def check_announcement(dossier: Dossier, found: Findings) -> None:
    events = dossier.of("planning.announced")
    proved = {
        event.subject_id: {
            **{name: event.data[name]
               for name in ("title", "body", "contact", "supervision_phone")},
            "published_by": event.by, "published_at": event.at,
        }
        for event in events
    }  # fmt: skip
    stated = {}
    if dossier.has(ANNOUNCEMENT):
        made = dossier.doc(ANNOUNCEMENT)
        stated = {made["id"]: {**made, "published_at": instant(made["published_at"])}}
    match(found, "真实性-8", ANNOUNCEMENT, stated, proved)


def check_filings(dossier: Dossier, found: Findings) -> None:
    """R-01: filed, in scope and in force on the day of the exam."""
    filings = dossier.rows(FILINGS)
    for filing in filings:
        subject = f"orgs.filing:{filing['id']}"
        filed = dossier.about(subject, "orgs.filing_filed")
        drafted = dossier.about(subject, "orgs.filing_drafted")
        place = f"{FILINGS}#{filing['id']}"
        if not filed or not drafted:
            found.error("真实性-8", place, _NO_EVENT)
            continue
        for name in ("code", "prefix", "valid_from"):
            if filing[name] != filed[-1].data[name]:
                found.error(
                    "真实性-8", place, gettext_noop("%(field)s与备案记录不一致"), field=name
                )
        # A later filing may have cut the term short, nothing may have made it longer.
        if filing["valid_until"] > filed[-1].data["valid_until"]:
            found.error(
                "真实性-8", place, gettext_noop("%(field)s与备案记录不一致"), field="valid_until"
            )
        scope = [[code, work_type, sorted(levels)] for code, work_type, levels in filing["scope"]]
        if scope != drafted[-1].data["scope"]:
            found.error("真实性-8", place, gettext_noop("备案范围与备案记录不一致"))
    scope_lines = [
        ScopeLine(code, work_type, tuple(levels), day(filing["valid_from"]),
                  day(filing["valid_until"]))
        for filing in filings for code, work_type, levels in filing["scope"]
    ]  # fmt: skip
    for number, line in dossier.lines.items():
        frozen = line["frozen"]
        try:
            check_scope(
                scope_lines, occupation_code=frozen["occupation_code"],
                work_type=frozen["work_type"], level=frozen["level"],
                on=day(dossier.batch["exam_on"]),
            )  # fmt: skip
        except RuleViolation as why:
            found.error("真实性-8", f"{STANDARDS}{number}.json", why.text, **why.values)


def _one(
    dossier: Dossier, action: str, found: Findings, path: str, item: str
) -> Event | None:  # fmt: skip
    events = dossier.of(action)
    if len(events) != 1:
        found.error(item, path, _NO_EVENT)
        return None
    return events[0]
