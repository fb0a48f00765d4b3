"""Linear and integer programs, solved by GLOP, CP-SAT (both of OR-Tools) and HiGHS (of SciPy).

Each works alone, with a fixed seed and with limits counted in work instead of seconds: the same
program gives the same answer on any day. (SCIP does not: it orders by memory address.)

CP-SAT of OR-Tools 9.15 finds papers quickly, but with large coefficients its presolve and its
linear relaxation lose solutions, and it calls a bad one the best. So its solutions are used, which
can be checked, and never its bounds; bounds are GLOP's and HiGHS'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from ortools.linear_solver import pywraplp

from jiangjie.papers.rules.blueprint import Numbers

# The largest sum of a row's coefficients after scaling to whole numbers for CP-SAT.
_INTEGER_RANGE = 1e8


class Engine(Enum):
    LINEAR = "GLOP"
    SEARCH = "CP-SAT"
    PROOF = "HiGHS"


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
    prices: Numbers  # GLOP: by how much one more of each variable worsens the objective

    @property
    def is_found(self) -> bool:
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)


@dataclass(frozen=True, slots=True)
class _Row:
    places: Sequence[int]
    coefficients: Numbers
    low: float
    high: float


class Program:
    """Minimise a linear objective over variables and rows that are added one after the other."""

    def __init__(self, engine: Engine, *, seed: int = 0, work: float = 10.0) -> None:
        """`work`: roughly seconds of CP-SAT; nodes of HiGHS are counted as a fiftieth each."""
        self.engine, self._seed, self._work = engine, seed, work
        self._low: list[float] = []
        self._high: list[float] = []
        self._whole: list[bool] = []
        self._rows: list[_Row] = []
        self._goal: int | None = None
        self._hint: tuple[Sequence[int], Sequence[float]] = ((), ())
        self._is_hopeless = False  # a row that nothing fulfils

    def variables(self, count: int, low: float, high: float, *, whole: bool = True) -> range:
        """The places of `count` new variables."""
        start = len(self._low)
        self._low += [low] * count
        self._high += [high] * count
        self._whole += [whole] * count
        return range(start, start + count)

    def restrict(self, places: Sequence[int], low: Sequence[float], high: Sequence[float]) -> None:
        for place, least, most in zip(places, low, high, strict=True):
            self._low[place], self._high[place] = least, most

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
        if self.engine is Engine.SEARCH:
            coefficients, low, high = _whole(coefficients, low, high, terms)
        if low > high:
            self._is_hopeless = True
        self._rows.append(_Row(places, coefficients, float(low), float(high)))

    def minimise(self, place: int) -> None:
        self._goal = place

    def hint(self, places: Sequence[int], values: Sequence[float]) -> None:
        self._hint = places, values

    def solve(self, *, gap: float = 0.0) -> Outcome:
        if self._is_hopeless:
            return _nothing(Status.INFEASIBLE)
        return self._highs(gap) if self.engine is Engine.PROOF else self._or_tools(gap)

    def _or_tools(self, gap: float) -> Outcome:
        # Through the linear interface: the other one loads pandas, which takes longer than most
        # papers do.
        is_linear = self.engine is Engine.LINEAR
        solver = pywraplp.Solver.CreateSolver("GLOP" if is_linear else "SAT")
        variables = [
            solver.Var(low, high, whole and not is_linear, "")
            for low, high, whole in zip(self._low, self._high, self._whole, strict=True)
        ]
        for each in self._rows:
            row = solver.Constraint(each.low, each.high)
            set_coefficient = row.SetCoefficient
            for at in np.flatnonzero(each.coefficients).tolist():
                set_coefficient(variables[each.places[at]], float(each.coefficients[at]))
        objective = solver.Objective()
        if self._goal is not None:
            objective.SetCoefficient(variables[self._goal], 1.0)
        objective.SetMinimization()
        if not is_linear:
            places, values = self._hint
            solver.SetHint([variables[place] for place in places], list(values))
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
            return _nothing(status)
        return Outcome(
            status,
            np.array([variable.solution_value() for variable in variables]),
            objective.Value() if is_linear else -np.inf,
            np.array([variable.reduced_cost() for variable in variables] if is_linear else []),
        )

    def _highs(self, gap: float) -> Outcome:
        # SciPy takes a second to load, and most papers never need a proof from here.
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415
        from scipy.sparse import csr_array  # noqa: PLC0415

        used = [np.flatnonzero(each.coefficients) for each in self._rows]
        columns = [
            np.array(each.places, dtype=np.int64)[at]
            for each, at in zip(self._rows, used, strict=True)
        ]
        values = [each.coefficients[at] for each, at in zip(self._rows, used, strict=True)]
        starts = np.cumsum([0, *map(len, used)])
        goal = np.zeros(len(self._low))
        if self._goal is not None:
            goal[self._goal] = 1.0
        constraints = []
        if self._rows:
            matrix = csr_array(
                (np.concatenate(values), np.concatenate(columns), starts),
                shape=(len(self._rows), len(self._low)),
            )
            low, high = [each.low for each in self._rows], [each.high for each in self._rows]
            constraints.append(LinearConstraint(matrix, low, high))
        result = milp(
            goal,
            integrality=np.array(self._whole, dtype=int),
            bounds=Bounds(self._low, self._high),
            constraints=constraints,
            options={"node_limit": max(1, int(self._work * 50)), "mip_rel_gap": gap},
        )
        if result.status == 2:
            return _nothing(Status.INFEASIBLE)
        bound = result.get("mip_dual_bound")
        found = result.x is not None
        return Outcome(
            Status.UNKNOWN if not found else Status.FEASIBLE,
            result.x if found else np.empty(0),
            -np.inf if bound is None else float(bound),
            np.empty(0),
        )


def _nothing(status: Status) -> Outcome:
    is_hopeless = status is Status.INFEASIBLE
    return Outcome(status, np.empty(0), np.inf if is_hopeless else -np.inf, np.empty(0))


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
