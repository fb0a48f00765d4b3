"""Sets of rules that cannot all hold: right, smallest, and with advice that is true."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from jiangjie.arrangement.rules.conflicts import Oracle, explain, rules_of, smallest_conflict
from tests.arrangement.problems import (
    HEALTH,
    MAX_LEVELS,
    expert,
    problem,
    problems,
    seatings,
    task,
)


def told(one):
    return [
        (broken.rule.path, broken.relaxation.helps, broken.relaxation.to)
        for broken in explain(one, MAX_LEVELS)
    ]


TWO = [expert("a"), expert("b")]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(problem(TWO, [task(panel_size=2)]), [], id="nothing is wrong"),
        pytest.param(
            problem(TWO, [task(panel_size=2, odd=True)]),
            [("$.tasks[0].panel_size", True, 1), ("$.tasks[0].odd", True, None)],
            id="an even panel that must be odd",
        ),
        pytest.param(
            problem(TWO, [task(), task("u", panel_size=3)]),
            [("$.tasks[1].panel_size", True, 2)],
            id="more seats than experts",
        ),
        pytest.param(
            problem(TWO, [task(occupation=HEALTH)]),
            [("$.tasks[0].panel_size", True, None), ("$.tasks[0].occupation", True, None)],
            id="nobody of the occupation",
        ),
        pytest.param(
            problem([expert("a", grade="考评员"), expert("b")], [task(level=5, panel_size=2)]),
            [("$.tasks[0].panel_size", True, 1), ("$.tasks[0].level", True, None)],
            id="考评员 assess up to 三级",
        ),
        pytest.param(
            problem([expert("a", grade="考评员"), expert("b")], [task(level=4, panel_size=2)]),
            [],
            id="三级 itself is within",
        ),
        pytest.param(
            problem([expert("a", grade=None)], [task(level=1)]),
            [("$.tasks[0].panel_size", True, None), ("$.tasks[0].level", True, None)],
            id="no card at all",
        ),
        pytest.param(
            problem([expert("a", max_load=1)], [task(), task("u")]),
            [
                ("$.tasks[0].panel_size", True, None),
                ("$.tasks[1].panel_size", True, None),
                ("$.experts[0].max_load", True, 2),
            ],
            id="too much for one expert",
        ),
        pytest.param(
            problem([expert("a", min_load=3, max_load=2)], [task(), task("u"), task("v")]),
            [("$.experts[0].min_load", False, None), ("$.experts[0].max_load", True, 3)],
            id="at least more than at most",
        ),
        pytest.param(
            problem([expert("a", min_load=2)], [task()]),
            [("$.experts[0].min_load", True, 1)],
            id="at least more than there are tasks",
        ),
        pytest.param(
            problem([expert("a", min_load=1), expert("b", min_load=1)], [task()]),
            [
                ("$.tasks[0].panel_size", True, 2),
                ("$.experts[0].min_load", True, 0),
                ("$.experts[1].min_load", True, 0),
            ],
            id="more who must serve than seats",
        ),
        pytest.param(
            problem(TWO, [task(panel_size=2)], conflicts=((1, 0),)),
            [("$.tasks[0].panel_size", True, 1), ("$.conflicts[0]", True, None)],
            id="a conflict",
        ),
        pytest.param(
            problem(
                [*TWO, expert("c", org="乙公司")],
                [task(panel_size=3)],
                outside_share=Fraction("0.34"),
            ),
            [("$.tasks[0].panel_size", True, 2), ("$.outside_share", True, 0.3333)],
            id="a third is less than 0.34",
        ),
        pytest.param(
            problem(
                [*TWO, expert("c", org="乙公司")],
                [task(panel_size=3)],
                outside_share=Fraction("0.33"),
            ),
            [],
            id="a third is more than 0.33",
        ),
        pytest.param(
            problem(TWO, [task(occupation=HEALTH), task("u", occupation=HEALTH)]),
            [("$.tasks[1].panel_size", False, None), ("$.tasks[1].occupation", False, None)],
            id="two faults: one is told, and that it is not the only one",
        ),
    ],
)
def test_what_cannot_hold(one, expected):
    assert told(one) == expected


def test_rules_in_words():
    one = problem([expert("王建国", grade="考评员")], [task("三号", level=6)])
    assert [broken.text % broken.values for broken in explain(one, MAX_LEVELS)] == [
        "任务“三号”的小组为1人",
        "任务“三号”评价一级/高级技师，成员须为高级考评员",
    ]


def test_what_all_loads_together_must_give():
    """Six seats and three experts with one task each: no single one helps, two each do."""
    one = problem(
        [expert(name, max_load=1) for name in "abc"], [task(name, panel_size=2) for name in "tuv"]
    )
    loads = [broken for broken in explain(one, MAX_LEVELS) if broken.rule.kind == "max_load"]
    assert [broken.relaxation.helps for broken in loads] == [False] * 3
    assert [broken.relaxation.all_by for broken in loads] == [1] * 3


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_rest_of_a_conflict_can_hold_without_any_one_of_it(one):
    oracle = Oracle.of(one, MAX_LEVELS)
    conflict = smallest_conflict(rules_of(one), oracle.can_hold)
    assert bool(conflict) == (next(seatings(one), None) is None)
    if conflict:
        assert not oracle.can_hold(conflict)
        for rule in conflict:
            assert oracle.can_hold([other for other in conflict if other != rule])


@settings(max_examples=150, deadline=None)
@given(problems())
def test_advice_comes_true(one):
    for broken in explain(one, MAX_LEVELS):
        to = broken.relaxation.to
        if to is None:
            continue
        kind, places = broken.rule.kind, broken.rule.places
        if kind == "outside_share":
            changed = replace(one, outside_share=Fraction(str(to)))
        elif kind == "panel_size":
            tasks = list(one.tasks)
            tasks[places[0]] = replace(tasks[places[0]], panel_size=to)
            changed = replace(one, tasks=tuple(tasks))
        else:
            experts = list(one.experts)
            experts[places[0]] = replace(experts[places[0]], **{kind: to})
            changed = replace(one, experts=tuple(experts))
        assert next(seatings(changed), None) is not None
