"""The second opinion: a right answer passes, and every single fault put into it is named."""

from fractions import Fraction

import pytest

from jiangjie.arrangement.rules.checking import faults
from tests.arrangement.problems import CRANE, HEALTH, MAX_LEVELS, expert, problem, task

ONE = problem(
    [
        expert("a"),
        expert("b", org="乙公司"),
        expert("c", org="乙公司", occupations=frozenset({CRANE, HEALTH})),
        expert("d", grade="考评员", org="乙公司"),
        expert("e", occupations=frozenset({HEALTH}), min_load=1),
        expert("f", org="乙公司", max_load=0),
        expert("g", grade=None, org="乙公司"),
        expert("h"),
    ],
    [
        task("t", level=5, panel_size=3, odd=True),
        task("u", level=None, occupation=HEALTH, panel_size=2),
    ],
    [[1, 0], [2, 0], [4, 8], [9, 9], [9, 16], [9, 9], [9, 9], [9, 9]],
    conflicts=((7, 0),),
    outside_share=Fraction("0.5"),
)
GOOD = {"t": ["a", "b", "c"], "u": ["c", "e"]}


def told(panels=GOOD, total=31.0, worst=7.0, worst_bound=7.0):
    return faults(ONE, panels, MAX_LEVELS, total=total, worst=worst, worst_bound=worst_bound)


def test_a_right_answer_passes():
    assert told() == []


@pytest.mark.parametrize(
    ("panels", "fault"),
    [
        ({"t": ["a", "b"], "u": ["c", "e"]}, "t: 2 members instead of 3"),
        ({"t": ["a", "b"], "u": ["c", "e"]}, "t: an even panel"),
        ({"t": ["b", "b", "c"], "u": ["c", "e"]}, "t: somebody sits twice"),
        ({"t": ["b", "x", "c"], "u": ["c", "e"]}, "t: unknown members ['x']"),
        ({"t": ["a", "b", "c"], "u": ["b", "e"]}, "u: b is not of the occupation"),
        ({"t": ["a", "d", "c"], "u": ["c", "e"]}, "t: d may not assess level 5"),
        ({"t": ["a", "g", "c"], "u": ["c", "e"]}, "t: g may not assess level 5"),
        ({"t": ["h", "b", "c"], "u": ["c", "e"]}, "t: h has a conflict"),
        ({"t": ["a", "h", "c"], "u": ["c", "e"]}, "t: only 1 from outside"),
        ({"t": ["a", "b", "f"], "u": ["c", "e"]}, "f: 1 tasks"),
        ({"t": ["a", "b", "c"], "u": ["c", "d"]}, "e: 0 tasks"),
        ({"t": ["a", "b", "c"]}, "the panels are not those of the tasks"),
    ],
)
def test_a_broken_rule_is_named(panels, fault):
    assert fault in told(panels)


def test_figures_are_counted_again():
    assert told(total=31.1) == ["sum is 31.0, not 31.1"]
    assert told(worst=6.9) == ["min is 7.0, not 6.9"]
    assert told(worst_bound=6.9) == ["min 7.0 is above its bound 6.9"]
