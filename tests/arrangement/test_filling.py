"""Locked seats stay; a repair moves as few as can be, by trying everything."""

from datetime import UTC, datetime
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangjie.arrangement.rules import filling
from tests.arrangement.problems import MAX_LEVELS, expert, problem, task

EXPERTS = ["e0", "e1", "e2", "e3", "e4"]
SIZES = {"t0": 2, "t1": 2}


def small(barred, most=2, scores=None):
    experts = [expert(name, max_load=most) for name in EXPERTS]
    tasks = [task(name, panel_size=size) for name, size in SIZES.items()]
    return problem(experts, tasks, scores, conflicts=tuple(barred))


def every_answer(barred, most):
    """All seatings that keep the rules."""
    for chosen in product(*(combinations(EXPERTS, size) for size in SIZES.values())):
        seats = [(name, j) for j, panel in enumerate(chosen) for name in panel]
        if any((EXPERTS.index(name), j) in barred for name, j in seats):
            continue
        if all(sum(name == one for one, _ in seats) <= most for name in EXPERTS):
            yield {f"t{j}": set(panel) for j, panel in enumerate(chosen)}


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 1)), max_size=5),
    st.integers(1, 2),
    st.sets(st.sampled_from(EXPERTS), max_size=2),
    st.sets(st.sampled_from(EXPERTS), max_size=2),
)
def test_a_repair_moves_as_few_as_can_be(barred, most, first, second):
    now = {"t0": sorted(first), "t1": sorted(second)}
    asked = filling.for_repair(small(barred, most), now)
    found = filling.fill(asked, MAX_LEVELS, {})
    kept = [sum(len(panel & set(now[name])) for name, panel in answer.items())
            for answer in every_answer(barred, most)]  # fmt: skip
    assert (found is None) == (not kept)
    if found is not None:
        assert sum(len(set(found.panels[name]) & set(now[name])) for name in now) == max(kept)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 1)), max_size=4),
    st.lists(
        st.tuples(st.sampled_from(EXPERTS), st.sampled_from(["t0", "t1"])), max_size=3, unique=True
    ),
    st.lists(st.integers(0, 9), min_size=10, max_size=10),
)
def test_locked_seats_stay_and_the_rest_is_the_best(barred, locks, worth):
    locks = [(e, t) for e, t in locks if (EXPERTS.index(e), int(t[1])) not in barred]
    locked = {name: [e for e, t in locks if t == name] for name in SIZES}
    scores = [worth[2 * i : 2 * i + 2] for i in range(5)]
    asked = small(barred, 2, scores)
    found = filling.fill(asked, MAX_LEVELS, locked)
    possible = [a for a in every_answer(barred, 2) if all(set(locked[t]) <= a[t] for t in SIZES)]
    assert filling.can_be_filled(asked, MAX_LEVELS, locked) == bool(possible)
    assert (found is None) == (not possible)
    if found is not None:
        assert all(set(locked[name]) <= set(found.panels[name]) for name in SIZES)
        totals = [
            [sum(scores[EXPERTS.index(e)][j] for e in a[f"t{j}"]) for j in range(2)]
            for a in possible
        ]
        best = max(min(each) for each in totals)
        assert found.worst <= best <= found.bound + 1e-6
        assert found.worst >= best - 0.01 * best - 1e-6 or found.total > sum(max(totals, key=min))


def moment(hour):
    return datetime(2026, 4, 18, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spans", "groups"),
    [
        ([(1, 2), (2, 3)], [[(1, 2)], [(2, 3)]]),
        ([(1, 3), (2, 4), (3, 5)], [[(1, 3), (2, 4), (3, 5)]]),
        ([(5, 6), (1, 4), (2, 3)], [[(1, 4), (2, 3)], [(5, 6)]]),
    ],
)
def test_what_hangs_together_in_time_is_one_group(spans, groups):
    found = filling.at_one_time(spans, lambda each: (moment(each[0]), moment(each[1])))
    assert found == groups


def test_moves_name_who_leaves_and_who_comes():
    before, after = {"a": ["1", "2"], "b": ["3"]}, {"a": ["2", "4"], "b": ["3"], "c": ["5"]}
    assert filling.moves(before, after) == [("a", ["1"], ["4"]), ("c", [], ["5"])]
