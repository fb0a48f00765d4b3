"""The three objectives, for seats that can be filled.

max_sum: the greatest total of all scores.

max_min: the worst panel (the least sum of its members' scores) as good as can be. The linear
relaxation bounds it from above. Exchanges of members come first; if they leave a gap, whole
seatings with every panel at or above a threshold are searched for, and each search either finds
one, or proves that there is none and lowers the bound, or is given up.

fair: the worst panel as good as can be, then the greatest total. Where that costs more than
TOTAL_GIVEN of the greatest total there is, the worst panel may be up to WORST_GIVEN below its
bound if this brings more total (a house decision, without a clause).

What a given-up search may have found is not used: the same problem and seed have the same answer
at every run, unless the machine is so busy that other searches are given up.
"""

from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from jiangjie.arrangement.rules.exchanges import exchanged
from jiangjie.arrangement.rules.panels import Pairs, Problem, Scores, Seats

TOTAL_GIVEN = 0.02
WORST_GIVEN = 0.01
SEARCHES = 40  # each about halves what is open
SEARCH_SECONDS = 3.0  # of one search, and as much again for each
SEARCH_PAIRS = 20_000  # pairs
KEPT = 10  # pairs a seat, in the first search
GIVEN_UP = 3  # searches, while more than WORST_GIVEN is open; else the first is the last

LOOSE_GAP = 0.02  # of the total, while only the threshold matters

_OPTIMAL, _INFEASIBLE = 0, 2  # scipy's status
_SCALE = 1024.0  # of the greatest score; the solver's tolerance of 1e-6 then is 1e-9 of it
_LEAST = 1e-100  # scores that are all below count as alike
_CLOSE = 1e-5  # thresholds that the solver cannot tell apart


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`chosen[i, j]`: expert i sits on panel j. `worst_bound`: no seating has a better worst."""

    chosen: Pairs
    total: float
    worst: float
    worst_bound: float


def panel_totals(chosen: Pairs, scores: Scores) -> list[float]:
    return [fsum(scores[chosen[:, j], j]) for j in range(chosen.shape[1])]


def best_panel_with_each(seats: Seats, scores: Scores) -> Scores:
    """For each pair that may serve, the best total of a panel with it, whatever else it asks for.

    A pair below a threshold here can be left out of the search for it.
    """
    best = np.full(seats.may_serve.shape, -np.inf)
    for j, size in enumerate(seats.sizes):
        may = np.flatnonzero(seats.may_serve[:, j])
        mine = scores[may, j]
        order = np.argsort(-mine, kind="stable")[:size]
        top = mine[order]
        # Who is not of the top takes the place of its last.
        best[may, j] = top.sum() - top[-1] + mine
        best[may[order], j] = top.sum()
    return best


def solve(problem: Problem, seats: Seats) -> Answer:
    """The best answer to the problem's objective; the seats must be fillable.

    The seed shuffles experts and tasks before the search, and so decides among equals.
    """
    chance = np.random.default_rng(problem.seed)
    experts = chance.permutation(len(problem.experts))
    tasks = chance.permutation(len(problem.tasks))
    both = np.ix_(experts, tasks)
    model = _Model(
        Seats(
            may_serve=seats.may_serve[both],
            is_inside=seats.is_inside[both],
            sizes=seats.sizes[tasks],
            most_inside=seats.most_inside[tasks],
            min_loads=seats.min_loads[experts],
            max_loads=seats.max_loads[experts],
        ),
        problem.scores[both],
    )
    search = {"max_sum": _max_sum, "max_min": _max_min, "fair": _fair}[problem.objective]
    found, bound = search(model)
    chosen = np.zeros_like(seats.may_serve)
    chosen[both] = found
    totals = panel_totals(chosen, problem.scores)
    worst = min(totals)
    return Answer(chosen, fsum(totals), worst, max(worst, bound))


def _max_sum(model: "_Model") -> tuple[Pairs, float]:
    return model.best_total(), model.worst_bound()


def _max_min(model: "_Model") -> tuple[Pairs, float]:
    return _best_worst(model, model.best_total())


def _fair(model: "_Model") -> tuple[Pairs, float]:
    greatest = model.best_total()
    found, bound = _best_worst(model, greatest)
    found = _better(model, found, model.worst(found))
    top = model.total(greatest)
    lower = bound - WORST_GIVEN * abs(bound)
    if model.total(found) < top - TOTAL_GIVEN * abs(top) and lower < model.worst(found):
        nearer = model.exchanged(greatest, lower)
        if model.worst(nearer) >= lower and model.total(nearer) > model.total(found):
            found = nearer
        found = _better(model, found, lower)
    return found, bound


def _best_worst(model: "_Model", start: Pairs) -> tuple[Pairs, float]:
    """The seating with the best worst panel that was found, and a bound on any.

    Bisection, but first the bound itself: it is mostly reached.
    """
    bound = threshold = high = model.worst_bound()
    found = model.exchanged(start, bound)
    low = model.worst(found)
    given_up = 0
    for _ in range(SEARCHES):
        if high - low <= model.close:
            break
        better, is_complete = model.seating(threshold, gap=LOOSE_GAP)
        if better is not None:
            found, low = better, max(low, model.worst(better))
        elif is_complete:
            bound = high = threshold
        else:
            high = threshold
            given_up += 1
            if given_up == GIVEN_UP or bound - low <= WORST_GIVEN * abs(bound):
                break
        threshold = (low + high) / 2
    return found, bound


def _better(model: "_Model", found: Pairs, threshold: float) -> Pairs:
    """The seating of the greatest total with no panel below the threshold, or `found`."""
    better, _ = model.seating(threshold)
    return found if better is None or model.total(better) <= model.total(found) else better


class _Model:
    """Programs over the pairs that may serve; thresholds and totals are in units of the scores."""

    def __init__(self, seats: Seats, scores: Scores) -> None:
        self._seats, self._scores = seats, scores
        self._who, self._what = np.nonzero(seats.may_serve)
        given = scores[seats.may_serve]
        self._scale = _SCALE / max(float(np.abs(given).max()), _LEAST)
        self._worth = given * self._scale
        self._reach = best_panel_with_each(seats, scores)[seats.may_serve]
        experts, tasks = seats.may_serve.shape
        inside = np.flatnonzero(seats.is_inside[self._who, self._what])
        everyone = np.arange(len(given))
        ones = np.ones(len(given))
        by_task = self._rows(self._what, everyone, ones, tasks)
        by_expert = self._rows(self._who, everyone, ones, experts)
        totals = self._rows(self._what, everyone, self._worth, tasks)
        self._sizes = by_task
        # All as "at most", the panels' totals last, with the threshold still to be put in.
        self._limited = vstack(
            [
                by_expert,
                -by_expert,
                self._rows(self._what[inside], inside, ones[inside], tasks),
                -totals,
            ],
            format="csr",
        )
        self._limits = np.concatenate([seats.max_loads, -seats.min_loads, seats.most_inside])

    @property
    def close(self) -> float:
        return _CLOSE / self._scale

    def total(self, chosen: Pairs) -> float:
        return fsum(self._scores[chosen])

    def worst(self, chosen: Pairs) -> float:
        return min(panel_totals(chosen, self._scores))

    def best_total(self) -> Pairs:
        """A flow with whole bounds: a vertex of the relaxation is whole already."""
        return self._pairs(self._relaxed(None, np.ones_like(self._worth)).x)

    def worst_bound(self) -> float:
        """The best worst panel if members could be shared out in fractions."""
        tasks = len(self._seats.sizes)
        pairs = len(self._worth)
        threshold = csr_array(
            np.repeat([0.0, 1.0], [self._limited.shape[0] - tasks, tasks]).reshape(-1, 1)
        )
        found = linprog(
            np.append(np.zeros(pairs), -1.0),
            A_ub=hstack([self._limited, threshold], format="csr"),
            b_ub=np.append(self._limits, np.zeros(tasks)),
            A_eq=hstack([self._sizes, csr_array((tasks, 1))], format="csr"),
            b_eq=self._seats.sizes,
            bounds=np.array([(0.0, 1.0)] * pairs + [(-np.inf, np.inf)]),
            method="highs-ds",
        )
        return float(-found.fun / self._scale)

    def exchanged(self, start: Pairs, target: float) -> Pairs:
        return exchanged(start, self._seats, self._scores, target=target - self.close)

    def seating(self, threshold: float, *, gap: float = 0.0) -> tuple[Pairs | None, bool]:
        """A seating with no panel below the threshold, its total within `gap` of the greatest.

        None with True: there is none; with False: the search was given up. Of many pairs only
        those that the relaxation values most are searched, and all where these may not do.
        """
        useful = np.where(self._reach >= threshold - self.close, 1.0, 0.0)
        relaxed = self._relaxed(threshold, useful)
        if relaxed.status != _OPTIMAL:
            return None, relaxed.status == _INFEASIBLE
        # What a seating loses against the relaxation, at least, by having this pair in it.
        price = (
            -self._worth
            - self._sizes.T @ relaxed.eqlin.marginals
            - self._limited.T @ relaxed.ineqlin.marginals
        )
        dearest = np.sort(price[useful > 0])[: KEPT * int(self._seats.sizes.sum())][-1]
        kept = np.where(price <= dearest, useful, 0.0)
        found = self._whole(threshold, kept, gap)
        may_gain = gap == 0 and found.status == _OPTIMAL and found.fun > relaxed.fun + dearest
        if (kept < useful).any() and (may_gain or found.status == _INFEASIBLE):
            among_all = self._whole(threshold, useful, gap)
            found = among_all if among_all.status == _OPTIMAL or not may_gain else found
        if found.status == _OPTIMAL:
            return self._pairs(found.x), True
        return None, found.status == _INFEASIBLE

    def _relaxed(self, threshold: float | None, useful: NDArray[np.float64]) -> OptimizeResult:
        """The greatest total if members could be shared out in fractions."""
        limits = self._limits if threshold is None else self._limits_with(threshold)
        return linprog(
            -self._worth,
            A_ub=self._limited[: len(limits)],
            b_ub=limits,
            A_eq=self._sizes,
            b_eq=self._seats.sizes,
            bounds=np.column_stack([np.zeros_like(useful), useful]),
            method="highs-ds",
        )

    def _whole(self, threshold: float, useful: NDArray[np.float64], gap: float) -> OptimizeResult:
        pairs = np.flatnonzero(useful)
        found = milp(
            -self._worth[pairs],
            integrality=1,
            bounds=Bounds(0, 1),
            constraints=[
                LinearConstraint(self._sizes[:, pairs], self._seats.sizes, self._seats.sizes),
                LinearConstraint(self._limited[:, pairs], -np.inf, self._limits_with(threshold)),
            ],
            options={
                "mip_rel_gap": gap,
                "time_limit": SEARCH_SECONDS * (1 + len(pairs) / SEARCH_PAIRS),
            },
        )
        if found.x is not None:
            everyone = np.zeros_like(useful)
            everyone[pairs] = found.x
            found.x = everyone
        return found

    def _limits_with(self, threshold: float) -> NDArray[np.float64]:
        least = threshold * self._scale - _CLOSE / 2
        return np.append(self._limits, np.full(len(self._seats.sizes), -least))

    def _pairs(self, x: NDArray[np.float64]) -> Pairs:
        chosen = np.zeros_like(self._seats.may_serve)
        chosen[self._who, self._what] = x > 0.5
        return chosen

    def _rows(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: NDArray[np.float64],
        count: int,
    ) -> csr_array:
        return csr_array((values, (rows, columns)), shape=(count, len(self._worth)))
