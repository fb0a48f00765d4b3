"""Made-up problems, and their answers by trying everything."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
from hypothesis import strategies as st

from jiangjie.arrangement.rules.panels import Expert, Problem, Task

CRANE, HEALTH = "6-30-05-01", "4-14-02-02"
MAX_LEVELS = {"assessor": 4, "senior_assessor": 8}


def expert(id_="e", **changes):
    given = {
        "org": "甲公司",
        "unit": None,
        "grade": "高级考评员",
        "occupations": frozenset({CRANE}),
        "min_load": 0,
        "max_load": 9,
    }
    return Expert(id_, **given | changes)


def task(id_="t", **changes):
    given = {
        "org": "甲公司",
        "unit": None,
        "occupation": CRANE,
        "level": 4,
        "panel_size": 1,
        "odd": False,
    }
    return Task(id_, **given | changes)


def problem(experts, tasks, scores=None, **changes):
    matrix = np.zeros((len(experts), len(tasks))) if scores is None else np.array(scores, float)
    given = {"conflicts": (), "outside_share": Fraction(0), "objective": "fair", "seed": 1}
    return Problem(tuple(experts), tuple(tasks), matrix, **given | changes)


@st.composite
def problems(draw):
    """Small and tight; about half have an answer. Drawn at random: a shape that shrinks well makes
    nearly all of them trivial."""
    chance = Random(draw(st.integers(0, 2**32)))
    some = chance.choice
    is_easy = chance.random() < 0.8
    both = [CRANE, HEALTH]
    experts = [
        expert(
            f"e{i}",
            org=some(["甲公司", "乙公司"]),
            grade=some(["高级考评员"] * 3 + ["考评员"] + [None] * (not is_easy)),
            occupations=frozenset(some([both, both, both, [CRANE]] + [[]] * (not is_easy))),
            min_load=some([0, 0, 0, 0, 1] + [2] * (not is_easy)),
            max_load=some([2, 2, 3] if is_easy else [1, 2]),
        )
        for i in range(chance.randint(4 if is_easy else 2, 6))
    ]
    tasks = [
        task(
            f"t{j}",
            org=some(["甲公司", "乙公司"]),
            occupation=some([None, CRANE, CRANE, HEALTH]),
            level=some([None, 4, 4, 6]),
            panel_size=some([1, 2, 2, 3]),
            odd=some([False] * 9 + [True]),
        )
        for j in range(chance.randint(1, 4))
    ]
    pairs = [(i, j) for i in range(len(experts)) for j in range(len(tasks))]
    grid = [-0.5, 0.0, 0.1, 0.25, 0.3, 0.5, 0.77, 1.0]
    is_coarse = chance.random() < 0.5
    return problem(
        experts,
        tasks,
        [[some(grid) if is_coarse else chance.random() for _ in tasks] for _ in experts],
        conflicts=tuple(chance.sample(pairs, k=chance.randint(0, min(4, len(pairs))))),
        outside_share=Fraction(some(["0", "0", "0.33", "0.34", "0.5"])),
        seed=chance.randint(0, 3),
    )


def seatings(problem_: Problem) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every seating that keeps all rules: for each task the places of its members."""
    experts = problem_.experts

    def may_sit(members, j):
        one = problem_.tasks[j]
        if one.odd and len(members) % 2 == 0:
            return False
        outside = [i for i in members if experts[i].org != one.org]
        if Fraction(len(outside), len(members)) < problem_.outside_share:
            return False
        for i in members:
            reaches = {"考评员": 4, "高级考评员": 8, None: 0}[experts[i].grade]
            if (
                (one.level is not None and reaches < one.level)
                or (one.occupation is not None and one.occupation not in experts[i].occupations)
                or (i, j) in problem_.conflicts
            ):
                return False
        return True

    panels = [
        [
            members
            for members in combinations(range(len(experts)), one.panel_size)
            if may_sit(members, j)
        ]
        for j, one in enumerate(problem_.tasks)
    ]

    def seat(j, loads, chosen):
        if j == len(panels):
            if all(load >= one.min_load for load, one in zip(loads, experts, strict=True)):
                yield tuple(chosen)
            return
        for members in panels[j]:
            after = [load + (i in members) for i, load in enumerate(loads)]
            if all(load <= one.max_load for load, one in zip(after, experts, strict=True)):
                yield from seat(j + 1, after, [*chosen, members])

    yield from seat(0, [0] * len(experts), [])


def values(problem_: Problem) -> list[tuple[float, float]]:
    """(worst panel, total) of every seating."""
    found = []
    for seating in seatings(problem_):
        sums = [sum(problem_.scores[i, j] for i in panel) for j, panel in enumerate(seating)]
        found.append((min(sums), sum(sums)))
    return found
