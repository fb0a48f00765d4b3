"""`jiangjie verify-archive`: what a bureau runs on a bag, without our site, offline."""

import argparse
import json
from pathlib import Path

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.verify.bag import verify_bag

HELP = "离线核验档案包：固定性、账本证明，并重新计算每一项决定"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bag", type=Path, help="档案包（.zip 文件或解开的文件夹）")
    parser.add_argument(
        "--checkpoint", type=Path, help="另行保存的账本检查点，用来核对是同一个账本"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")


def run(args: argparse.Namespace) -> int:
    known = None
    if args.checkpoint is not None:
        try:
            known = args.checkpoint.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as why:
            raise BadInput(
                gettext_noop("检查点文件 %(file)s 无法读取：%(why)s"), file=args.checkpoint, why=why
            ) from why
    report = verify_bag(args.bag, checkpoint=known)
    if args.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
        return 0 if report.ok else 1
    for finding in report.findings:
        mark = "错误" if finding.severity == "error" else "提示"
        print(f"[{mark}] {finding.item}  {finding.path}  {finding.message}")
    counts = report.to_json()["recomputed"]
    names = {
        "eligibility": "申报条件", "scores": "成绩", "votes": "表决", "publicity": "公示",
        "numbers": "证书编号", "benefits": "待遇发放",
    }  # fmt: skip
    print("已复算：" + "、".join(f"{label}{counts[name]}项" for name, label in names.items()))
    print("核验通过" if report.ok else "核验不通过")
    return 0 if report.ok else 1
