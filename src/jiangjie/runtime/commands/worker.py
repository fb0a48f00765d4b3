"""A worker process: beside the embedded one of `serve`, as many as a bigger site wants."""

import argparse

HELP = "运行后台任务进程（serve 已自带一个）"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--with-parent", action="store_true", help="父进程结束时随之结束")


def run(args: argparse.Namespace) -> int:
    from jiangjie.runtime.parent import end_with_parent
    from jiangjie.runtime.worker import run_worker

    if args.with_parent:
        end_with_parent()
    run_worker()
    return 0
