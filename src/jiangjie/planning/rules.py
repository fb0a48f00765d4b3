"""Plans, dates, numbers and announcements of batches: plain values in, plain values out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.policy.packs import Pack
from jiangjie.policy.rules import PartRule, parts_for_level

# ---- annual plans ---------------------------------------------------------------------------


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


def plan_state(
    *, submitted_at: datetime | None, approved_at: datetime | None, returned_reason: str
) -> PlanState:
    if approved_at:
        return PlanState.APPROVED
    if submitted_at:
        return PlanState.SUBMITTED
    return PlanState.RETURNED if returned_reason else PlanState.DRAFT


def check_editable(state: PlanState) -> None:
    if state in {PlanState.SUBMITTED, PlanState.APPROVED}:
        raise RuleViolation(
            "planning.plan_not_editable",
            gettext_noop("计划已提交审定，退回后方可修改。"),
        )


def check_submittable(state: PlanState, line_count: int) -> None:
    check_editable(state)
    if not line_count:
        raise RuleViolation("planning.plan_empty", gettext_noop("计划至少要有一行。"))


def check_decidable(state: PlanState, *, is_own: bool) -> None:
    """That the committee may decide on a plan: it was submitted, and by somebody else."""
    if state is not PlanState.SUBMITTED:
        raise RuleViolation("planning.plan_not_submitted", gettext_noop("计划不在待审定状态。"))
    if is_own:
        raise RuleViolation("planning.own_plan", gettext_noop("编制人不能审定自己编制的计划。"))


def check_lines_once(lines: Iterable[tuple[str, str, int]]) -> None:
    """Raise RuleViolation when a standard × work type × level comes twice."""
    seen = set()
    for line in lines:
        if line in seen:
            standard, work_type, level = line
            raise RuleViolation(
                "planning.line_twice",
                gettext_noop("%(standard)s %(work_type)s %(level)s重复。"),
                standard=standard,
                work_type=work_type,
                level=Level(level).certificate_text,
            )
        seen.add(line)


# ---- batches --------------------------------------------------------------------------------


def next_number(year: int, taken: Iterable[str]) -> str:
    """The number after the highest of the year: "2026-01", "2026-02", … "2026-100"."""
    prefix = f"{year}-"
    used = (int(number.removeprefix(prefix)) for number in taken if number.startswith(prefix))
    return f"{prefix}{max(used, default=0) + 1:02d}"


def check_dates(*, today: date, apply_from: date, apply_until: date, exam_on: date) -> None:
    """Raise RuleViolation unless the days follow each other and the window is not over already."""
    if apply_until < apply_from:
        raise RuleViolation(
            "planning.window_backwards", gettext_noop("申报截止日不能早于申报起始日。")
        )
    if exam_on <= apply_until:
        raise RuleViolation("planning.exam_too_early", gettext_noop("考评日期应晚于申报截止日。"))
    if apply_until < today:
        raise RuleViolation(
            "planning.window_over", gettext_noop("申报截止日%(day)s已过。"), day=apply_until
        )


def check_announced_in_time(*, today: date, apply_until: date) -> None:
    if apply_until < today:
        raise RuleViolation(
            "planning.announced_too_late",
            gettext_noop("申报期已于%(day)s结束，不能再发布公告。"),
            day=apply_until,
        )


# ---- what a frozen line asks for ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineConditions:
    """What the public page says of one line: who may apply, and how it is evaluated."""

    occupation: str
    work_type: str
    level: int  # ord 1-8
    standard: Clause  # its title as the text
    clauses: tuple[Clause, ...]  # any one of them is enough
    parts: tuple[PartRule, ...]
    planned: int = 0


def conditions_of(frozen: Mapping[str, Any], pack: Pack, *, planned: int = 0) -> LineConditions:
    """The conditions of a frozen line, in the words of the frozen pack."""
    level = frozen["level"]
    found = pack.condition_set(frozen["conditions"])["levels"]
    return LineConditions(
        occupation=frozen["occupation_name"],
        work_type=frozen["work_type"],
        level=level,
        standard=Clause(
            frozen["standard"], frozen["title"], frozen["source"], Confidence(frozen["confidence"])
        ),
        clauses=tuple(
            Clause(
                each["id"],
                each["text"],
                f"{each['source']['document']} {each['source']['clause']}",
                Confidence(each["confidence"]),
            )
            for each in found[str(level)]
        ),
        parts=parts_for_level(pack, level),
        planned=planned,
    )


_DRAFT = """根据{year}年度评价计划，现就{org}第{number}批职业技能等级自主评价有关事项公告如下。

一、职业、等级和计划人数
{lines}

二、申报条件
各职业、等级的申报条件见本页“申报条件”，符合其中一条即可申报。工作年限计算到{as_of}。

三、申报时间和方式
申报时间：{apply_from}至{apply_until}。
符合条件的职工登录本系统申报，或由所在单位统一组织申报。申报人应对材料的真实性作出承诺。

四、考评时间和地点
考评时间：{exam_on}。
考评地点：{venue}。

五、评价方式
{parts}
{method}
六、监督
申报、考评和公示期间接受监督，监督电话见本页。"""


def draft_announcement(
    *,
    org: str,
    year: int,
    number: str,
    lines: Sequence[LineConditions],
    as_of: date,
    apply_from: date,
    apply_until: date,
    exam_on: date,
    venue: str,
    method: str,
) -> str:
    """A text for the office to start from. It is a Chinese document, not a screen's words."""

    def name(line: LineConditions) -> str:
        work_type = f"（{line.work_type}）" if line.work_type else ""
        return f"{line.occupation}{work_type} {Level(line.level).certificate_text}"

    def parts(line: LineConditions) -> str:
        return "、".join(part.title for part in line.parts)

    return _DRAFT.format(
        org=org,
        year=year,
        number=number,
        lines="\n".join(
            f"{place}. {name(line)}，计划{line.planned}人" for place, line in enumerate(lines, 1)
        ),
        as_of=_chinese(as_of),
        apply_from=_chinese(apply_from),
        apply_until=_chinese(apply_until),
        exam_on=_chinese(exam_on),
        venue=venue,
        parts="\n".join(dict.fromkeys(f"{name(line)}：{parts(line)}。" for line in lines)),
        method=f"{method}\n" if method else "",
    )


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def ready_by(exam_on: date) -> date:
    """The last day for all that comes before the exam: its eve."""
    return exam_on - timedelta(days=1)
