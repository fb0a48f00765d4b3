"""`jiangjie assemble POOL.csv BLUEPRINT.json`: papers from a pool of items, or why there are none."""

import argparse
import csv
import json
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.papers.rules.assembly import Assembly, assemble
from jiangjie.papers.rules.blueprint import Blueprint, Count, MaximinInformation, Pool, Total
from jiangjie.papers.rules.model import Instance
from jiangjie.papers.rules.reading import read_blueprint, read_pool

HELP: str = gettext_noop("组卷：按要求从题库组出平行试卷，组不出时说明哪几条要求互相矛盾")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", metavar="POOL.csv", help="题库，每行一题，有id列")
    parser.add_argument("blueprint", metavar="BLUEPRINT.json", help="组卷要求；“-”为标准输入")
    parser.add_argument("--json", action="store_true", help="输出JSON")


def run(args: argparse.Namespace) -> int:
    """0: papers; 1: the blueprint cannot be kept; 2: the input is unusable."""
    start = time.perf_counter()
    try:
        pool = read_pool(_rows(args.pool), args.pool)
        blueprint = read_blueprint(_document(args.blueprint), pool, args.blueprint)
        result = assemble(pool, blueprint)
    except BadInput as why:
        print(why, file=sys.stderr)
        return 2
    seconds = round(time.perf_counter() - start, 3)
    if args.json:
        print(json.dumps(_json(result, seconds), ensure_ascii=False))
    else:
        print("\n".join(_told(result, pool, blueprint, seconds)))
    return 1 if result.forms is None else 0


def _rows(name: str) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        text = Path(name).read_bytes().decode("utf-8-sig")
    except OSError as why:
        raise BadInput(
            gettext_noop("%(file)s：无法读取：%(why)s"), file=name, why=why.strerror or str(why)
        ) from why
    except UnicodeDecodeError as why:
        raise BadInput(gettext_noop("%(file)s：不是UTF-8文字。"), file=name) from why
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as why:
            raise BadInput(
                gettext_noop("%(file)s第%(line)d行：不是CSV：%(why)s"),
                file=name,
                line=reader.line_num,
                why=str(why),
            ) from why
        yield reader.line_num, cells


def _document(name: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object)
    except OSError as why:
        raise BadInput(
            gettext_noop("%(file)s：无法读取：%(why)s"), file=name, why=why.strerror or str(why)
        ) from why
    except UnicodeDecodeError as why:
        raise BadInput(gettext_noop("%(file)s：不是UTF-8文字。"), file=name) from why
    except (ValueError, RecursionError) as why:
        raise BadInput(
            gettext_noop("%(file)s：不是JSON：%(why)s"), file=name, why=str(why)
        ) from why


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(gettext_noop("同一对象中重复的字段：") + "、".join(repeated))
    return dict(pairs)


def _json(result: Assembly, seconds: float) -> dict[str, Any]:
    return {
        "feasible": result.forms is not None,
        "forms": [list(form) for form in result.forms or ()],
        "objective": result.objective,
        "bound": result.bound,
        "seconds": seconds,
        "conflict": [each.to_json() for each in result.conflict],
    }


def _told(result: Assembly, pool: Pool, blueprint: Blueprint, seconds: float) -> Iterator[str]:
    if result.forms is None:
        yield gettext_noop(
            "组不出：下列%(count)d条要求不能同时满足，缺了任何一条其余的就能满足。"
        ) % {"count": len(result.conflict)}
        for each in result.conflict:
            yield f"  {each.path}  {each.text}"
            yield f"      → {each.relaxed}"
        return
    yield gettext_noop(
        "组出%(forms)d套，目标值%(value)s，理论界限%(bound)s，用时%(seconds).2f秒。"
    ) % {
        "forms": len(result.forms),
        "value": f"{result.objective:.6g}",
        "bound": f"{result.bound:.6g}",
        "seconds": seconds,
    }
    yield from _table(_columns(result.forms, pool, blueprint))
    for number, form in enumerate(result.forms, 1):
        yield gettext_noop("第%(number)d套：%(ids)s") % {
            "number": number,
            "ids": " ".join(form),
        }


def _columns(forms: Sequence[Sequence[str]], pool: Pool, blueprint: Blueprint) -> list[list[str]]:
    """One column for each fact about the papers, its heading first."""
    instance = Instance(pool, blueprint)
    places = [instance.places(form) for form in forms]
    columns = [
        [gettext_noop("套"), *map(str, range(1, len(forms) + 1))],
        [gettext_noop("题数"), *(str(len(form)) for form in forms)],
    ]
    told: set[str] = set()
    for rule in blueprint.rules:
        if not isinstance(rule, Count | Total):
            continue
        name = rule.column if isinstance(rule, Total) else "、".join(
            f"{column}={value if isinstance(value, str) else format(value, 'g')}"
            for column, value in rule.where
        )  # fmt: skip
        values = instance.coefficients(rule)
        if name not in told and values is not None:
            told.add(name)
            columns.append([name, *(f"{values[at].sum():g}" for at in places)])
    objective = blueprint.objective
    if isinstance(objective, MaximinInformation):
        for theta, values in zip(objective.theta, instance.measures, strict=True):
            columns.append([f"I({theta:g})", *(f"{values[at].sum():.4f}" for at in places)])
    else:
        numbers = [[float(pool.columns[objective.column][at]) for at in form] for form in places]
        name = objective.column
        columns.append([f"Σ{name}", *(f"{sum(each):g}" for each in numbers)])
        columns.append(
            [gettext_noop("%(name)s均值") % {"name": name}]
            + [f"{np.mean(each) if each else 0:.4f}" for each in numbers]
        )
        columns.append(
            [gettext_noop("%(name)s标准差") % {"name": name}]
            + [f"{np.std(each) if each else 0:.4f}" for each in numbers]
        )
    if len(forms) > 1:
        most = [
            max(len(set(form) & set(other)) for other in forms if other is not form)
            for form in forms
        ]
        columns.append([gettext_noop("与他套最多重复"), *map(str, most)])
    return columns


def _table(columns: list[list[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in columns]
    for row in zip(*columns, strict=True):
        cells = zip(row, widths, strict=True)
        yield "  ".join(" " * (width - _width(cell)) + cell for cell, width in cells)


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
