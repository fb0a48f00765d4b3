"""May a worker apply for a level, by which clause, and if not yet, when (申报条件).

A set of conditions is a list of clauses for each level, of which one is enough; a clause is a list
of conditions that must hold together. Pure: facts and a compiled set in, a verdict out. How
time is counted is in tenure.py, what each kind of condition means in conditions.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiangjie.applications.rules.conditions import (
    Condition,
    Days,
    Finding,
    Worker,
    common_days,
    compile_condition,
    spell_start,
    union,
)
from jiangjie.applications.rules.facts import FACT_FIELDS, Facts, Fields, bad, facts_from_json
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import BadInput, gettext_noop

__all__ = [
    "ClauseVerdict",
    "ConditionSet",
    "EntryClause",
    "Facts",
    "Finding",
    "Outlook",
    "Request",
    "Verdict",
    "check_request",
    "compile_set",
    "facts_from_json",
    "known_achievements",
    "outlook",
    "request_from_json",
    "verdict",
]


@dataclass(frozen=True, slots=True)
class EntryClause:
    clause: Clause  # id "GZB-2018/4/2": set, level, number
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ConditionSet:
    id: str
    title: str
    note: str
    occupations: frozenset[str]  # empty: every occupation
    levels: Mapping[int, tuple[EntryClause, ...]]

    def clauses(self, target_level: int) -> tuple[EntryClause, ...]:
        """BadInput names the levels that the set has."""
        if target_level not in self.levels:
            raise BadInput(
                gettext_noop("%(set)s没有第%(level)d级的申报条件，只有：%(known)s。"),
                set=self.id,
                level=target_level,
                known="、".join(str(level) for level in sorted(self.levels)),
            )
        return self.levels[target_level]


@dataclass(frozen=True, slots=True)
class Request:
    """One question: may this worker apply for this level of this occupation."""

    id: str
    occupation: str
    target_level: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class ClauseVerdict:
    clause: Clause
    met: bool
    earliest_date: date | None
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.clause.id,
            "text": self.clause.text,
            "source": self.clause.source,
            "confidence": self.clause.confidence.value,
            "met": self.met,
            "conditions": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """A verdict without its reasons.

    `clause` is the first clause met. `earliest_date` is the first day of being eligible without a
    break until now, or for those who are not eligible the next such day if nothing changes but
    time; None when time alone never will.
    """

    eligible: bool
    clause: str | None
    earliest_date: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    eligible: bool
    clause: str | None
    earliest_date: date | None  # as in Outlook
    clauses: tuple[ClauseVerdict, ...]

    def to_json(self) -> dict[str, Any]:
        """As in the command contract, without the id of the request."""
        return {
            "eligible": self.eligible,
            "clause": self.clause,
            "earliest_date": None if self.earliest_date is None else self.earliest_date.isoformat(),
            "clauses": [one.to_json() for one in self.clauses],
        }


def outlook(
    facts: Facts, condition_set: ConditionSet, *, target_level: int, as_of: date
) -> Outlook:
    """Whether and when, for many workers at once; `verdict` tells why."""
    worker = Worker(facts)
    days = [
        (one.clause.id, common_days(worker, one.conditions))
        for one in condition_set.clauses(target_level)
    ]
    return _outlook(days, as_of)


def verdict(
    facts: Facts, condition_set: ConditionSet, *, target_level: int, as_of: date
) -> Verdict:
    """The verdict on the day `as_of`, with every clause and condition explained.

    BadInput when the set has no such level.
    """
    worker = Worker(facts)
    clauses = []
    days = []
    for one in condition_set.clauses(target_level):
        held = common_days(worker, one.conditions)
        days.append((one.clause.id, held))
        clauses.append(
            ClauseVerdict(
                one.clause,
                _holds(held, as_of),
                _first_day(held, as_of),
                tuple(condition.finding(worker, as_of) for condition in one.conditions),
            )
        )
    whole = _outlook(days, as_of)
    return Verdict(whole.eligible, whole.clause, whole.earliest_date, tuple(clauses))


def request_from_json(
    doc: object, path: str, *, achievements: Collection[str] | None = None
) -> Request:
    """The request in `doc` at JSON path `path`; errors as in `facts_from_json`."""
    own = frozenset(("id", "occupation", "target_level"))
    read = Fields(doc, path, required=own | {"birth_date"}, optional=FACT_FIELDS)
    return Request(
        read.text("id"),
        read.text("occupation"),
        read.level("target_level"),
        facts_from_json(read.part(FACT_FIELDS), path, achievements=achievements),
    )


def check_request(request: Request, condition_set: ConditionSet, path: str) -> None:
    """BadInput when the set is another occupation's or lacks the level asked for."""
    if condition_set.occupations and request.occupation not in condition_set.occupations:
        raise bad(
            f"{path}.occupation",
            gettext_noop("%(path)s：%(set)s只适用于职业%(known)s。"),
            set=condition_set.id,
            known="、".join(sorted(condition_set.occupations)),
        )
    if request.target_level not in condition_set.levels:
        raise bad(
            f"{path}.target_level",
            gettext_noop("%(path)s：%(set)s没有这一等级的申报条件，只有：%(known)s。"),
            set=condition_set.id,
            known="、".join(str(level) for level in sorted(condition_set.levels)),
        )


def compile_set(raw: Mapping[str, Any]) -> ConditionSet:
    """A condition set of a resolved pack (`Pack.condition_set`), ready to judge with."""
    return ConditionSet(
        id=raw["id"],
        title=raw["title"],
        note=raw["note"],
        occupations=frozenset(raw["occupations"]),
        levels={
            int(level): tuple(_entry_clause(clause) for clause in clauses)
            for level, clauses in raw["levels"].items()
        },
    )


def known_achievements(condition_sets: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Every name that an attested condition of these sets looks for."""
    return frozenset(
        name
        for one in condition_sets.values()
        for clauses in one["levels"].values()
        for clause in clauses
        for condition in clause["all"]
        for name in _attested_names(condition)
    )


def _attested_names(raw: Mapping[str, Any]) -> list[str]:
    if "any" in raw:
        return [name for one in raw["any"] for part in one for name in _attested_names(part)]
    return list(raw["names"]) if raw["kind"] == "attested" else []


def _entry_clause(raw: Mapping[str, Any]) -> EntryClause:
    source = f"{raw['source']['document']} {raw['source']['clause']}"
    return EntryClause(
        Clause(raw["id"], raw["text"], source, Confidence(raw["confidence"])),
        tuple(compile_condition(condition) for condition in raw["all"]),
    )


def _outlook(days: list[tuple[str, Days]], as_of: date) -> Outlook:
    met = next((clause for clause, held in days if _holds(held, as_of)), None)
    return Outlook(met is not None, met, _first_day(union(held for _, held in days), as_of))


def _holds(days: Days, on: date) -> bool:
    return any(start <= on < end for start, end in days)


def _first_day(days: Days, as_of: date) -> date | None:
    start = spell_start(days, as_of)
    # What was always so, an attested fact without a date, is known to hold on the day itself.
    return as_of if start == date.min else start
