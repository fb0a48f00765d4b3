"""Allotting items by a 鉴定要素细目表: largest remainder, X before Y before Z, one item a point."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import RuleViolation
from jiangjie.papers.rules.weights import (
    Point,
    Scope,
    as_counts,
    blueprint_counts,
    largest_remainder,
)


def points(importance: str) -> tuple[Point, ...]:
    """One point for each letter, numbered from 001."""
    return tuple(Point(f"{at:03d}", each) for at, each in enumerate(importance, 1))


def leaf(code: str, weight: int, importance: str) -> Scope:
    return Scope(code, Fraction(weight), points=points(importance))


# 机动车鉴定评估师 三级, its first levels as published: A 25, A-A 5 (3 + 2); the rest made up.
TABLE = (
    Scope(
        "A",
        Fraction(25),
        (
            Scope(
                "A",
                Fraction(5),
                (leaf("A", 3, "XXXXXYY"), leaf("B", 2, "XXXXXX")),
            ),
            leaf("B", 20, "YX" * 15),
        ),
    ),
    Scope("B", Fraction(75), (leaf("A", 40, "ZYX" * 30), leaf("B", 35, "X" * 80))),
)


def test_a_paper_of_100_follows_the_weights() -> None:
    assert blueprint_counts(TABLE, 100).items == {
        "A": 25,
        "A-A": 5,
        "A-A-A": 3,
        "A-A-B": 2,
        "A-B": 20,
        "B": 75,
        "B-A": 40,
        "B-B": 35,
    }


def test_core_points_come_first() -> None:
    chosen = blueprint_counts(TABLE, 100).points
    assert chosen[:5] == ("A-A-A-001", "A-A-A-002", "A-A-A-003", "A-A-B-001", "A-A-B-002")
    # 15 X points at even places, then the first Y points.
    assert chosen[5:25] == (
        *(f"A-B-{at:03d}" for at in range(2, 31, 2)),
        *(f"A-B-{at:03d}" for at in range(1, 11, 2)),
    )
    # 30 X, then 10 of 30 Y; no Z.
    assert chosen[25:65] == (
        *(f"B-A-{at:03d}" for at in range(3, 91, 3)),
        *(f"B-A-{at:03d}" for at in range(2, 32, 3)),
    )


@pytest.mark.parametrize(
    ("weights", "total", "expected"),
    [
        ([25, 75], 100, [25, 75]),
        ([25, 75], 10, [3, 7]),  # 2.5 and 7.5: to the first
        ([3, 2], 4, [2, 2]),  # 2.4 and 1.6
        ([1, 1, 1], 2, [1, 1, 0]),
        ([40, 60, 0], 1, [0, 1, 0]),
        ([5, 40, 55], 160, [8, 64, 88]),
        ([0, 0], 3, [0, 0]),
    ],
)
def test_largest_remainder(weights: list[int], total: int, expected: list[int]) -> None:
    assert largest_remainder([Fraction(weight) for weight in weights], total) == expected


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8).filter(any), st.integers(0, 300))
def test_shares_are_whole_and_off_by_less_than_one(weights: list[int], total: int) -> None:
    counts = largest_remainder([Fraction(weight) for weight in weights], total)
    assert sum(counts) == total
    for weight, count in zip(weights, counts, strict=True):
        assert abs(count - Fraction(weight * total, sum(weights))) < 1


@given(st.integers(0, 120))
def test_parts_sum_up_and_no_point_is_tested_twice(length: int) -> None:
    allotment = blueprint_counts(TABLE, length)
    items = allotment.items
    assert items["A"] + items["B"] == length
    assert items["A-A"] + items["A-B"] == items["A"]
    assert items["A-A-A"] + items["A-A-B"] == items["A-A"]
    assert len(set(allotment.points)) == len(allotment.points) == length


def test_weights_that_do_not_sum_up() -> None:
    with pytest.raises(RuleViolation) as why:
        blueprint_counts((leaf("A", 25, "X"), leaf("B", 70, "X")), 10)
    assert (why.value.code, str(why.value)) == (
        "papers.weights",
        "/下各部分的比重之和为95，应为100。",
    )


def test_more_items_than_points() -> None:
    with pytest.raises(RuleViolation) as why:
        blueprint_counts((leaf("A", 20, "XYZ"), leaf("B", 80, "X" * 99)), 20)
    assert (why.value.code, str(why.value)) == (
        "papers.points",
        "A应出4题，只有3个鉴定点，一点至多一题。",
    )


def test_counts_for_a_blueprint() -> None:
    allotment = blueprint_counts(TABLE, 20)
    assert as_counts(allotment, {1: "level1", 2: "level2"}) == [
        {"where": {"level1": "A"}, "min": 5, "max": 5},
        {"where": {"level1": "A", "level2": "A"}, "min": 1, "max": 1},
        {"where": {"level1": "A", "level2": "B"}, "min": 4, "max": 4},
        {"where": {"level1": "B"}, "min": 15, "max": 15},
        {"where": {"level1": "B", "level2": "A"}, "min": 8, "max": 8},
        {"where": {"level1": "B", "level2": "B"}, "min": 7, "max": 7},
    ]
