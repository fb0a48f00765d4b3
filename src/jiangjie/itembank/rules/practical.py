"""操作技能: what a structure table and a task must satisfy. Pure values.

Weights are hundredths of one per cent (40 % = 4000), points hundredths (20 points = 2000).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jiangjie.kernel.errors import RuleViolation, gettext_noop

WHOLE = 10_000  # 100 %


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A row of 考核内容结构表. Rows with the same `choice` are alternatives (任选一)."""

    function: str
    work: str
    choice: str  # "": 必考
    weight: int
    minutes: int
    form: str  # practice, written, oral


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A line of the 评分记录表."""

    content: str  # 考核内容
    requirement: str  # 考核要求
    points: int  # 配分, hundredths
    criterion: str  # 评分标准（扣分）


@dataclass(frozen=True, slots=True)
class TaskContent:
    """准备通知单, the task itself, its score sheet and what fails it outright (否定项)."""

    site_notice: str  # 考场准备, markup
    candidate_notice: str  # 考生准备, markup
    task: str  # 试题正文, markup
    rows: tuple[ScoreRow, ...]
    vetoes: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "rows": [asdict(row) for row in self.rows],
            "vetoes": list(self.vetoes),
        }

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> "TaskContent":
        return cls(
            form["site_notice"], form["candidate_notice"], form["task"],
            tuple(ScoreRow(**row) for row in form["rows"]), tuple(form["vetoes"]),
        )  # fmt: skip


def check_structure(rows: Sequence[ModuleRow]) -> None:
    """Weights make 100 %, alternatives counted once and alike in weight and time.

    RuleViolation itembank.structure_sum, itembank.structure_choice, itembank.structure_empty.
    """
    if not rows:
        raise RuleViolation("itembank.structure_empty", gettext_noop("结构表没有考核内容。"))
    groups: dict[str, tuple[int, int]] = {}
    total = 0
    for row in rows:
        if row.choice and row.choice in groups:
            if groups[row.choice] != (row.weight, row.minutes):
                raise RuleViolation(
                    "itembank.structure_choice",
                    gettext_noop("任选组“%(choice)s”中各项的比重和时间应当相同。"),
                    choice=row.choice,
                )
            continue
        if row.choice:
            groups[row.choice] = (row.weight, row.minutes)
        total += row.weight
    if total != WHOLE:
        raise RuleViolation(
            "itembank.structure_sum",
            gettext_noop("各项鉴定比重合计应为100%%，现为%(total)s%%（任选组只计一次）。"),
            total=f"{total / 100:g}",
        )


def check_task(content: TaskContent) -> None:
    """RuleViolation itembank.task_empty, itembank.task_points (配分 must make 100)."""
    if not content.task.strip() or not content.rows:
        raise RuleViolation("itembank.task_empty", gettext_noop("请填写试题正文和评分记录表。"))
    if content.points != WHOLE:
        raise RuleViolation(
            "itembank.task_points",
            gettext_noop("评分记录表配分合计应为100分，现为%(points)s分。"),
            points=f"{content.points / 100:g}",
        )
