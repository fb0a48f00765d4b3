"""`jiangjie verify-archive BAG`: is an archive whole and true, decision by decision."""

import argparse
import json
import sys
from pathlib import Path

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.verify.bag import verify_bag
from jiangjie.verify.report import ERROR, ITEMS, Report

HELP: str = gettext_noop("离线核验档案包：齐全、未被改动，并重新计算其中的结论")

_NAMES = {
    "eligibility": gettext_noop("资格判定"), "draws": gettext_noop("抽签"),
    "scores": gettext_noop("评定结果"), "votes": gettext_noop("表决"),
    "publicity": gettext_noop("公示"), "numbers": gettext_noop("证书编号"),
    "benefits": gettext_noop("待遇发放"),
}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bag", metavar="BAG", help="档案包：.zip文件或已解压的文件夹")
    parser.add_argument("--checkpoint", metavar="FILE", help="与另行留存的检查点核对")
    parser.add_argument("--json", action="store_true", help="输出JSON")


def run(args: argparse.Namespace) -> int:
    """0: it holds; 1: it does not; 2: the input is unusable."""
    try:
        report = verify_bag(args.bag, checkpoint=_text(args.checkpoint))
    except BadInput as why:
        print(why, file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print(_told(report, is_compared=args.checkpoint is not None))
    return 0 if report.ok else 1


def _text(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise BadInput(
            gettext_noop("%(path)s：无法读取：%(why)s。"), path=path, why=str(why)
        ) from why


def _told(report: Report, *, is_compared: bool) -> str:
    errors = sum(finding.severity == ERROR for finding in report.findings)
    lines = ["结论：" + ("一致" if report.ok else f"不一致，共{errors}处")]
    heading = ""
    for finding in report.findings:
        if finding.item != heading:
            heading = finding.item
            lines.append(f"\n{heading} {ITEMS[heading]}")
        mark = "✗" if finding.severity == ERROR else "！"
        lines.append(f"  {mark} {finding.path}：{finding.message}")
    counted = "、".join(
        f"{_NAMES[name]}{count}" for name, count in report.recomputed.items() if count
    )
    lines.append(f"\n重新计算：{counted or '无'}")
    if not is_compared:
        lines.append("提示：另有留存的检查点时，用--checkpoint一并核对，可发现整段改写。")
    return "\n".join(lines)
