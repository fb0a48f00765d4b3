"""Publicity periods: term, list and last day computed anew; objections and their handling."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from jiangjie.applications.rules.review import ROUTE_NAMES
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.identity import mask_name
from jiangjie.kernel.levels import Level
from jiangjie.kernel.workdays import CalendarGap, WorkCalendar, mainland_calendar
from jiangjie.policy.rules import publicity_term
from jiangjie.publicity import rules
from jiangjie.results.rules import PASSED
from jiangjie.verify.dossier import (
    CORRECTIONS,
    ENTRIES,
    OBJECTIONS,
    PERIODS,
    SIGN_OFFS,
    Dossier,
    Row,
    by,
    day,
    instant,
    match,
)
from jiangjie.verify.report import Findings

SHANGHAI = timezone(timedelta(hours=8))
UPHELD = "upheld"


def local_day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def check_periods(dossier: Dossier, found: Findings) -> None:
    for kind, path in PERIODS.items():
        period = dossier.period(kind)
        _check_recorded(dossier, kind, path, period, found)
        if period is not None:
            _check_clock(dossier, kind, path, period, found)
            _check_list(dossier, kind, path, period, found)
            found.recomputed["publicity"] += 1


def _check_recorded(
    dossier: Dossier, kind: str, path: str, period: Row | None, found: Findings
) -> None:
    opened = [e for e in dossier.of("publicity.opened") if e.data["kind"] == kind]
    closed = {e.subject: e for e in dossier.of("publicity.closed")}
    proved = {}
    for event in opened:
        end = closed.get(event.subject)
        proved[event.subject_id] = {
            **{name: event.data[name] for name in ("kind", "digest", "first_day", "last_day")},
            "people": event.data["people"], "opened_by": event.by, "opened_at": event.at,
            "closed_by": end.by if end else None, "closed_at": end.at if end else None,
        }  # fmt: skip
    stated: dict[int, Row] = {}
    if period is not None:
        stated[period["id"]] = {
            **period, "people": len(period["rows"]), "opened_at": instant(period["opened_at"]),
            "closed_at": instant(period["closed_at"]),
        }  # fmt: skip
        if canonical.digest(period["rows"]) != period["digest"]:
            found.error("真实性-19", path, gettext_noop("名单与公示时的校验值不符"))
    match(found, "真实性-19", path, stated, proved)


def _check_clock(dossier: Dossier, kind: str, path: str, period: Row, found: Findings) -> None:
    """Term from the frozen pack, last day by the frozen calendar, not closed before its end."""
    term = publicity_term(dossier.pack, kind)
    said = (period["term_days"], period["term_calendar"], period["term_source"],
            period["term_confidence"])  # fmt: skip
    if said != (term.days, term.calendar.value, term.clause.source, term.clause.confidence.value):
        found.error("真实性-18", path, gettext_noop("公示期限或依据与固定的规则不一致"))
    first = day(period["first_day"])
    try:
        calendar = WorkCalendar.from_dict(period["calendar"])
        last = rules.last_day(
            first,
            rules.PublicityTerm(term.days, term.calendar.value, "", ""),
            calendar,
        )
    except (RuleViolation, CalendarGap) as why:
        found.error("真实性-18", path, gettext_noop("不能推算公示截止日：%(why)s"), why=str(why))
        return
    if last != day(period["last_day"]):
        found.error(
            "真实性-18", path,
            gettext_noop("公示截止日为%(stated)s，重新计算为%(now)s"),
            stated=period["last_day"], now=last,
        )  # fmt: skip
    _check_calendar(calendar, path, found)
    opened, closed = instant(period["opened_at"]), instant(period["closed_at"])
    if opened and first < local_day(opened):
        found.error("真实性-18", path, gettext_noop("公示起始日早于发布"))
    if closed and local_day(closed) <= day(period["last_day"]):
        found.error("真实性-18", path, gettext_noop("公示未满期即结束"))


def _check_calendar(calendar: WorkCalendar, path: str, found: Findings) -> None:
    """The frozen years against those that this program knows; a bureau may have corrected one."""
    for year in sorted(calendar.years):
        try:
            ours = mainland_calendar([year])
        except CalendarGap:
            continue
        start = date(year, 1, 1)
        theirs = rules.calendar_of(start, start, calendar)
        if theirs != ours:
            found.warn("真实性-18", path,
                       gettext_noop("所用%(year)d年放假安排与本程序所知的不同，请核对"),
                       year=year)  # fmt: skip


def _check_list(dossier: Dossier, kind: str, path: str, period: Row, found: Findings) -> None:
    """Exactly those who qualified, or who passed and were not struck off before."""
    opened = instant(period["opened_at"])
    if kind == "qualification":
        expected = set(dossier.qualified)
    else:
        struck = {
            row["application"] for row in dossier.rows(OBJECTIONS)
            if row["outcome"] == UPHELD and opened is not None
            and (settled := instant(row["settled_at"])) is not None and settled < opened
        }  # fmt: skip
        expected = {
            case for case, row in dossier.decisions.items() if row["outcome"] == PASSED
        } - struck
    listed = by("application", period["rows"])
    for case in sorted(expected - listed.keys()):
        found.error("真实性-18", f"{path}#{case}", gettext_noop("应公示的人不在名单中"))
    for case in sorted(listed.keys() - expected):
        found.error("真实性-18", f"{path}#{case}", gettext_noop("名单中有不应公示的人"))
    if [row["no"] for row in period["rows"]] != list(range(1, len(period["rows"]) + 1)):
        found.error("真实性-18", path, gettext_noop("名单序号不连续"))
    for case in sorted(expected & listed.keys()):
        _check_row(dossier, case, listed[case], f"{path}#{case}", found)


def _check_row(
    dossier: Dossier, case: int, row: Mapping[str, Any], place: str, found: Findings
) -> None:
    application = dossier.applications[case]
    line = dossier.lines[application["line"]]["frozen"]
    expected = {
        "unit": application["unit_name"], "occupation": line["occupation_name"],
        "work_type": line["work_type"], "level": Level(line["level"]).certificate_text,
        "route": ROUTE_NAMES.get(application["route"], ""),
    }  # fmt: skip
    for name, value in expected.items():
        if row[name] != value:
            found.error("真实性-18", place, gettext_noop("公示的%(field)s与申报不一致"), field=name)
    if (row["name"], row["id"]) != (mask_name(application["name"]), application["id_masked"]):
        # A name that was put right later differs too; the seal tells an altered one.
        found.warn("真实性-18", place, gettext_noop("公示的姓名或证件号码与申报不一致，请核对"))


# ---- objections -----------------------------------------------------------------------------


def check_objections(dossier: Dossier, found: Findings) -> None:
    rows = by("id", dossier.rows(OBJECTIONS))
    proved: dict[int, Row] = {}
    for event in dossier.of("publicity.objection_raised"):
        proved[event.subject_id] = {
            **{name: event.data[name] for name in ("receipt", "application", "is_anonymous")},
            "raised_at": event.at, "handler": None, "outcome": "", "settled_by": None,
            "settled_at": None,
        }  # fmt: skip
    for event in dossier.of("publicity.objection_assigned", "publicity.objection_settled"):
        if event.action == "publicity.objection_assigned":
            proved[event.subject_id]["handler"] = event.data["handler"]
        else:
            proved[event.subject_id] |= {
                "outcome": event.data["outcome"],
                "settled_by": event.by,
                "settled_at": event.at,
            }
    stated = {
        pk: {
            **row, "raised_at": instant(row["raised_at"]), "settled_at": instant(row["settled_at"])
        }
        for pk, row in rows.items()
    }  # fmt: skip
    match(found, "真实性-20", OBJECTIONS, stated, proved)
    periods = {period["id"]: period for kind in PERIODS if (period := dossier.period(kind))}
    for pk, row in stated.items():
        place = f"{OBJECTIONS}#{pk}"
        period = periods[row["period"]]
        if row["raised_at"] and not (
            day(period["first_day"]) <= local_day(row["raised_at"]) <= day(period["last_day"])
        ):
            found.error("真实性-20", place, gettext_noop("异议不在公示期内提出"))
        if row["settled_by"] is not None:
            _check_handler(dossier, row, period, place, found)
            if not row["decision"].strip():
                found.error("真实性-20", place, gettext_noop("处理决定没有理由"))


def _check_handler(dossier: Dossier, row: Row, period: Row, place: str, found: Findings) -> None:
    """Somebody who signed, typed, corrected or published nothing of it (ADR 0007)."""
    case, before = row["application"], row["settled_at"]
    concerned = {f"applications.application:{case}", ""} if case is not None else None
    involved = {period["opened_by"]}
    involved |= {
        each["by"] for each in dossier.rows(SIGN_OFFS)
        if each["step"] in ("S06", "S12") and _is_before(each["at"], before)
        and (concerned is None or each["subject"] in concerned)
    }  # fmt: skip
    involved |= {
        each["by"] for each in dossier.rows(ENTRIES)
        if case in (None, each["application"]) and _is_before(each["at"], before)
    }  # fmt: skip
    for each in dossier.rows(CORRECTIONS):
        if case in (None, each["application"]) and _is_before(each["asked_at"], before):
            involved |= {each["asked_by"], each["decided_by"]}
    try:
        rules.check_handler(
            handler=row["settled_by"],
            handler_person=dossier.person_of.get(row["settled_by"]),
            concerned_person=dossier.applications[case]["person"] if case is not None else None,
            signers={user for user in involved if user is not None},
        )
    except RuleViolation as why:
        found.error("真实性-20", place, why.text, **why.values)
    if row["settled_by"] != row["handler"]:
        found.error("真实性-20", place, gettext_noop("不是由指定的处理人作出决定"))


def _is_before(at: str, when: datetime) -> bool:
    moment = instant(at)
    return moment is not None and moment <= when


def waiting_at(dossier: Dossier, when: datetime) -> tuple[bool, set[int]]:
    """(whole batch held, applications held) by objections that were open, or upheld, then."""
    whole, held = False, set()
    for row in dossier.rows(OBJECTIONS):
        raised, settled = instant(row["raised_at"]), instant(row["settled_at"])
        if raised is None or raised > when:
            continue
        is_open = settled is None or settled > when
        if row["application"] is None:
            whole = whole or is_open
        elif is_open or row["outcome"] == UPHELD:
            held.add(row["application"])
    return whole, held
