"""The result list line by line, as screen, workbook and print show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jiangjie.applications.models import Application
from jiangjie.kernel.levels import Level
from jiangjie.results import rules
from jiangjie.results.models import Outcome, Part

TONES = {Outcome.PASSED: "done", Outcome.FAILED: "bad", Outcome.ABSENT: ""}


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of one candidate, explained."""

    part: str
    label: str | Promise
    have: str  # as it is typed; "" while there is no mark
    need: str
    met: bool | None
    is_exempt: bool
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Line:
    case: Application
    parts: dict[str, PartLine]
    outcome: str | Promise  # "" while undecided
    tone: str

    @property
    def fixed(self) -> tuple[str, ...]:
        """What every line begins with."""
        case = self.case
        return (
            case.ticket, case.person.name, case.unit_name, case.line.frozen["occupation_name"],
            Level(case.line.level).certificate_text,
        )  # fmt: skip


def lines(cases: Iterable[Application]) -> list[Line]:
    """Cases with `decision` and, for the undecided, prefetched `marks`. No query of its own."""
    return [_line(case) for case in cases]


def _line(case: Application) -> Line:
    decision = getattr(case, "decision", None)
    if decision is None:
        parts = {
            mark.part: PartLine(
                mark.part, Part(mark.part).label, rules.format_value(mark.value), "", None,
                False, "", "S",
            )
            for mark in case.marks.all()
        }  # fmt: skip
        return Line(case, parts, "", "")
    explained = {each["part"]: _part_line(each) for each in decision.explanation}
    return Line(case, explained, decision.get_outcome_display(), TONES[decision.outcome])


def _part_line(each: dict[str, Any]) -> PartLine:
    return PartLine(
        part=each["part"],
        label=Part(each["part"]).label,
        have="" if each["exempt"] else rules.format_value(_value(each)),
        need=_need(each["need"]),
        met=each["met"],
        is_exempt=each["exempt"],
        source=each["source"],
        confidence=each["confidence"],
    )


def _value(each: dict[str, Any]) -> rules.Value:
    have = each["have"]
    if isinstance(have, dict):
        return rules.Judged(have["good"]) if "good" in have else rules.Vote(**have)
    return have  # type: ignore[no-any-return]


def _need(need: Any) -> str:
    if need is None:
        return ""
    if isinstance(need, dict):
        return _("同意票达到%(numerator)s/%(denominator)s") % need
    return rules.format_value(need)


def part_text(line: Line, part: str) -> str:
    found = line.parts.get(part)
    if found is None:
        return "—"
    return _("免考") if found.is_exempt else found.have


def results_columns(parts: Sequence[str]) -> list[str | Promise]:
    return [
        _("准考证号"), _("姓名"), _("单位"), _("职业"), _("等级"),
        *(Part(part).label for part in parts), _("评定结果"),
    ]  # fmt: skip
