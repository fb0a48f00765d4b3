"""An installation anew from its backup, into an empty home."""

import argparse

HELP = "从备份文件恢复到空的数据目录（JIANGJIE_HOME）"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="backup 命令做成的文件")
    parser.add_argument("--keys", metavar="FOLDER", help="密钥目录（备份不含密钥时）")


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from jiangjie.runtime import config
    from jiangjie.runtime.backups import restore

    # Not through Django's settings: those would make new keys in the home.
    wanted, _ = config.load()
    manifest = restore(Path(args.file), config=wanted, keys=Path(args.keys) if args.keys else None)
    print(f"{wanted.home} ← {args.file} ({manifest['made_at']})")
    return 0
