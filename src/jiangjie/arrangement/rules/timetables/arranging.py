"""The whole way from a problem to a checked answer: search, proof where it is small, and why not.

The amount of work comes from the limit in seconds at a nominal speed below that of any usual
machine, so the same problem, limit and seed have the same answer; a slower machine is cut short
by the clock and says so (`is_cut`).
"""

from dataclasses import dataclass

import numpy as np

from jiangjie.arrangement.rules.timetables.bounds import has_seats, penalty_bound
from jiangjie.arrangement.rules.timetables.conflicts import Conflict, explain
from jiangjie.arrangement.rules.timetables.exact import WORK, is_small, prove
from jiangjie.arrangement.rules.timetables.model import HARD, Model, Whole, build
from jiangjie.arrangement.rules.timetables.placing import Placing
from jiangjie.arrangement.rules.timetables.problem import Place, Problem, Timetable
from jiangjie.arrangement.rules.timetables.search import (
    Annealing,
    Found,
    Progress,
    State,
    Watch,
    hardest_first,
    split,
    start,
    unwatched,
)

Kept = tuple[tuple[int, int] | None, ...]  # (period, room) by session

WORK_PER_SECOND = 20_000.0
MOVE_WEIGHT = 1 << 20  # more than the penalties of one session
PLACED_AT_ONCE = 2_000
MOST_PLACED = 100_000  # placements, before the search for any timetable is given up
MOST_PLACED_SMALL = 2_000  # where a proof follows
HEATS = ((0.08, 10.0, 0.05), (0.3, 10.0, 0.05), (4.5, 10.0, 0.3))  # heat, hard, chains of a walk
FOR_TRIAL = 0.1  # of the work, for each
SMALL_WORK = 20.0  # for each session, where a proof follows


@dataclass(frozen=True, slots=True)
class Answer:
    """`timetable` None with `conflict` None: nothing found and nothing proved.

    `bound`: no timetable has less penalty. `moved`: of an earlier timetable's sessions, and
    `least_moved`: how many have to move in any case.
    """

    timetable: Timetable | None
    penalty: int
    bound: int
    broken: int
    is_cut: bool
    conflict: Conflict | None
    moved: int = 0
    least_moved: int = 0


def arrange(
    problem: Problem,
    *,
    seconds: float,
    watch: Watch = unwatched,
    kept: Kept | None = None,
) -> Answer:
    """`kept`: an earlier timetable, of which as few sessions as possible are to move."""
    model = build(problem)
    if not has_seats(model):
        return _refusal(problem, watch)
    if kept is not None:
        return _repaired(problem, model, kept, seconds * WORK_PER_SECOND, watch)
    bound = penalty_bound(model)
    small = is_small(model)
    work = seconds * WORK_PER_SECOND
    found = _searched(
        model,
        problem.seed,
        min(SMALL_WORK * model.sessions, work) if small else work,
        watch,
        MOST_PLACED_SMALL if small else MOST_PLACED,
    )
    if found.broken or (small and found.penalty > bound):
        if not small and found.broken:
            return Answer(None, 0, bound, found.broken, found.is_cut, None)
        hint = None if found.broken else found.periods * model.rooms + found.rooms
        proof = prove(model, work=min(max(seconds / 3, 1.0), WORK), hint=hint)
        if proof.feasible is False:
            return _refusal(problem, watch)
        bound = max(bound, proof.bound)
        if proof.cells is not None:
            broken, penalty = split(cost_of(model, proof.cells))
            if (broken, penalty) < (found.broken, found.penalty):
                periods, rooms = proof.cells // model.rooms, proof.cells % model.rooms
                found = Found(periods, rooms, broken, penalty, found.is_cut)
        if found.broken:
            return Answer(None, 0, bound, found.broken, found.is_cut, None)
    return Answer(_timetable(found), found.penalty, bound, 0, found.is_cut, None)


def cost_of(model: Model, cells: Whole) -> int:
    state = State(model)
    total = 0
    for e, cell in enumerate(cells):
        total += int(state.cost_of(e, np.array([cell]))[0])
        state.put(e, int(cell))
    return total


def _refusal(problem: Problem, watch: Watch) -> Answer:
    def go_on() -> bool:
        return watch(Progress(1.0, 1, 0)) is not None

    return Answer(None, 0, 0, 1, False, explain(problem, go_on))


def _timetable(found: Found) -> Timetable:
    return tuple(
        Place(int(period), int(room))
        for period, room in zip(found.periods, found.rooms, strict=True)
    )


def _searched(model: Model, seed: int, work: float, watch: Watch, most_placed: int) -> Found:
    """Short walks at several temperatures show which suits the problem; it gets the most work."""
    cells, waiting, is_cut = _first(model, seed, watch, most_placed)
    if waiting:
        return Found(cells, cells, waiting, 0, is_cut)
    best_heat, best_cost, best = HEATS[0], None, cells
    done = 0.0
    for heat in (*HEATS, None):
        share = FOR_TRIAL if heat else 1 - FOR_TRIAL * len(HEATS)
        state = State(model)
        walk = Annealing(
            state,
            _put_all(state, best if heat is None else cells),
            seed,
            work * share,
            _part(watch, done, done + share),
            *(heat or best_heat),
        )
        found = walk.run()
        done += share
        if best_cost is None or walk.best_cost < best_cost:
            best_cost, best = walk.best_cost, walk.best
            best_heat = heat or best_heat
        is_cut = is_cut or found.is_cut
        if best_cost == 0 or watch(Progress(done, *split(best_cost))) is None:
            break
    assert best_cost is not None  # noqa: S101 -- there is one temperature at least
    return Found(best // model.rooms, best % model.rooms, *split(best_cost), is_cut)


def _first(model: Model, seed: int, watch: Watch, most: int) -> tuple[Whole, int, bool]:
    """A cheap timetable without a broken rule: the cells, how many have none, whether it was cut."""
    state = State(model)
    start(state, hardest_first(model))
    cells = state.cell.copy()
    if split(cost_of(model, cells))[0]:
        cells[state.in_trouble()] = -1
    placing = Placing(model, seed, cells)
    is_cut = False
    while not placing.run(PLACED_AT_ONCE):
        passed = watch(Progress(0.0, placing.waiting, 0))
        is_cut = passed is None or passed >= 1
        if is_cut or placing.done >= most:
            break
    return placing.cells, placing.waiting, is_cut


def _part(watch: Watch, begin: float, end: float) -> Watch:
    """The watch of one part of the work, told in parts of all of it."""

    def watched(progress: Progress) -> float | None:
        work = begin + progress.work * (end - begin)
        passed = watch(Progress(work, progress.broken, progress.penalty))
        return None if passed is None else (passed - begin) / (end - begin)

    return watched


def _put_all(state: State, cells: Whole) -> int:
    total = 0
    for e, cell in enumerate(cells):
        total += int(state.cost_of(e, np.array([cell]))[0])
        state.put(e, int(cell))
    return total


# ---- an earlier timetable, after something fell out ----


def _repaired(
    problem: Problem,
    model: Model,
    kept: Kept,
    work: float,
    watch: Watch,
) -> Answer:
    """Who can stay stays: a move weighs more than any penalty."""
    cells = np.array([-1 if one is None else one[0] * model.rooms + one[1] for one in kept])
    may_stay = [e for e, cell in enumerate(cells) if cell >= 0 and model.may_cells(e)[cell]]
    state = State(model)
    staying = []
    for e in sorted(may_stay, key=lambda e: (-int(model.sizes[e]), e)):
        if int(state.cost_of(e, cells[e : e + 1])[0]) < HARD // 2:
            state.put(e, int(cells[e]))
            staying.append(e)
    moving = [e for e in range(model.sessions) if state.cell[e] < 0]
    least = model.sessions - len(may_stay)
    for e in sorted(moving, key=lambda e: int(np.count_nonzero(model.may_cells(e)))):
        there = np.flatnonzero(model.may_cells(e))
        cost = state.cost_of(e, there)
        state.put(e, int(there[int(cost.argmin())]))
    if split(cost_of(model, state.cell))[0]:
        weight = MOVE_WEIGHT
        stay = np.zeros((model.sessions, len(model.seats)), dtype=np.int64)
        for e in may_stay:
            stay[e] = weight
            stay[e, cells[e]] = 0
        placed = state.cell
        state = State(model, stay)
        total = _put_all(state, placed)
        walk = Annealing(state, total, problem.seed, work, watch)
        found = walk.run()
        best = walk.best
    else:
        best = state.cell
        found = Found(best // model.rooms, best % model.rooms, 0, 0, False)
    broken, penalty = split(cost_of(model, best))
    bound = penalty_bound(model)
    if broken:
        if is_small(model) and prove(model, only_feasible=True).feasible is False:
            return _refusal(problem, watch)
        return Answer(None, 0, bound, broken, found.is_cut, None)
    moved = int(np.count_nonzero((best != cells) & (cells >= 0)))
    moved += int(np.count_nonzero(cells < 0))
    return Answer(
        _timetable(found), penalty, bound, 0, found.is_cut, None, moved=moved, least_moved=least
    )
