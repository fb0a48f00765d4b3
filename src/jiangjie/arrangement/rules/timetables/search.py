"""Good timetables by simulated annealing, repeatable: chance comes from the seed, and how long the
search goes on is counted in work, not in time (the clock only cuts it short, and then it says so).

Moves that are refused change nothing, so many are judged at once, in arrays, and the first that
is accepted is made: the same walk as one by one, but at the speed of the arrays. What it would
cost a session to be in each slot stands in a table that is kept up with every move.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jiangjie.arrangement.rules.timetables.model import HARD, Flags, Model, Whole
from jiangjie.arrangement.rules.timetables.placing import Placing

MOST_AT_ONCE = 1024
LEAST_AT_ONCE = 16
DRAWN_AT_ONCE = 1 << 14
PER_ACCEPTED = 0.7  # of the work of judging one window
SWAPS = 0.25  # of all moves
MENDS = (0.4, 0.5, 0.6, 0.75, 0.9)  # parts of the work after which broken rules are mended
MOST_MENDED = 20_000  # placements
PLATEAU = 3.0  # what changes no cost is done once in e^3 times, within a period e^4
RARELY = 4.0
LONGEST_CHAIN = 40  # sessions
COOLEST = 0.003  # of the first temperature

# (work done, of all) -> the part of the time that has passed, or None to stop now
Watch = Callable[["Progress"], float | None]


@dataclass(frozen=True, slots=True)
class Progress:
    """`broken`: hard rules, each as often as it is broken; `penalty` of the best so far."""

    work: float  # part of what is to be done
    broken: int
    penalty: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """`periods`, `rooms` by session. `is_cut`: the clock or somebody ended the search."""

    periods: Whole
    rooms: Whole
    broken: int
    penalty: int
    is_cut: bool


def unwatched(_progress: Progress) -> float:
    return 0.0


class State:
    """Where every session is, and what each move would cost."""

    def __init__(self, model: Model, fixed_cost: Whole | None = None) -> None:
        """`fixed_cost`: by session and cell, what it costs beside everything else."""
        m = self.model = model
        count, cells = m.sessions, m.periods * m.rooms
        self.table = m.static.copy()
        self.slots = m.periods * m.sites
        self.cell_slot = np.repeat(np.arange(m.periods), m.rooms) * m.sites + np.tile(
            m.site_of, m.periods
        )
        self.cell_cost = np.tile(m.room_cost, m.periods)
        self.cell_day = np.repeat(m.days, m.rooms)
        self.fixed_cost = fixed_cost
        self.cell = np.full(count, -1, dtype=np.int64)
        self.slot = np.full(count, -1, dtype=np.int64)
        self.free = m.seats.copy()
        self.inside = np.zeros(cells, dtype=np.int64)
        self.alone_inside = np.zeros(cells, dtype=np.int64)
        self.of_length = np.zeros((cells, m.length_count), dtype=np.int64)
        self.kinds_inside = np.zeros(cells, dtype=np.int64)
        self.on_day = np.zeros(int(m.days.max()) + 1, dtype=np.int64)
        self.has_alone = bool(m.is_alone.any())
        self.has_mixed = bool(m.mixed_weight) and m.length_count > 1
        self.has_days = bool(m.day_weight)
        self.closed = m.seats < 0
        self._shift = int(np.median(m.sizes)).bit_length() - 1 if np.median(m.sizes) >= 1 else 0
        self._round = (1 << self._shift) - 1

    def in_trouble(self) -> Flags:
        """Sessions that break a hard rule where they are."""
        own = self.table[np.arange(len(self.slot)), self.slot] >= HARD // 2
        crowded = (self.free < 0) | self.closed
        if self.has_alone:
            crowded |= (self.alone_inside > 0) & (self.inside > 1)
        return np.asarray(own | crowded[self.cell])

    def _over(self, people: Whole) -> Whole:
        """How many rules are broken by so many people too many: one for each usual session."""
        return np.asarray((np.maximum(people, 0) + self._round) >> self._shift)

    # ---- one session, any cells ----

    def cost_of(self, e: int, cells: Whole) -> Whole:
        """What it would cost to put a session that is nowhere into each of the cells."""
        m = self.model
        cost = self.table[e][self.cell_slot[cells]] + self.cell_cost[cells]
        free = self.free[cells]
        size = m.sizes[e]
        cost = cost + HARD * (self._over(size - free) - self._over(-free))
        cost += HARD * self.closed[cells]
        if self.has_alone:
            inside, alone = self.inside[cells], self.alone_inside[cells]
            if m.is_alone[e]:
                cost += HARD * np.where(alone > 0, 1, inside)
            else:
                cost += HARD * (alone > 0)
        if self.has_mixed:
            is_new = self.of_length[cells, m.lengths[e]] == 0
            cost += m.mixed_weight * (is_new & (self.kinds_inside[cells] > 0))
        if self.has_days:
            cost += m.day_weight * (self.on_day[self.cell_day[cells]] == 0)
        if self.fixed_cost is not None:
            cost += self.fixed_cost[e, cells]
        return np.asarray(cost)

    def put(self, e: int, cell: int) -> None:
        m = self.model
        slot = int(self.cell_slot[cell])
        self.cell[e], self.slot[e] = cell, slot
        for relation in m.relations:
            partners = relation.partners[e]
            if len(partners):
                times = relation.times[e]
                row = relation.table[slot]
                self.table[partners] += row if times is None else times * row
        self._count(e, cell, 1)

    def take(self, e: int) -> int:
        m = self.model
        cell, slot = int(self.cell[e]), int(self.slot[e])
        for relation in m.relations:
            partners = relation.partners[e]
            if len(partners):
                times = relation.times[e]
                row = relation.table[slot]
                self.table[partners] -= row if times is None else times * row
        self._count(e, cell, -1)
        self.cell[e] = self.slot[e] = -1
        return cell

    def move(self, e: int, cell: int) -> None:
        m = self.model
        old, new = int(self.slot[e]), int(self.cell_slot[cell])
        if old != new:
            for relation in m.relations:
                partners = relation.partners[e]
                if len(partners):
                    times = relation.times[e]
                    row = relation.table[new] - relation.table[old]
                    self.table[partners] += row if times is None else times * row
        self._count(e, int(self.cell[e]), -1)
        self._count(e, cell, 1)
        self.cell[e], self.slot[e] = cell, new

    def _count(self, e: int, cell: int, by: int) -> None:
        m = self.model
        self.free[cell] -= by * m.sizes[e]
        if self.has_alone:
            self.inside[cell] += by
            self.alone_inside[cell] += by * m.is_alone[e]
        if self.has_mixed:
            length = m.lengths[e]
            self.of_length[cell, length] += by
            if self.of_length[cell, length] == (1 if by > 0 else 0):
                self.kinds_inside[cell] += by
        if self.has_days:
            self.on_day[self.cell_day[cell]] += by

    # ---- many proposals at once ----

    def move_costs(self, e: Whole, cells: Whole) -> Whole:
        """What each move of one session to another cell would add."""
        m = self.model
        here = self.cell[e]
        own = self.table.ravel()
        base = e * self.slots
        delta = own[base + self.cell_slot[cells]] - own[base + self.slot[e]]
        delta += self.cell_cost[cells] - self.cell_cost[here]
        size = m.sizes[e]
        there_free, here_free = self.free[cells], self.free[here]
        over = self._over(size - there_free) - self._over(-there_free)
        over += self._over(-here_free - size) - self._over(-here_free)
        if self.closed.any():
            over += self.closed[cells]
            over -= self.closed[here]
        delta += HARD * over
        if self.has_alone:
            delta += HARD * self._alone_change(e, here, cells)
        if self.has_mixed:
            length = m.lengths[e]
            is_new = (self.of_length[cells, length] == 0) & (self.kinds_inside[cells] > 0)
            was_extra = (self.of_length[here, length] == 1) & (self.kinds_inside[here] > 1)
            delta += m.mixed_weight * (is_new.astype(np.int64) - was_extra)
        if self.has_days:
            there, today = self.cell_day[cells], self.cell_day[here]
            opens = (self.on_day[there] == 0).astype(np.int64)
            closes = (self.on_day[today] == 1) & (there != today)
            delta += m.day_weight * (opens - closes)
        if self.fixed_cost is not None:
            delta += self.fixed_cost[e, cells] - self.fixed_cost[e, here]
        return np.asarray(delta)

    def _alone_change(self, e: Whole, here: Whole, cells: Whole) -> Whole:
        is_alone = self.model.is_alone[e].astype(np.int64)

        def broken(inside: Whole, alone: Whole) -> Whole:
            return np.where(alone > 0, inside - 1, 0)

        inside, alone = self.inside[cells], self.alone_inside[cells]
        joins = broken(inside + 1, alone + is_alone) - broken(inside, alone)
        inside, alone = self.inside[here], self.alone_inside[here]
        leaves = broken(inside, alone) - broken(inside - 1, alone - is_alone)
        return np.asarray(joins - leaves)

    def swap_costs(self, e: Whole, f: Whole) -> Whole:
        """What it would add if two unrelated sessions in different cells changed places."""
        m = self.model
        here, there = self.cell[e], self.cell[f]
        own = self.table.ravel()
        s, t = self.slot[e], self.slot[f]
        first, second = e * self.slots, f * self.slots
        delta = own[first + t] - own[first + s] + own[second + s] - own[second + t]
        more = m.sizes[e] - m.sizes[f]  # for the cell of f
        free_here, free_there = self.free[here], self.free[there]
        over = self._over(more - free_there) - self._over(-free_there)
        over += self._over(-more - free_here) - self._over(-free_here)
        delta += HARD * over
        if self.has_alone:
            a, b = m.is_alone[e].astype(np.int64), m.is_alone[f].astype(np.int64)
            for cell, change in ((here, b - a), (there, a - b)):
                alone, others = self.alone_inside[cell], self.inside[cell] - 1
                delta += HARD * others * ((alone + change > 0).astype(np.int64) - (alone > 0))
        if self.has_mixed:
            one, two = m.lengths[e], m.lengths[f]
            differ = one != two
            kinds = (self.of_length[here, two] == 0).astype(np.int64)
            kinds -= self.of_length[here, one] == 1
            kinds += self.of_length[there, one] == 0
            kinds -= self.of_length[there, two] == 1
            delta += m.mixed_weight * kinds * differ
        if self.fixed_cost is not None:
            delta += self.fixed_cost[e, there] - self.fixed_cost[e, here]
            delta += self.fixed_cost[f, here] - self.fixed_cost[f, there]
        return np.asarray(delta)


def split(cost: int) -> tuple[int, int]:
    """(hard rules broken, penalty) of a sum or a difference of costs."""
    broken = (cost + HARD // 2) // HARD
    return broken, cost - broken * HARD


def start(state: State, order: Whole) -> int:
    """Put every session where it costs least at its turn; the cost of all together."""
    model = state.model
    total = 0
    for e in order:
        cells = np.flatnonzero(model.may_cells(int(e)))
        cost = state.cost_of(int(e), cells)
        best = int(cost.argmin())
        total += int(cost[best])
        state.put(int(e), int(cells[best]))
    return total


def hardest_first(model: Model) -> Whole:
    """Few places first, then many relations, then large ones."""
    places = np.array([np.count_nonzero(model.may_cells(e)) for e in range(model.sessions)])
    links = np.zeros(model.sessions, dtype=np.int64)
    for relation in model.relations:
        links += [len(partners) for partners in relation.partners]
    return np.lexsort((np.arange(model.sessions), -model.sizes, -links, places))


class Annealing:
    """One walk. `work` is how many windows may be judged, about 40 µs each."""

    def __init__(
        self,
        state: State,
        cost: int,
        seed: int,
        work: float,
        watch: Watch = unwatched,
        heat: float = 0.3,
        hard: float = 10.0,
        chains: float = 0.05,
    ) -> None:
        """`heat`: the first temperature, in usual penalties of a move. `hard`: what a broken rule
        weighs, in first temperatures. `chains`: their part of the work."""
        self._state, self._cost, self._work, self._watch = state, cost, work, watch
        self._chance = np.random.default_rng(seed)
        self._seed = seed
        self.done = 0.0
        model = state.model
        self._cells = [np.flatnonzero(model.may_cells(e)) for e in range(model.sessions)]
        sizes = np.array([len(cells) for cells in self._cells])
        self._first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        self._choices = sizes
        self._flat = np.concatenate(self._cells)
        self._movable = np.flatnonzero(sizes > 1)
        self._window = 128.0
        self._chain_work = 0.0
        self.best = state.cell.copy()
        self.best_cost = cost
        self._heat, self._hard, self._chains_part = heat, hard, chains
        self._groups = self._together()
        self._enemies = _enemies(model)

    def run(self) -> Found:
        is_cut = False
        if len(self._movable):
            hot, hard = self._scales()
            least_hard = hard
            mends: tuple[float, ...] = MENDS
            cool = max(hot * COOLEST, 0.15)
            while self.done < self._work:
                part = self.done / self._work
                broken, penalty = split(self.best_cost)
                passed = self._watch(Progress(part, broken, penalty))
                if passed is None or passed >= 1:
                    is_cut = True
                    break
                if passed > part and passed > 0.5:  # a slow machine: cool by the clock
                    part, is_cut = passed, True
                if self.best_cost == 0:
                    break
                temperature = hot * (cool / hot) ** part
                if mends and part >= mends[0]:
                    mends = mends[1:]
                    hard, least_hard = self._mended(hard, least_hard)
                is_broken = self._cost >= HARD // 2
                hard = (
                    min(hard * 1.02, 30 * least_hard) if is_broken else max(hard * 0.98, least_hard)
                )
                if self._chance.random() < SWAPS:
                    self._swaps(temperature, hard)
                else:
                    self._moves(temperature, hard)
                if self._groups:
                    self._group_moves(temperature, hard)
                if self._enemies:
                    self._chains(temperature, hard)
        broken, penalty = split(self.best_cost)
        rooms = self._state.model.rooms
        return Found(self.best // rooms, self.best % rooms, broken, penalty, is_cut)

    def _mended(self, hard: float, least_hard: float) -> tuple[float, float]:
        """Where rules are still broken, those in the way are placed anew; rules weigh more then."""
        if self._cost < HARD // 2:
            return hard, least_hard
        state = self._state
        cells = state.cell.copy()
        cells[state.in_trouble()] = -1
        placing = Placing(state.model, self._seed, cells)
        if placing.run(MOST_MENDED):
            for e in np.flatnonzero(placing.cells != state.cell):
                cell = int(placing.cells[e])
                self._note(int(state.move_costs(np.array([e]), np.array([cell]))[0]))
                state.move(int(e), cell)
        return hard * 2, least_hard * 2

    def _scales(self) -> tuple[float, float]:
        """The first temperature, and how much a broken hard rule weighs."""
        e, cells = self._draw_moves(4096)
        _, soft = _parts(self._state.move_costs(e, cells))
        up = soft[soft > 0]
        typical = float(np.median(up)) if len(up) else 1.0
        hot = typical * self._heat
        return hot, hot * self._hard

    def _draw_moves(self, count: int) -> tuple[Whole, Whole]:
        e = self._movable[self._chance.integers(0, len(self._movable), count)]
        pick = (self._chance.random(count) * self._choices[e]).astype(np.int64)
        return e, self._flat[self._first[e] + pick]

    def _moves(self, temperature: float, hard: float) -> None:
        state = self._state
        e, cells = self._draw_moves(DRAWN_AT_ONCE)
        allowed = self._chance.standard_exponential(DRAWN_AT_ONCE) * temperature
        at = 0
        while at < DRAWN_AT_ONCE and self.done < self._work:
            end = min(at + int(self._window), DRAWN_AT_ONCE)
            some, there = e[at:end], cells[at:end]
            delta = state.move_costs(some, there)
            broken, soft = _parts(delta)
            accepted = broken * hard + soft <= allowed[at:end]
            # To change rooms for nothing is of little use, and cheap enough to happen always.
            is_near = (delta == 0) & (state.cell_slot[there] == state.slot[some])
            accepted &= (delta != 0) | (allowed[at:end] > PLATEAU * temperature)
            accepted &= ~is_near | (allowed[at:end] > RARELY * temperature)
            accepted &= there != state.cell[some]
            first = int(accepted.argmax())
            if accepted[first]:
                state.move(int(some[first]), int(there[first]))
                self._note(int(delta[first]))
                at += first + 1
                self._judged(first + 1)
            else:
                at = end
                self._judged(None)

    def _swaps(self, temperature: float, hard: float) -> None:
        state = self._state
        model = state.model
        e = self._movable[self._chance.integers(0, len(self._movable), DRAWN_AT_ONCE)]
        f = self._movable[self._chance.integers(0, len(self._movable), DRAWN_AT_ONCE)]
        keep = e != f
        if len(model.related):
            key = e * model.sessions + f
            place = np.searchsorted(model.related, key)
            keep &= model.related[np.minimum(place, len(model.related) - 1)] != key
        e, f = e[keep], f[keep]
        allowed = self._chance.standard_exponential(len(e)) * temperature
        at = 0
        while at < len(e) and self.done < self._work:
            end = min(at + int(self._window), len(e))
            one, two = e[at:end], f[at:end]
            delta = state.swap_costs(one, two)
            broken, soft = _parts(delta)
            accepted = broken * hard + soft <= allowed[at:end]
            here, there = state.cell[one], state.cell[two]
            accepted &= here != there
            accepted &= model.may_period[one, there // model.rooms]
            accepted &= model.may_room[one, there % model.rooms]
            accepted &= model.may_period[two, here // model.rooms]
            accepted &= model.may_room[two, here % model.rooms]
            first = int(accepted.argmax())
            if accepted[first]:
                a, b = int(one[first]), int(two[first])
                to_a, to_b = int(there[first]), int(here[first])
                state.move(a, to_a)
                state.move(b, to_b)
                self._note(int(delta[first]))
                self.done += PER_ACCEPTED
                at += first + 1
                self._judged(first + 1)
            else:
                at = end
                self._judged(None)

    def _judged(self, accepted_after: int | None) -> None:
        """One window more; the next is about as long as it takes until one is accepted."""
        self.done += 1 if accepted_after is None else 1 + PER_ACCEPTED
        if accepted_after is None:
            self._window = min(self._window * 1.3, MOST_AT_ONCE)
        else:
            self._window = max(0.9 * self._window + 0.2 * accepted_after, LEAST_AT_ONCE)

    def _note(self, delta: int) -> None:
        self._cost += delta
        if self._cost < self.best_cost:
            self.best_cost = self._cost
            self.best = self._state.cell.copy()

    # ---- sessions that belong together move together ----

    def _together(self) -> list[list[int]]:
        model = self._state.model
        bound: dict[int, list[int]] = {}
        for relation in model.relations:
            if relation.name == "together":
                for e, partners in enumerate(relation.partners):
                    for f in partners:
                        first, second = bound.get(e, [e]), bound.get(int(f), [int(f)])
                        if first is not second:
                            first.extend(second)
                            for one in second:
                                bound[one] = first
                            bound[e] = first
        return [list(one) for one in {id(group): group for group in bound.values()}.values()]

    def _group_moves(self, temperature: float, hard: float) -> None:
        state, model = self._state, self._state.model
        for _ in range(min(len(self._groups), 6)):
            group = self._groups[int(self._chance.integers(len(self._groups)))]
            common = np.flatnonzero(model.may_period[group].all(axis=0))
            if not len(common):
                continue
            period = int(self._chance.choice(common))
            delta = 0
            before = []
            for e in group:
                before.append(state.take(e))
                delta -= int(state.cost_of(e, np.array([before[-1]]))[0])
            for e in group:
                cells = self._cells[e]
                cells = cells[cells // model.rooms == period]
                if not len(cells):
                    cells = np.array([before[group.index(e)]])
                cost = state.cost_of(e, cells)
                best = int(cost.argmin())
                delta += int(cost[best])
                state.put(e, int(cells[best]))
            broken, soft = split(delta)
            self.done += 2 * PER_ACCEPTED * len(group)
            if broken * hard + soft <= self._chance.standard_exponential() * temperature:
                self._note(delta)
            else:
                for e in group:
                    state.take(e)
                for e, cell in zip(group, before, strict=True):
                    state.put(e, cell)

    # ---- two periods exchange sessions that cannot be at one time ----

    def _chains(self, temperature: float, hard: float) -> None:
        state, model = self._state, self._state.model
        until = self.done * (1 + self._chains_part) + 1
        while self._chain_work < self._chains_part * self.done and self.done < until:
            e = int(self._chance.choice(self._movable))
            here = int(state.cell[e]) // model.rooms
            there = int(self._chance.integers(model.periods))
            if here == there:
                continue
            chain = self._chain(e, here, there)
            self._chain_work += 1
            self.done += 1
            if len(chain) > LONGEST_CHAIN:
                continue
            targets = []
            for one in chain:
                period, room = divmod(int(state.cell[one]), model.rooms)
                to = there if period == here else here
                if not model.may_period[one, to]:
                    break
                targets.append(to * model.rooms + room)
            if len(targets) == len(chain):
                self._try(chain, targets, temperature, hard)

    def _chain(self, e: int, here: int, there: int) -> list[int]:
        period = self._state.cell // self._state.model.rooms
        chain, reached = [e], {e}
        for one in chain:
            to = there if period[one] == here else here
            near = self._enemies[one]
            for other in near[period[near] == to]:
                if int(other) not in reached:
                    reached.add(int(other))
                    chain.append(int(other))
            if len(chain) > LONGEST_CHAIN:
                break
        return chain

    def _try(self, group: list[int], cells: list[int], temperature: float, hard: float) -> None:
        """Move all of them, or none."""
        state = self._state
        delta = 0
        before = []
        for e, cell in zip(group, cells, strict=True):
            before.append(int(state.cell[e]))
            delta += int(state.move_costs(np.array([e]), np.array([cell]))[0])
            state.move(e, cell)
        work = PER_ACCEPTED * 1.5 * len(group)
        broken, soft = split(delta)
        if broken * hard + soft <= self._chance.standard_exponential() * temperature:
            self._note(delta)
        else:
            for e, cell in zip(group, before, strict=True):
                state.move(e, cell)
            work *= 2
        self._chain_work += work
        self.done += work


def _enemies(model: Model) -> list[Whole]:
    """By session, those that cannot be at the same time; [] where nobody has any."""
    near: list[set[int]] = [set() for _ in range(model.sessions)]
    for relation in model.relations:
        if relation.name in ("clash", "not_together"):
            for e, partners in enumerate(relation.partners):
                near[e].update(int(f) for f in partners)
    return [np.array(sorted(one), dtype=np.int64) for one in near] if any(near) else []


def _parts(cost: Whole) -> tuple[Whole, Whole]:
    broken = (cost + HARD // 2) >> 32
    return broken, cost - (broken << 32)
