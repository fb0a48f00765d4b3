"""Experts, tasks, and which expert may sit on which panel.

"Outside" means: not of the task's organisation. All numbers of people are counts of seats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

OBJECTIVES = ("max_sum", "max_min", "fair")

# What the card is called, and the name under which policy packs state how high its holder may
# assess (`examiner.max_level`).
GRADES = {"考评员": "assessor", "高级考评员": "senior_assessor"}

Pairs = NDArray[np.bool_]  # experts × tasks
Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Expert:
    id: str
    org: str | None
    unit: str | None
    grade: str | None  # a key of GRADES; None: no card
    occupations: frozenset[str]
    min_load: int
    max_load: int


@dataclass(frozen=True, slots=True)
class Task:
    """One panel to be filled. `occupation` or `level` None: nothing is asked in this respect."""

    id: str
    org: str | None
    unit: str | None
    occupation: str | None
    level: int | None  # ascending, 1 to 8
    panel_size: int
    odd: bool


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """`scores[i, j]`: how well expert i suits task j, any finite number, more is better."""

    experts: tuple[Expert, ...]
    tasks: tuple[Task, ...]
    scores: Scores
    conflicts: tuple[tuple[int, int], ...]  # places of expert and task
    outside_share: Fraction
    objective: str
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Seats:
    """A problem as numbers: who may sit where, and how many. Pairs are experts × tasks."""

    may_serve: Pairs
    is_inside: Pairs
    sizes: Numbers  # members of each panel
    most_inside: Numbers  # members of the task's own organisation, at most
    min_loads: Numbers
    max_loads: Numbers


def outside_needed(share: Fraction, size: int) -> int:
    """The least number of outsiders that is at least `share` of a panel of `size`."""
    return ceil(share * size)


def most_inside(tasks: Sequence[Task], share: Fraction) -> Numbers:
    """How many of the task's own organisation each panel may have."""
    return np.array([task.panel_size - outside_needed(share, task.panel_size) for task in tasks])


def is_qualified(expert: Expert, task: Task, max_levels: Mapping[str, int]) -> bool:
    """Whether the expert's card reaches the task's level; `max_levels` is by the pack's names."""
    if task.level is None:
        return True
    return expert.grade is not None and task.level <= max_levels[GRADES[expert.grade]]


def is_of_trade(expert: Expert, task: Task) -> bool:
    return task.occupation is None or task.occupation in expert.occupations


def is_inside(expert: Expert, task: Task) -> bool:
    return task.org is not None and expert.org == task.org


def shares_unit(expert: Expert, task: Task) -> bool:
    """Colleagues of one unit (二级单位): allowed, but to be looked at (R: 同一二级单位提示)."""
    return is_inside(expert, task) and task.unit is not None and expert.unit == task.unit


def pairs_where(problem: Problem, condition: Callable[[Expert, Task], bool]) -> Pairs:
    return np.array(
        [[condition(expert, task) for task in problem.tasks] for expert in problem.experts],
        dtype=np.bool_,
    ).reshape(len(problem.experts), len(problem.tasks))


def seats(problem: Problem, max_levels: Mapping[str, int]) -> Seats:
    """Every rule of the problem except `odd`, which is between the task's own fields."""
    return Seats(
        may_serve=pairs_where(
            problem,
            lambda expert, task: (
                is_of_trade(expert, task) and is_qualified(expert, task, max_levels)
            ),
        )
        & ~conflicted(problem),
        is_inside=pairs_where(problem, is_inside),
        sizes=np.array([task.panel_size for task in problem.tasks]),
        most_inside=most_inside(problem.tasks, problem.outside_share),
        min_loads=np.array([expert.min_load for expert in problem.experts]),
        max_loads=np.array([expert.max_load for expert in problem.experts]),
    )


def conflicted(problem: Problem) -> Pairs:
    pairs = np.zeros((len(problem.experts), len(problem.tasks)), dtype=np.bool_)
    for expert, task in problem.conflicts:
        pairs[expert, task] = True
    return pairs


def panel_members(problem: Problem, chosen: Pairs) -> dict[str, list[str]]:
    """By task, the experts' ids in the order in which the problem lists them."""
    return {
        task.id: [problem.experts[i].id for i in np.flatnonzero(chosen[:, j])]
        for j, task in enumerate(problem.tasks)
    }
