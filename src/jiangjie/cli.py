"""The `jiangjie` command. Each subcommand is a module with HELP, arguments() and run().

A command's module is imported only when it runs: those that need neither Django nor a
database start in milliseconds and work where neither is.
"""

import argparse
import os
import sys
from importlib import import_module

from jiangjie.kernel.errors import BadInput

# name -> (module, whether it needs Django and the database)
COMMANDS = {
    "serve": ("jiangjie.runtime.commands.serve", False),
    "demo": ("jiangjie.demo.commands", False),
    "worker": ("jiangjie.runtime.commands.worker", True),
    "tick": ("jiangjie.runtime.commands.tick", True),
    "check": ("jiangjie.runtime.commands.check", False),
    "backup": ("jiangjie.runtime.commands.backup", True),
    "restore": ("jiangjie.runtime.commands.restore", False),
    "room": ("jiangjie.runtime.commands.room", False),
    "createadmin": ("jiangjie.runtime.commands.createadmin", True),
    "manage": ("jiangjie.runtime.commands.manage", True),
    "eligibility": ("jiangjie.applications.commands.eligibility", False),
    "assemble": ("jiangjie.papers.commands.assemble", False),
    "check-roster": ("jiangjie.applications.commands.check_roster", False),
    "verify-archive": ("jiangjie.verify.commands", False),
    "assign": ("jiangjie.arrangement.commands.assign", False),
    "timetable": ("jiangjie.arrangement.commands.timetable", False),
    "verify-draw": ("jiangjie.arrangement.commands.verify_draw", False),
}


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    name = next((word for word in arguments if not word.startswith("-")), None)
    parser = argparse.ArgumentParser(prog="jiangjie", description="匠阶：技能人才自主评价")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for each, (module, _) in COMMANDS.items():
        # Only the wanted command is imported, unless all are to be listed.
        if name is None or name == each:
            loaded = import_module(module)
            sub = commands.add_parser(each, help=loaded.HELP, description=loaded.HELP)
            loaded.arguments(sub)
        else:
            commands.add_parser(each)
    args = parser.parse_args(arguments)
    module, needs_site = COMMANDS[args.command]
    try:
        if needs_site:
            prepare_site()
        status: int = import_module(module).run(args)
    except BadInput as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone, e.g. `| head`
        return 0
    return status


def prepare_site() -> None:
    """Start our own PostgreSQL where none is named, and Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangjie.settings")
    import django
    from django.conf import settings

    if settings.CLUSTER is not None:
        settings.CLUSTER.ensure_running(settings.KEYS.database.hex())
        settings.CLUSTER.ensure_database(settings.KEYS.database.hex())
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
