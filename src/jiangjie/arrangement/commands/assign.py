"""`jiangjie assign PROBLEM.json`: experts to panels, checked a second time before it is printed."""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiangjie.arrangement.commands.documents import json_document, read_text
from jiangjie.arrangement.rules.checking import faults
from jiangjie.arrangement.rules.conflicts import Broken, explain
from jiangjie.arrangement.rules.panels import GRADES, Problem, panel_members, seats, shares_unit
from jiangjie.arrangement.rules.problem import problem_from_json
from jiangjie.arrangement.rules.solving import Answer, panel_totals, solve
from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.policy import packs

HELP: str = gettext_noop("把专家安排到考评小组：总分最高，或最弱的小组尽量强")

_GRADES_ENTRY = "examiner.max_level"
_SHOWN_RULES = 5  # of one kind


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", metavar="PROBLEM.json", help="专家、任务和评分；“-”为标准输入")
    parser.add_argument("--pack", default=packs.DEFAULT, metavar="NAME", help="规则包")
    parser.add_argument("--json", action="store_true", help="输出JSON")


def run(args: argparse.Namespace) -> int:
    """0: assigned; 1: the rules cannot all hold; 2: the input is unusable."""
    started = time.perf_counter()
    try:
        pack = packs.load(args.pack)
        max_levels = _max_levels(pack)
        problem = problem_from_json(
            json_document(read_text(args.problem)), _Folder(args.problem).matrix
        )
    except BadInput as why:
        print(f"{args.problem}: {why}", file=sys.stderr)
        return 2
    conflict = explain(problem, max_levels)
    if conflict:
        seconds = time.perf_counter() - started
        if args.json:
            _print_json(_refusal(conflict, seconds))
        else:
            _print_refusal(conflict, pack.entry(_GRADES_ENTRY).clause)
        return 1
    answer = solve(problem, seats(problem, max_levels))
    panels = panel_members(problem, answer.chosen)
    wrong = faults(
        problem,
        panels,
        max_levels,
        total=answer.total,
        worst=answer.worst,
        worst_bound=answer.worst_bound,
    )
    if wrong:
        raise AssertionError(f"the answer breaks rules of the problem: {wrong}")
    seconds = time.perf_counter() - started
    _warn_of_colleagues(problem, panels)
    if args.json:
        _print_json(
            {
                "feasible": True,
                "panels": panels,
                "sum": answer.total,
                "min": answer.worst,
                "bound_min": answer.worst_bound,
                "seconds": round(seconds, 3),
                "conflict": [],
            }
        )
    else:
        _print_panels(problem, answer, panels, seconds)
    return 0


def _max_levels(pack: packs.Pack) -> dict[str, int]:
    """How high each card assesses, by the pack's names for the cards."""
    stated = pack.mapping(_GRADES_ENTRY)
    levels = {}
    for key in GRADES.values():
        level = stated.get(key)
        if isinstance(level, bool) or not isinstance(level, int):
            raise BadInput(
                gettext_noop("规则包%(pack)s的%(entry)s缺少%(key)s。"),
                pack=pack.id,
                entry=_GRADES_ENTRY,
                key=key,
            )
        levels[key] = level
    return levels


class _Folder:
    """Where the files lie that a problem names: beside it."""

    def __init__(self, problem: str) -> None:
        self._path = Path() if problem == "-" else Path(problem).parent

    def matrix(self, name: str) -> NDArray[Any]:
        """Mapped, not read: a header that claims more than the file has is refused."""
        try:
            return np.lib.format.open_memmap(self._path / name, mode="r")
        except OSError as why:
            raise BadInput(
                gettext_noop("无法读取文件%(file)s：%(why)s"),
                file=name,
                why=why.strerror or str(why),
            ) from why
        except ValueError as why:
            raise BadInput(
                gettext_noop("%(file)s不是可用的.npy文件：%(why)s"), file=name, why=str(why)
            ) from why


def _print_json(document: Mapping[str, object]) -> None:
    print(json.dumps(document, ensure_ascii=False))


def _refusal(conflict: Sequence[Broken], seconds: float) -> dict[str, object]:
    return {
        "feasible": False,
        "panels": {},
        "sum": None,
        "min": None,
        "bound_min": None,
        "seconds": round(seconds, 3),
        "conflict": [
            {
                "rule": one.rule.kind,
                "path": one.rule.path,
                "text": one.text % one.values,
                "relaxed": {
                    "feasible": one.relaxation.helps,
                    "to": one.relaxation.to,
                    "all_by": one.relaxation.all_by,
                },
                "relaxed_text": _relaxed(one),
            }
            for one in conflict
        ],
    }


def _relaxed(one: Broken) -> str:
    if not one.relaxation.helps:
        return gettext_noop("只放宽这一条还不够：其他要求之间另有矛盾")
    if one.relaxation.to is not None:
        return gettext_noop("改为%(to)s即可安排") % {"to": f"{one.relaxation.to:g}"}
    if one.rule.kind == "panel_size":
        return gettext_noop("改变人数不够，取消这项任务即可安排")
    return gettext_noop("不作这一要求即可安排")


def _print_refusal(conflict: Sequence[Broken], grades: Clause) -> None:
    print("无法安排：下列要求不能同时满足；少了其中任何一条，其余各条就能满足。")
    for kind, named in groupby(conflict, key=lambda one: one.rule.kind):
        alike = list(named)
        for one in alike[:_SHOWN_RULES]:
            print(f"  {one.text % one.values}（{one.rule.path}）；{_relaxed(one)}")
        if len(alike) > _SHOWN_RULES:
            print(f"  ……这类要求（{kind}）共{len(alike)}条，用 --json 查看全部。")
        if len(alike) > 1 and alike[0].relaxation.all_by is not None:
            way = "减少" if kind == "min_load" else "增加"
            print(f"  以上{len(alike)}条{kind}各{way}{alike[0].relaxation.all_by}，即可安排。")
    if any(one.rule.kind == "level" for one in conflict):
        print(f"依据：{grades.text}［{grades.source}，{grades.confidence.value}］")


def _print_panels(
    problem: Problem, answer: Answer, panels: Mapping[str, Sequence[str]], seconds: float
) -> None:
    for task, total in zip(problem.tasks, panel_totals(answer.chosen, problem.scores), strict=True):
        print(f"{task.id}\t{'、'.join(panels[task.id])}\t{total:.4g}")
    print(
        f"共{len(panels)}个小组：合计{answer.total:.6g}，最弱的小组{answer.worst:.6g}"
        f"（不可能超过{answer.worst_bound:.6g}）；已复核，用时{seconds:.2f}秒。"
    )


def _warn_of_colleagues(problem: Problem, panels: Mapping[str, Sequence[str]]) -> None:
    experts = {expert.id: expert for expert in problem.experts}
    for task in problem.tasks:
        near = [name for name in panels[task.id] if shares_unit(experts[name], task)]
        if near:
            print(
                f"提示：任务“{task.id}”的{'、'.join(near)}与其同属{task.unit}，请核对是否需要回避。",
                file=sys.stderr,
            )
