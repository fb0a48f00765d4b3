"""`jiangjie timetable PROBLEM -o SOLUTION`: sessions into periods and rooms, checked twice."""

import argparse
import gzip
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from jiangjie.arrangement.commands.documents import json_document, read_text
from jiangjie.arrangement.rules.timetables.answers import (
    colleagues_side_by_side,
    sessions_document,
)
from jiangjie.arrangement.rules.timetables.arranging import Answer, Kept, arrange
from jiangjie.arrangement.rules.timetables.checking import faults, penalties
from jiangjie.arrangement.rules.timetables.conflicts import Broken
from jiangjie.arrangement.rules.timetables.exam_format import exam_solution, problem_from_exam
from jiangjie.arrangement.rules.timetables.problem import Problem
from jiangjie.arrangement.rules.timetables.reading import (
    placed_from_json,
    placed_from_lines,
    problem_from_json,
)
from jiangjie.arrangement.rules.timetables.search import Progress
from jiangjie.kernel.errors import BadInput, gettext_noop

HELP: str = gettext_noop("把各场考核排进时段和考场，或说明哪些要求不能同时满足")

DEFAULT_SECONDS = 30.0
PROGRESS_SECONDS = 2.0
_EXAM = (".exam", ".exam.gz")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", metavar="PROBLEM", help="问题（.json或.exam）；“-”为标准输入")
    parser.add_argument("-o", "--output", metavar="SOLUTION", help="写到文件，默认标准输出")
    parser.add_argument(
        "--limit",
        "--time-limit",
        type=_seconds,
        default=DEFAULT_SECONDS,
        metavar="S",
        help="秒数，默认30",
    )
    parser.add_argument("--seed", type=_seed, metavar="N", help="随机种子，默认取文件中的，否则1")
    parser.add_argument("--keep", metavar="OLD", help="已有的编排：尽量少改动")
    parser.add_argument("--quiet", action="store_true", help="不显示进度")
    parser.add_argument("--json", action="store_true", help="把结果摘要以JSON写到标准输出")


def run(args: argparse.Namespace) -> int:
    """0: arranged; 1: the rules cannot all hold, or none was found; 2: the input is unusable."""
    started = time.perf_counter()
    is_exam = args.problem.endswith(_EXAM)
    name = args.problem
    try:
        problem = _problem(args.problem, args.seed, is_exam=is_exam)
        if args.keep:
            name = args.keep
            kept = _kept(args.keep, problem, is_exam=is_exam)
        else:
            kept = None
    except BadInput as why:
        print(f"{name}: {why}", file=sys.stderr)
        return 2
    with _stopping() as is_stopped:
        watch = _Watch(started, args.limit, is_stopped, quiet=args.quiet)
        answer = arrange(problem, seconds=args.limit, watch=watch, kept=kept)
    seconds = time.perf_counter() - started
    if answer.timetable is not None:
        _check(problem, answer)
    summary = _summary(problem, answer, seconds, kept)
    if answer.timetable is not None and is_exam:
        _write(args.output, exam_solution(answer.timetable), is_free=not args.json)
    elif answer.timetable is not None:
        whole = {**summary, "sessions": sessions_document(problem, answer.timetable)}
        text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
        _write(args.output, text, is_free=not args.json)
    if args.json:
        print(json.dumps(summary, ensure_ascii=False))
    _tell(problem, answer, seconds, kept)
    return 0 if answer.timetable is not None else 1


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError("应在0至86400秒之间")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError("应为0至4294967295的整数")
    return value


def _problem(name: str, seed: int | None, *, is_exam: bool) -> Problem:
    text = _unzipped(name) if name.endswith(".gz") else read_text(name)
    if is_exam:
        return problem_from_exam(text, 1 if seed is None else seed)
    return problem_from_json(json_document(text), seed)


def _unzipped(name: str) -> str:
    try:
        return gzip.decompress(Path(name).read_bytes()).decode()
    except (OSError, EOFError) as why:
        raise BadInput(gettext_noop("无法读取：%(why)s"), why=str(why)) from why
    except UnicodeDecodeError as why:
        raise BadInput(gettext_noop("不是UTF-8文字。")) from why


def _kept(name: str, problem: Problem, *, is_exam: bool) -> Kept:
    text = read_text(name)
    if is_exam:
        return tuple(placed_from_lines(text, problem))
    return placed_from_json(json_document(text), problem)


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C or SIGTERM ends the search, and the best so far is written."""
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Watch:
    """Tells the search how much of the time has passed, and the user how far it is."""

    def __init__(
        self, started: float, limit: float, is_stopped: Callable[[], bool], *, quiet: bool
    ) -> None:
        self._started, self._limit, self._is_stopped = started, limit, is_stopped
        self._quiet, self._told = quiet, started

    def __call__(self, progress: Progress) -> float | None:
        if self._is_stopped():
            return None
        now = time.perf_counter()
        if not self._quiet and now - self._told >= PROGRESS_SECONDS:
            self._told = now
            state = (
                f"尚有{progress.broken}处不合要求"
                if progress.broken
                else f"已有可行编排，扣分{progress.penalty}"
            )
            done = min(progress.work, 1.0)
            print(f"{now - self._started:5.0f}秒 {done:4.0%} {state}", file=sys.stderr)
        return (now - self._started) / self._limit


def _check(problem: Problem, answer: Answer) -> None:
    assert answer.timetable is not None  # noqa: S101 -- the caller has looked
    wrong = faults(problem, answer.timetable)
    penalty = sum(penalties(problem, answer.timetable).values())
    if wrong or penalty != answer.penalty or answer.bound > penalty:
        raise AssertionError(
            f"the answer is wrong: {wrong[:5]}, {penalty}, {answer.penalty}, {answer.bound}"
        )


def _summary(
    problem: Problem, answer: Answer, seconds: float, kept: Kept | None
) -> dict[str, object]:
    conflict = answer.conflict
    is_found = answer.timetable is not None
    parts = penalties(problem, answer.timetable) if answer.timetable is not None else {}
    return {
        "feasible": True if is_found else False if conflict is not None else None,
        "objective": answer.penalty if is_found else None,
        "parts": parts,
        "bound": answer.bound if is_found else None,
        "colleagues_side_by_side": (
            colleagues_side_by_side(problem, answer.timetable)
            if answer.timetable is not None
            else None
        ),
        "seed": problem.seed,
        "repeatable": not answer.is_cut,
        "seconds": round(seconds, 3),
        **({"moved": answer.moved, "least_moved": answer.least_moved} if kept is not None else {}),
        "conflict": [_rule(one) for one in conflict.rules] if conflict else [],
        "conflict_is_smallest": conflict.is_smallest if conflict else None,
    }


def _rule(one: Broken) -> dict[str, object]:
    return {
        "rule": one.rule.kind,
        "path": one.path,
        "text": one.text % one.values,
        "relaxed": {"feasible": one.helps, "to": one.to},
        "relaxed_text": _relaxed(one),
    }


def _relaxed(one: Broken) -> str:
    if one.helps is None:
        return gettext_noop("放宽这一条后能否安排，未能判定")
    if not one.helps:
        return gettext_noop("只放宽这一条还不够：其他要求之间另有矛盾")
    if one.to is not None:
        return gettext_noop("改为%(to)d即可安排") % {"to": one.to}
    return gettext_noop("不作这一要求即可安排")


def _write(output: str | None, text: str, *, is_free: bool) -> None:
    """Whole or not at all: another file is never left half written."""
    if output is None:
        if is_free:
            print(text, end="")
        return
    beside = Path(f"{output}.part")
    beside.write_text(text, "utf-8")
    os.replace(beside, output)


def _tell(problem: Problem, answer: Answer, seconds: float, kept: Kept | None) -> None:
    if answer.timetable is not None:
        cut = "；提前结束，为目前最好的编排" if answer.is_cut else ""
        print(
            f"共{len(problem.sessions)}场：扣分{answer.penalty}（任何编排不会少于{answer.bound}）；"
            f"已复核，用时{seconds:.1f}秒{cut}。",
            file=sys.stderr,
        )
        if kept is not None:
            print(f"改动{answer.moved}场（至少须改动{answer.least_moved}场）。", file=sys.stderr)
        return
    if answer.conflict is None:
        print(
            "没有找到可行编排，也未能证明没有："
            f"最好的一次尚有{answer.broken}场排不进。请增加 --limit，或放宽要求。",
            file=sys.stderr,
        )
        return
    print("无法编排：下列要求不能同时满足。", file=sys.stderr)
    if answer.conflict.is_smallest:
        print("少了其中任何一条，其余各条就能满足。", file=sys.stderr)
    for one in answer.conflict.rules:
        print(f"  {one.text % one.values}（{one.path}）；{_relaxed(one)}", file=sys.stderr)
