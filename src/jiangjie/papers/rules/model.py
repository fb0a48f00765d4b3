"""A blueprint as matrices: units that go into a paper whole, linear rows, sets and measures."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from jiangjie.papers.rules.blueprint import (
    Blueprint,
    Count,
    Exclusive,
    Exposure,
    Length,
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Numbers,
    Objective,
    Overlap,
    Pool,
    Rule,
    Stimulus,
    Together,
    Total,
    forms_of,
    is_match,
    numbers,
)
from jiangjie.papers.rules.checker import TOLERANCE
from jiangjie.papers.rules.information import pool_information

Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


_LOST = 1e-9  # far within the checker's tolerance


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one stimulus and how many of its items each holds."""

    units: Indices
    sizes: Numbers


@dataclass(frozen=True, slots=True)
class Model:
    """One paper x (a 0/1 vector over units) must keep low <= rows @ x <= high, the exclusive sets
    and the stimulus groups; all papers together the overlap.
    """

    units: tuple[tuple[int, ...], ...]  # items of each unit
    rows: Numbers  # rows × units
    low: Numbers
    high: Numbers
    exclusive: tuple[Indices, ...]
    groups: tuple[Group, ...]
    group_low: int
    group_high: int  # at least group_low, or no group can be used
    forms: int
    overlap: int | None  # items any two papers may share; None: any number
    measures: Numbers  # measures × units
    sizes: Numbers  # items in each unit

    @property
    def longest(self) -> float:
        """The most items a paper may have."""
        limits = self.high[(self.rows == self.sizes).all(axis=1)]
        return float(np.append(limits, self.sizes.sum()).min())

    @property
    def cap(self) -> int:
        """In how many papers a unit may be."""
        return 1 if self.overlap == 0 else self.forms

    def keeps(self, forms: Iterable[Flags]) -> bool:
        """Whether the papers keep to the rows, which solvers know only rounded."""
        totals = np.array(list(forms), dtype=np.float64) @ self.rows.T
        return bool(((totals >= self.least) & (totals <= self.most)).all())

    @property
    def least(self) -> Numbers:
        """The lower limits of the rows, less what adding up decimals may have lost."""
        return np.asarray(self.low - _LOST * np.maximum(1.0, abs(self.low)))

    @property
    def most(self) -> Numbers:
        return np.asarray(self.high + _LOST * np.maximum(1.0, abs(self.high)))

    def items(self, forms: Iterable[Flags]) -> list[list[int]]:
        return [
            sorted(item for unit in np.flatnonzero(form) for item in self.units[unit])
            for form in forms
        ]


class Instance:
    """A pool and a blueprint, with what all of its models share computed once."""

    def __init__(self, pool: Pool, blueprint: Blueprint) -> None:
        self.pool, self.blueprint = pool, blueprint
        self._place = {name: place for place, name in enumerate(pool.ids)}
        self._known: dict[Any, Numbers] = {}

    @cached_property
    def measures(self) -> Numbers:
        """What the objective adds up over a paper, measures × items."""
        match self.blueprint.objective:
            case MaximinInformation(theta, scaling):
                return pool_information(self.pool, theta, scaling)
            case MinimaxDeviation(column, _):
                return numbers(self.pool, column)[None, :]
            case MatchDifficulty(column, mean, _):
                away = numbers(self.pool, column) - mean
                return np.stack([np.ones(len(away)), away, away**2])

    def coefficients(self, rule: Rule) -> Numbers | None:
        """What each item adds to a rule that is a sum over the paper."""
        match rule:
            case Length():
                return self._once("", lambda: np.ones(len(self.pool.ids)))
            case Count(_, where):
                return self._once(where, lambda: self._matching(where))
            case Total(_, column):
                return self._once(column, lambda: numbers(self.pool, column))
        return None

    def places(self, ids: Sequence[str]) -> list[int]:
        return [self._place[name] for name in ids]

    def model(self, rules: Sequence[Rule]) -> Model:
        """The model of `rules`, which are the blueprint's or some of them."""
        available = np.ones(len(self.pool.ids), dtype=bool)
        for rule in rules:
            if isinstance(rule, Exposure):
                allowed = rule.high + TOLERANCE * max(1.0, abs(rule.high))
                available &= numbers(self.pool, rule.column) <= allowed
        units = self._units([rule.ids for rule in rules if isinstance(rule, Together)], available)
        unit_of = np.full(len(self.pool.ids), -1, dtype=np.intp)
        sets = [self.places(rule.ids) for rule in rules if isinstance(rule, Exclusive)]
        # A unit with two items of one exclusive set can be in no paper.
        if sets and any(len(unit) > 1 for unit in units):
            pairs = [set(one) for one in sets]
            units = [
                unit
                for unit in units
                if len(unit) == 1 or all(len(one.intersection(unit)) < 2 for one in pairs)
            ]
        for place, unit in enumerate(units):
            unit_of[list(unit)] = place
        kept = np.flatnonzero(unit_of >= 0)
        owner = unit_of[kept]

        def summed(values: Numbers) -> Numbers:
            sums = np.bincount(owner, weights=values[kept], minlength=len(units))
            return np.asarray(sums, dtype=np.float64)

        low: dict[int, float] = {}
        high: dict[int, float] = {}
        rows: dict[int, Numbers] = {}
        for rule in rules:
            values = self.coefficients(rule)
            if values is None:
                continue
            assert isinstance(rule, Length | Count | Total)  # noqa: S101 -- only these add up
            rows[id(values)] = values
            if rule.low is not None:
                low[id(values)] = max(low.get(id(values), -np.inf), rule.low)
            if rule.high is not None:
                high[id(values)] = min(high.get(id(values), np.inf), rule.high)
        exclusive = [np.unique(inside[inside >= 0]) for inside in (unit_of[one] for one in sets)]
        stimuli = [rule for rule in rules if isinstance(rule, Stimulus)]
        return Model(
            units=tuple(units),
            rows=np.array([summed(values) for values in rows.values()]).reshape(
                len(rows), len(units)
            ),
            low=np.array([low.get(key, -np.inf) for key in rows]),
            high=np.array([high.get(key, np.inf) for key in rows]),
            exclusive=tuple(one for one in exclusive if len(one) > 1),
            groups=tuple(self._groups(stimuli[0].column, unit_of)) if stimuli else (),
            group_low=max((rule.low for rule in stimuli if rule.low is not None), default=1),
            group_high=min(
                (rule.high for rule in stimuli if rule.high is not None),
                default=len(self.pool.ids),
            ),
            forms=forms_of(rules),
            overlap=next((rule.high for rule in rules if isinstance(rule, Overlap)), None),
            measures=np.array([summed(values) for values in self.measures]),
            sizes=np.array([float(len(unit)) for unit in units]),
        )

    def _units(self, together: Sequence[Sequence[str]], available: Flags) -> list[tuple[int, ...]]:
        leader = list(range(len(self.pool.ids)))

        def find(item: int) -> int:
            while leader[item] != item:
                item = leader[item]
            return item

        for ids in together:
            first, *rest = self.places(ids)
            for item in rest:
                one, other = sorted((find(first), find(item)))
                leader[other] = one
        members: dict[int, list[int]] = defaultdict(list)
        for item in range(len(leader)):
            members[find(item)].append(item)
        return [tuple(unit) for unit in members.values() if available[list(unit)].all()]

    def _groups(self, column: str, unit_of: Indices) -> Iterable[Group]:
        counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for cell, unit in zip(self.pool.columns[column], unit_of.tolist(), strict=True):
            if cell and unit >= 0:
                counts[cell][unit] += 1
        for inside in counts.values():
            yield Group(
                np.fromiter(inside, dtype=np.intp),
                np.fromiter(inside.values(), dtype=np.float64),
            )

    def _matching(self, where: tuple[tuple[str, str | float], ...]) -> Numbers:
        fits = np.ones(len(self.pool.ids))
        for column, wanted in where:
            cells = self.pool.columns[column]
            known = {cell: is_match(cell, wanted) for cell in set(cells)}
            fits *= [known[cell] for cell in cells]
        return fits

    def _once(self, key: Any, make: Callable[[], Numbers]) -> Numbers:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


def badness(objective: Objective, sums: Numbers) -> Numbers:
    """How far from good a paper with these sums of measures (last axis) is; smaller is better."""
    match objective:
        case MaximinInformation():
            return np.asarray(-sums.min(axis=-1))
        case MinimaxDeviation(_, target):
            return np.asarray(abs(sums[..., 0] - target))
        case MatchDifficulty(_, mean, sd, weight):
            count = np.maximum(sums[..., 0], 1.0)
            away = sums[..., 1] / count
            spread = np.sqrt(np.maximum(sums[..., 2] / count - away**2, 0.0))
            empty = sums[..., 0] == 0
            uneven = weight * abs(spread - sd)
            return np.where(empty, abs(mean) + sd, np.maximum(abs(away), uneven))


def shortfall(objective: Objective, sums: Numbers, goal: float) -> Numbers:
    """How far a paper is from the badness `goal`, squared; information counts at each θ."""
    if isinstance(objective, MaximinInformation):
        return np.asarray((np.maximum(-goal - sums, 0.0) ** 2).sum(axis=-1))
    return np.asarray(np.maximum(badness(objective, sums) - goal, 0.0) ** 2)


def kinds_of(model: Model) -> list[Indices]:
    """The units, those that are alike in all rules together."""
    single = np.zeros(len(model.units), dtype=bool)
    for inside in (*model.exclusive, *(group.units for group in model.groups)):
        single[inside] = True
    if model.overlap and model.forms > 1:
        single[:] = True
    kinds: dict[bytes | int, list[int]] = defaultdict(list)
    columns = np.ascontiguousarray(model.rows.T)
    for unit, is_single in enumerate(single.tolist()):
        kinds[unit if is_single else columns[unit].tobytes()].append(unit)
    return [np.array(kind) for kind in kinds.values()]
