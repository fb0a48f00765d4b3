"""How many items of a paper each part of a 鉴定要素细目表 gets, and which points they test.

Items are allotted by 比重 from level to level by largest remainder, so that the parts of a part sum
up to it; within a part of the lowest level X (core) points come before Y and Z, and no point is
tested twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jiangjie.kernel.errors import RuleViolation, gettext_noop

IMPORTANCE = ("X", "Y", "Z")  # 核心, 一般, 辅助


@dataclass(frozen=True, slots=True)
class Point:
    """鉴定点: code of three digits and how important it is."""

    code: str
    importance: str


@dataclass(frozen=True, slots=True)
class Scope:
    """鉴定范围 with its 鉴定比重 in percent of the paper; either parts or points below it."""

    code: str
    weight: Fraction
    parts: tuple["Scope", ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Allotment:
    """The items of a scope of the lowest level and the points they test, by full code."""

    items: dict[str, int]  # of every scope, by its path of codes: "A", "A-B", "A-B-C"
    points: tuple[str, ...]  # "A-B-C-001", one item each


def blueprint_counts(table: Sequence[Scope], length: int) -> Allotment:
    """A paper of `length` items after `table`, the scopes of level 1.

    RuleViolation when the weights of a level do not sum up (100 at the top, below to the scope's
    own), or when a scope has fewer points than it is to have items.
    """
    items: dict[str, int] = {}
    points: list[str] = []
    _allot(tuple(table), "", Fraction(100), length, items, points)
    return Allotment(items, tuple(points))


def largest_remainder(weights: Sequence[Fraction], total: int) -> list[int]:
    """`total` divided in whole numbers by weight; equal remainders go to what comes first."""
    whole = sum(weights, Fraction(0))
    if whole == 0:
        return [0] * len(weights)
    shares = [weight * total / whole for weight in weights]
    counts = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda at: counts[at] - shares[at])
    for at in order[: total - sum(counts)]:
        counts[at] += 1
    return counts


def as_counts(allotment: Allotment, columns: Mapping[int, str]) -> list[dict[str, object]]:
    """Entries for a blueprint's `counts`: `columns` names the pool's column for each level (1 …)."""
    counts: list[dict[str, object]] = []
    for path, number in allotment.items.items():
        codes = path.split("-")
        if all(level in columns for level in range(1, len(codes) + 1)):
            where = {columns[level]: code for level, code in enumerate(codes, 1)}
            counts.append({"where": where, "min": number, "max": number})
    return counts


def _allot(
    parts: tuple[Scope, ...],
    above: str,
    weight: Fraction,
    number: int,
    items: dict[str, int],
    points: list[str],
) -> None:
    total = sum((part.weight for part in parts), Fraction(0))
    if total != weight:
        raise RuleViolation(
            "papers.weights",
            gettext_noop("%(scope)s下各部分的比重之和为%(have)s，应为%(want)s。"),
            scope=above or "/",
            have=f"{float(total):g}",
            want=f"{float(weight):g}",
        )
    counts = largest_remainder([part.weight for part in parts], number)
    for part, count in zip(parts, counts, strict=True):
        path = f"{above}-{part.code}" if above else part.code
        items[path] = count
        if part.parts:
            _allot(part.parts, path, part.weight, count, items, points)
            continue
        if count > len(part.points):
            raise RuleViolation(
                "papers.points",
                gettext_noop("%(scope)s应出%(want)d题，只有%(have)d个鉴定点，一点至多一题。"),
                scope=path,
                want=count,
                have=len(part.points),
            )
        ordered = sorted(part.points, key=lambda point: IMPORTANCE.index(point.importance))
        points += [f"{path}-{point.code}" for point in ordered[:count]]
