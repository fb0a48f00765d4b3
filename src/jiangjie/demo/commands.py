"""`jiangjie demo`: the main job on a fresh, throw-away home, then the site to look at it."""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from jiangjie.kernel.errors import BadInput, gettext_noop

HELP = "演示：在一次性目录里走完全流程（计划到兑现），然后启动网站"
MARK = "demo.json"  # what the story made; its presence says that the home is ours to throw away


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-serve", action="store_true", help="走完流程即结束，不启动网站")
    parser.add_argument("--people", type=int, default=300, help="第一批的申报人数（默认300）")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.add_argument("--keep", action="store_true", help="已有演示数据时直接使用")
    parser.add_argument("--home", type=Path, help="演示目录（默认 ./.jiangjie/demo）")
    parser.add_argument("--port", type=int, help="网站端口")


def run(args: argparse.Namespace) -> int:
    if not 10 <= args.people <= 20_000:
        raise BadInput(gettext_noop("--people 应在10到20000之间。"))
    home = (args.home or Path(".jiangjie/demo")).absolute()
    os.environ["JIANGJIE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "jiangjie.settings"
    kept = _kept(home) if args.keep else None
    if kept is None:
        _clear(home)
    from jiangjie.runtime.commands import serve

    with serve.own_postgres():
        serve.prepare()
        outcome = kept or _tell(home, args)
        if args.json:
            print(json.dumps(outcome, ensure_ascii=False))
        elif kept:
            _print_outcome(outcome)
        if args.no_serve:
            return 0
    if not args.json:
        _print_logins(outcome)
    return serve.run(argparse.Namespace(host=None, port=args.port, no_worker=False))


def _kept(home: Path) -> dict[str, object] | None:
    """What an earlier run with this very program left, else None."""
    try:
        found: dict[str, object] = json.loads((home / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("program") == _program() else None


def _program() -> str:
    from jiangjie import __version__

    return __version__


def _clear(home: Path) -> None:
    """Throw an earlier story away. Refuses a folder that holds anything but one."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / MARK).exists() and not (home / f"{MARK}.started").exists():
        raise BadInput(
            gettext_noop("%(home)s 不是演示目录，不会清空。请用 --home 指定一个新目录。"), home=home
        )
    from jiangjie.runtime.cluster import Cluster

    cluster = Cluster(home)
    if cluster.data.exists():
        cluster.stop()
    shutil.rmtree(cluster.root, ignore_errors=True)
    shutil.rmtree(home)


def _tell(home: Path, args: argparse.Namespace) -> dict[str, object]:
    from jiangjie.accounts.demo import PASSWORD
    from jiangjie.demo import story
    from jiangjie.demo.calendar import present
    from jiangjie.policy.queries import work_calendar
    from jiangjie.web import clock

    (home / f"{MARK}.started").touch()
    today = clock.today()
    day = present(today, work_calendar())
    if not args.json:
        print(f"匠阶演示：{args.people}名虚构申报人，从编制计划到兑现待遇", flush=True)
        if day != today:
            print(f"  尚未载入{today.year + 1}年放假安排，进行中的批次以{day}为今天", flush=True)
    start = time.perf_counter()
    told = story.tell(
        people=args.people, today=day,
        listener=(lambda stage: None) if args.json else _print_stage,
    )  # fmt: skip
    outcome: dict[str, object] = {
        "program": _program(),
        "home": str(home),
        "people": args.people,
        "seconds": round(time.perf_counter() - start, 3),
        "stages": [
            {"name": stage.name, "made": stage.made, "seconds": stage.seconds}
            for stage in told.stages
        ],
        "made": story.summary(),
        "password": PASSWORD,
        "logins": [
            {"role": role, "username": username, "org": org}
            for role, username, org in told.cast.logins()
        ],
    }
    draft = home / f"{MARK}.new"
    draft.write_text(json.dumps(outcome, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(home / MARK)
    if not args.json:
        _print_total(outcome)
    return outcome


def _print_stage(stage: "object") -> None:
    name, made, seconds = stage.name, stage.made, stage.seconds  # type: ignore[attr-defined]
    print(f"  {seconds:7.2f} 秒  {_wide(name, 18)}{made}", flush=True)


def _wide(text: str, width: int) -> str:
    """Padded for a terminal, where a Chinese character is two columns wide."""
    return text + " " * max(1, width - sum(2 if ord(c) > 0x2E7F else 1 for c in text))


def _print_outcome(outcome: dict[str, object]) -> None:
    print("匠阶演示：使用已有的演示数据")
    for stage in outcome["stages"]:  # type: ignore[attr-defined]
        print(f"  {stage['seconds']:7.2f} 秒  {_wide(stage['name'], 18)}{stage['made']}")
    _print_total(outcome)


def _print_total(outcome: dict[str, object]) -> None:
    print(f"  {outcome['seconds']:7.2f} 秒  合计")


def _print_logins(outcome: dict[str, object]) -> None:
    print(f"登录（密码均为 {outcome['password']}）：")
    for login in outcome["logins"]:  # type: ignore[attr-defined]
        print(f"  {_wide(login['username'], 12)}{_wide(login['role'], 16)}{login['org']}")
    sys.stdout.flush()
