"""Applications: as in the ledger; verdicts and states computed anew from the frozen facts."""

from collections import defaultdict
from typing import Any

from jiangjie.applications.rules import review
from jiangjie.applications.rules.eligibility import (
    ConditionSet,
    compile_set,
    request_from_json,
    verdict,
)
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.policy.rules import exceptional_route
from jiangjie.verify.dossier import APPLICATIONS, SIGN_OFFS, Dossier, Row, day, instant, match
from jiangjie.verify.report import Findings

SUBJECT = "applications.application:"
REGULAR = "regular"


def check_recorded(dossier: Dossier, found: Findings) -> None:
    """Facts, line, round and route as they were when the case was handed in last."""
    proved: dict[int, Row] = {}
    for event in dossier.of("applications.submitted", "applications.roster_applied"):
        if event.action == "applications.submitted":
            proved[event.subject_id] = {
                **{name: event.data[name] for name in ("round", "route", "line", "facts")},
                "is_eligible": event.data["eligible"], "clause": event.data["clause"] or "",
                "submitted_by": event.by, "submitted_at": event.at,
            }  # fmt: skip
        else:
            proved |= {
                pk: {"line": line, "facts": facts, "roster": event.subject_id, "round": 1,
                     "route": REGULAR, "submitted_by": event.by, "submitted_at": event.at}
                for pk, line, facts in event.data["cases"]
            }  # fmt: skip
    stated = {
        pk: {
            **row, "facts": canonical.digest(row["facts"]),
            "submitted_at": instant(row["submitted_at"]),
        }
        for pk, row in dossier.applications.items()
    }  # fmt: skip
    for pk, row in dossier.applications.items():
        if row["state"] in ("returned", "withdrawn") and pk in proved:
            # Its applicant may have changed the wish since; the facts are those handed in.
            for name in ("line", "route"):
                proved[pk].pop(name, None)
    match(found, "真实性-11", APPLICATIONS, stated, proved)
    evidence: dict[int, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for event in dossier.of("applications.evidence_added", "applications.evidence_removed"):
        sign = 1 if event.action.endswith("added") else -1
        evidence[event.subject_id][event.data["kind"], event.data["digest"]] += sign
    for pk, row in dossier.applications.items():
        now: dict[tuple[str, str], int] = defaultdict(int)
        for each in row["evidence"]:
            now[each["kind"], each["digest"]] += 1
        if dict(now) != {key: count for key, count in evidence[pk].items() if count}:
            found.error(
                "真实性-11", f"{APPLICATIONS}#{pk}", gettext_noop("申报材料与办理记录不一致")
            )


def check_verdicts(dossier: Dossier, found: Findings) -> None:
    """Each verdict from the facts, the frozen conditions and the cut-off day."""
    sets: dict[str, ConditionSet] = {}
    as_of, handed_in = day(dossier.batch["as_of"]), _lines_handed_in(dossier)
    for pk, row in dossier.applications.items():
        place = f"{APPLICATIONS}#{pk}"
        line: int = handed_in[pk] if pk in handed_in else row["line"]
        frozen = dossier.lines[line]["frozen"]
        name, facts = frozen["conditions"], row["facts"]
        if name not in sets:
            sets[name] = compile_set(dossier.pack.condition_set(name))
        request = request_from_json(facts, "$")
        now = verdict(
            request.facts, sets[name], target_level=request.target_level, as_of=as_of
        ).to_json()
        if now != row["verdict"]:
            found.error("真实性-12", place, gettext_noop("资格判定与重新计算的结果不一致：%(where)s"),
                        where=_where(row["verdict"], now))  # fmt: skip
        if (row["is_eligible"], row["clause"]) != (now["eligible"], now["clause"] or ""):
            found.error("真实性-12", place, gettext_noop("结论或条款与资格判定不一致"))
        if (request.id, request.occupation, request.target_level) != (
            str(row["person"]), frozen["occupation_code"], frozen["level"]
        ):  # fmt: skip
            found.error("真实性-12", place, gettext_noop("判定所用事实不属于本申报"))
        found.recomputed["eligibility"] += 1


def _lines_handed_in(dossier: Dossier) -> dict[int, int]:
    """The line for which each case was handed in last: a returned one may have another now."""
    lines: dict[int, int] = {}
    for event in dossier.of("applications.submitted", "applications.roster_applied"):
        if event.action == "applications.submitted":
            lines[event.subject_id] = event.data["line"]
        else:
            lines |= {pk: line for pk, line, _ in event.data["cases"]}
    return lines


def _where(stated: Any, now: Row) -> str:
    if not isinstance(stated, dict):
        return "$"
    return "、".join(sorted(key for key in now.keys() | stated.keys()
                           if stated.get(key) != now.get(key)))  # fmt: skip


def check_states(dossier: Dossier, found: Findings) -> None:
    """What became of each case follows from its signatures, layer after layer."""
    signed: dict[str, list[Row]] = defaultdict(list)
    for row in dossier.rows(SIGN_OFFS):
        if row["step"] == "S06":
            signed[row["subject"]].append(row)
    withdrawn = {event.subject_id: event.at for event in dossier.of("applications.withdrawn")}
    exceptional = max(
        dossier.pack.integer("signoff.exceptional_min_layer"), 0,
        *dossier.procedure.part("S06").exceptional,
    )  # fmt: skip
    for pk, row in dossier.applications.items():
        place = f"{APPLICATIONS}#{pk}"
        is_regular = row["route"] == REGULAR
        last = review.last_layer(is_regular=is_regular, exceptional_min_layer=exceptional)
        of_round = [each for each in signed[f"{SUBJECT}{pk}"] if each["round"] == row["round"]]
        expected = _state(of_round, last)
        if pk in withdrawn:
            expected = "withdrawn"
        if row["state"] != expected:
            found.error(
                "真实性-13", place,
                gettext_noop("申报状态为“%(stated)s”，按签字应为“%(proved)s”"),
                stated=row["state"], proved=expected,
            )  # fmt: skip
        if row["state"] == "qualified" and is_regular and not row["is_eligible"]:
            found.error("真实性-12", place, gettext_noop("不符合任何一条申报条件，却审核通过"))
        if not is_regular:
            _check_route(dossier, row, place, found)


def _state(of_round: list[Row], last: int) -> str:
    choices = {each["layer"]: each["choice"] for each in of_round}
    if "reject" in choices.values():
        return "rejected"
    if "return" in choices.values():
        return "returned"
    is_through = all(choices.get(layer) == "pass" for layer in range(1, last + 1))
    return "qualified" if is_through else "submitted"


def _check_route(dossier: Dossier, row: Row, place: str, found: Findings) -> None:
    """R-20: a route that the pack names, for this level, with reason and evidence."""
    try:
        route = exceptional_route(dossier.pack, review.ROUTE_NAMES[row["route"]])
    except RuleViolation as why:
        found.error("真实性-12", place, why.text, **why.values)
        return
    level = dossier.lines[row["line"]]["frozen"]["level"]
    if route.levels and level not in route.levels:
        found.error("真实性-12", place, gettext_noop("例外途径不适用于该等级"))
    if not row["route_reason"].strip() or not row["evidence"]:
        found.error("真实性-12", place, gettext_noop("例外途径没有理由或材料"))
