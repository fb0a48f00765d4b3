"""The checker finds each kind of fault on its own."""

import pytest

from jiangjie.papers.rules.checker import check
from tests.papers.pools import blueprint_of, pool_of

POOL = pool_of(
    [
        ["id", "b", "kind", "time", "text"],
        ["i1", "0", "x", "1", "s1"],
        ["i2", "0", "x", "2", "s1"],
        ["i3", "0", "y", "3", ""],
        ["i4", "0", "y", "4", "s2"],
    ]
)


@pytest.mark.parametrize(
    ("rules", "forms", "faults"),
    [
        ({"length": 2}, [["i1", "i2"]], []),
        ({"length": 2}, [["i1"]], ["第1套：$.length 1 < 2"]),
        ({"forms": 2}, [["i1"]], ["$.forms：应有2套，实有1套"]),
        ({}, [["i1", "i1"]], ["第1套：i1"]),
        ({}, [["i9"]], ["第1套：i9"]),
        ({"counts": [{"where": {"kind": "x"}, "min": 2}]}, [["i1", "i3"]],
         ["第1套：$.counts[0].min 1 < 2"]),
        ({"counts": [{"where": {"time": 2}, "max": 0}]}, [["i2"]],
         ["第1套：$.counts[0].max 1 > 0"]),
        ({"sums": [{"column": "time", "min": 3, "max": 6}]}, [["i1"], ["i3", "i4"]],
         ["$.forms：应有1套，实有2套", "第1套：$.sums[0].min 1 < 3", "第2套：$.sums[0].max 7 > 6"]),
        ({"exclusive": [["i1", "i2"]]}, [["i1", "i2"]], ["第1套：$.exclusive[0] 2"]),
        ({"together": [["i1", "i2", "i3"]]}, [["i1", "i2"]], ["第1套：$.together[0] 2"]),
        ({"stimulus": {"column": "text", "min_items": 2}}, [["i1", "i2", "i4"]],
         ["第1套：$.stimulus.min_items s2：1 < 2"]),
        ({"stimulus": {"column": "text", "max_items": 1}}, [["i1", "i2", "i3"]],
         ["第1套：$.stimulus.max_items s1：2 > 1"]),
        ({"exposure": {"column": "time", "max": 3}}, [["i3", "i4"]],
         ["第1套：$.exposure 4 > 3"]),
        ({"forms": 2}, [["i1"], ["i1"]], ["第1套与第2套：$.overlap 重复1题"]),
        ({"forms": 2, "overlap": {"max": 1}}, [["i1", "i2"], ["i1", "i2"]],
         ["第1套与第2套：$.overlap.max 重复2题"]),
        ({"forms": 2, "overlap": "full"}, [["i1", "i2"], ["i1", "i2"]], []),
    ],
)  # fmt: skip
def test_faults(rules: dict[str, object], forms: list[list[str]], faults: list[str]) -> None:
    assert check(forms, POOL, blueprint_of(POOL, **rules)) == faults
