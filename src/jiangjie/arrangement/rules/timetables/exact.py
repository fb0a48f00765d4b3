"""Small problems, proved: CP-SAT on one worker with a fixed seed and a limit counted in work.

The answer is only ever "there is none", a bound, or a timetable; which rules stand against each
other is found by leaving rules out (see conflicts), not from the solver's account of it.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from jiangjie.arrangement.rules.timetables.model import HARD, Model, Whole

MOST_PLACES = 20_000  # of all sessions together
MOST_TERMS = 40_000  # pairs of slots that cost something
WORK = 20.0  # the solver's own deterministic seconds


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """`feasible` None: not decided. `bound`: no timetable has less penalty."""

    feasible: bool | None
    bound: int
    cells: Whole | None  # by session, where a timetable was found


def is_small(model: Model) -> bool:
    if int(sum(np.count_nonzero(model.may_cells(e)) for e in range(model.sessions))) > MOST_PLACES:
        return False
    terms = 0
    for relation in model.relations:
        pairs = sum(len(partners) for partners in relation.partners) // 2
        terms += pairs * int(np.count_nonzero(relation.table % HARD))
    return terms <= MOST_TERMS


def prove(
    model: Model, *, work: float = WORK, hint: Whole | None = None, only_feasible: bool = False
) -> Proof:
    """The model without sessions left out must have at least one session."""
    cp = cp_model.CpModel()
    places: list[dict[int, cp_model.IntVar]] = []
    for e in range(model.sessions):
        cells = np.flatnonzero(model.may_cells(e))
        if not len(cells):
            return Proof(False, 0, None)
        places.append({int(c): cp.new_bool_var(f"{e}@{c}") for c in cells})
        cp.add_exactly_one(places[e].values())
    cell_slot = np.repeat(np.arange(model.periods), model.rooms) * model.sites + np.tile(
        model.site_of, model.periods
    )
    slots: list[dict[int, cp_model.IntVar]] = []
    for e, cells_of in enumerate(places):
        own: dict[int, list[cp_model.IntVar]] = {}
        for cell, var in cells_of.items():
            own.setdefault(int(cell_slot[cell]), []).append(var)
        merged: dict[int, cp_model.IntVar] = {}
        for slot, parts in own.items():
            merged[slot] = cp.new_bool_var(f"{e}in{slot}")
            cp.add(sum(parts) == merged[slot])
        slots.append(merged)
    _rooms(cp, model, places)
    costs: list[tuple[int, cp_model.IntVar]] = []
    for relation in model.relations:
        for e, partners in enumerate(relation.partners):
            counts = relation.times[e]
            for place, f in enumerate(partners):
                if relation.name != "after" and int(f) < e:
                    continue  # said once
                times = 1 if counts is None else int(counts[place, 0])
                for s, first in slots[e].items():
                    for t, second in slots[int(f)].items():
                        cost = int(relation.table[s, t])
                        if cost >= HARD:
                            cp.add_bool_or([first.negated(), second.negated()])
                        elif cost and not only_feasible:
                            both = cp.new_bool_var("")
                            cp.add_bool_or([first.negated(), second.negated(), both])
                            costs.append((cost * times, both))
    constant = 0
    if not only_feasible:
        for e, cells_of in enumerate(places):
            for cell, var in cells_of.items():
                cost = int(model.static[e, cell_slot[cell]])
                cost += int(model.room_cost[cell % model.rooms])
                if cost:
                    costs.append((cost, var))
        costs += _shared(cp, model, places)
        constant = -_mixed_discount(cp, model, places, costs)
        cp.minimize(sum(cost * var for cost, var in costs))
    if hint is not None:
        for cells_of, there in zip(places, hint, strict=True):
            for cell, var in cells_of.items():
                cp.add_hint(var, cell == int(there))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = work
    status = solver.solve(cp)
    if status == cp_model.INFEASIBLE:
        return Proof(False, 0, None)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        bound = 0 if only_feasible else max(0, _ceil(solver.best_objective_bound) + constant)
        return Proof(None, bound, None)
    found = [next(c for c, var in cells_of.items() if solver.value(var)) for cells_of in places]
    bound = 0 if only_feasible else max(0, _ceil(solver.best_objective_bound) + constant)
    return Proof(True, bound, np.array(found, dtype=np.int64))


def _ceil(value: float) -> int:
    return int(np.ceil(value - 1e-6)) if np.isfinite(value) else 0


def _rooms(cp: cp_model.CpModel, model: Model, places: list[dict[int, cp_model.IntVar]]) -> None:
    inside: dict[int, list[int]] = {}
    for e, cells_of in enumerate(places):
        for cell in cells_of:
            inside.setdefault(cell, []).append(e)
    for cell, sessions in inside.items():
        seats = int(model.seats[cell])
        if int(model.sizes[sessions].sum()) > seats:
            cp.add(sum(int(model.sizes[e]) * places[e][cell] for e in sessions) <= seats)
        alone = [e for e in sessions if model.is_alone[e]]
        for e, f in combinations(sessions, 2) if alone else ():
            if model.is_alone[e] or model.is_alone[f]:
                cp.add_bool_or([places[e][cell].negated(), places[f][cell].negated()])


def _shared(
    cp: cp_model.CpModel, model: Model, places: list[dict[int, cp_model.IntVar]]
) -> list[tuple[int, cp_model.IntVar]]:
    """Days that are used."""
    if not model.day_weight:
        return []
    used = [cp.new_bool_var("") for _ in range(int(model.days.max()) + 1)]
    for cells_of in places:
        for cell, var in cells_of.items():
            cp.add_implication(var, used[int(model.days[cell // model.rooms])])
    return [(model.day_weight, var) for var in used]


def _mixed_discount(
    cp: cp_model.CpModel,
    model: Model,
    places: list[dict[int, cp_model.IntVar]],
    costs: list[tuple[int, cp_model.IntVar]],
) -> int:
    """Adds what each length in a room beyond the first costs; the constant to take off again."""
    if not model.mixed_weight or model.length_count == 1:
        return 0
    there: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for e, cells_of in enumerate(places):
        for cell, var in cells_of.items():
            there.setdefault((cell, int(model.lengths[e])), []).append(var)
    of_cell: dict[int, list[cp_model.IntVar]] = {}
    for (cell, _), parts in there.items():
        has = cp.new_bool_var("")
        cp.add_max_equality(has, parts)
        of_cell.setdefault(cell, []).append(has)
        costs.append((model.mixed_weight, has))
    empty = 0
    for lengths in of_cell.values():
        is_empty = cp.new_bool_var("")
        cp.add(sum(lengths) + is_empty >= 1)
        costs.append((model.mixed_weight, is_empty))
        empty += model.mixed_weight
    return empty
