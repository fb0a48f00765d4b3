"""The composite result of one candidate: every part at or above its own pass mark.

Pure functions on plain JSON values, so that an archive re-computes each decision from its
stored `inputs` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jiangjie.kernel.errors import RuleViolation, gettext_noop

PASSED, FAILED, ABSENT = "passed", "failed", "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two typings of one score that do not agree; None means absent, a missing one is "-"."""

    application_id: int
    first: str
    second: str


def inputs_of(
    part_rules: Sequence[Mapping[str, Any]],
    marks: Mapping[str, tuple[int | None, bool]],
    *,
    exempt: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """What a decision is computed from, as stored with it.

    `part_rules` are the level's parts of the frozen pack, each {"part", "pass_mark" in
    hundredths, "source", "confidence"}; `marks` maps part → (hundredths, absent); `exempt` are
    parts that an approved exceptional route waives. Raises RuleViolation for a missing mark.
    """
    parts = []
    for rule in part_rules:
        part = rule["part"]
        if part in exempt:
            parts.append({**rule, "exempt": True, "score": None, "absent": False})
            continue
        if part not in marks:
            raise RuleViolation(
                "results.mark_missing", gettext_noop("尚有成绩未录入或未核对一致。")
            )
        score, absent = marks[part]
        parts.append({**rule, "exempt": False, "score": score, "absent": absent})
    return {"combine": "ALL_PASS", "parts": parts}


def decide(inputs: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The outcome and its explanation, part by part; parts never compensate each other (R: §4).

    Absent from any part → absent; any part below its pass mark → failed; else passed.
    """
    explanation = [
        {
            "part": part["part"],
            "need": part["pass_mark"],
            "have": part["score"],
            "absent": part["absent"],
            "exempt": part["exempt"],
            "met": part["exempt"]
            or (not part["absent"] and part["score"] is not None
                and part["score"] >= part["pass_mark"]),
            "source": part["source"],
            "confidence": part["confidence"],
        }
        for part in inputs["parts"]
    ]  # fmt: skip
    if any(line["absent"] for line in explanation):
        return ABSENT, explanation
    return (PASSED if all(line["met"] for line in explanation) else FAILED), explanation


def differences(
    first: Mapping[int, int | None], second: Mapping[int, int | None]
) -> tuple[Difference, ...]:
    """Candidates whose two typings differ or of whom one is missing, in order of their id."""
    found = []
    for application_id in sorted(first.keys() | second.keys()):
        one = _shown(first, application_id)
        other = _shown(second, application_id)
        if one != other:
            found.append(Difference(application_id, one, other))
    return tuple(found)


def _shown(entries: Mapping[int, int | None], application_id: int) -> str:
    if application_id not in entries:
        return "-"
    value = entries[application_id]
    return "absent" if value is None else str(value)


def check_second_typist(*, first_by: int | None, second_by: int) -> None:
    """Both typings by one person prove nothing (house decision, ADR 0006)."""
    if first_by == second_by:
        raise RuleViolation(
            "results.same_typist",
            gettext_noop("两次录入须由不同的人完成。您已录入过本科目的另一遍成绩。"),
        )


def check_correction(*, reason: str, before: int | None, after: int | None, absent: bool) -> None:
    if not reason.strip():
        raise RuleViolation("results.reason_missing", gettext_noop("更正成绩必须写明理由。"))
    if not absent and before == after:
        raise RuleViolation("results.nothing_corrected", gettext_noop("更正后的成绩与原成绩相同。"))


def check_decides_other(*, asked_by: int, decided_by: int) -> None:
    """A correction slip takes two persons (domain rule R-24: no edit after signature)."""
    if asked_by == decided_by:
        raise RuleViolation(
            "results.own_correction", gettext_noop("更正单须由申请人以外的人审核。")
        )
