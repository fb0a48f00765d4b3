"""Better papers by exchanging units between two papers, or with the rest of the pool.

Every exchange keeps to all rules, so papers that keep to them stay so. The worst paper is made
better, and none as bad as it was, until no exchange helps.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from jiangjie.papers.rules.blueprint import Numbers, Objective
from jiangjie.papers.rules.model import Flags, Indices, Model, badness, shortfall

_TRIED = 256  # exchanges, best first, that are held against the rows
_KICKS = 16  # exchanges that a random one is drawn from
_RESERVE = 500  # units outside the papers that are thought of
_FREE, _FROZEN = -1, -2


class Swaps:
    def __init__(
        self,
        model: Model,
        objective: Objective,
        forms: Sequence[Flags],
        wish: Numbers,
        *,
        seed: int,
    ) -> None:
        """`wish`: which units outside to think of first."""
        self._model, self._objective = model, objective
        self._random = np.random.default_rng(seed)
        # The last unit is none at all: exchanged for it, an item is added or taken away.
        self._none = len(model.units)
        self._rows = np.pad(model.rows, ((0, 0), (0, 1)))
        self._measures = np.ascontiguousarray(np.pad(model.measures, ((0, 0), (0, 1))).T)
        self._sizes = np.append(model.sizes, 0.0)
        self._order = np.argsort(-wish, kind="stable")
        self._low, self._high = model.least, model.most
        self._neighbours = _neighbours(model)
        self._group = np.full(self._none + 1, _FREE)
        self._inside = np.zeros(self._none + 1)
        for number, group in enumerate(model.groups):
            again = group.units[self._group[group.units] != _FREE]
            self._group[group.units] = number
            self._inside[group.units] = group.sizes
            self._group[again] = _FROZEN
        self._set(np.array(forms, dtype=bool).reshape(model.forms, len(model.units)))

    def _set(self, forms: Flags) -> None:
        self.forms = forms.copy()
        self._sums = forms @ self._measures[:-1]
        self._totals = forms @ self._rows[:, :-1].T
        self._blocked = np.zeros((len(forms), self._none + 1), dtype=np.int32)
        for form, flags in enumerate(forms):
            for unit in np.flatnonzero(flags).tolist():
                self._blocked[form, self._neighbours.get(unit, [])] += 1

    @property
    def worst(self) -> float:
        return float(badness(self._objective, self._sums).max(initial=-np.inf))

    def improve(self, *, goal: float, until: float, steps: int) -> None:
        """Exchange until the worst paper is `until` good or `steps` are used up.

        An exchange helps when it brings its papers nearer to `goal`. When none helps, a few are
        made at random; the best papers met are kept.
        """
        self._goal = goal
        self._steps = steps
        best, kept = self.worst, self.forms.copy()
        is_first = True
        while True:
            while self.worst > until and self._steps > 0 and self._descend():
                pass
            if self.worst < best:
                best, kept = self.worst, self.forms.copy()
            elif not is_first:
                self._set(kept)
            is_first = False
            if best <= until or self._steps <= 0 or not self._kick():
                break
        self._set(kept)

    def _descend(self) -> bool:
        """One exchange that helps, for the worst paper for which there is one."""
        lacks = shortfall(self._objective, self._sums, self._goal)
        order = np.argsort(-lacks, kind="stable").tolist()
        for form in order:
            if lacks[form] == 0.0:
                break
            # Where papers may share, the others' items are in the rest of the pool as well.
            others = [*reversed(order), None] if self._model.cap == 1 else [None, *reversed(order)]
            for other in others:
                if other != form and self._exchange(form, other):
                    return True
        return False

    def _kick(self) -> bool:
        bad = badness(self._objective, self._sums)
        form = int(bad.argmax())
        others = [other for other in range(len(bad)) if other != form]
        chosen = [*self._random.permutation(others)[:2].tolist(), None]
        moved = [self._exchange(form, other, must_help=False) for other in chosen]
        return any(moved)

    def _exchange(self, form: int, other: int | None, *, must_help: bool = True) -> bool:
        """The best exchange of `form` with `other` (None: the rest of the pool), if it helps;
        else one of the best.
        """
        self._steps -= 1
        ours, theirs = self._candidates(form, other)
        change = self._measures[theirs][None, :, :] - self._measures[ours][:, None, :]
        before = self._lack(self._sums[form])
        after = self._lack(self._sums[form] + change)
        if other is not None:
            before = before + self._lack(self._sums[other])
            after = after + self._lack(self._sums[other] - change)
        after[~self._allowed(form, other, ours, theirs)] = np.inf
        flat = after.ravel()
        limit = float(before) * (1 - 1e-6) if must_help else np.inf
        helping = np.flatnonzero(flat < limit)
        found = self._first_fitting(form, other, ours, theirs, flat, helping)
        if not len(found):
            return False
        best = found[0] if must_help else self._random.choice(found[:_KICKS])
        out, into = int(ours[best // len(theirs)]), int(theirs[best % len(theirs)])
        self._move(form, out, into)
        if other is not None:
            self._move(other, into, out)
        return True

    def _first_fitting(
        self,
        form: int,
        other: int | None,
        ours: Indices,
        theirs: Indices,
        after: Numbers,
        helping: Indices,
    ) -> Indices:
        """Those of the best exchanges in `helping` that keep to the rows; more are held against
        the rows only while none of the better ones does.
        """
        tried = _TRIED
        while len(helping):
            part, rest = helping, helping[:0]
            if len(helping) > tried:
                order = np.argpartition(after[helping], tried)
                part, rest = helping[order[:tried]], helping[order[tried:]]
            part = part[np.argsort(after[part], kind="stable")]
            out, into = ours[part // len(theirs)], theirs[part % len(theirs)]
            found: Indices = part[self._fits(form, other, out, into) & (out != into)]
            if len(found):
                return np.asarray(found)
            helping, tried = rest, tried * 8
        return helping

    def _lack(self, sums: Numbers) -> Numbers:
        return shortfall(self._objective, sums, self._goal)

    def _candidates(self, form: int, other: int | None) -> tuple[Indices, Indices]:
        if other is None:
            used: Flags = self.forms[form]
            if self._model.cap == 1:
                used = np.asarray(self.forms.any(axis=0))
            ours = np.flatnonzero(self.forms[form])
            theirs = self._order[~used[self._order]][:_RESERVE]
        else:
            ours = np.flatnonzero(self.forms[form] & ~self.forms[other])
            theirs = np.flatnonzero(self.forms[other] & ~self.forms[form])
        ours, theirs = np.append(ours, self._none), np.append(theirs, self._none)
        return ours[self._group[ours] != _FROZEN], theirs[self._group[theirs] != _FROZEN]

    def _allowed(self, form: int, other: int | None, ours: Indices, theirs: Indices) -> Flags:
        """What exclusive sets and stimulus groups allow, ours × theirs."""
        leaves, enters = self._may_leave(form, ours), self._may_enter(form, theirs)
        if other is not None:
            leaves &= self._may_enter(other, ours)
            enters &= self._may_leave(other, theirs)
        allowed = leaves.reshape(-1, 1) & enters.reshape(1, -1)
        if not self._model.groups:
            return allowed
        # Where both are of one group, what leaves makes room for what enters: judged together.
        together = self._may_follow(form, ours, theirs)
        if other is not None:
            together &= self._may_follow(other, theirs, ours).T
        same = self._group[ours][:, None] == self._group[theirs][None, :]
        return np.where(same & (self._group[ours] >= 0)[:, None], together, allowed)

    def _may_follow(self, form: int, out: Indices, into: Indices) -> Flags:
        """Whether into[m] may take the place of out[n], both being of one group, n × m."""
        count = self._group_count(form)[self._group[out]] - self._inside[out]
        then = count[:, None] + self._inside[into][None, :]
        fits = (then >= self._model.group_low) & (then <= self._model.group_high)
        return np.asarray(fits & (self._blocked[form, into] == 0)[None, :])

    def _may_leave(self, form: int, units: Indices) -> Flags:
        left = self._group_count(form)[self._group[units]] - self._inside[units]
        is_free = self._group[units] == _FREE
        return np.asarray(is_free | (left == 0) | (left >= self._model.group_low))

    def _may_enter(self, form: int, units: Indices) -> Flags:
        then = self._group_count(form)[self._group[units]] + self._inside[units]
        is_free = self._group[units] == _FREE
        fits = (then >= self._model.group_low) & (then <= self._model.group_high)
        return np.asarray((is_free | fits) & (self._blocked[form, units] == 0))

    def _group_count(self, form: int) -> Numbers:
        counts = np.zeros(max(1, len(self._model.groups)))
        for number, group in enumerate(self._model.groups):
            counts[number] = group.sizes @ self.forms[form, group.units]
        return counts

    def _fits(self, form: int, other: int | None, out: Indices, into: Indices) -> Flags:
        """Which exchanges out[n] for into[n] keep to the rows and the overlap."""
        change = (self._rows[:, into] - self._rows[:, out]).T
        good = self._within(self._totals[form] + change)
        if other is not None:
            good &= self._within(self._totals[other] - change)
        if self._model.overlap is not None and self._model.cap > 1:
            good &= self._overlap_fits(form, out, into, skip=other)
            if other is not None:
                good &= self._overlap_fits(other, into, out, skip=form)
        return good

    def _within(self, totals: Numbers) -> Flags:
        return np.asarray(((totals >= self._low) & (totals <= self._high)).all(axis=1))

    def _overlap_fits(self, form: int, out: Indices, into: Indices, *, skip: int | None) -> Flags:
        assert self._model.overlap is not None  # noqa: S101 -- the caller asked
        good = np.ones(len(out), dtype=bool)
        for third in range(self._model.forms):
            if third not in (form, skip):
                weights = np.append(self._model.sizes * self.forms[third], 0.0)
                shared = float(weights[:-1] @ self.forms[form])
                then = shared - weights[out] + weights[into]
                good &= (then <= self._model.overlap) | (then <= shared)
        return good

    def _move(self, form: int, out: int, into: int) -> None:
        for unit, sign in ((out, -1), (into, 1)):
            if unit != self._none:
                self.forms[form, unit] = sign > 0
                self._blocked[form, self._neighbours.get(unit, [])] += sign
        # Summed anew: differences added up thousands of times would drift.
        self._sums[form] = self._measures[:-1][self.forms[form]].sum(axis=0)
        self._totals[form] = self._rows[:, :-1][:, self.forms[form]].sum(axis=1)


def _neighbours(model: Model) -> dict[int, list[int]]:
    """The units that exclude each unit, once for each set that says so."""
    found: dict[int, list[int]] = defaultdict(list)
    for inside in model.exclusive:
        units = inside.tolist()
        for unit in units:
            found[unit] += [one for one in units if one != unit]
    # An addition at several equal places counts only once in NumPy.
    return {unit: sorted(set(others)) for unit, others in found.items()}
