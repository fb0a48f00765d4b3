"""Whether a set of seating rules can be met at all: one maximum flow, exact and fast.

Experts bring at least and at most so many seats, an expert sits on a panel once, a panel has its
size and at most so many members of the task's own organisation. Each of these is a bound on an
arc, and all bounds are whole numbers, so a flow that meets the lower ones is a seating.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from jiangjie.arrangement.rules.panels import Seats


def can_be_seated(seats: Seats, is_free: NDArray[np.bool_] | None = None) -> bool:
    """Whether some seating keeps all rules. `is_free[task]`: its panel may have any members."""
    experts, tasks = seats.may_serve.shape
    free = np.zeros(tasks, dtype=np.bool_) if is_free is None else is_free
    least = np.where(free, 0, seats.sizes)
    if (
        (seats.min_loads > np.minimum(seats.max_loads, tasks)).any()
        or (least > experts).any()
        or (seats.most_inside < 0).any()
    ):
        return False
    needed = int(seats.min_loads.sum() + least.sum())
    source, sink, origin, drain = 0, 1, 2, 3
    expert = 4 + np.arange(experts)
    task = 4 + experts + np.arange(tasks)
    gate = 4 + experts + tasks + np.arange(tasks)  # the task's own people come in through it
    who, what = np.nonzero(seats.may_serve)
    is_gated = seats.is_inside[who, what] & ~free[what]
    entry = np.where(is_gated, gate[what], task[what])
    # An arc with lower bound l becomes one of capacity c - l, while the source sends l to its
    # head and the sink takes l from its tail.
    arcs: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [
        (origin, expert, np.minimum(seats.max_loads, tasks) - seats.min_loads),
        (source, expert, seats.min_loads),
        (origin, sink, seats.min_loads.sum()),
        (expert[who], entry, 1),
        (gate, task, np.minimum(seats.most_inside, experts)),
        (task, drain, np.where(free, experts, 0)),
        (source, drain, least.sum()),
        (task, sink, least),
        (drain, origin, needed + experts * tasks),
    ]
    columns = [np.broadcast_arrays(*(np.atleast_1d(part) for part in arc)) for arc in arcs]
    tails, heads, capacities = (
        np.concatenate([column[part] for column in columns]).astype(np.int32) for part in range(3)
    )
    nodes = 4 + experts + 2 * tasks
    network = coo_array((capacities, (tails, heads)), shape=(nodes, nodes)).tocsr()
    return int(maximum_flow(network, source, sink).flow_value) == needed
