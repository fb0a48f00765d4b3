"""All papers added up: a bound that no papers can beat, and the items worth using.

What every paper keeps to on its own, all papers keep to in sum. The sum has one variable for a
unit instead of one for each paper, and lacks the symmetry of papers that could be exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np

from jiangjie.papers.rules.blueprint import (
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Numbers,
    Objective,
)
from jiangjie.papers.rules.model import Indices, Model, kinds_of
from jiangjie.papers.rules.programs import Engine, Program, Status, whole_scale

_WHOLE_AT_ONCE = 1000  # variables that the integer program takes without leaving any out
_LAYERED = 200_000  # variables up to which the uses of shared units are told apart
_WORK = 3.0
_PROVABLE = 1_500  # variables of a program that is proved
_NEAREST = 100  # variables besides, nearest to being chosen, when it would be more


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


def cuts(objective: Objective, model: Model, best: float, worst: float) -> list[Cut]:
    """What a paper of a badness from `best` to `worst` fulfils; linear in both."""
    inf = np.inf
    match objective:
        case MaximinInformation():
            return [Cut(values, 1.0, 0.0, inf) for values in model.measures]
        case MinimaxDeviation(_, target):
            (values,) = model.measures
            return [Cut(values, 1.0, target, inf), Cut(values, -1.0, -inf, target)]
        case MatchDifficulty(_, _, sd, weight):
            # n items with deviations u from the mean wanted and badness z fulfil |Σu| <= nz and,
            # with a deviation counting 1/k times, n(sd - kz)² <= Σu² <= n((sd + kz)² + z²): below
            # by the tangent at `best`, above by the chord from `best` to `worst`, and n <= longest
            # where z makes it wider.
            count, away, squares = model.measures
            longest, k = model.longest, 1.0 / weight
            lowest, fall = (sd - k * best) ** 2, 2 * k * (sd - k * best)
            start = (sd + k * best) ** 2 + best**2
            rise = 2 * k * sd + (k**2 + 1) * (worst + best)
            bounds = [
                Cut(away, longest, 0.0, inf),
                Cut(away, -longest, -inf, 0.0),
                Cut(squares - (start - rise * best) * count, -rise * longest, -inf, 0.0),
            ]
            if k * best < sd:
                values = squares - (lowest + fall * best) * count
                bounds.append(Cut(values, fall * longest, 0.0, inf))
            return bounds


def at_best(objective: Objective) -> float:
    """A badness that no paper falls short of."""
    return -np.inf if isinstance(objective, MaximinInformation) else 0.0


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

    def __init__(self, model: Model, engine: Engine, *, seed: int, work: float = 1.0) -> None:
        self.model, self._engine = model, engine
        self.program = Program(engine, seed=seed, work=work)
        forms, units = model.forms, len(model.units)
        whole = engine is not Engine.LINEAR
        is_shared = bool(model.overlap) and 1 < forms <= _LAYERED / max(1, units)
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

    def minimise(self, objective: Objective, best: float, worst: float) -> None:
        paper = (self.places, self.model.forms, len(self.layers))
        add_badness(self.program, self.model, cuts(objective, self.model, best, worst), [paper])

    def _add_of(self, units: Indices, values: Numbers, low: float, high: float) -> None:
        places = [layer[unit] for layer in self.layers for unit in units.tolist()]
        self.program.row(places, np.tile(values, len(self.layers)), low, high)

    def _add_group(self, units: Indices, sizes: Numbers, model: Model, *, whole: bool) -> None:
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
        return np.asarray(
            values[self.places].reshape(len(self.layers), len(self.model.units)).sum(axis=0)
        )


def add_badness(
    program: Program,
    model: Model,
    limits: Sequence[Cut],
    papers: Sequence[tuple[Sequence[int], int, int]],
) -> None:
    """Minimise the badness; each of `papers` is (variables, of how many papers they are the sum,
    layers of all units). For CP-SAT in whole numbers, so only roughly.
    """
    scale, most = 1.0, np.inf
    if program.engine is Engine.SEARCH:
        scale, _ = whole_scale(np.concatenate([cut.coefficients for cut in limits]))
        sums = abs(np.array([cut.coefficients for cut in limits])).sum(axis=1)
        most = 2.0 * np.ceil(scale * sums.max(initial=1.0))
    (badness,) = program.variables(1, -most, most, whole=program.engine is Engine.SEARCH)
    program.minimise(badness)
    for places, forms, layers in papers:
        for cut in limits:
            values, slope = np.tile(cut.coefficients, layers) * scale, forms * cut.slope
            low, high = forms * cut.low * scale, forms * cut.high * scale
            if program.engine is Engine.SEARCH:
                values, slope = np.round(values), float(np.round(slope))
                low, high = np.floor(low), np.ceil(high)
            program.row([*places, badness], np.append(values, slope), low, high)


def is_possible_in_sum(model: Model, *, seed: int) -> bool:
    """False: no papers keep to the rules, for not even their sum does, in fractions of items."""
    if model.overlap and model.forms > 1:
        program = _Sum(model, Engine.LINEAR, seed=seed).program
        return program.solve().status is not Status.INFEASIBLE
    kinds = kinds_of(model)
    one = np.array([kind[0] for kind in kinds], dtype=np.intp)
    place_of = dict(zip(one.tolist(), range(len(one)), strict=True))
    program = Program(Engine.LINEAR, seed=seed)
    places = program.variables(len(kinds), 0.0, np.inf, whole=False)
    most = [float(model.cap * len(kind)) for kind in kinds]
    program.restrict(places, [0.0] * len(kinds), most)
    for values, low, high in zip(model.rows, model.low, model.high, strict=True):
        program.row(places, values[one], model.forms * low, model.forms * high)
    for inside in model.exclusive:
        at = [places[place_of[unit]] for unit in inside.tolist()]
        program.row(at, np.ones(len(at)), -np.inf, model.forms)
    for group in model.groups:
        at = [places[place_of[unit]] for unit in group.units.tolist()]
        high = model.forms * model.group_high if model.group_low <= model.group_high else 0
        program.row(at, group.sizes, -np.inf, high)
    return program.solve().status is not Status.INFEASIBLE


def linear_bound(
    model: Model, objective: Objective, *, best: float, worst: float, seed: int
) -> float:
    """A bound of the badness, from a `best` that is one and a `worst` that some papers reach."""
    linear = _Sum(model, Engine.LINEAR, seed=seed)
    linear.minimise(objective, best, worst)
    outcome = linear.program.solve()
    return max(best, outcome.bound) if outcome.is_found else best


def relax(model: Model, objective: Objective, *, seed: int) -> Relaxation | None:
    """The bound in fractions of items, and how often a good sum in whole items uses each unit;
    None: no papers keep to the rules.
    """
    best, worst = at_best(objective), at_worst(objective, model)
    linear = _Sum(model, Engine.LINEAR, seed=seed)
    linear.minimise(objective, best, worst)
    outcome = linear.program.solve()
    if outcome.status is Status.INFEASIBLE:
        return None
    if not outcome.is_found:
        nothing = np.zeros(len(model.units))
        return Relaxation(-np.inf, nothing, False, nothing)
    # A price says how much worse the best gets by one use.
    prices = outcome.prices[linear.places]
    wish = -prices.reshape(len(linear.layers), len(model.units)).min(axis=0)
    bound = _on_lattice(objective, model, outcome.bound)

    whole = _Sum(model, Engine.SEARCH, seed=seed, work=_WORK)
    whole.minimise(objective, best, worst)
    values = outcome.values[linear.places]
    nearness = np.where(abs(values - np.round(values)) > 1e-7, -1.0, abs(prices))
    far = np.argsort(nearness, kind="stable")[_NEAREST:]
    fixed = np.round(values[far]).tolist()
    if len(whole.places) > _WHOLE_AT_ONCE:
        whole.program.restrict([whole.places[place] for place in far.tolist()], fixed, fixed)
    whole.program.hint(whole.places, np.round(values).tolist())
    solved = whole.program.solve(gap=1e-5)
    if solved.is_found:
        return Relaxation(bound, np.round(whole.uses(solved.values)), True, wish)
    return Relaxation(bound, linear.uses(outcome.values), False, wish)


def whole_bound(model: Model, objective: Objective, *, best: float, seed: int) -> float:
    """A tighter bound than `best`, from whole items, where the program is not too large."""
    mixed = _Sum(model, Engine.PROOF, seed=seed, work=_WORK)
    if len(mixed.places) > _PROVABLE:
        return best
    mixed.minimise(objective, at_best(objective), at_worst(objective, model))
    return max(best, _on_lattice(objective, model, mixed.program.solve(gap=1e-6).bound))


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
