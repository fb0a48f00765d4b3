"""Django's own commands, for developers and operators."""

import argparse

HELP = "运行 Django 管理命令（开发与运维）"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["jiangjie manage", *args.rest])
    return 0
