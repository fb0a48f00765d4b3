"""Typed views of a pack's entries for the capabilities that apply them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.policy.packs import Pack


class DayCount(StrEnum):
    WORKDAY = "workday"
    NATURAL = "natural"


class Combination(StrEnum):
    """How the parts of an evaluation make one result."""

    ALL_PASS = "ALL_PASS"  # noqa: S105 -- every part at its pass mark, none makes up for another
    COMMITTEE_VOTE = "COMMITTEE_VOTE"


@dataclass(frozen=True, slots=True)
class Term:
    """How long a 公示 lasts."""

    days: int
    calendar: DayCount
    clause: Clause


@dataclass(frozen=True, slots=True)
class PartRule:
    """One part that must be taken at a level."""

    kind: str  # probation, theory, practical, review, dossier, defence or vote
    title: str  # a gettext source string
    pass_mark: int | None  # hundredths; None where no mark is set and a vote decides
    clause: Clause  # of the pass mark where there is one, else of the part


@dataclass(frozen=True, slots=True)
class LevelCode:
    """Position 16 of the certificate number."""

    code: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class ExceptionalRoute:
    """破格, 越级, 直接认定 or 免理论, as a named clause allows it."""

    name: str
    levels: frozenset[int]  # empty: the clause names no level
    evidence: str  # what must be filed with it
    min_layer: int  # the lowest of the three layers of review that may approve it
    clause: Clause


_PART_TITLES = {
    "probation": gettext_noop("转正定级考核"),
    "theory": gettext_noop("理论知识考试"),
    "practical": gettext_noop("操作技能考核"),
    "review": gettext_noop("综合评审"),
    "dossier": gettext_noop("业绩评审"),
    "defence": gettext_noop("现场答辩"),
    "vote": gettext_noop("评委表决"),
}
_WITH_PASS_MARK = frozenset(("theory", "practical", "review"))


def publicity_term(pack: Pack, kind: str) -> Term:
    """The term of a 公示 of `kind` "qualification" or "result"."""
    key = f"publicity.{kind}"
    value = pack.mapping(key)
    return Term(
        cast(int, value["days"]), DayCount(cast(str, value["calendar"])), pack.entry(key).clause
    )


def parts_for_level(pack: Pack, level: int) -> tuple[PartRule, ...]:
    """The parts of a level (1 to 8) in the order in which they are taken."""
    key = f"parts.{level}"
    rules = []
    for kind in cast(list[str], pack.sequence(key)):
        mark = f"pass_mark.{kind}" if kind in _WITH_PASS_MARK else None
        rules.append(
            PartRule(
                kind=kind,
                title=_PART_TITLES[kind],
                pass_mark=None if mark is None else pack.integer(mark),
                clause=pack.entry(mark or key).clause,
            )
        )
    return tuple(rules)


def combination_for_level(pack: Pack, level: int) -> tuple[Combination, Clause]:
    """How the parts of a level combine; 特级 and 首席 are appointed (评聘), not examined."""
    key = "combine.appointment" if level >= Level.MASTER_TECHNICIAN else "combine"
    return Combination(pack.text(key)), pack.entry(key).clause


def level_codes(pack: Pack) -> Mapping[int, LevelCode]:
    """The code of each level that has one; 学徒工 has none."""
    return {
        int(level): LevelCode(cast(str, code), pack.entry(key).clause)
        for key in ("certificate.level_codes", "certificate.level_codes.appointed")
        for level, code in pack.mapping(key).items()
    }


def exceptional_route(pack: Pack, name: str) -> ExceptionalRoute:
    """The route called 破格, 越级, 直接认定 or 免理论.

    RuleViolation where the pack has no clause that allows it: nobody may take a route that no
    published rule names (R-20).
    """
    entry = pack.entry("exceptional_routes")
    routes = pack.mapping("exceptional_routes")
    if name not in routes:
        raise RuleViolation(
            "policy.route_not_allowed",
            gettext_noop("%(pack)s的规则中没有允许%(route)s的条款。"),
            source=str(entry.source),
            pack=pack.title,
            route=name,
        )
    route = cast(dict[str, object], routes[name])
    return ExceptionalRoute(
        name=name,
        levels=frozenset(cast(list[int], route["levels"])),
        evidence=cast(str, route["evidence"]),
        min_layer=pack.integer("signoff.exceptional_min_layer"),
        clause=replace(
            entry.clause, id=f"{entry.clause.id}/{name}", text=cast(str, route["clause"])
        ),
    )
