"""The tables of docs/reference/ that are read out of the source.

    python -m tools.reference update   write them anew
    python -m tools.reference check    status 1 and the pages, when one is not current

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; the words around it are ours.
"""

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from jiangjie.applications.rules.roster import COLUMNS, REQUIRED_COLUMNS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "jiangjie"
PAGES = ROOT / "docs" / "reference"
_BLOCK = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+")
_CELL_READERS = (
    "applications/rules/roster.py",
    "applications/rules/roster_cells.py",
    "kernel/certificate_numbers.py",
    "kernel/identity.py",
    "kernel/levels.py",
)
_GIVEN = "（随所填内容而定）"  # the text is that of the malformed value


def page_with_tables(text: str) -> str:
    return _BLOCK.sub(
        lambda found: found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3], text
    )


def refusals() -> dict[str, str]:
    """Every code of a RuleViolation in the source, with its text."""
    found: dict[str, list[str]] = {}
    for call in _calls(SOURCE.rglob("*.py")):
        name = _name(call)
        if name == "RuleViolation" and len(call.args) >= 2:
            code, text = call.args[:2]
        elif name == "refused" and len(call.args) == 2:  # a malformed value, refused
            text, code = call.args
        else:
            continue
        if (written := _code(code)) is not None:
            texts = found.setdefault(written, [])
            if (words := _text(text, {}) or _GIVEN) not in texts:
                texts.append(words)
    return {code: " / ".join(found[code]) for code in sorted(found)}


def event_names() -> dict[str, str]:
    """Every action that an app names for the ledger's pages."""
    found = {}
    for call in _calls(SOURCE.rglob("apps.py")):
        if _name(call) == "name_actions" and isinstance(call.args[0], ast.Dict):
            for code, text in zip(call.args[0].keys, call.args[0].values, strict=True):
                if isinstance(code, ast.Constant):
                    found[str(code.value)] = _text(text, {})
    return dict(sorted(found.items()))


def recorded_actions() -> set[str]:
    """Every action that a deed writes down under a fixed name."""
    return {
        call.args[0].value
        for call in _calls(SOURCE.rglob("*.py"))
        if _name(call) == "record"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def fault_codes() -> dict[str, str]:
    """Every code of a malformed cell: a code and a text beside each other in a call."""
    found: dict[str, list[str]] = {}
    for path in _CELL_READERS:
        tree = ast.parse((SOURCE / path).read_text("utf-8"))
        constants = {
            node.targets[0].id: _text(node.value, {})
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = [*call.args, *(word.value for word in call.keywords)]
            for code, text in pairwise(given):
                words = _text(text, constants)
                if words and (written := _code(code)) and _CODE.fullmatch(written):
                    texts = found.setdefault(written, [])
                    texts += [words] if words not in texts else []
    return {code: " / ".join(found[code]) for code in sorted(found)}


def _refusal_table() -> Iterator[str]:
    yield from ("| 代码 code | 提示 text | 模块 app |", "| --- | --- | --- |")
    for code, text in refusals().items():
        yield f"| `{code}` | {text} | {code.partition('.')[0]} |"


def _event_table() -> Iterator[str]:
    yield from ("| 事件 action | 名称 name | 模块 app |", "| --- | --- | --- |")
    for code, text in event_names().items():
        yield f"| `{code}` | {text} | {code.partition('.')[0]} |"


def _column_table() -> Iterator[str]:
    yield from ("| 列 column | 必填 required |", "| --- | --- |")
    for column in COLUMNS:
        yield f"| {column} | {'是' if column in REQUIRED_COLUMNS else ''} |"


def _fault_table() -> Iterator[str]:
    yield from ("| 代码 code | 提示 text |", "| --- | --- |")
    for code, text in fault_codes().items():
        yield f"| `{code}` | {text} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "refusals": _refusal_table,
    "events": _event_table,
    "roster-columns": _column_table,
    "fault-codes": _fault_table,
}


def _calls(paths: Iterable[Path]) -> Iterator[ast.Call]:
    for path in sorted(paths):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _code(node: ast.expr) -> str | None:
    """A code as written; what is put in when it runs is shown as a star."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
        )
    return None


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    """The words inside gettext_noop("…"), or of a constant made so; "" for anything else."""
    if isinstance(node, ast.Name):
        return constants.get(node.id, "")
    if isinstance(node, ast.Call) and node.args and _name(node) in {"gettext_noop", "_", "noop"}:
        first = node.args[0]
        if isinstance(first, ast.Constant):
            return str(first.value).replace("|", "\\|")
    return ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.reference")
    parser.add_argument("deed", choices=["update", "check"])
    deed = parser.parse_args(arguments).deed
    stale = []
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text("utf-8")
        current = page_with_tables(text)
        if current != text:
            stale.append(path)
            if deed == "update":
                path.write_text(current, "utf-8")
    for path in stale:
        print(path.relative_to(ROOT))
    return 1 if stale and deed == "check" else 0


if __name__ == "__main__":
    sys.exit(main())
