"""A pack as a reader meets it: entries with their values in words, conditions clause by clause.

Pure: values in, values out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jiangjie.kernel.canonical import Json
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import gettext_noop
from jiangjie.policy.packs import Entry, Pack


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that two packs state differently; None where one of them has it not."""

    key: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class LevelClauses:
    """What one condition set asks for one level; one clause is enough."""

    level: int  # ord
    clauses: tuple[Clause, ...]
    notes: tuple[str, ...]  # beside each clause, "" for none


@dataclass(frozen=True, slots=True)
class ShownSet:
    id: str
    title: str
    note: str
    source: str
    confidence: Confidence
    occupations: tuple[str, ...]
    levels: tuple[LevelClauses, ...]


def value_lines(value: Json) -> list[str]:
    """A value as short lines: "days: 5". Nested values are joined on one line."""
    if isinstance(value, Mapping):
        return [f"{key}: {_flat(part)}" for key, part in value.items()] or ["—"]
    if isinstance(value, list):
        return ["、".join(_flat(part) for part in value) or "—"]
    return [_flat(value)]


def _flat(value: Json) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return gettext_noop("是") if value else gettext_noop("否")
    if isinstance(value, Mapping):
        return "，".join(f"{key}={_flat(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "、".join(_flat(part) for part in value) or "—"
    return str(value)


def groups(pack: Pack) -> list[tuple[str, list[Entry]]]:
    """Entries by the first part of their key, in the order of the keys."""
    found: dict[str, list[Entry]] = {}
    for key, entry in pack.entries.items():
        found.setdefault(key.partition(".")[0], []).append(entry)
    return sorted(found.items())


def shown_set(raw: Mapping[str, Any]) -> ShownSet:
    return ShownSet(
        id=raw["id"],
        title=raw["title"],
        note=raw["note"],
        source=_source(raw["source"]),
        confidence=Confidence(raw["confidence"]),
        occupations=tuple(raw["occupations"]),
        levels=tuple(
            LevelClauses(
                int(level),
                tuple(
                    Clause(
                        each["id"], each["text"], _source(each["source"]),
                        Confidence(each["confidence"]),
                    )
                    for each in clauses
                ),
                tuple(each["note"] for each in clauses),
            )
            for level, clauses in sorted(raw["levels"].items())
        ),
    )  # fmt: skip


def clauses_of(sets: Mapping[str, Mapping[str, Any]], name: str, level: int) -> tuple[Clause, ...]:
    """The clauses of one level; empty where the set or the level is not there."""
    if name not in sets:
        return ()
    shown = shown_set(sets[name])
    return next((each.clauses for each in shown.levels if each.level == level), ())


def changes(before: Pack, after: Pack) -> Iterator[Change]:
    """The entries whose value, source or confidence differ, by key."""
    for key in sorted(set(before.entries) | set(after.entries)):
        old, new = before.entries.get(key), after.entries.get(key)
        if old is None or new is None or _said(old) != _said(new):
            yield Change(key, old, new)


def changed_sets(before: Pack, after: Pack) -> dict[str, list[str]]:
    """Condition sets by what happened to them: "added", "removed", "changed"."""
    old, new = before.condition_sets, after.condition_sets
    return {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
        "changed": sorted(name for name in set(old) & set(new) if old[name] != new[name]),
    }


def _said(entry: Entry) -> tuple[object, ...]:
    return entry.value, entry.source, entry.confidence, entry.note


def _source(raw: Mapping[str, str]) -> str:
    return f"{raw['document']} {raw['clause']}".strip()
