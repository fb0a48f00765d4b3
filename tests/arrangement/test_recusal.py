"""回避: edges between people by records and by what was told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.arrangement.rules.recusal import HARD, WARN, Human, Job, Policy, Told, edges
from jiangjie.kernel.clauses import Clause, Confidence

CLAUSE = Clause("x", "回避", "本系统规定", Confidence.RECONSTRUCTED)
POLICY = Policy(
    frozenset({"team", "supervisor", "mentor", "relative", "trainer"}), frozenset({"unit"}), CLAUSE
)


def job(unit=1, department="操作部", team="一班", root=9):
    return Job(unit, f"单位{unit}", department, team, root, f"机构{root}")


def human(person, *jobs):
    return Human(person, f"人{person}", jobs)


@pytest.mark.parametrize(
    ("expert", "candidate", "found"),
    [
        ((job(),), (job(),), ("team", HARD)),
        ((job(),), (job(team="二班"),), ("unit", WARN)),
        ((job(),), (job(department="维修部"),), ("unit", WARN)),  # 一班 of another department
        ((job(team=""),), (job(team=""),), ("unit", WARN)),
        ((job(),), (job(unit=2),), None),  # same organisation: the pack is silent
        ((job(),), (job(unit=2, root=8),), None),
        ((), (job(),), None),
        ((job(unit=2), job()), (job(unit=3), job()), ("team", HARD)),
    ],
)
def test_the_nearest_common_place_counts(expert, candidate, found):
    told = edges([human(1, *expert)], [human(2, *candidate)], [], POLICY)
    assert [(each.kind, each.strength) for each in told] == ([found] if found else [])


@pytest.mark.parametrize(
    ("kind", "strength"),
    [
        ("mentor", HARD),
        ("relative", HARD),
        ("trainer", HARD),
        ("supervisor", HARD),
        ("dispute", HARD),
    ],
)
def test_what_was_told_holds_both_ways_and_names_its_source(kind, strength):
    tie = Told(frozenset({1, 2}), kind, "师带徒协议")
    for one, other in ((1, 2), (2, 1)):
        (edge,) = edges([human(one)], [human(other)], [tie], POLICY)
        assert (edge.kind, edge.strength, edge.source) == (kind, strength, "师带徒协议")
    assert edges([human(1)], [human(3)], [tie], POLICY) == []


def test_nobody_judges_himself_whatever_the_pack_says():
    silent = Policy(frozenset(), frozenset(), CLAUSE)
    (edge,) = edges([human(1, job())], [human(1, job())], [], silent)
    assert (edge.kind, edge.strength) == ("self", HARD)


def test_a_pack_may_ask_more():
    strict = Policy(POLICY.block | {"unit"}, frozenset({"organisation"}), CLAUSE)
    people = [human(1, job())], [human(2, job(team="二班")), human(3, job(unit=2))]
    assert [(e.kind, e.strength) for e in edges(*people, [], strict)] == [
        ("unit", HARD), ("organisation", WARN),
    ]  # fmt: skip


JOBS = st.builds(
    job, st.integers(1, 2), st.sampled_from(["操作部", ""]), st.sampled_from(["一班", ""])
)


@given(st.lists(JOBS, max_size=2), st.lists(JOBS, max_size=2))
def test_an_edge_is_the_same_from_either_side(ours, theirs):
    one, other = human(1, *ours), human(2, *theirs)
    kinds = [[e.kind for e in edges([a], [b], [], POLICY)] for a, b in ((one, other), (other, one))]
    assert kinds[0] == kinds[1]
