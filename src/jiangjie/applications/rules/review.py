"""Who may apply and what a reviewer may decide. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jiangjie.kernel.errors import RuleViolation, gettext_noop

EXCEPTIONAL = "例外途径的理由、证明和审批（推定）"
UNIT, OFFICE, COMMITTEE = 1, 2, 3  # the three layers of review responsibility


# The routes as the policy packs call them.
ROUTE_NAMES = {
    "exception": "破格",
    "skip": "越级",
    "direct": "直接认定",
    "theory_exempt": "免理论",
}


def check_window(*, today: date, first_day: date, last_day: date) -> None:
    """Applications are taken from the first day through the last, in full."""
    if today < first_day:
        raise RuleViolation(
            "applications.not_open_yet",
            gettext_noop("申报自%(day)s开始。"),
            day=first_day,
        )
    if today > last_day:
        raise RuleViolation(
            "applications.closed", gettext_noop("申报已于%(day)s截止。"), day=last_day
        )


def check_may_close(*, today: date, last_day: date, people: int) -> None:
    """Applications are closed after the last day, and only if anybody applied."""
    if today <= last_day:
        raise RuleViolation(
            "applications.window_open",
            gettext_noop("申报至%(day)s截止，届时方可结束申报。"),
            day=last_day,
        )
    if people == 0:
        raise RuleViolation(
            "applications.nobody_applied", gettext_noop("没有人申报，本批次无法继续。")
        )


def check_own_people(*, is_employed: bool, source: str) -> None:
    """R-02: an employer evaluates its own people, not society."""
    if not is_employed:
        raise RuleViolation(
            "applications.not_own_people",
            gettext_noop(
                "申报人不是本单位在册人员（含劳务派遣、外包、实习），用人单位不得评价社会人员。"
            ),
            source=source,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A level of an occupation that somebody has already, or has applied for elsewhere."""

    occupation_code: str
    level: int
    where: str  # certificate number or batch title


def check_not_held(held: Iterable[Held], *, occupation_code: str, level: int) -> None:
    """Nobody is evaluated twice for one level of one occupation (R-19)."""
    for one in held:
        if one.occupation_code == occupation_code and one.level >= level:
            raise RuleViolation(
                "applications.level_held",
                gettext_noop("申报人已取得或正在申报本职业同等级或更高等级（%(where)s）。"),
                where=one.where,
            )


def check_may_submit(
    *,
    is_eligible: bool,
    is_regular: bool,
    promised: bool,
    reason: str,
    evidence_count: int,
    earliest: date | None,
    source: str,
) -> None:
    """Submit takes the promise (承诺书), and either a clause that is met or an exceptional route
    with its reason and evidence (R-20)."""
    if not promised:
        raise RuleViolation("applications.not_promised", gettext_noop("请阅读并勾选个人承诺。"))
    if is_regular and not is_eligible:
        if earliest is not None:
            raise RuleViolation(
                "applications.not_eligible_yet",
                gettext_noop("尚不符合申报条件，最早可于%(day)s申报。"),
                source=source,
                day=earliest,
            )
        raise RuleViolation(
            "applications.not_eligible",
            gettext_noop("不符合任何一条申报条件，请核对个人记录。"),
            source=source,
        )
    if not is_regular:
        check_exceptional(reason=reason, evidence_count=evidence_count)


def check_exceptional(*, reason: str, evidence_count: int) -> None:
    """R-20: an exceptional route names its reason and carries evidence."""
    if not reason.strip():
        raise RuleViolation(
            "applications.route_reason_missing",
            gettext_noop("破格、越级、直接认定、免理论须写明理由。"),
            source=EXCEPTIONAL,
        )
    if evidence_count == 0:
        raise RuleViolation(
            "applications.route_evidence_missing",
            gettext_noop("破格、越级、直接认定、免理论须附证明材料。"),
            source=EXCEPTIONAL,
        )


def last_layer(*, is_regular: bool, exceptional_min_layer: int) -> int:
    """The layer that qualifies a case: the office; for exceptional routes at least the pack's."""
    return OFFICE if is_regular else max(OFFICE, exceptional_min_layer)


def check_may_pass(*, is_eligible: bool, is_regular: bool, name: str) -> None:
    """A reviewer can't wave through a case that meets no clause (liability, R-13)."""
    if is_regular and not is_eligible:
        raise RuleViolation(
            "applications.cannot_pass",
            gettext_noop("%(name)s不符合任何一条申报条件，只能退回或不通过。"),
            name=name,
        )
