"""All papers at once, as one integer program: whether there are any, and the proof of the best."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from jiangjie.papers.rules.blueprint import Numbers, Objective
from jiangjie.papers.rules.model import Flags, Indices, Model, kinds_of
from jiangjie.papers.rules.programs import Engine, Outcome, Program, Status
from jiangjie.papers.rules.relaxation import add_badness, cuts

_PROVABLE = 20_000  # variables of a program that HiGHS is asked whether it can be fulfilled
_PROVABLE_BEST = 3_000  # and what is best
_LARGEST = 300_000  # variables that say whether two papers share a unit


def find(
    model: Model, *, seed: int, work: float, wish: Numbers | None = None
) -> tuple[Status, list[Flags]]:
    """Papers that keep to the rules, whatever they are worth.

    FEASIBLE with papers, INFEASIBLE when it is proved that there are none, else UNKNOWN. Units
    alike in all rules count as one kind; `wish` says which of a kind to take first.
    """
    kinds = kinds_of(model)
    if model.cap > 1 and model.overlap is not None:
        pairs = model.forms * (model.forms - 1) // 2
        if pairs * len(kinds) > _LARGEST:
            return Status.UNKNOWN, []
    one = [kind[0] for kind in kinds]
    sizes = np.array([len(kind) for kind in kinds], dtype=np.float64)
    engines = [Engine.SEARCH]
    if model.forms * len(kinds) <= _PROVABLE:
        engines.append(Engine.PROOF)
    for engine in engines:
        program = Program(engine, seed=seed, work=work)
        places = _add_forms(program, model, one, sizes)
        outcome = program.solve()
        if outcome.is_found:
            taken = np.round(outcome.values[np.array(places)]).astype(int)
            forms = _dealt(model, kinds, taken, wish)
            if model.keeps(forms):
                return Status.FEASIBLE, forms
        elif outcome.status is Status.INFEASIBLE and engine is Engine.PROOF:
            return Status.INFEASIBLE, []
    return Status.UNKNOWN, []


def _dealt(
    model: Model, kinds: Sequence[Indices], taken: Numbers, wish: Numbers | None
) -> list[Flags]:
    """`taken` of each kind for each paper, forms × kinds."""
    forms = [np.zeros(len(model.units), dtype=bool) for _ in range(model.forms)]
    for kind, counts in zip(kinds, taken.T.tolist(), strict=True):
        order = kind if wish is None else kind[np.argsort(-wish[kind], kind="stable")]
        start = 0
        for form, count in zip(forms, counts, strict=True):
            form[order[start : start + count]] = True
            if model.cap == 1:
                start += count
    return forms


def improve(
    model: Model,
    objective: Objective,
    start: Sequence[Flags],
    *,
    best: float,
    worst: float,
    seed: int,
    work: float,
) -> list[Flags]:
    """Papers that are likely better than those to start from, whose badness is `worst`."""
    outcome, places = _best(
        Engine.SEARCH, model, objective, best, worst, start=start, seed=seed, work=work
    )
    if outcome.is_found:
        forms = list(outcome.values[np.array(places)] > 0.5)
        if model.keeps(forms):
            return forms
    return list(start)


def prove(
    model: Model, objective: Objective, *, best: float, worst: float, seed: int, work: float
) -> tuple[float, list[Flags] | None]:
    """A bound of the badness, at least `best`, and the papers found on the way to it."""
    if model.forms * len(model.units) > _PROVABLE_BEST:
        return best, None
    outcome, places = _best(
        Engine.PROOF, model, objective, best, worst, start=(), seed=seed, work=work
    )
    forms = list(outcome.values[np.array(places)] > 0.5) if outcome.is_found else None
    if forms is not None and not model.keeps(forms):
        forms = None
    return max(best, outcome.bound) if outcome.bound < np.inf else best, forms


def _best(
    engine: Engine,
    model: Model,
    objective: Objective,
    best: float,
    worst: float,
    *,
    start: Sequence[Flags],
    seed: int,
    work: float,
) -> tuple[Outcome, list[range]]:
    program = Program(engine, seed=seed, work=work)
    places = _add_forms(program, model, range(len(model.units)), np.ones(len(model.units)))
    limits = cuts(objective, model, best, worst)
    add_badness(program, model, limits, [(columns, 1, 1) for columns in places])
    program.hint(
        [place for row in places for place in row][: len(start) * len(model.units)],
        [float(flag) for form in start for flag in form],
    )
    return program.solve(gap=1e-6), places


def _add_forms(program: Program, model: Model, units: Sequence[int], sizes: Numbers) -> list[range]:
    """Variables for each paper: how many units of each kind, `units` being one of each kind."""
    one = np.array(units, dtype=np.intp)
    place_of = {unit: place for place, unit in enumerate(units)}
    places: list[range] = []
    for _ in range(model.forms):
        columns = program.variables(len(units), 0.0, 1.0)
        program.restrict(columns, [0.0] * len(units), sizes.tolist())
        for values, low, high in zip(model.rows, model.low, model.high, strict=True):
            program.row(columns, values[one], low, high, terms=model.longest)
        for inside in model.exclusive:
            at = [columns[place_of[unit]] for unit in inside.tolist()]
            program.row(at, np.ones(len(at)), -np.inf, 1.0)
        for group in model.groups:
            at = [columns[place_of[unit]] for unit in group.units.tolist()]
            add_group(program, model, at, group.sizes, most=1)
        places.append(columns)
    ones = np.ones(model.forms)
    if model.cap == 1 and model.forms > 1:
        for place, size in enumerate(sizes.tolist()):
            program.row([columns[place] for columns in places], ones, -np.inf, size)
    elif model.overlap is not None:
        for first, second in combinations(places, 2):
            shared = program.variables(len(units), 0.0, 1.0)
            for one_, other, both in zip(first, second, shared, strict=True):
                program.row([one_, other, both], np.array([1.0, 1.0, -1.0]), -np.inf, 1.0)
            program.row(shared, model.sizes[one], -np.inf, float(model.overlap))
    return places


def add_group(
    program: Program, model: Model, at: Sequence[int], sizes: Numbers, *, most: int
) -> None:
    """A stimulus used `most` times at the most, each time with as many items as it may have."""
    high = float(most) if model.group_low <= model.group_high else 0.0
    (uses,) = program.variables(1, 0.0, high)
    program.row([*at, uses], np.append(sizes, -model.group_low), 0.0, np.inf)
    program.row([*at, uses], np.append(sizes, -model.group_high), -np.inf, 0.0)
