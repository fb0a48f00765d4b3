"""Marks of what is compared with a key: single and multiple choice, true or false, blanks.

Points are hundredths. Answers and keys are in the bank's letters (rules.shuffle.to_bank).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jiangjie.exams.rules.units import Unit
from jiangjie.itembank.rules.content import ItemContent, Kind


class Partial(StrEnum):
    """What a multiple choice earns that is right as far as it goes. A wrong letter earns nothing."""

    NONE = "none"  # 多选、少选、错选均不得分
    HALF = "half"  # 少选得一半
    SHARE = "share"  # 少选按选对的比例得分


def mark(content: ItemContent, points: int, answer: str, *, partial: Partial) -> int | None:
    """Points earned, rounded down; None for what people mark."""
    match content.kind:
        case Kind.SINGLE | Kind.TRUE_FALSE:
            return points if answer == content.key else 0
        case Kind.MULTIPLE:
            return _multiple(frozenset(content.key), frozenset(answer), points, partial)
        case Kind.BLANK:
            return _blanks(content.key, answer, points)
    return None


def _multiple(key: frozenset[str], chosen: frozenset[str], points: int, partial: Partial) -> int:
    if chosen == key:
        return points
    if not chosen or not chosen < key or partial is Partial.NONE:
        return 0
    return points // 2 if partial is Partial.HALF else points * len(chosen) // len(key)


def _blanks(key: str, answer: str, points: int) -> int:
    """Each blank earns an equal share, whatever the policy: they are asked one by one."""
    wanted = key.split("\n")
    given = answer.split("\n")
    given += [""] * (len(wanted) - len(given))
    right = sum(
        bool(plain(text)) and plain(text) in {plain(one) for one in line.split("|")}
        for line, text in zip(wanted, given, strict=False)
    )
    return points * right // len(wanted)


def plain(text: str) -> str:
    """As it is compared: full and half width, letter case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Marked:
    """An answer sheet after the machine has seen it; hundredths."""

    points: Mapping[int, int]  # by unit, only what the machine marks
    possible: int  # of those units
    for_people: tuple[int, ...]  # units that people mark

    @property
    def total(self) -> int:
        return sum(self.points.values())


def mark_sheet(units: tuple[Unit, ...], answers: Mapping[int, str], *, partial: Partial) -> Marked:
    """`answers` by unit, in the bank's letters; what is missing was left empty."""
    found = {
        unit.number: mark(unit.content, unit.points, answers.get(unit.number, ""), partial=partial)
        for unit in units
    }
    return Marked(
        points={number: points for number, points in found.items() if points is not None},
        possible=sum(unit.points for unit in units if found[unit.number] is not None),
        for_people=tuple(number for number, points in found.items() if points is None),
    )
