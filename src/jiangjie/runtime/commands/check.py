"""Says what this installation runs with and what is wrong with it."""

import argparse

HELP = "检查本安装：设置及其来源、数据库、日历年份、磁盘、字体、办理记录"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 文档")
    parser.add_argument("--ledger", action="store_true", help="重新计算全部办理记录的校验值")
    parser.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[],
        help="连同以前留存的检查点一起核对（可重复）",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    import json
    import os
    from dataclasses import asdict
    from pathlib import Path

    import django

    from jiangjie.kernel.errors import BadInput
    from jiangjie.runtime.commands.serve import own_postgres

    try:
        kept = [Path(name).read_text("utf-8") for name in args.checkpoint]
    except (OSError, UnicodeDecodeError) as why:
        raise BadInput("%(why)s", why=why) from why
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangjie.settings")
    django.setup()
    from jiangjie.runtime import checkup

    settings = checkup.settings_in_force()
    try:
        with own_postgres():
            facts = list(checkup.facts(with_ledger=args.ledger or bool(kept), kept=kept))
    except BadInput as why:
        facts = [checkup.Fact("database", str(why), is_bad=True)]
    is_ok = not any(fact.is_bad for fact in facts)
    if args.json:
        document = {
            "ok": is_ok,
            "settings": [asdict(each) for each in settings],
            "facts": [asdict(each) for each in facts],
        }
        print(json.dumps(document, ensure_ascii=False))
    else:
        for each in settings:
            print(f"{each.name:16} {each.value:40} {each.origin:12} {each.help}")
        print()
        for fact in facts:
            print(f"{'✗' if fact.is_bad else '✓'} {fact.name:12} {fact.text}")
    return 0 if is_ok else 1
