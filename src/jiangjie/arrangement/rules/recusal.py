"""回避: what stands between an expert and a candidate, by their records and what they told.

Pure: records in, edges with reason and source out. People are numbers of verified persons; a
name or an address never decides.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import gettext_noop

HARD, WARN, SILENT = "hard", "warn", "silent"
SELF, TEAM, UNIT, ORGANISATION, DISPUTE = "self", "team", "unit", "organisation", "dispute"
_TEXTS = {
    SELF: gettext_noop("本人就是考生"),
    TEAM: gettext_noop("与考生%(candidate)s同班组（%(where)s）"),
    UNIT: gettext_noop("与考生%(candidate)s同单位（%(where)s）"),
    ORGANISATION: gettext_noop("与考生%(candidate)s同属一个机构（%(where)s）"),
    "supervisor": gettext_noop("与考生%(candidate)s是直接上下级"),
    "mentor": gettext_noop("与考生%(candidate)s是师徒"),
    "relative": gettext_noop("与考生%(candidate)s是亲属"),
    "trainer": gettext_noop("与考生%(candidate)s是培训教师与学员"),
    DISPUTE: gettext_noop("与考生%(candidate)s曾有争议"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """Where somebody works on the day in question: unit, department, team; the root of its tree."""

    unit: int
    unit_name: str
    department: str
    team: str
    root: int
    root_name: str


@dataclass(frozen=True, slots=True)
class Human:
    person: int
    name: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A tie that somebody told or an office recorded; it holds both ways."""

    people: frozenset[int]
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`examiner.recusal` of a pack: which kinds forbid and which only warn; others are silent."""

    block: frozenset[str]
    warn: frozenset[str]
    clause: Clause

    def strength(self, kind: str) -> str:
        # Nobody judges himself, and whoever is in dispute with somebody does not judge him:
        # house decisions, whatever the pack says.
        if kind in (SELF, DISPUTE) or kind in self.block:
            return HARD
        return WARN if kind in self.warn else SILENT


@dataclass(frozen=True, slots=True)
class Edge:
    expert: int  # person
    candidate: int  # person
    kind: str
    strength: str  # HARD or WARN
    text: str  # gettext source
    values: dict[str, str]
    source: str  # where it is known from


def edges(
    experts: Iterable[Human], candidates: Sequence[Human], told: Collection[Told], policy: Policy
) -> list[Edge]:
    """Every edge that forbids or warns, in the order of the experts and then the candidates."""
    between: dict[frozenset[int], list[Told]] = {}
    for each in told:
        between.setdefault(each.people, []).append(each)
    return [
        edge
        for expert in experts
        for candidate in candidates
        for edge in _between(expert, candidate, between, policy)
    ]


def _between(
    expert: Human, candidate: Human, told: dict[frozenset[int], list[Told]], policy: Policy
) -> Iterable[Edge]:
    pair = frozenset({expert.person, candidate.person})
    found = [(each.kind, each.source, "") for each in told.get(pair, ())]
    if expert.person == candidate.person:
        found.append((SELF, gettext_noop("人员档案"), ""))
    elif nearest := _nearest(expert, candidate):
        found.append((nearest[0], gettext_noop("人员档案中的任职记录"), nearest[1]))
    for kind, source, where in found:
        strength = policy.strength(kind)
        if strength != SILENT:
            values = {"candidate": candidate.name, "where": where}
            yield Edge(
                expert.person, candidate.person, kind, strength, _TEXTS[kind], values, source
            )


def _nearest(expert: Human, candidate: Human) -> tuple[str, str] | None:
    """The nearest thing that two people's present jobs have in common."""
    found: list[tuple[int, str, str]] = []
    for ours in expert.jobs:
        for theirs in candidate.jobs:
            if ours.unit == theirs.unit:
                same_team = ours.team and (ours.department, ours.team) == (
                    theirs.department, theirs.team,
                )  # fmt: skip
                if same_team:
                    where = " ".join(filter(None, (ours.unit_name, ours.department, ours.team)))
                    found.append((0, TEAM, where))
                else:
                    found.append((1, UNIT, ours.unit_name))
            elif ours.root == theirs.root:
                found.append((2, ORGANISATION, ours.root_name))
    if not found:
        return None
    _, kind, where = min(found)
    return kind, where


def is_running(since: date, until: date | None, on: date) -> bool:
    """Of an employment; `until` is the first day no longer employed."""
    return since <= on and (until is None or on < until)
