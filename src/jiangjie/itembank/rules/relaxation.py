"""All papers added up: a bound that no papers can beat, and the items worth using.

What every paper keeps to on its own, all papers keep to in sum. The sum has one variable for a
unit instead of one for each paper, and lacks the symmetry of papers that could be exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd

import numpy as np

from jiangjie.itembank.rules.blueprint import (
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Numbers,
    Objective,
)
from jiangjie.itembank.rules.model import Model
from jiangjie.itembank.rules.programs import Engine, Program, Status

WHOLE_AT_ONCE = 2500  # variables that the integer program takes without leaving any out
_NEAREST = 150  # variables besides, nearest to being chosen, when it would be more


@dataclass(frozen=True, slots=True)
class Cut:
    """low <= coefficients @ x + slope · badness <= high, for each paper x."""

    coefficients: Numbers
    slope: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Relaxation:
    bound: float  # of the badness
    uses: Numbers  # papers that use each unit; whole numbers unless no such were found
    is_whole: bool
    wish: Numbers  # the larger, the nearer each unit is to being worth a use


def cuts(objective: Objective, model: Model, worst: float) -> list[Cut]:
    """What a paper of a certain badness, at most `worst`, fulfils; linear in both."""
    inf = np.inf
    match objective:
        case MaximinInformation():
            return [Cut(values, 1.0, 0.0, inf) for values in model.measures]
        case MinimaxDeviation(_, target):
            (values,) = model.measures
            return [Cut(values, 1.0, target, inf), Cut(values, -1.0, -inf, target)]
        case MatchDifficulty(_, _, sd):
            # Of n <= longest items with deviations u from the mean wanted and badness z <= worst:
            # |Σu| <= nz and n(sd² - 2·sd·z) <= Σu² <= n((sd + z)² + z²) <= n(sd² + 2(sd + worst)z).
            count, away, squares = model.measures
            longest = model.longest
            spread = squares - sd**2 * count
            return [
                Cut(away, longest, 0.0, inf),
                Cut(away, -longest, -inf, 0.0),
                Cut(spread, 2 * sd * longest, 0.0, inf),
                Cut(spread, -2 * (sd + worst) * longest, -inf, 0.0),
            ]


def at_worst(objective: Objective, model: Model) -> float:
    """A badness that no paper exceeds."""
    if isinstance(objective, MatchDifficulty):
        away = float(abs(model.measures[1]).max(initial=0.0)) + abs(objective.mean)
        return away + objective.sd
    if isinstance(objective, MinimaxDeviation):
        return float(abs(model.measures).sum()) + abs(objective.target)
    return 0.0  # information is never negative


class _Sum:
    """The program of all papers added up."""

    def __init__(self, model: Model, cuts_: Sequence[Cut], engine: Engine, *, seed: int) -> None:
        self.program = Program(engine, seed=seed)
        forms, units = model.forms, len(model.units)
        whole = engine is not Engine.LINEAR
        is_shared = bool(model.overlap) and forms > 1
        # With papers that share items, the j-th use of a unit is a variable of its own: it makes
        # j - 1 further pairs of papers share the unit.
        layers = forms if is_shared else 1
        self.layers = [
            self.program.variables(units, 0.0, 1.0 if is_shared else model.cap, whole=whole)
            for _ in range(layers)
        ]
        self.places = [place for layer in self.layers for place in layer]
        add = self.program.row

        def spread(values: Numbers) -> Numbers:
            return np.tile(values, layers) if layers > 1 else values

        for values, low, high in zip(model.rows, model.low, model.high, strict=True):
            add(self.places, spread(values), forms * low, forms * high)
        if is_shared:
            assert model.overlap is not None  # noqa: S101 -- is_shared
            shared = np.repeat(np.arange(layers), units) * np.tile(model.sizes, layers)
            pairs = forms * (forms - 1) // 2
            add(self.places, shared.astype(np.float64), -np.inf, float(model.overlap * pairs))
        for inside in model.exclusive:
            if len(inside) * model.cap > forms:
                self._add_of(inside, np.ones(len(inside)), -np.inf, forms)
        for group in model.groups:
            self._add_group(group.units, group.sizes, model, whole=whole)
        if cuts_:
            (self.badness,) = self.program.variables(1, -np.inf, np.inf, whole=False)
            for cut in cuts_:
                places = [*self.places, self.badness]
                values = np.append(spread(cut.coefficients), forms * cut.slope)
                add(places, values, forms * cut.low, forms * cut.high)
            self.program.minimise([self.badness], [1.0])

    def _add_of(self, units: Numbers, values: Numbers, low: float, high: float) -> None:
        places = [layer[unit] for layer in self.layers for unit in units.tolist()]
        self.program.row(places, np.tile(values, len(self.layers)), low, high)

    def _add_group(self, units: Numbers, sizes: Numbers, model: Model, *, whole: bool) -> None:
        if not whole:  # a fraction of a use fits any number of items
            high = model.forms * model.group_high if model.group_low <= model.group_high else 0
            self._add_of(units, sizes, -np.inf, high)
            return
        high = model.forms if model.group_low <= model.group_high else 0
        (uses,) = self.program.variables(1, 0.0, high)
        places = [layer[unit] for layer in self.layers for unit in units.tolist()]
        values = np.tile(sizes, len(self.layers))
        self.program.row([*places, uses], np.append(values, -model.group_low), 0.0, np.inf)
        self.program.row([*places, uses], np.append(values, -model.group_high), -np.inf, 0.0)

    def uses(self, values: Numbers) -> Numbers:
        return np.asarray(values[self.places].reshape(len(self.layers), -1).sum(axis=0))


def is_possible_in_sum(model: Model, *, seed: int) -> bool:
    """False: no papers keep to the rules, for not even their sum does, in fractions of items."""
    return _Sum(model, (), Engine.LINEAR, seed=seed).program.solve().status is not Status.INFEASIBLE


def relax(
    model: Model, objective: Objective, *, seed: int, worst: float, whole: bool = True
) -> Relaxation | None:
    """The bound, and how often the best sum uses each unit; None: no papers keep to the rules.

    `worst` is a badness that the best papers do not exceed. Without `whole` the bound only.
    """
    if model.overlap is None:  # nothing ties one paper to another
        model = replace(model, forms=1, overlap=0)
    cuts_ = cuts(objective, model, worst)
    linear = _Sum(model, cuts_, Engine.LINEAR, seed=seed)
    outcome = linear.program.solve()
    if outcome.status is Status.INFEASIBLE:
        return None
    bound = outcome.bound if outcome.is_found else -np.inf
    uses = linear.uses(outcome.values) if outcome.is_found else np.zeros(len(model.units))
    wish = np.zeros(len(model.units))
    if outcome.is_found:  # a price says how much worse the best gets by one use
        prices = linear.program.prices(linear.places)
        wish = -prices.reshape(-1, len(model.units)).min(axis=0)
    fallback = Relaxation(_on_lattice(objective, model, bound), uses, False, wish)
    if not whole or not outcome.is_found:
        return fallback
    mixed = _Sum(model, cuts_, Engine.MIXED, seed=seed)
    is_all = len(mixed.places) <= WHOLE_AT_ONCE
    if not is_all:
        values = outcome.values[linear.places]
        prices = abs(prices)
        prices[abs(values - np.round(values)) > 1e-7] = -1.0
        far = np.argsort(prices, kind="stable")[_NEAREST:]
        fixed = np.round(values[far]).tolist()
        mixed.program.restrict([mixed.places[place] for place in far.tolist()], fixed, fixed)
    solved = mixed.program.solve(gap=1e-6 if is_all else 1e-5)
    if solved.is_found:
        best = max(bound, solved.bound) if is_all else bound
        found = np.round(mixed.uses(solved.values))
        return Relaxation(_on_lattice(objective, model, best), found, True, wish)
    if is_all and solved.status is Status.INFEASIBLE:
        return None
    return fallback


def _on_lattice(objective: Objective, model: Model, bound: float) -> float:
    """The bound, raised to a deviation that can occur: sums of 0.5s are never 0.3 off a target."""
    if not isinstance(objective, MinimaxDeviation):
        return bound
    bound = max(bound, 0.0)
    distinct = np.unique(model.measures[0])
    values = [Fraction(value).limit_denominator(10_000) for value in distinct[distinct != 0]]
    if not values or abs(np.array(values, dtype=float) - distinct[distinct != 0]).max() > 1e-12:
        return bound
    common = 1
    for value in values:
        common = common * value.denominator // gcd(common, value.denominator)
    step = gcd(*(int(value * common) for value in values)) / common
    target, least = objective.target, bound - 1e-9 * max(1.0, abs(bound))
    below = target - step * np.floor((target - least) / step + 1e-9)
    above = step * np.ceil((target + least) / step - 1e-9) - target
    return max(bound, float(min(below, above)))
