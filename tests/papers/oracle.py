"""The best papers of a small pool, by trying all of them."""

from itertools import combinations, product

import numpy as np

from jiangjie.papers.rules.blueprint import (
    Blueprint,
    Forms,
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Pool,
    Rule,
)
from jiangjie.papers.rules.checker import check
from jiangjie.papers.rules.information import pool_information


def value(form: tuple[str, ...], pool: Pool, blueprint: Blueprint) -> float:
    """What a paper is worth: the larger, the better, whatever the objective."""
    at = [pool.ids.index(name) for name in form]
    match blueprint.objective:
        case MaximinInformation(theta, scaling):
            return float(pool_information(pool, theta, scaling)[:, at].sum(axis=1).min())
        case MinimaxDeviation(column, target):
            return -abs(sum(float(pool.columns[column][one]) for one in at) - target)
        case MatchDifficulty(column, mean, sd, weight):
            cells = np.array([float(pool.columns[column][one]) for one in at])
            if not len(cells):
                return -abs(mean) - sd
            return -max(abs(cells.mean() - mean), weight * abs(cells.std() - sd))


def best(pool: Pool, blueprint: Blueprint) -> float | None:
    """The value of the worst paper of the best set of papers; None when there is none."""
    good = [
        (value(form, pool, blueprint), form)
        for size in range(len(pool.ids) + 1)
        for form in combinations(pool.ids, size)
        if not check([form], pool, _single(blueprint))
    ]
    found = None
    for papers in product(good, repeat=blueprint.forms):
        worst = min(worth for worth, _ in papers)
        if (found is None or worst > found) and not check(
            [form for _, form in papers], pool, blueprint
        ):
            found = worst
    return found


def can_hold(pool: Pool, blueprint: Blueprint, rules: tuple[Rule, ...]) -> bool:
    return best(pool, _with(blueprint, rules)) is not None


def _single(blueprint: Blueprint) -> Blueprint:
    kept = tuple(rule for rule in blueprint.rules if not isinstance(rule, Forms))
    return _with(blueprint, kept)


def _with(blueprint: Blueprint, rules: tuple[Rule, ...]) -> Blueprint:
    return Blueprint(
        blueprint.source, rules, blueprint.objective, blueprint.seed, blueprint.document
    )
