"""Filling what is still open: locked seats stay, panels at one moment share nobody, and a repair
moves as few people as it can.

The seats left over go to the search of `solving`; the whole is checked by `checking` before it is
given out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import numpy as np

from jiangjie.arrangement.rules.checking import faults
from jiangjie.arrangement.rules.flows import can_be_seated
from jiangjie.arrangement.rules.panels import Problem, Seats, panel_members, seats
from jiangjie.arrangement.rules.solving import panel_totals, solve

T = TypeVar("T")
STAYS = 1_000_000.0  # a seat kept is worth more than all that any exchange could bring


@dataclass(frozen=True, slots=True)
class Filled:
    panels: Mapping[str, list[str]]
    total: float
    worst: float
    bound: float  # no seating that keeps the locked seats has a better worst panel


def fill(
    problem: Problem, max_levels: Mapping[str, int], locked: Mapping[str, Sequence[str]]
) -> Filled | None:
    """The best answer that keeps the locked seats; None when there is none.

    Locked members must themselves keep the rules. AssertionError if the checker objects.
    """
    whole = seats(problem, max_levels)
    left, is_locked = _left_over(problem, whole, locked)
    if not can_be_seated(left):
        return None
    open_ = np.flatnonzero(left.sizes > 0)
    chosen, bound = is_locked.copy(), float("inf")
    if len(open_):
        scores = problem.scores[:, open_]
        # What the locked members bring counts for their panel: spread over its open seats.
        brought = (problem.scores * is_locked).sum(axis=0)[open_] / left.sizes[open_]
        answer = solve(
            replace(
                problem, tasks=tuple(problem.tasks[j] for j in open_), scores=scores + brought,
                conflicts=(),
            ),
            Seats(
                left.may_serve[:, open_], left.is_inside[:, open_], left.sizes[open_],
                left.most_inside[open_], left.min_loads, left.max_loads,
            ),
        )  # fmt: skip
        chosen[:, open_] |= answer.chosen
        bound = answer.worst_bound
    totals = panel_totals(chosen, problem.scores)
    full = [totals[j] for j in range(len(totals)) if left.sizes[j] == 0]
    worst = min(totals)
    bound = max(worst, min([bound, *full]))
    panels = panel_members(problem, chosen)
    wrong = faults(problem, panels, max_levels, total=sum(totals), worst=worst, worst_bound=bound)
    if wrong:
        raise AssertionError(f"the answer breaks rules of the problem: {wrong}")
    return Filled(panels, sum(totals), worst, bound)


def _left_over(
    problem: Problem, whole: Seats, locked: Mapping[str, Sequence[str]]
) -> tuple[Seats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """What the locked seats leave, and where they are."""
    row = {expert.id: i for i, expert in enumerate(problem.experts)}
    column = {task.id: j for j, task in enumerate(problem.tasks)}
    taken = np.zeros_like(whole.may_serve)
    for task, members in locked.items():
        for member in members:
            taken[row[member], column[task]] = True
    loads = taken.sum(axis=1)
    return Seats(
        may_serve=whole.may_serve & ~taken,
        is_inside=whole.is_inside,
        sizes=whole.sizes - taken.sum(axis=0),
        most_inside=whole.most_inside - (taken & whole.is_inside).sum(axis=0),
        min_loads=np.maximum(0, whole.min_loads - loads),
        max_loads=whole.max_loads - loads,
    ), taken


def can_be_filled(
    problem: Problem, max_levels: Mapping[str, int], locked: Mapping[str, Sequence[str]]
) -> bool:
    """Whether some seating keeps all rules and the locked seats."""
    return can_be_seated(_left_over(problem, seats(problem, max_levels), locked)[0])


def for_repair(problem: Problem, now: Mapping[str, Sequence[str]]) -> Problem:
    """The same problem, in which keeping a seat outweighs everything else."""
    row = {expert.id: i for i, expert in enumerate(problem.experts)}
    scores = problem.scores.copy()
    for j, task in enumerate(problem.tasks):
        for member in now.get(task.id, ()):
            if member in row:
                scores[row[member], j] += STAYS
    return replace(problem, scores=scores, objective="max_sum")


def at_one_time(
    things: Sequence[T], span_of: Callable[[T], tuple[datetime, datetime]]
) -> list[list[T]]:
    """Groups of things whose spans hang together, in the order of time. Within a group somebody
    is given one thing only, which is a little stricter than need be where three overlap in a row."""
    groups: list[list[T]] = []
    until: datetime | None = None
    for thing in sorted(things, key=lambda each: span_of(each)):
        first, last = span_of(thing)
        if until is None or first >= until:
            groups.append([])
            until = last
        groups[-1].append(thing)
        until = max(until, last)
    return groups


def moves(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[str], list[str]]]:
    """(panel, who leaves, who comes) wherever something changes."""
    found = []
    for panel in after:
        old, new = before.get(panel, ()), after[panel]
        leave = [each for each in old if each not in new]
        come = [each for each in new if each not in old]
        if leave or come:
            found.append((panel, leave, come))
    return found
