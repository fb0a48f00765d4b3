"""`jiangjie eligibility FACTS.json`: who may apply, by which clause, and if not yet, when."""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jiangjie.applications.rules.eligibility import (
    ConditionSet,
    Request,
    Verdict,
    check_request,
    compile_set,
    known_achievements,
    request_from_json,
    verdict,
)
from jiangjie.applications.rules.facts import Fields, bad
from jiangjie.kernel.clauses import Confidence
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.policy import packs
from jiangjie.policy.packs import Pack

HELP: str = gettext_noop("判定申报条件：谁可以申报、依哪一条、最早何时")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("facts", metavar="FACTS.json", help="申报事实；“-”为标准输入")
    parser.add_argument("--pack", default=packs.DEFAULT, metavar="NAME", help="规则包")
    parser.add_argument("--json", action="store_true", help="输出JSON")


def run(args: argparse.Namespace) -> int:
    """0: everybody may apply; 1: somebody may not; 2: the input is unusable."""
    try:
        pack = packs.load(args.pack)
        questions = _questions(_document(args.facts), pack)
        answers = [
            (
                request,
                verdict(
                    request.facts,
                    questions.condition_set,
                    target_level=request.target_level,
                    as_of=questions.as_of,
                ),
            )
            for request in questions.requests
        ]
    except BadInput as why:
        print(f"{args.facts}: {why}", file=sys.stderr)
        return 2
    if args.json:
        body = {"verdicts": [{"id": request.id, **one.to_json()} for request, one in answers]}
        print(json.dumps(body, ensure_ascii=False))
    else:
        print("\n\n".join(_told(request, one) for request, one in answers))
    return 0 if all(one.eligible for _, one in answers) else 1


@dataclass(frozen=True, slots=True)
class _Questions:
    as_of: date
    condition_set: ConditionSet
    requests: tuple[Request, ...]


def _document(name: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object)
    except OSError as why:
        raise BadInput(gettext_noop("无法读取：%(why)s"), why=why.strerror or str(why)) from why
    except UnicodeDecodeError as why:
        raise BadInput(gettext_noop("不是UTF-8文字。")) from why
    except (ValueError, RecursionError) as why:
        raise BadInput(gettext_noop("不是JSON：%(why)s"), why=str(why)) from why


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise BadInput(gettext_noop("同一对象中重复的字段：%(keys)s。"), keys="、".join(repeated))
    return dict(pairs)


def _questions(doc: object, pack: Pack) -> _Questions:
    read = Fields(doc, "$", required=("as_of", "standard", "requests"))
    standard = read.one_of("standard", tuple(pack.condition_sets))
    condition_set = compile_set(pack.condition_set(standard))
    achievements = known_achievements(pack.condition_sets)
    seen: set[str] = set()

    def request(one: object, path: str) -> Request:
        question = request_from_json(one, path, achievements=achievements)
        if question.id in seen:
            raise bad(f"{path}.id", gettext_noop("%(path)s：与前面的id重复。"))
        seen.add(question.id)
        check_request(question, condition_set, path)
        return question

    return _Questions(read.day("as_of"), condition_set, read.objects("requests", request))


def _told(request: Request, one: Verdict) -> str:
    level = Level(request.target_level).certificate_text
    if one.eligible:
        lines = [f"{request.id}：可以申报{level}（{one.clause}，自{one.earliest_date}起符合）"]
    elif one.earliest_date is not None:
        lines = [f"{request.id}：尚不能申报{level}，最早{one.earliest_date}可以申报"]
    else:
        lines = [f"{request.id}：不能申报{level}，仅靠时间推移不会符合"]
    for entry in one.clauses:
        doubt = "" if entry.clause.confidence is Confidence.SOURCED else "，未经核实"
        lines.append(
            f"  {'✓' if entry.met else '✗'} {entry.clause.id} {entry.clause.text}"
            f"［{entry.clause.source}，{entry.clause.confidence.value}{doubt}］"
        )
        for finding in entry.findings:
            gap = "" if finding.missing is None else f"，还差：{finding.missing}"
            lines.append(f"      {'✓' if finding.met else '✗'} {finding.text}：{finding.have}{gap}")
    return "\n".join(lines)
