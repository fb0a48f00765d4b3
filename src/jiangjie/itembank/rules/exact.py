"""All papers at once, as one integer program: whether there are any, and the proof of the best."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from jiangjie.itembank.rules.blueprint import Numbers, Objective
from jiangjie.itembank.rules.model import Flags, Model, kinds_of
from jiangjie.itembank.rules.programs import Engine, Outcome, Program, Status
from jiangjie.itembank.rules.relaxation import add_whole_badness, cuts

_LARGEST = 300_000  # variables that say whether two papers share a unit


@dataclass(frozen=True, slots=True)
class Proof:
    forms: list[Flags] | None
    bound: float  # of the badness


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
    outcome, places = _solve(model, one, sizes, seed=seed, work=work)
    if not outcome.is_found:
        return outcome.status, []
    forms = [np.zeros(len(model.units), dtype=bool) for _ in range(model.forms)]
    taken = np.round(outcome.values[np.array(places)]).astype(int)
    for kind, counts in zip(kinds, taken.T.tolist(), strict=True):
        order = kind if wish is None else kind[np.argsort(-wish[kind], kind="stable")]
        start = 0
        for form, count in zip(forms, counts, strict=True):
            form[order[start : start + count]] = True
            if model.cap == 1:
                start += count
    return (Status.FEASIBLE, forms) if model.keeps(forms) else (Status.UNKNOWN, [])


def prove(
    model: Model,
    objective: Objective,
    start: Sequence[Flags],
    *,
    best: float,
    worst: float,
    seed: int,
    work: float,
) -> Proof:
    """The best papers, as far as `work` goes, from `start` on, whose badness is `worst`; none
    can be better than `best`.
    """
    units = list(range(len(model.units)))
    program = Program(Engine.INTEGER, seed=seed, work=work)
    places = _add_forms(program, model, units, np.ones(len(units)))
    limits = cuts(objective, model, best, worst)
    papers = [(columns, 1, 1) for columns in places]
    scale = add_whole_badness(program, model, limits, best, worst, papers)
    program.hint(
        [place for row in places for place in row],
        [float(flag) for form in start for flag in form],
    )
    outcome = program.solve()
    if not outcome.is_found:
        return Proof(None, -np.inf)
    forms = list(outcome.values[np.array(places)] > 0.5)
    return Proof(forms if model.keeps(forms) else None, outcome.bound / scale)


def _solve(
    model: Model, units: Sequence[int], sizes: Numbers, *, seed: int, work: float
) -> tuple[Outcome, list[range]]:
    program = Program(Engine.INTEGER, seed=seed, work=work)
    places = _add_forms(program, model, units, sizes)
    return program.solve(), places


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
