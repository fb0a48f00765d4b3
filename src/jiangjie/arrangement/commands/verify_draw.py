"""`jiangjie verify-draw FILE`: draws again, offline, and says what matches."""

import argparse
import json
import sys

from jiangjie.arrangement.commands.documents import json_document, read_text
from jiangjie.arrangement.rules.draw_reading import record_from_json
from jiangjie.arrangement.rules.draws import commitment, verify
from jiangjie.kernel.errors import BadInput, gettext_noop

HELP: str = gettext_noop("离线复核一次抽取：名单、承诺、随机数、结果是否一致")

_ENGLISH = {
    "commitment": "the commitment is that of this list, rule and size",
    "secret": "the secret told is the one committed to",
    "published": "the same commitment was published before the draw",
    "call": "nobody twice on the list, nobody who is excluded, enough to draw from",
    "order": "the order computed again is the one on record",
    "drawn": "those drawn again are those on record",
    "seats": "the seats computed again are those on record",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", metavar="FILE", help="抽取记录（JSON）；“-”为标准输入")
    parser.add_argument("--published", metavar="SHA256", help="抽取前公布的承诺值")
    parser.add_argument("--json", action="store_true", help="输出JSON")


def run(args: argparse.Namespace) -> int:
    """0: all matches; 1: something does not; 2: the file is unusable."""
    try:
        record = record_from_json(json_document(read_text(args.record)))
    except BadInput as why:
        print(f"{args.record}: {why}", file=sys.stderr)
        return 2
    findings = verify(record, args.published)
    is_right = all(one.is_right for one in findings)
    if args.json:
        found: list[dict[str, object]] = [
            {"item": one.item, "ok": one.is_right, "message": one.text} for one in findings
        ]
        document = {"ok": is_right, "commitment": commitment(record.call), "findings": found}
        print(json.dumps(document, ensure_ascii=False))
        return 0 if is_right else 1
    for one in findings:
        print(f"{'✓' if one.is_right else '✗'} {one.text} · {_ENGLISH[one.item]}")
    if args.published is None:
        print(
            "提示：请用 --published 给出抽取前公布的承诺值"
            f"（应为{commitment(record.call)}）。 · Compare it with what was published."
        )
    print("复核一致。 · All matches." if is_right else "复核不一致。 · Something does not match.")
    return 0 if is_right else 1
