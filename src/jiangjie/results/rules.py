"""The composite result of one candidate: every part at its pass mark, or the committee's vote.

Pure functions on plain JSON values, so that an archive re-computes each decision from its
stored `inputs` alone.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from jiangjie.kernel.errors import MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.scores import format_score, parse_score
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.packs import Pack

PASSED, FAILED, ABSENT = "passed", "failed", "absent"
ALL_PASS, COMMITTEE_VOTE = "ALL_PASS", "COMMITTEE_VOTE"
VOTE, PROBATION = "vote", "probation"  # the parts that are no score out of a hundred

# ---- what is typed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vote:
    """委员表决: how many of those who voted were for. Never a rounded percentage."""

    ayes: int
    voters: int


@dataclass(frozen=True, slots=True)
class Judged:
    """转正定级: no mark is set, the master's judgement counts."""

    is_good: bool


Value: TypeAlias = "int | Vote | Judged | None"  # hundredths, a vote, a judgement; None: absent
Json: TypeAlias = "int | dict[str, int] | dict[str, bool] | None"

ABSENT_WORDS = frozenset({"缺考", "缺席", "absent"})
_GOOD, _BAD = "合格", "不合格"
_VOTE = re.compile(r"(\d{1,3})\s*/\s*(\d{1,3})", re.ASCII)


def parse_value(part: str, text: str | float) -> Value:
    """What a cell says: "59.5", "缺考", for a vote "7/9", for probation "合格" or "不合格".

    Raises MalformedValue with a stable code; nothing is rounded on its way in.
    """
    folded = unicodedata.normalize("NFKC", text).strip() if isinstance(text, str) else text
    if isinstance(folded, str) and folded.lower() in ABSENT_WORDS:
        return None
    if part == VOTE:
        return _vote(folded)
    if part == PROBATION:
        if folded not in (_GOOD, _BAD):
            raise MalformedValue("judged_malformed", gettext_noop("请填“合格”或“不合格”。"))
        return Judged(folded == _GOOD)
    return parse_score(folded)


def _vote(text: str | float) -> Vote:
    found = _VOTE.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise MalformedValue(
            "vote_malformed", gettext_noop("表决应写成“同意票数/到会委员数”，如7/9。")
        )
    ayes, voters = int(found[1]), int(found[2])
    if voters == 0 or ayes > voters:
        raise MalformedValue("vote_range", gettext_noop("同意票数不能多于到会委员数。"))
    return Vote(ayes, voters)


def format_value(value: Value) -> str:
    """As it is typed; the inverse of `parse_value`."""
    if value is None:
        return "缺考"
    if isinstance(value, Vote):
        return f"{value.ayes}/{value.voters}"
    if isinstance(value, Judged):
        return _GOOD if value.is_good else _BAD
    return format_score(value)


def check_value(part: str, value: Value) -> None:
    """Raise RuleViolation unless the value is of the part's kind and in its range."""
    kind = {VOTE: Vote, PROBATION: Judged}.get(part, int)
    if value is not None and not isinstance(value, kind):
        raise RuleViolation("results.wrong_kind", gettext_noop("成绩的形式与考评科目不符。"))
    try:
        parse_value(part, format_value(value))
    except MalformedValue as why:
        raise refused(why) from why


def refused(why: MalformedValue) -> RuleViolation:
    """What is wrong with a typed value, as a refusal of the deed."""
    values: dict[str, Any] = dict(why.values)
    return RuleViolation("results.bad_value", why.text, **values)


def to_json(value: Value) -> Json:
    if isinstance(value, Vote):
        return {"ayes": value.ayes, "voters": value.voters}
    return {"good": value.is_good} if isinstance(value, Judged) else value


# ---- parts that somebody need not take ------------------------------------------------------

# House decision on what each route waives; 破格 and 越级 waive conditions of entry, no part.
_WAIVED = {
    "theory_exempt": frozenset({"theory"}),
    "direct": frozenset({"theory", "practical"}),
}


def exempt_parts(route: str, *, approved_layers: Collection[int], min_layer: int) -> frozenset[str]:
    """Parts waived by an exceptional route that was approved high enough (R-20).

    `approved_layers` are the layers that passed the case in its current round, `min_layer` the
    pack's signoff.exceptional_min_layer. Without that approval nothing is waived.
    """
    if max(approved_layers, default=0) < min_layer:
        return frozenset()
    return _WAIVED.get(route, frozenset())


# ---- the decision ---------------------------------------------------------------------------


def rule_for_level(pack: Pack, level: int) -> dict[str, Any]:
    """The rule of a level as `inputs_of` takes it, out of a frozen pack."""
    combination, _clause = policy_rules.combination_for_level(pack, level)
    threshold = None
    if combination == policy_rules.Combination.COMMITTEE_VOTE:
        entry = pack.entry("vote.threshold")
        threshold = {
            **pack.mapping("vote.threshold"),
            "source": str(entry.source),
            "confidence": entry.confidence.value,
        }
    return {
        "combine": combination.value,
        "threshold": threshold,
        "parts": [
            {
                "part": part.kind,
                "pass_mark": part.pass_mark,
                "source": part.clause.source,
                "confidence": part.clause.confidence.value,
            }
            for part in policy_rules.parts_for_level(pack, level)
        ],
    }


def inputs_of(
    rule: Mapping[str, Any],
    marks: Mapping[str, Value],
    *,
    exempt: Collection[str] = frozenset(),
) -> dict[str, Any]:
    """What a decision is computed from, as stored with it.

    `rule` is the level's rule of the frozen pack: {"combine", "threshold" {"numerator",
    "denominator", "source", "confidence"} or None, "parts": [{"part", "pass_mark" in hundredths
    or None, "source", "confidence"}, …]}. Raises RuleViolation for a missing mark.
    """
    parts = []
    for each in rule["parts"]:
        part = each["part"]
        if part in exempt:
            parts.append({**each, "exempt": True, "absent": False, "score": None})
            continue
        if part not in marks:
            raise RuleViolation(
                "results.mark_missing", gettext_noop("尚有成绩未录入或未核对一致。")
            )
        value = marks[part]
        parts.append({**each, "exempt": False, "absent": value is None, "score": to_json(value)})
    return {"combine": rule["combine"], "threshold": rule["threshold"], "parts": parts}


def decide(inputs: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The outcome and its explanation, part by part.

    Absent from any part → absent. By ALL_PASS every part stands for itself and none makes up
    for another (《国家职业标准》评价方式：每部分均达合格线). By COMMITTEE_VOTE the share of ayes,
    taken as an exact fraction, reaches the threshold; the other parts are recorded for the
    voters and decide only where the pack sets them a pass mark.
    """
    explanation = [_explained(part, inputs) for part in inputs["parts"]]
    if any(line["absent"] for line in explanation):
        return ABSENT, explanation
    is_passed = all(line["met"] is not False for line in explanation)
    return (PASSED if is_passed else FAILED), explanation


def _explained(part: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`met` is None for a score that is only recorded."""
    score, need = part["score"], part["pass_mark"]
    source, confidence = part["source"], part["confidence"]
    met: bool | None
    if part["exempt"]:
        met = True
    elif part["absent"]:
        met = False
    elif part["part"] == VOTE:
        threshold = inputs["threshold"]
        need = {name: threshold[name] for name in ("numerator", "denominator")}
        source, confidence = threshold["source"], threshold["confidence"]
        met = score["ayes"] * need["denominator"] >= need["numerator"] * score["voters"]
    elif part["part"] == PROBATION:
        met = score["good"]
    elif need is not None:
        met = score >= need
    else:
        # Nothing but a vote may pass somebody on a score without a pass mark.
        met = None if inputs["combine"] == COMMITTEE_VOTE else False
    return {
        "part": part["part"], "need": need, "have": score, "absent": part["absent"],
        "exempt": part["exempt"], "met": met, "source": source, "confidence": confidence,
    }  # fmt: skip


# ---- double entry ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """Two typings of one value that do not agree, as they were typed; "" where one is missing."""

    application_id: int
    first: str
    second: str


def differences(
    wanted: Iterable[int], first: Mapping[int, Value], second: Mapping[int, Value]
) -> tuple[Difference, ...]:
    """Candidates whose two typings differ or are missing, in the order of `wanted`."""
    found = []
    for application_id in wanted:
        one, other = (
            format_value(typed[application_id]) if application_id in typed else ""
            for typed in (first, second)
        )
        if one != other or not one:
            found.append(Difference(application_id, one, other))
    return tuple(found)


def check_other_typists(typists: Collection[int], *, by: int) -> None:
    """Both typings by one person prove nothing (house decision, ADR 0006)."""
    if by in typists:
        raise RuleViolation(
            "results.same_typist",
            gettext_noop("两次录入须由不同的人完成。您已录入过本科目的另一遍成绩。"),
            source=TWO_TYPISTS,
        )


@dataclass(frozen=True, slots=True)
class Handover:
    """What one typist typed in a pass is another's to mend from then on (users by id)."""

    leaver: int
    successor: int


def heirs(handovers: Iterable[Handover]) -> dict[int, int]:
    """Who answers now for what each of them typed; `handovers` in the order of time. Whoever
    handed nothing over is missing: he answers for himself."""
    found: dict[int, int] = {}
    for each in handovers:
        found = {typist: each.successor if heir == each.leaver else heir
                 for typist, heir in found.items()}  # fmt: skip
        found[each.leaver] = found[each.successor] = each.successor
    return found


def check_handover(
    *, leaver: int, successor: int, others: Collection[int], unsettled: int, reason: str
) -> None:
    """The two passes stay in different hands (ADR 0006). `others` are the typists of the other
    pass, `unsettled` how many values of the leaver are not settled yet."""
    if not reason.strip():
        raise RuleViolation("results.handover_reason", gettext_noop("请写明移交原因。"))
    if leaver == successor:
        raise RuleViolation("results.handover_same", gettext_noop("接手人不能是原录入人。"))
    if successor in others:
        raise RuleViolation(
            "results.handover_other_pass",
            gettext_noop("接手人已录入过本科目的另一遍成绩，两遍须由不同的人完成。"),
            source=TWO_TYPISTS,
        )
    if not unsettled:
        raise RuleViolation(
            "results.handover_nothing",
            gettext_noop("该录入人在这一遍没有尚未核对一致的成绩，不需要移交。"),
        )


TWO_TYPISTS = "本系统规定：成绩由两人各录入一遍"
TAKEN = "本系统规定：在本系统考试的理论成绩由阅卷直接取用"


# ---- corrections and signatures -------------------------------------------------------------


def check_correction(*, reason: str, before: Value, after: Value) -> None:
    if not reason.strip():
        raise RuleViolation("results.reason_missing", gettext_noop("更正成绩必须写明理由。"))
    if before == after:
        raise RuleViolation("results.nothing_corrected", gettext_noop("更正后的成绩与原成绩相同。"))


def check_decides_other(*, asked_by: int, decided_by: int) -> None:
    """A correction slip takes two persons (domain rule R-24: no edit after signature)."""
    if asked_by == decided_by:
        raise RuleViolation(
            "results.own_correction", gettext_noop("更正单须由申请人以外的人审核。"), source=SLIP
        )


SLIP = "本系统规定（推定）：成绩签署后不得改动，更正须填更正单并由他人审核"


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature under the result list."""

    round: int
    layer: int
    is_pass: bool


def current_round(signed: Sequence[Signed]) -> int:
    """A list that was returned is signed anew, by every layer, in the next round."""
    return 1 + sum(not each.is_pass for each in signed)


def passed_layers(signed: Sequence[Signed]) -> frozenset[int]:
    """The layers that have signed the list as it stands now."""
    now = current_round(signed)
    return frozenset(each.layer for each in signed if each.is_pass and each.round == now)


def check_unsigned(signed: Sequence[Signed]) -> None:
    """What was signed is not changed under the signature: the list must be returned first."""
    if passed_layers(signed):
        raise RuleViolation(
            "results.signed_before",
            gettext_noop("结果汇总表已签署，须由评价委员会退回后方可更正成绩。"),
            source=SLIP,
        )


def check_not_final(signed: Sequence[Signed], *, last_layer: int) -> None:
    if last_layer in passed_layers(signed):
        raise RuleViolation(
            "results.final", gettext_noop("评定结果已经审定，不能再申请更正。"), source=SLIP
        )


def check_turn(signed: Sequence[Signed], *, layer: int, layers: Sequence[int]) -> None:
    """The layers sign in order; `layers` are those of the procedure, lowest first."""
    if missing := [each for each in layers if each < layer and each not in passed_layers(signed)]:
        raise RuleViolation(
            "results.lower_layer_first",
            gettext_noop("请先由第%(layer)s层签署结果汇总表。"),
            layer=missing[0],
        )
