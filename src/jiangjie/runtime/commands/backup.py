"""One file with everything; safe while the site runs."""

import argparse

HELP = "把数据库、文件和密钥备份成一个文件"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="备份文件，如 jiangjie.tar.gz（不得已存在）")
    parser.add_argument(
        "--without-keys", action="store_true", help="不含密钥；密钥目录须另行妥善保存"
    )


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from django.conf import settings

    from jiangjie.kernel.errors import BadInput, gettext_noop
    from jiangjie.runtime.backups import back_up
    from jiangjie.runtime.cluster import Cluster
    from jiangjie.web import clock

    target = Path(args.file).absolute()
    if target.exists():
        raise BadInput(gettext_noop("%(file)s已存在，不会覆盖。"), file=target)
    config = settings.CONFIG
    cluster = settings.CLUSTER or Cluster(config.home)
    size = back_up(
        target,
        config=config,
        database_url=config.database_url or cluster.url(settings.KEYS.database.hex()),
        tool=cluster.tool,
        with_keys=not args.without_keys,
        at=clock.now(),
    )
    print(f"{target} {size / 1024**2:.1f} MiB")
    if args.without_keys:
        print(f"密钥不在其中：{config.keys}")
    return 0
