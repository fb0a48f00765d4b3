"""Scores: typed twice by two people, settled, corrected by slips; results computed anew."""

from collections import defaultdict
from typing import Any

from jiangjie.kernel import canonical
from jiangjie.kernel.errors import MalformedValue, RuleViolation, gettext_noop
from jiangjie.results import rules
from jiangjie.verify.dossier import (
    CORRECTIONS,
    DECISIONS,
    ENTRIES,
    MARKS,
    SIGN_OFFS,
    Dossier,
    Row,
    by,
    instant,
    match,
)
from jiangjie.verify.report import Findings

Key = tuple[int, str]  # application, part


def value_of(form: Any) -> rules.Value:
    """The inverse of results.rules.to_json."""
    if isinstance(form, dict):
        if "good" in form:
            return rules.Judged(form["good"])
        return rules.Vote(form["ayes"], form["voters"])
    if form is not None and not isinstance(form, int):
        raise ValueError(f"{form!r} is no score")
    return form


def _slash(key: tuple[Any, ...]) -> str:
    return "/".join(map(str, key))


def check_entries(dossier: Dossier, found: Findings) -> None:
    """What was typed by whom, as the events of the typing say."""
    proved: dict[tuple[int, str, int], Row] = {}
    for event in dossier.of("results.scores_typed"):
        for case, value in event.data["scores"].items():
            key = (int(case), event.data["part"], event.data["entry"])
            proved[key] = {"value": value, "by": event.by, "at": event.at}
    stated = {
        (row["application"], row["part"], row["entry"]): {**row, "at": instant(row["at"])}
        for row in dossier.rows(ENTRIES)
    }
    if len(stated) != len(dossier.rows(ENTRIES)):
        found.error("真实性-14", ENTRIES, gettext_noop("同一成绩的同一遍录入出现两次"))
    match(found, "真实性-14", ENTRIES, stated, proved, name=_slash)
    for row in dossier.rows(ENTRIES):
        place = f"{ENTRIES}#{_slash((row['application'], row['part'], row['entry']))}"
        _check_value(row["part"], value_of(row["value"]), place, found)


def _check_value(part: str, value: rules.Value, place: str, found: Findings) -> None:
    try:
        rules.check_value(part, value)
    except RuleViolation as why:
        found.error("真实性-14", place, why.text, **why.values)


def check_double_entry(dossier: Dossier, found: Findings) -> None:
    """A settled mark: two typings that agree, by two people (house decision, ADR 0006)."""
    typed: dict[Key, dict[int, Row]] = defaultdict(dict)
    typists: dict[tuple[str, int], set[int]] = defaultdict(set)
    for row in dossier.rows(ENTRIES):
        typed[row["application"], row["part"]][row["entry"]] = row
        typists[row["part"], row["entry"]].add(row["by"])
    for part in sorted({part for part, _ in typists}):
        if both := sorted(typists[part, 1] & typists[part, 2]):
            found.error("真实性-15", ENTRIES,
                        gettext_noop("%(part)s的两遍成绩有同一人录入（用户%(user)s）"),
                        part=part, user=both[0])  # fmt: skip
    first_value = _first_values(dossier)
    for row in dossier.rows(MARKS):
        key = (row["application"], row["part"])
        pair = typed[key]
        place = f"{MARKS}#{_slash(key)}"
        if row.get("taken_from"):  # of a marked sheet: verify.marking
            continue
        if set(pair) != {1, 2}:
            found.error("真实性-15", place, gettext_noop("没有两遍录入"))
        elif pair[1]["value"] != pair[2]["value"]:
            found.error("真实性-15", place, gettext_noop("两遍录入不一致"))
        elif rules.format_value(value_of(pair[1]["value"])) != first_value.get(
            key, rules.format_value(value_of(row["value"]))
        ):
            found.error("真实性-15", place, gettext_noop("核对后的成绩与两遍录入不一致"))


def _first_values(dossier: Dossier) -> dict[Key, str]:
    """What a corrected mark was before its first accepted correction, as it is typed."""
    first: dict[Key, str] = {}
    for row in sorted(dossier.rows(CORRECTIONS), key=lambda row: str(row["decided_at"])):
        if row["is_accepted"]:
            first.setdefault((row["application"], row["part"]), row["before"])
    return first


def check_marks(dossier: Dossier, found: Findings) -> None:
    """Settled values and the accepted corrections of them, in the order of the ledger."""
    proved: dict[Key, Row] = {}
    settling = ("results.marks_settled", "results.theory_taken_over")
    for event in dossier.of(*settling, "results.correction_decided"):
        data = event.data
        if event.action in settling:
            for case, value in data["scores"].items():
                proved[int(case), data["part"]] = {
                    "value": value, "settled_at": event.at,
                    "taken_from": data.get("sources", {}).get(case, ""),
                }  # fmt: skip
        elif data["is_accepted"]:
            key = (data["application"], data["part"])
            before = rules.format_value(value_of(proved[key]["value"]))
            if before != data["before"]:
                found.error(
                    "真实性-14", CORRECTIONS, gettext_noop("更正单的原成绩与当时的成绩不符")
                )
            proved[key]["value"] = rules.to_json(rules.parse_value(data["part"], data["after"]))
    stated = {
        (row["application"], row["part"]): {
            "taken_from": "",
            **row,
            "settled_at": instant(row["settled_at"]),
        }
        for row in dossier.rows(MARKS)
    }
    match(found, "真实性-14", MARKS, stated, proved, name=_slash)


def check_corrections(dossier: Dossier, found: Findings) -> None:
    proved: dict[int, Row] = {}
    names = ("application", "part", "before", "after")
    for event in dossier.of("results.correction_asked"):
        proved[event.subject_id] = {
            **{name: event.data[name] for name in (*names, "reason")},
            "asked_by": event.by, "asked_at": event.at, "decided_by": None, "decided_at": None,
            "is_accepted": None,
        }  # fmt: skip
    for event in dossier.of("results.correction_decided"):
        proved[event.subject_id] |= {
            "decided_by": event.by, "decided_at": event.at,
            "is_accepted": event.data["is_accepted"],
        }  # fmt: skip
    stated = {
        pk: {**row, "asked_at": instant(row["asked_at"]), "decided_at": instant(row["decided_at"])}
        for pk, row in by("id", dossier.rows(CORRECTIONS)).items()
    }
    match(found, "真实性-14", CORRECTIONS, stated, proved)
    for pk, row in stated.items():
        place = f"{CORRECTIONS}#{pk}"
        try:
            rules.check_correction(
                reason=row["reason"], before=rules.parse_value(row["part"], row["before"]),
                after=rules.parse_value(row["part"], row["after"]),
            )  # fmt: skip
            if row["decided_by"] is not None:
                rules.check_decides_other(asked_by=row["asked_by"], decided_by=row["decided_by"])
        except (RuleViolation, MalformedValue) as why:
            found.error("真实性-15", place, why.text, **why.values)


def check_decisions(dossier: Dossier, found: Findings) -> None:
    """Inputs from marks, frozen pack and approved route; outcome and explanation from inputs."""
    marks: dict[int, dict[str, rules.Value]] = defaultdict(dict)
    for row in dossier.rows(MARKS):
        marks[row["application"]][row["part"]] = value_of(row["value"])
    exempt = _exemptions(dossier)
    by_level: dict[int, dict[str, Any]] = {}
    for case, row in dossier.decisions.items():
        place = f"{DECISIONS}#{case}"
        if case not in dossier.qualified:
            found.error("真实性-16", place, gettext_noop("审核未通过的人有评定结果"))
            continue
        level = dossier.level_of(case)
        if level not in by_level:
            by_level[level] = rules.rule_for_level(dossier.pack, level)
        try:
            inputs = rules.inputs_of(by_level[level], marks[case], exempt=exempt.get(case, ()))
        except RuleViolation as why:
            found.error("真实性-16", place, why.text, **why.values)
            continue
        outcome, explanation = rules.decide(inputs)
        if inputs != row["inputs"]:
            found.error("真实性-16", place, gettext_noop("评定依据与成绩或固定的规则不一致"))
        if outcome != row["outcome"]:
            found.error("真实性-16", place,
                        gettext_noop("评定结果为“%(stated)s”，重新计算为“%(now)s”"),
                        stated=row["outcome"], now=outcome)  # fmt: skip
        if explanation != row["explanation"]:
            found.error("真实性-16", place, gettext_noop("逐科说明与重新计算的结果不一致"))
        found.recomputed["scores"] += 1
        found.recomputed["votes"] += inputs["combine"] == rules.COMMITTEE_VOTE


def _exemptions(dossier: Dossier) -> dict[int, frozenset[str]]:
    min_layer = dossier.pack.integer("signoff.exceptional_min_layer")
    layers: dict[tuple[str, int], set[int]] = defaultdict(set)
    for row in dossier.rows(SIGN_OFFS):
        if row["step"] == "S06" and row["choice"] == "pass":
            layers[row["subject"], row["round"]].add(row["layer"])
    return {
        case: rules.exempt_parts(
            row["route"],
            approved_layers=layers[f"applications.application:{case}", row["round"]],
            min_layer=min_layer,
        )
        for case, row in dossier.applications.items()
    }


def check_decided(dossier: Dossier, found: Findings) -> None:
    """Outcomes as they were recorded, and the digest that the layers signed."""
    proved: dict[int, Row] = {}
    for event in dossier.of("results.decided", "results.correction_decided"):
        if event.action == "results.decided":
            for case, outcome in event.data["outcomes"].items():
                proved[int(case)] = {"outcome": outcome, "decided_at": event.at}
        elif event.data["is_accepted"]:
            proved.pop(event.data["application"], None)
    stated = {
        case: {**row, "decided_at": instant(row["decided_at"])}
        for case, row in dossier.decisions.items()
    }
    match(found, "真实性-17", DECISIONS, stated, proved)
    signed = dossier.of("results.decided", "results.signed")
    corrected = [e for e in dossier.of("results.correction_decided") if e.data["is_accepted"]]
    # Between an accepted correction and the next decision the list stands for nothing.
    is_open = corrected and (not signed or corrected[-1].position > signed[-1].position)
    now = canonical.digest(
        [[case, row["outcome"], row["inputs"]] for case, row in sorted(dossier.decisions.items())]
    )
    if signed and not is_open and signed[-1].data["digest"] != now:
        found.error("真实性-17", DECISIONS, gettext_noop("结果汇总表与签署时的校验值不符"))
    if any(event.action == "results.signed" for event in signed):
        for case in sorted(dossier.qualified.keys() - dossier.decisions.keys()):
            found.error("完整性-3", f"{DECISIONS}#{case}", gettext_noop("考生没有评定结果"))
