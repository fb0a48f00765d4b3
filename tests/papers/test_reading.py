"""What a pool and a blueprint may say, and how a refusal names the place."""

import pytest

from jiangjie.kernel.errors import BadInput
from jiangjie.papers.rules.blueprint import (
    Count,
    Exclusive,
    Exposure,
    Forms,
    Length,
    MatchDifficulty,
    MaximinInformation,
    MinimaxDeviation,
    Overlap,
    Stimulus,
    Together,
    Total,
)
from jiangjie.papers.rules.reading import OBJECTIVES, read_blueprint, read_pool
from tests.papers.pools import pool_of

ROWS = [["id", "b", "time", "kind"], ["i1", "0.5", "2", "x"], ["i2", "-1", "3", "y"]]
GOAL = {"maximin_information": {"theta": [0]}}


def test_a_pool_is_read_with_its_lines() -> None:
    rows = [[" id ", "kind"], [], [" i1", " x "], ["", ""], ["i2", "y"]]
    pool = read_pool(enumerate(rows, 1), "pool.csv")
    assert pool.ids == ("i1", "i2")
    assert pool.lines == (3, 5)
    assert pool.columns["kind"] == ("x", "y")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "pool.csv：没有表头。"),
        ([["id", "b"]], "pool.csv：没有试题。"),
        ([["name", "b"], ["i1", "1"]], "pool.csv第1行：缺少id列。"),
        ([["id", ""], ["i1", "1"]], "pool.csv第1行第2列：列名为空。"),
        ([["id", "b", "b"], ["i1", "1", "2"]], "pool.csv第1行第3列：列名b重复。"),
        ([["id", "b"], ["i1"]], "pool.csv第2行：应有2个单元格，实有1个。"),
        ([["id", "b"], ["", "1"]], "pool.csv第2行id列：不得为空。"),
        ([["id", "b"], ["i1", "1"], ["i1", "1"]], "pool.csv第3行id列：i1与第2行重复。"),
    ],
)
def test_a_pool_that_cannot_be_read(rows: list[list[str]], message: str) -> None:
    with pytest.raises(BadInput) as why:
        pool_of(rows)
    assert str(why.value) == message


def test_a_whole_blueprint() -> None:
    document = {
        "forms": 2,
        "length": 40,
        "overlap": {"max": 3},
        "objective": GOAL,
        "counts": [{"where": {"kind": "x", "b": 1}, "min": 8, "max": 12}],
        "sums": [{"column": "time", "max": 5400}],
        "exclusive": [["i1", "i2"]],
        "together": [["i1", "i2"]],
        "stimulus": {"column": "kind", "min_items": 3, "max_items": 6},
        "exposure": {"column": "time", "max": 3},
        "D": 1.0,
        "seed": 7,
    }
    blueprint = read_blueprint(document, pool_of(ROWS), "plan.json")
    where = (("kind", "x"), ("b", 1.0))
    assert blueprint.rules == (
        Forms("$.forms", 2),
        Overlap("$.overlap.max", 3),
        Length("$.length", 40, 40),
        Count("$.counts[0].min", where, low=8),
        Count("$.counts[0].max", where, high=12),
        Total("$.sums[0].max", "time", high=5400.0),
        Exclusive("$.exclusive[0]", ("i1", "i2")),
        Together("$.together[0]", ("i1", "i2")),
        Stimulus("$.stimulus.min_items", "kind", low=3),
        Stimulus("$.stimulus.max_items", "kind", high=6),
        Exposure("$.exposure", "time", 3.0),
    )
    assert blueprint.objective == MaximinInformation((0.0,), 1.0)
    assert (blueprint.forms, blueprint.seed) == (2, 7)


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (GOAL, MaximinInformation((0.0,), 1.7)),
        ({"minimax_deviation": {"column": "time", "target": 10}}, MinimaxDeviation("time", 10.0)),
        (
            {"match_difficulty": {"column": "b", "mean": 0.5, "sd": 1}},
            MatchDifficulty("b", 0.5, 1.0),
        ),
    ],
)
def test_objectives_and_defaults(objective: object, expected: object) -> None:
    blueprint = read_blueprint({"forms": 1, "objective": objective}, pool_of(ROWS), "plan.json")
    assert blueprint.objective == expected
    assert blueprint.rules == (Forms("$.forms", 1), Overlap("$.overlap", 0))
    assert blueprint.seed == 0


def test_full_overlap_and_a_range_of_lengths() -> None:
    document = {"forms": 3, "overlap": "full", "length": {"min": 1, "max": 2}, "objective": GOAL}
    assert read_blueprint(document, pool_of(ROWS), "plan.json").rules == (
        Forms("$.forms", 3),
        Length("$.length.min", 1, None),
        Length("$.length.max", None, 2),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lenght": 4}, "$.lenght：未知字段。"),
        ({"forms": 0}, "$.forms：应为1至1000000的整数。"),
        ({"forms": True}, "$.forms：应为1至1000000的整数。"),
        ({"forms": "2"}, "$.forms：应为1至1000000的整数。"),
        ({"length": 2.5}, "$.length：应为1至1000000的整数。"),
        ({"length": float("nan")}, "$.length：应为1至1000000的整数。"),
        ({"length": {}}, "$.length.min：与max至少写一个。"),
        ({"overlap": "some"}, '$.overlap：应为"none"、"full"或{"max": k}。'),
        ({"overlap": {"max": -1}}, "$.overlap.max：应为0至1000000的整数。"),
        ({"objective": {}}, "$.objective.*：应恰写一个目标：" + "、".join(OBJECTIVES) + "。"),
        ({"objective": {"maximin": {}}}, "$.objective.maximin：未知字段。"),
        ({"objective": {"maximin_information": {"theta": []}}},
         "$.objective.maximin_information.theta：至少写一项。"),
        ({"objective": {"maximin_information": {"theta": [0, "1"]}}},
         "$.objective.maximin_information.theta[1]：应为数。"),
        ({"objective": {"minimax_deviation": {"column": "time"}}},
         "$.objective.minimax_deviation.target：缺少此字段。"),
        ({"objective": {"match_difficulty": {"column": "b", "mean": 0, "sd": 1, "sd_weight": 0}}},
         "$.objective.match_difficulty.sd_weight：应在0.01到1之间。"),
        ({"objective": {"match_difficulty": {"column": "b", "mean": 0, "sd": -1}}},
         "$.objective.match_difficulty.sd：不得为负。"),
        ({"counts": {}}, "$.counts：应为列表。"),
        ({"counts": [{"where": {"kind": "x"}}]}, "$.counts[0].min：与max至少写一个。"),
        ({"counts": [{"where": {"sort": "x"}, "min": 1}]},
         "$.counts[0].where.sort：题库没有这一列。"),
        ({"counts": [{"where": {"kind": ["x"]}, "min": 1}]}, "$.counts[0].where.kind：应为文字或数。"),
        ({"counts": [{"where": {"kind": "x"}, "min": -1}]},
         "$.counts[0].min：应为0至1000000的整数。"),
        ({"sums": [{"column": "weight", "max": 1}]}, "$.sums[0].column：题库没有weight列。"),
        ({"sums": [{"column": "time", "max": float("inf")}]},
         "$.sums[0].max：应为不太大的有限数。"),
        ({"exclusive": [["i1"]]}, "$.exclusive[0]：应为至少两个id的列表。"),
        ({"exclusive": [["i1", "i9"]]}, "$.exclusive[0][1]：题库没有这道题。"),
        ({"together": [["i1", "i1"]]}, "$.together[0][1]：重复。"),
        ({"stimulus": {"column": "kind"}}, "$.stimulus.min_items：与max_items至少写一个。"),
        ({"exposure": {"column": "time"}}, "$.exposure.max：缺少此字段。"),
        ({"D": 0}, "$.D：应大于0。"),
        ({"seed": -1}, "$.seed：应为0至1000000的整数。"),
    ],
)  # fmt: skip
def test_a_blueprint_that_cannot_be_read(change: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput) as why:
        read_blueprint({"forms": 1, "objective": GOAL} | change, pool_of(ROWS), "plan.json")
    assert str(why.value) == f"plan.json {message}"


@pytest.mark.parametrize(
    ("rows", "change", "message"),
    [
        (
            [["id", "b"], ["i1", "x"]],
            {},
            "pool.csv第2行b列：应为数。",
        ),
        ([["id", "b"], ["i1", "nan"]], {}, "pool.csv第2行b列：应为数。"),
        ([["id", "b", "c"], ["i1", "0", "1"]], {}, "pool.csv第2行c列：应为0至1（不含1）的数。"),
        (
            [["id", "a"], ["i1", "1"]],
            {},
            "pool.csv：缺少b列，$.objective.maximin_information无从计算。",
        ),
        (
            [["id", "b", "time"], ["i1", "0", "1"], ["i2", "0", ""]],
            {"sums": [{"column": "time", "max": 3}]},
            "pool.csv第3行time列：应为数。",
        ),
    ],
)
def test_numbers_that_the_blueprint_counts_on(
    rows: list[list[str]], change: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput) as why:
        read_blueprint({"forms": 1, "objective": GOAL} | change, pool_of(rows), "plan.json")
    assert str(why.value) == message
