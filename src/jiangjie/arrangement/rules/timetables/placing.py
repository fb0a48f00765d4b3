"""A first timetable that breaks no rule: sessions are placed one by one, and whatever stands in the
way is taken out and placed again later.

What was often taken out gets heavier, so the search does not turn in circles for long.
"""

import numpy as np

from jiangjie.arrangement.rules.timetables.model import HARD, Model, Whole


class Placing:
    """`cells` is -1 for what is nowhere; every session needs a cell that it may be in."""

    def __init__(self, model: Model, seed: int, cells: Whole | None = None) -> None:
        self._model = model
        self._chance = np.random.default_rng(seed)
        self._may = [np.flatnonzero(model.may_cells(e)) for e in range(model.sessions)]
        self._slot_of = np.repeat(np.arange(model.periods), model.rooms) * model.sites + np.tile(
            model.site_of, model.periods
        )
        self._relations = [
            (relation.partners, np.ascontiguousarray((relation.table >= HARD).T))
            for relation in model.relations
            if (relation.table >= HARD).any()
        ]
        self._free = model.seats.copy()
        self._in_cell: list[list[int]] = [[] for _ in model.seats]
        self._weight = np.ones(model.sessions)
        self._last: dict[int, int] = {}  # the cell it was taken out of
        self.done = 0  # placements
        self._has_alone = bool(model.is_alone.any())
        self.cells = np.full(model.sessions, -1, dtype=np.int64)
        links = sum(
            np.array([len(one) for one in partners]) for partners, _ in self._relations
        ) + np.zeros(model.sessions)
        self._difficulty = (
            (links + 1) * (model.sizes + 1) / np.array([max(len(may), 1) for may in self._may])
        )
        self._usual = max(float(np.median(model.sizes)), 1.0)
        for e, cell in enumerate(cells if cells is not None else ()):
            if cell >= 0:
                self._put(e, int(cell))

    @property
    def waiting(self) -> int:
        return int(np.count_nonzero(self.cells < 0))

    def run(self, work: int) -> bool:
        """Whether every session has a place, after at most so many placements."""
        waiting = [e for e in range(self._model.sessions) if self.cells[e] < 0]
        waiting.sort(key=lambda e: self._difficulty[e])
        while waiting and work > 0:
            work -= 1
            self.done += 1
            # The most difficult first; later any, so that the order does not repeat itself.
            at = len(waiting) - 1
            if work % 3 == 0:
                at = int(self._chance.integers(len(waiting)))
            e = waiting.pop(at)
            cell = self._best(e, self._last.get(e, -1))
            for f in self._in_the_way(e, cell):
                self._last[f] = int(self.cells[f])
                self._take(f)
                self._weight[f] += 1
                waiting.append(f)
            self._put(e, cell)
        return not waiting

    def _best(self, e: int, not_again: int) -> int:
        model = self._model
        cells = self._may[e]
        against = np.zeros(model.periods * model.sites)
        for partners, forbidden in self._relations:
            near = partners[e]
            if len(near):
                near = near[self.cells[near] >= 0]
                rows = forbidden[self._slot_of[self.cells[near]]]
                against += self._weight[near] @ rows
        cost = against[self._slot_of[cells]]
        over = model.sizes[e] - self._free[cells]
        cost = cost + np.where(over > 0, 1 + over / self._usual, 0)
        if self._has_alone:
            inside = np.array([len(self._in_cell[cell]) for cell in cells])
            lonely = np.array(
                [any(model.is_alone[f] for f in self._in_cell[cell]) for cell in cells]
            )
            cost += np.where(model.is_alone[e], inside, lonely)
        cost = cost + self._chance.random(len(cells)) * 0.5
        if len(cells) > 1:
            cost[cells == not_again] += 1e9
        return int(cells[int(cost.argmin())])

    def _in_the_way(self, e: int, cell: int) -> list[int]:
        model = self._model
        out: dict[int, None] = {}
        slot = int(self._slot_of[cell])
        for partners, forbidden in self._relations:
            near = partners[e]
            if len(near):
                near = near[self.cells[near] >= 0]
                bad = forbidden[self._slot_of[self.cells[near]], slot]
                out.update(dict.fromkeys(int(f) for f in near[bad]))
        here = [f for f in self._in_cell[cell] if f not in out]
        if self._has_alone:
            gone = here if model.is_alone[e] else [f for f in here if model.is_alone[f]]
            out.update(dict.fromkeys(gone))
            here = [f for f in here if f not in out]
        over = int(model.sizes[e]) - int(self._free[cell])
        over -= sum(int(model.sizes[f]) for f in out if self.cells[f] == cell)
        while over > 0:
            enough = [f for f in here if model.sizes[f] >= over]
            f = min(
                enough or here,
                key=lambda f: (self._weight[f] * (model.sizes[f] if enough else 1), f),
            )
            here.remove(f)
            out[f] = None
            over -= int(model.sizes[f])
        return list(out)

    def _put(self, e: int, cell: int) -> None:
        self.cells[e] = cell
        self._free[cell] -= self._model.sizes[e]
        self._in_cell[cell].append(e)

    def _take(self, e: int) -> None:
        cell = int(self.cells[e])
        self.cells[e] = -1
        self._free[cell] += self._model.sizes[e]
        self._in_cell[cell].remove(e)
