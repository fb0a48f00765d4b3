"""When no papers keep to a blueprint: which rules contradict each other, and what would do."""

from typing import Any

import pytest
from hypothesis import given, settings

from jiangjie.papers.rules.assembly import assemble
from jiangjie.papers.rules.blueprint import Pool
from jiangjie.papers.rules.conflicts import Conflict
from tests.papers import oracle
from tests.papers.pools import blueprint_of, pool_of
from tests.papers.test_assembly import problems


def pool() -> Pool:
    """5 items of kind A, 15 of kind B; the time of item n is n."""
    rows = [["id", "b", "kind", "time", "uses", "text"]]
    for number in range(1, 21):
        kind = "A" if number <= 5 else "B"
        uses, text = str(number % 4), "s" if number in (1, 2) else ""
        rows.append([f"i{number}", "0", kind, str(number), uses, text])
    return pool_of(rows)


def conflict(**rules: Any) -> tuple[Conflict, ...]:
    items = pool()
    result = assemble(items, blueprint_of(items, **rules))
    assert result.forms is None
    assert (result.objective, result.bound) == (None, None)
    return result.conflict


COUNT_A = {"where": {"kind": "A"}, "min": 8}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            {"length": 10, "counts": [COUNT_A, {"where": {"kind": "B"}, "min": 1}]},
            [("$.counts[0].min", "题库中满足kind=A的题只有5道，每套至少需要8道",
              "其余要求不变，下限须降到5", 5)],
        ),
        (
            {"length": 4, "counts": [{"where": {"kind": "A"}, "max": 2},
                                     {"where": {"kind": "B"}, "max": 1}]},
            [
                ("$.length", "每套4题", "其余要求不变，每套可为3题", 3),
                ("$.counts[0].max", "每套至多2道满足kind=A的题（题库中共5道）",
                 "其余要求不变，上限须升到3", 3),
                ("$.counts[1].max", "每套至多1道满足kind=B的题（题库中共15道）",
                 "其余要求不变，上限须升到2", 2),
            ],
        ),
        (
            {"forms": 3, "counts": [{"where": {"kind": "A"}, "min": 2}]},
            [
                ("$.forms", "共3套", "其余要求不变，最多能组2套", 2),
                ("$.overlap", "各套之间不重复用题（题库中共20道）",
                 "其余要求不变，上限须升到1", 1),
                ("$.counts[0].min", "每套至少2道满足kind=A的题（题库中共5道）",
                 "其余要求不变，下限须降到1", 1),
            ],
        ),
        (
            {"length": 3, "sums": [{"column": "time", "max": 5}]},
            [
                ("$.length", "每套3题", "其余要求不变，每套可为2题", 2),
                ("$.sums[0].max", "每套time之和至多5", "其余要求不变，上限须升到6", 6),
            ],
        ),
        (
            {"length": 18, "exposure": {"column": "uses", "max": 1}},
            [
                ("$.length", "每套18题", "其余要求不变，每套可为10题", 10),
                ("$.exposure", "只用uses不超过1的题（题库中共10道）",
                 "其余要求不变，上限须升到3", 3),
            ],
        ),
        (
            {"exclusive": [["i1", "i2"]], "together": [["i1", "i2"]],
             "counts": [{"where": {"id": "i1"}, "min": 1}]},
            [
                ("$.counts[0].min", "每套至少1道满足id=i1的题（题库中共1道）",
                 "其余要求不变，下限须降到0", 0),
                ("$.exclusive[0]", "i1、i2不同在一套", "去掉这一条即可", None),
                ("$.together[0]", "i1、i2必须同在一套", "去掉这一条即可", None),
            ],
        ),
        (
            {"stimulus": {"column": "text", "min_items": 3},
             "counts": [{"where": {"id": "i1"}, "min": 1}]},
            [
                ("$.counts[0].min", "每套至少1道满足id=i1的题（题库中共1道）",
                 "其余要求不变，下限须降到0", 0),
                ("$.stimulus.min_items", "用到的每个text至少3题",
                 "其余要求不变，下限须降到2", 2),
            ],
        ),
        (  # two contradictions: neither rule of the first alone would be enough
            {"length": 4, "counts": [{"where": {"kind": "A"}, "max": 1},
                                     {"where": {"kind": "B"}, "max": 1},
                                     {"where": {"time": 3}, "min": 2}]},
            [("$.counts[2].min", "题库中满足time=3的题只有1道，每套至少需要2道",
              "只放宽这一条还不够，另有要求不能同时满足", None)],
        ),
    ],
)  # fmt: skip
def test_the_rules_and_what_would_do(
    rules: dict[str, Any], expected: list[tuple[str, str, str, float | None]]
) -> None:
    found = conflict(**rules)
    assert [(one.path, one.text, one.relaxed, one.nearest) for one in found] == expected


def test_rules_are_quoted_as_written() -> None:
    document = {"length": 10, "counts": [COUNT_A]}
    assert [one.to_json() for one in conflict(**document)] == [
        {
            "path": "$.counts[0].min",
            "rule": COUNT_A,
            "text": "题库中满足kind=A的题只有5道，每套至少需要8道",
            "relaxed": "其余要求不变，下限须降到5",
            "nearest": 5.0,
        }
    ]


def test_a_large_pool_is_explained_too() -> None:
    rows = [["id", "b", "kind"], *([f"i{n}", "0", "ABCDEFGHIJ"[n % 10]] for n in range(5000))]
    items = pool_of(rows)
    counts = [{"where": {"kind": kind}, "min": 8, "max": 12} for kind in "ABCDEFGHIJ"]
    result = assemble(items, blueprint_of(items, forms=51, length=100, counts=counts))
    assert [one.path for one in result.conflict] == ["$.forms", "$.overlap", "$.length"]
    assert [one.nearest for one in result.conflict] == [50, None, 98]


@settings(max_examples=30, deadline=None)
@given(problems(items=6, forms=2))
def test_the_set_is_minimal(problem: tuple[Pool, dict[str, Any]]) -> None:
    """By trying all papers: the rules cannot hold, but all of them but one can, whichever."""
    items, document = problem
    blueprint = blueprint_of(items, **document)
    result = assemble(items, blueprint)
    if result.forms is not None:
        return
    paths = {one.path for one in result.conflict}
    rules = tuple(rule for rule in blueprint.rules if rule.path in paths)
    assert len(rules) == len(paths) > 0
    assert not oracle.can_hold(items, blueprint, rules)
    for rule in rules:
        others = tuple(one for one in rules if one != rule)
        assert oracle.can_hold(items, blueprint, others)
