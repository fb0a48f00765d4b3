"""A pool of items and a blueprint: what the papers must keep to, and what they should be best at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Where = tuple[tuple[str, str | float], ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """Items as read: text cells by column, and as numbers those columns that a blueprint counts on.

    `lines` are the line numbers in the file, for messages.
    """

    source: str
    ids: tuple[str, ...]
    lines: tuple[int, ...]
    columns: dict[str, tuple[str, ...]]


# ---- rules: each holds for every form on its own, except Overlap and Forms --------------------


@dataclass(frozen=True, slots=True)
class Forms:
    """So many papers. Left out of a set of rules, one paper is asked for."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class Length:
    path: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """Items that fulfil `where`: at least `low`, at most `high`."""

    path: str
    where: Where
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a column over a paper."""

    path: str
    column: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Exclusive:
    """At most one of these in a paper."""

    path: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """All of these in a paper, or none."""

    path: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A stimulus (题干材料) that a paper uses has at least `low`, at most `high` items there.

    Items with an empty cell belong to no stimulus.
    """

    path: str
    column: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Only items whose column is at most `high` may be used."""

    path: str
    column: str
    high: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Any two papers share at most `high` items."""

    path: str
    high: int


Rule = Forms | Length | Count | Total | Exclusive | Together | Stimulus | Exposure | Overlap


# ---- objectives ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MaximinInformation:
    """Maximise the least test information, over all papers and all `theta`."""

    theta: tuple[float, ...]
    scaling: float  # D


@dataclass(frozen=True, slots=True)
class MinimaxDeviation:
    """Minimise the largest deviation of a paper's sum of `column` from `target`."""

    column: str
    target: float


@dataclass(frozen=True, slots=True)
class MatchDifficulty:
    """Minimise, over all papers, the largest deviation of the column's mean or of its standard
    deviation (of the paper's items, divided by their number) from what is wanted.

    A deviation of the standard deviation counts `weight` times, at most once. Where it cannot be
    had, the means may be that much farther from each other and no more.
    """

    column: str
    mean: float
    sd: float
    weight: float = 1.0


Objective = MaximinInformation | MinimaxDeviation | MatchDifficulty


@dataclass(frozen=True, slots=True)
class Blueprint:
    source: str
    rules: tuple[Rule, ...]
    objective: Objective
    seed: int
    document: dict[str, Any] = field(repr=False)  # as written, for quoting

    @property
    def forms(self) -> int:
        return forms_of(self.rules)


def forms_of(rules: Sequence[Rule]) -> int:
    return next((rule.number for rule in rules if isinstance(rule, Forms)), 1)


def is_match(cell: str, wanted: str | float) -> bool:
    """A text equals the cell's text; a number equals the cell's number, so 1 equals "1.0"."""
    if isinstance(wanted, str):
        return cell == wanted
    try:
        return float(cell) == wanted
    except ValueError:
        return False


def numbers(pool: Pool, column: str) -> Numbers:
    """A column that was checked to be numeric when the blueprint was read."""
    return np.array([float(cell) for cell in pool.columns[column]], dtype=np.float64)
