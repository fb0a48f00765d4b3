"""A room node (考场节点): one sitting on a computer of the room's own network, without Internet."""

import argparse
import contextlib
import os
from collections.abc import Iterator

from jiangjie.runtime.commands.serve import own_postgres, prepare

HELP = "考场节点：装入考场包、跟随主机（备用机）、导出结果"


def arguments(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    load = deeds.add_parser("load", help="把考场包装入空的数据目录（JIANGJIE_HOME）")
    load.add_argument("file", metavar="FILE", help="中心系统下载的考场包")
    load.add_argument("--code-stdin", action="store_true", help="从标准输入读取装载密码；否则询问")
    load.add_argument("--spare", action="store_true", help="本机是备用机")
    follow = deeds.add_parser("follow", help="备用机：跟随主机，直到接管")
    follow.add_argument("url", metavar="URL", help="主机地址，如 http://192.168.1.10:8000")
    results = deeds.add_parser("results", help="导出签名的结果文件")
    results.add_argument("-o", "--output", metavar="FILE", required=True)


def run(args: argparse.Namespace) -> int:
    if args.deed == "load":
        return _load(args)
    with _site():
        return _follow(args.url) if args.deed == "follow" else _results(args.output)


@contextlib.contextmanager
def _site() -> Iterator[None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangjie.settings")
    with own_postgres():
        prepare()
        yield


def _load(args: argparse.Namespace) -> int:
    import getpass
    import sys
    from pathlib import Path

    from jiangjie.exams.rules import room_files
    from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
    from jiangjie.runtime import config, keys

    code = sys.stdin.readline() if args.code_stdin else getpass.getpass("装载密码：")
    try:
        package = Path(args.file).read_bytes()
    except OSError as why:
        raise BadInput(gettext_noop("%(file)s：%(why)s"), file=args.file, why=why) from why
    head, body = room_files.read_package(package, code)
    # The keys come first: the installation is made with them.
    keys.install(
        config.load()[0].keys, {name: bytes.fromhex(key) for name, key in body["keys"].items()}
    )
    with _site():
        from jiangjie.exams import services
        from jiangjie.web import clock

        try:
            services.load_room(body=body, load_code=code, is_spare=args.spare, at=clock.now())
        except RuleViolation as why:
            raise BadInput(why.text, **why.values) from why
    print(f"{head['title']} {head['room']} {head['uid']}\n中心系统签名公钥 {head['key']}")
    return 0


def _follow(url: str) -> int:
    import sys
    import time
    from urllib.request import Request, urlopen

    from cryptography.exceptions import InvalidTag
    from django.db import OperationalError

    from jiangjie.exams import node_views, services
    from jiangjie.exams import queries as exams
    from jiangjie.exams.keys import follow_key, unlock_package
    from jiangjie.exams.models import Place
    from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
    from jiangjie.web import clock

    if not url.startswith(("http://", "https://")):
        raise BadInput(gettext_noop("主机地址应以http://或https://开头。"))
    key, said = follow_key(), ""
    while exams.node_sitting(Place.SPARE) is not None:
        try:
            request = Request(  # noqa: S310 -- its scheme is checked above
                f"{url.rstrip('/')}/exam/node/journal?since={exams.heard_until()}",
                headers={"X-Room": node_views.pass_word(key)},
            )
            with urlopen(request, timeout=5) as answer:  # noqa: S310
                services.follow(content=unlock_package(answer.read(), key), at=clock.now())
            state = "已跟上主机"
        except OSError as why:  # also HTTP's
            state = f"连不上主机：{why}"
        except InvalidTag:
            state = "主机装的不是同一个考场包"
        except (OperationalError, RuleViolation) as why:  # our database restarts; or taken over
            state = f"没有跟上主机：{why}"
        if state != said:
            said = state
            print(state, file=sys.stderr, flush=True)
        time.sleep(2)
    print("本机不是备用机，或已接管考场。", file=sys.stderr)
    return 0


def _results(output: str) -> int:
    from hashlib import sha256
    from pathlib import Path

    from jiangjie.exams import queries, services
    from jiangjie.exams.models import Place
    from jiangjie.kernel.errors import BadInput, gettext_noop
    from jiangjie.web import clock

    sitting = queries.node_sitting(Place.NODE)
    if sitting is None:
        raise BadInput(gettext_noop("本机不是考场节点。"))
    content = services.results(sitting_id=sitting.pk, at=clock.now())
    Path(output).write_bytes(content)
    print(f"{output} SHA-256 {sha256(content).hexdigest()}")
    return 0
