"""The order in which one candidate meets items and options, drawn from his seat's seed.

Anybody who has the sealed paper and the seed draws the same order again. The draw uses nothing
but HMAC-SHA-256: byte block n of a label is HMAC(seed, "label/n").
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from jiangjie.exams.rules.units import units_of
from jiangjie.itembank.rules.content import PaperContent

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# An option that speaks of other options stands where its author put it, and so do its fellows.
_SPEAKS_OF_OTHERS = re.compile(r"以上|上述|前述|[A-H]\s*[、和与及,，]\s*[A-H]")


@dataclass(frozen=True, slots=True)
class Layout:
    """`sections[s]` are places of questions in the paper, in the order shown; `options[unit][n]`
    is the place in the bank of the option shown n-th. Units without options have none."""

    sections: tuple[tuple[int, ...], ...]
    options: Mapping[int, tuple[int, ...]]


def layout(
    paper: PaperContent, seed: str, *, mix_items: bool = True, mix_options: bool = True
) -> Layout:
    """Items change places within their section only; the parts of an item keep their order."""
    sections = []
    first = 0
    for number, section in enumerate(paper.sections):
        places = range(first, first + len(section.questions))
        first += len(section.questions)
        sections.append(shuffled(places, seed, f"section {number}") if mix_items else tuple(places))
    options = {
        unit.number: shuffled(range(len(unit.content.options)), seed, f"unit {unit.number}")
        if mix_options and may_mix(unit.content.options)
        else tuple(range(len(unit.content.options)))
        for unit in units_of(paper)
        if unit.content.kind.has_options
    }
    return Layout(tuple(sections), options)


def may_mix(options: Sequence[str]) -> bool:
    return not any(_SPEAKS_OF_OTHERS.search(option) for option in options)


def to_bank(answer: str, order: Sequence[int]) -> str:
    """Letters as the candidate saw them → the bank's letters, ascending; others are dropped."""
    places = (LETTERS.find(letter) for letter in set(answer.upper()))
    return "".join(sorted(LETTERS[order[place]] for place in places if 0 <= place < len(order)))


def as_shown(answer: str, order: Sequence[int]) -> str:
    """The bank's letters → those that this candidate saw, ascending."""
    return "".join(sorted(LETTERS[order.index(LETTERS.index(letter))] for letter in answer))


def shuffled(values: Sequence[int], seed: str, label: str) -> tuple[int, ...]:
    """Fisher–Yates from the back; every order is equally likely."""
    found = list(values)
    numbers = _numbers(seed, label)
    for last in range(len(found) - 1, 0, -1):
        chosen = _below(last + 1, numbers)
        found[last], found[chosen] = found[chosen], found[last]
    return tuple(found)


def _below(limit: int, numbers: Iterator[int]) -> int:
    """Uniform in 0 … limit - 1: what would favour the small numbers is drawn again."""
    bound = 2**32 - 2**32 % limit
    return next(number for number in numbers if number < bound) % limit


def _numbers(seed: str, label: str) -> Iterator[int]:
    block = 0
    while True:
        drawn = hmac.digest(seed.encode(), f"{label}/{block}".encode(), sha256)
        for place in range(0, 32, 4):
            yield int.from_bytes(drawn[place : place + 4], "big")
        block += 1
