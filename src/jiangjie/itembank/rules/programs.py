"""Linear and integer programs, solved by GLOP and CP-SAT of OR-Tools.

Each works alone, with a fixed seed and with limits counted in work instead of seconds: the same
program gives the same answer on any day (SCIP does not: it orders by memory address). Through
OR-Tools' linear interface, because the other one loads pandas, which takes longer than most papers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from ortools.linear_solver import pywraplp

from jiangjie.itembank.rules.blueprint import Numbers

# The largest sum of a row's coefficients after scaling to whole numbers for CP-SAT. With sums of
# some 1e10 the presolve of OR-Tools 9.15 loses solutions, and calls a bad one the best.
_INTEGER_RANGE = 2e9


class Engine(Enum):
    LINEAR = "GLOP"
    INTEGER = "SAT"


class Status(Enum):
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    status: Status
    values: Numbers  # of all variables; empty without a solution
    bound: float  # no solution has a smaller objective

    @property
    def is_found(self) -> bool:
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)


class Program:
    """Minimise a linear objective over variables and rows that are added one after the other."""

    def __init__(self, engine: Engine, *, seed: int = 0, work: float = 10.0) -> None:
        """`work`: roughly seconds of a solver; it does not depend on the machine's load."""
        self._engine, self._seed, self._work = engine, seed, work
        self._solver = pywraplp.Solver.CreateSolver(engine.value)
        self._variables: list[pywraplp.Variable] = []
        self._is_hopeless = False  # a row that nothing fulfils

    def variables(self, count: int, low: float, high: float, *, whole: bool = True) -> range:
        """The places of `count` new variables."""
        make = self._solver.IntVar if whole else self._solver.NumVar
        start = len(self._variables)
        self._variables += [make(low, high, "") for _ in range(count)]
        return range(start, start + count)

    def restrict(self, places: Sequence[int], low: Sequence[float], high: Sequence[float]) -> None:
        for place, least, most in zip(places, low, high, strict=True):
            self._variables[place].SetBounds(least, most)

    def row(
        self,
        places: Sequence[int],
        coefficients: Numbers,
        low: float,
        high: float,
        *,
        terms: float = np.inf,
    ) -> None:
        """low <= coefficients · variables <= high. For CP-SAT the coefficients are scaled to whole
        numbers, and the limits widened by what rounding may have changed; `terms` is how much the
        variables add up to at the most.
        """
        if low == -np.inf and high == np.inf:
            return
        if self._engine is Engine.INTEGER:
            coefficients, low, high = _whole(coefficients, low, high, terms)
        if low > high:
            self._is_hopeless = True
            return
        row = self._solver.Constraint(float(low), float(high))
        set_coefficient, variables = row.SetCoefficient, self._variables
        for place in np.flatnonzero(coefficients).tolist():
            set_coefficient(variables[places[place]], float(coefficients[place]))

    def minimise(self, places: Sequence[int], coefficients: Sequence[float]) -> None:
        objective = self._solver.Objective()
        for place, value in zip(places, coefficients, strict=True):
            objective.SetCoefficient(self._variables[place], value)
        objective.SetMinimization()

    def hint(self, places: Sequence[int], values: Sequence[float]) -> None:
        self._solver.SetHint([self._variables[place] for place in places], list(values))

    def solve(self, *, gap: float = 0.0) -> Outcome:
        if self._is_hopeless:
            return Outcome(Status.INFEASIBLE, np.empty(0), np.inf)
        solver = self._solver
        if self._engine is Engine.INTEGER:
            solver.SetSolverSpecificParametersAsString(
                f"num_workers:1 random_seed:{self._seed % 2**31} mip_max_bound:1e15 "
                f"max_deterministic_time:{self._work} relative_gap_limit:{gap}"
            )
        status = {
            pywraplp.Solver.OPTIMAL: Status.OPTIMAL,
            pywraplp.Solver.FEASIBLE: Status.FEASIBLE,
            pywraplp.Solver.INFEASIBLE: Status.INFEASIBLE,
        }.get(solver.Solve(), Status.UNKNOWN)
        if status not in (Status.OPTIMAL, Status.FEASIBLE):
            return Outcome(status, np.empty(0), -np.inf)
        values = np.array([variable.solution_value() for variable in self._variables])
        is_linear = self._engine is Engine.LINEAR
        objective = solver.Objective()
        return Outcome(status, values, objective.Value() if is_linear else objective.BestBound())

    def prices(self, places: Sequence[int]) -> Numbers:
        """After a linear solve: by how much one more of each variable would worsen the objective."""
        return np.array([self._variables[place].reduced_cost() for place in places])


def whole_scale(values: Numbers) -> tuple[float, bool]:
    """By what to multiply so that the values may be rounded, and whether that loses nothing."""
    total = abs(values).sum()
    for scale in (1.0, 2.0, 10.0, 100.0, 1000.0, 1e4):
        scaled = values * scale
        is_exact = abs(scaled - np.round(scaled)) < 1e-9 * np.maximum(1.0, abs(scaled))
        if total * scale <= _INTEGER_RANGE and is_exact.all():
            return scale, True
    return float(2.0 ** np.floor(np.log2(_INTEGER_RANGE / total))), False


def _whole(values: Numbers, low: float, high: float, terms: float) -> tuple[Numbers, float, float]:
    scale, is_exact = whole_scale(values)
    slack = 1e-9 * scale if is_exact else 0.5 * min(terms, float(np.count_nonzero(values)))
    return np.round(values * scale), np.ceil(low * scale - slack), np.floor(high * scale + slack)
