"""What no timetable can do better than, and what rooms cannot hold at all: both by counting.

Candidates are taken as if they could be in several places, and sessions as if they could be cut
into heads; both make things easier, so what is impossible here is impossible.
"""

from collections import defaultdict

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from jiangjie.arrangement.rules.timetables.model import Model

MOST_ARCS = 400_000
MOST_SETS = 40  # of cells, for which it is asked how many days they need
MOST_PEOPLE = 2**30


def classes(model: Model) -> list[tuple[np.ndarray, list[int]]]:
    """Sessions that may be in the same cells: (those cells, the sessions)."""
    alike: dict[bytes, list[int]] = defaultdict(list)
    for e in range(model.sessions):
        alike[model.may_cells(e).tobytes()].append(e)
    return [
        (np.flatnonzero(np.frombuffer(key, dtype=np.bool_)), sessions)
        for key, sessions in alike.items()
    ]


def has_seats(model: Model) -> bool:
    """False: there are not seats enough for everybody, wherever the sessions are put."""
    groups = classes(model)
    cells = len(model.seats)
    source, sink = cells + len(groups), cells + len(groups) + 1
    tails, heads, caps = [np.arange(cells)], [np.full(cells, sink)], [np.maximum(model.seats, 0)]
    needed = 0
    for place, (there, sessions) in enumerate(groups):
        if not len(there):
            return False
        people = int(model.sizes[sessions].sum())
        needed += people
        tails += [np.array([source]), np.full(len(there), cells + place)]
        heads += [np.array([cells + place]), there]
        caps += [np.array([people]), np.full(len(there), people)]
    network = coo_array(
        (
            np.minimum(np.concatenate(caps), MOST_PEOPLE).astype(np.int32),
            (np.concatenate(tails), np.concatenate(heads)),
        ),
        shape=(sink + 1, sink + 1),
    ).tocsr()
    return int(maximum_flow(network, source, sink).flow_value) == needed


def penalty_bound(model: Model) -> int:
    """No timetable has less penalty: days that the seats need, and places by themselves."""
    return _days(model) + _places(model)


def _days(model: Model) -> int:
    """The fewest days whose seats are enough for all sessions that are confined to some cells."""
    if not model.day_weight:
        return 0
    day_of_cell = np.repeat(model.days, model.rooms)
    groups = classes(model)
    may = np.zeros((len(groups), len(model.seats)), dtype=np.bool_)
    for place, (there, _) in enumerate(groups):
        may[place, there] = True
    people = np.array([int(model.sizes[sessions].sum()) for _, sessions in groups])
    most = 1
    widest = np.argsort(-may.sum(axis=1), kind="stable")[:MOST_SETS]
    for there in [np.ones(len(model.seats), dtype=np.bool_), *may[widest]]:
        confined = int(people[~(may & ~there).any(axis=1)].sum())
        seats = np.bincount(
            day_of_cell[there], np.maximum(model.seats[there], 0), int(model.days.max()) + 1
        )
        enough = np.cumsum(np.sort(seats)[::-1]) >= confined
        most = max(most, int(enough.argmax()) + 1)
    return model.day_weight * most


def _places(model: Model) -> int:
    """Penalties of periods and rooms: a transport problem."""
    static = model.static
    groups: dict[bytes, list[int]] = defaultdict(list)
    for e in range(model.sessions):
        groups[model.may_cells(e).tobytes() + static[e].tobytes()].append(e)
    slot = np.repeat(np.arange(model.periods), model.rooms) * model.sites + np.tile(
        model.site_of, model.periods
    )
    room_cost = np.tile(model.room_cost, model.periods)
    if not static.any() and not room_cost.any():
        return 0
    rows, columns, cells, costs = [], [], [], []
    people: list[int] = []
    count = 0
    for sessions in groups.values():
        there = np.flatnonzero(model.may_cells(sessions[0]))
        sizes = model.sizes[sessions]
        if not sizes.sum():
            continue
        # Cost is by session: a head of a session carries its part of it, at least as little as
        # a head of the largest one.
        rows.append(np.full(len(there), len(people)))
        columns.append(np.arange(count, count + len(there)))
        cells.append(there)
        costs.append((static[sessions[0], slot[there]] + room_cost[there]) / sizes.max())
        people.append(int(sizes.sum()))
        count += len(there)
        if count > MOST_ARCS:
            return 0
    if not people:
        return 0
    flat_cells, flat_columns = np.concatenate(cells), np.concatenate(columns)
    ones = np.ones(count)
    result = linprog(
        np.concatenate(costs),
        A_ub=coo_array((ones, (flat_cells, flat_columns)), shape=(len(slot), count)),
        b_ub=np.maximum(model.seats, 0),
        A_eq=coo_array((ones, (np.concatenate(rows), flat_columns)), shape=(len(people), count)),
        b_eq=np.array(people),
        method="highs",
    )
    return int(np.ceil(result.fun - 1e-6)) if result.status == 0 else 0
