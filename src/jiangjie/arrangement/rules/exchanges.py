"""Raising the worst panels by exchanging one member at a time.

Quick, and strong exactly where thresholds are hard to search: when all panels are alike and
every expert is needed, so that only good pairing-up counts.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from jiangjie.arrangement.rules.panels import Pairs, Scores, Seats

ROUNDS = 600  # of exchanges and of kicks, together
TRIED = 8  # panels, the worst first, before the random kick

Move = tuple[tuple[int, int, int], ...]  # (panel, who leaves, who comes)


def exchanged(chosen: Pairs, seats: Seats, scores: Scores, *, target: float) -> Pairs:
    """A seating that keeps all rules, whose worst panel is not worse than that of `chosen`.

    What is made less is the sum of squares of what panels lack to the `target`. Where no exchange
    makes it less, some members change places at random.
    """
    chance = np.random.default_rng(0)  # the same at every run
    state = _State(chosen, seats, scores, target)
    best, best_worst = chosen, state.totals.min()
    for _ in range(ROUNDS):
        if move := state.best_move():
            state.apply(move)
            continue
        if state.totals.min() > best_worst:
            best, best_worst = state.chosen.copy(), state.totals.min()
        if best_worst >= target:
            break
        state = _State(best, seats, scores, target)
        for panel in chance.permutation(chosen.shape[1])[:3].tolist():
            moves = [move for _, move in state.swaps(panel, at_any_price=True)]
            if moves:
                state.apply(moves[chance.integers(len(moves))])
    return best


class _State:
    def __init__(self, chosen: Pairs, seats: Seats, scores: Scores, target: float) -> None:
        self.chosen, self._seats, self._scores = chosen.copy(), seats, scores
        self._target = target
        self.totals = np.where(chosen, scores, 0.0).sum(axis=0)
        self._loads = chosen.sum(axis=1)
        self._inside = (chosen & seats.is_inside).sum(axis=0)

    def best_move(self) -> Move | None:
        """Of the worst panel for which an exchange makes the lack less."""
        for panel in np.argsort(self.totals, kind="stable")[:TRIED].tolist():
            if self.totals[panel] >= self._target:
                break
            moves = [*self.replacements(panel), *self.swaps(panel)]
            if moves:
                return max(moves, key=lambda move: move[0])[1]
        return None

    def apply(self, move: Move) -> None:
        for panel, leaves, comes in move:
            self.chosen[leaves, panel], self.chosen[comes, panel] = False, True
            self.totals[panel] = self._scores[self.chosen[:, panel], panel].sum()
            self._loads[leaves] -= 1
            self._loads[comes] += 1
            self._inside[panel] += int(self._seats.is_inside[comes, panel]) - int(
                self._seats.is_inside[leaves, panel]
            )

    def replacements(self, panel: int) -> Iterator[tuple[float, Move]]:
        """Somebody with a seat to spare comes in. With each move, by how much the lack shrinks."""
        for leaves in np.flatnonzero(self.chosen[:, panel]).tolist():
            if self._loads[leaves] <= self._seats.min_loads[leaves]:
                continue
            can = self._may_come(panel, leaves) & (self._loads < self._seats.max_loads)
            after = self.totals[panel] + self._scores[:, panel] - self._scores[leaves, panel]
            gain = np.where(can, self._lack(self.totals[panel]) - self._lack(after), -np.inf)
            comes = int(np.argmax(gain))
            if gain[comes] > self._least_gain:
                yield float(gain[comes]), ((panel, leaves, comes),)

    def swaps(self, panel: int, *, at_any_price: bool = False) -> Iterator[tuple[float, Move]]:
        """Two members of different panels change places."""
        experts, panels = np.nonzero(self.chosen)
        for leaves in np.flatnonzero(self.chosen[:, panel]).tolist():
            here = self.totals[panel] + self._scores[experts, panel] - self._scores[leaves, panel]
            there = (
                self.totals[panels] + self._scores[leaves, panels] - self._scores[experts, panels]
            )
            inside_there = (
                self._inside[panels]
                + self._seats.is_inside[leaves, panels]
                - self._seats.is_inside[experts, panels]
            )
            can = (
                self._may_come(panel, leaves)[experts]
                & self._seats.may_serve[leaves, panels]
                & ~self.chosen[leaves, panels]
                & (inside_there <= self._seats.most_inside[panels])
            )
            before = self._lack(self.totals[panel]) + self._lack(self.totals[panels])
            gain = np.where(can, before - self._lack(here) - self._lack(there), -np.inf)
            at = int(np.argmax(gain))
            if gain[at] > (-np.inf if at_any_price else self._least_gain):
                other, comes = int(panels[at]), int(experts[at])
                yield (
                    float(gain[at]),
                    ((panel, leaves, comes), (other, comes, leaves)),
                )

    def _lack(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(self._target - totals, 0.0) ** 2

    @property
    def _least_gain(self) -> float:
        return 1e-12 * max(1e-300, self._target**2)

    def _may_come(self, panel: int, leaves: int) -> Pairs:
        """By expert: allowed in place of the one who leaves, seats elsewhere not considered."""
        inside = (
            self._inside[panel]
            - self._seats.is_inside[leaves, panel]
            + self._seats.is_inside[:, panel]
        )
        fits: Pairs = inside <= self._seats.most_inside[panel]
        return self._seats.may_serve[:, panel] & ~self.chosen[:, panel] & fits
