"""`jiangjie check-roster`: what an import of a roster would do. Nothing is stored."""

import argparse
import gc
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jiangjie.applications.rules.roster import RosterCheck, check_rows
from jiangjie.applications.workbooks.marking import write_marked
from jiangjie.applications.workbooks.reading import Limits, Roster, read_roster
from jiangjie.catalogue.dictionary import occupations
from jiangjie.kernel.errors import BadInput, gettext_noop

HELP = "检查报名名册（.xlsx、.csv），逐单元格列出错误；不写入任何数据"

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SHOWN_FAULTS = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("roster", type=Path, metavar="ROSTER", help="名册文件，.xlsx 或 .csv")
    parser.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="判断“将来”的日期，默认为今天"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="MARKED.xlsx", help="写出标出错误的副本"
    )
    parser.add_argument("--max-mb", type=int, default=20, metavar="N", help="文件大小上限，默认20")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")


def run(args: argparse.Namespace) -> int:
    """0 no fault, 1 faults found. BadInput if the file cannot be used."""
    started = time.perf_counter()
    as_of = args.as_of or datetime.now(_SHANGHAI).date()
    with _no_garbage_collection():
        roster = read_roster(args.roster, limits=Limits(file_bytes=args.max_mb * 2**20))
        check = check_rows(roster.header, roster.rows(), as_of=as_of, occupations=occupations())
        if args.output:
            _write(roster, check, source=args.roster, target=args.output)
    seconds = time.perf_counter() - started
    if args.json:
        _print_json(roster, check, seconds)
    else:
        _print_table(roster, check, seconds)
    return 1 if check.faults else 0


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A large roster makes many objects and no cycles: looking for these takes a fifth more."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write(roster: Roster, check: RosterCheck, *, source: Path, target: Path) -> None:
    if target.exists() and target.samefile(source):
        raise BadInput(
            gettext_noop("%(file)s 就是名册本身，请为副本另起文件名。"), file=target.name
        )
    try:
        with target.open("wb") as stream:
            write_marked(roster, check, stream)
    except OSError as error:
        raise BadInput(
            gettext_noop("无法写入文件 %(file)s：%(reason)s。"),
            file=target.name,
            reason=error.strerror or type(error).__name__,
        ) from None


def _print_json(roster: Roster, check: RosterCheck, seconds: float) -> None:
    errors = [
        {
            "sheet": roster.sheet,
            "row": fault.row,
            "column": fault.column,
            "code": fault.code,
            "message": fault.message,
            "value_masked": fault.value_masked,
        }
        for fault in check.faults
    ]
    document = {
        "rows": check.rows,
        "good": len(check.good),
        "errors": errors,
        "seconds": round(seconds, 3),
    }
    print(json.dumps(document, ensure_ascii=False))


def _print_table(roster: Roster, check: RosterCheck, seconds: float) -> None:
    for fault in check.faults[:_SHOWN_FAULTS]:
        cell = f"{fault.column_letter}{fault.row}"
        print(f"{cell:<8}{fault.column}\t{fault.value_masked or '（空）'}\t{fault.message}")
    if len(check.faults) > _SHOWN_FAULTS:
        print(f"……另有{len(check.faults) - _SHOWN_FAULTS}处错误，用 --json 或 -o 查看全部。")
    if check.faults:
        print()
        for (column, code), count in Counter(
            (fault.column, fault.code) for fault in check.faults
        ).most_common():
            print(f"{count:>6} 处  {column}（{code}）")
        print()
    bad = check.rows - len(check.good)
    print(
        f"工作表“{roster.sheet}”共{check.rows}行：无误{len(check.good)}行，有误{bad}行，"
        f"错误{len(check.faults)}处；用时{seconds:.2f}秒。"
    )
