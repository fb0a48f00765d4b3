"""`jiangjie assign` as users script it: exit status, one JSON document, messages with a path."""

import argparse
import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jiangjie.arrangement.commands import assign

DOCUMENT = {
    "experts": [
        {
            "id": "王建国",
            "org": "甲公司",
            "unit": "一分公司",
            "grade": "高级考评员",
            "occupations": ["6-30-05-01"],
            "min_load": 0,
            "max_load": 2,
        },
        {"id": "李明", "org": "乙公司", "grade": "考评员", "occupations": ["6-30-05-01"]},
        {"id": "张伟", "org": "乙公司", "grade": "高级考评员", "occupations": ["6-30-05-01"]},
    ],
    "tasks": [
        {
            "id": "T1",
            "org": "甲公司",
            "unit": "一分公司",
            "occupation": "6-30-05-01",
            "level": 4,
            "panel_size": 3,
            "odd": True,
        },
        {"id": "T2", "org": "乙公司", "occupation": "6-30-05-01", "level": 6, "panel_size": 1},
    ],
    "scores": [[0.9, 0.5], [0.6, 1.0], [0.8, 0.75]],
    "conflicts": [["李明", "T2"]],
    "outside_share": 0.34,
    "objective": "max_sum",
    "seed": 1,
}


def run(*words):
    parser = argparse.ArgumentParser()
    assign.arguments(parser)
    return assign.run(parser.parse_args([str(word) for word in words]))


def changed(path, value):
    """The document with another value at the path; `...` takes it away."""
    document = copy.deepcopy(DOCUMENT)
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "problem.json"
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_answer_as_json(file, capsys):
    assert run(file(DOCUMENT), "--json") == 0

    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert answer.pop("seconds") >= 0
    assert answer == {
        "feasible": True,
        # outsiders only: 王建国 for the panel of 乙公司, although 张伟 has more points
        "panels": {"T1": ["王建国", "李明", "张伟"], "T2": ["王建国"]},
        "sum": pytest.approx(2.8),
        "min": 0.5,
        "bound_min": pytest.approx(0.5),
        "conflict": [],
    }
    assert err == "提示：任务“T1”的王建国与其同属一分公司，请核对是否需要回避。\n"


def test_the_answer_in_words(file, capsys):
    assert run(file(DOCUMENT)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["T1\t王建国、李明、张伟\t2.3", "T2\t王建国\t0.5"]
    assert re.fullmatch(
        r"共2个小组：合计2\.8，最弱的小组0\.5（不可能超过0\.5）；已复核，用时[\d.]+秒。", lines[2]
    )


def test_no_answer_as_json(file, capsys):
    assert run(file(changed(["experts", 0, "grade"], "考评员")), "--json") == 1

    answer = json.loads(capsys.readouterr().out)
    assert answer.pop("seconds") >= 0
    reasons = answer.pop("conflict")
    assert answer == {
        "feasible": False,
        "panels": {},
        "sum": None,
        "min": None,
        "bound_min": None,
    }
    assert [(one["rule"], one["path"]) for one in reasons] == [
        ("panel_size", "$.tasks[1].panel_size"),
        ("level", "$.tasks[1].level"),
        ("outside_share", "$.outside_share"),
    ]
    assert reasons[1]["text"] == "任务“T2”评价一级/高级技师，成员须为高级考评员"
    assert reasons[1]["relaxed"] == {"feasible": True, "to": None, "all_by": None}
    assert reasons[2]["relaxed"] == {"feasible": True, "to": 0.0, "all_by": None}
    assert reasons[2]["relaxed_text"] == "改为0即可安排"


def test_no_answer_in_words(file, capsys):
    assert run(file(changed(["tasks", 0, "level"], 8))) == 1
    out = capsys.readouterr().out
    assert out == (
        "无法安排：下列要求不能同时满足；少了其中任何一条，其余各条就能满足。\n"
        "  任务“T1”的小组为3人（$.tasks[0].panel_size）；改为1即可安排\n"
        "  任务“T1”评价首席技师，成员须为高级考评员（$.tasks[0].level）；不作这一要求即可安排\n"
        "依据：考评员可考评五级至三级，高级考评员可考评各等级（特级、首席评审为实践做法）。"
        "［职业技能鉴定考评人员管理规定 考评权限，S］\n"
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["colour"], 1, "$.colour：未知字段"),
        (["experts", 1, "age"], 1, "$.experts[1].age：未知字段"),
        (["tasks", 0, "panel_size"], ..., "$.tasks[0].panel_size：缺少此字段"),
        (["experts"], [], "$.experts：不能为空"),
        (["tasks"], {}, "$.tasks：应为列表"),
        (["tasks", 0], 3, "$.tasks[0]：应为对象"),
        (["tasks", 0, "panel_size"], 0, "$.tasks[0].panel_size：应为1至"),
        (["tasks", 0, "panel_size"], 3.0, "$.tasks[0].panel_size：应为1至"),
        (["tasks", 0, "panel_size"], True, "$.tasks[0].panel_size：应为1至"),
        (["tasks", 0, "level"], 9, "$.tasks[0].level：应为1至8的整数"),
        (["tasks", 0, "odd"], 1, "$.tasks[0].odd：应为true或false"),
        (["tasks", 1, "id"], "T1", "$.tasks[1].id：与第1项的id重复"),
        (["experts", 2, "id"], "李明", "$.experts[2].id：与第2项的id重复"),
        (["experts", 0, "id"], " ", "$.experts[0].id：应为非空文字"),
        (["experts", 0, "grade"], "督导员", "$.experts[0].grade：应为其中之一：考评员、高级考评员"),
        (["experts", 0, "occupations"], ["x", 3], "$.experts[0].occupations[1]：应为非空文字"),
        (["experts", 0, "min_load"], -1, "$.experts[0].min_load：应为0至"),
        (["experts", 1, "org"], None, "$.experts[1].org：规定了outside_share，就须写明单位"),
        (["tasks", 1, "org"], ..., "$.tasks[1].org：规定了outside_share，就须写明单位"),
        (["conflicts", 0, 0], "赵六", "$.conflicts[0][0]：experts中没有这个id"),
        (["conflicts", 0, 1], "T9", "$.conflicts[0][1]：tasks中没有这个id"),
        (["conflicts", 0], ["李明"], "$.conflicts[0]：应为"),
        (["outside_share"], 1.1, "$.outside_share：应在0至1之间"),
        (["outside_share"], "1/3", "$.outside_share：应为有限的数"),
        (["objective"], "best", "$.objective：应为其中之一：max_sum、max_min、fair"),
        (["seed"], -1, "$.seed：应为0至"),
        (["scores"], "s.npy", "$.scores：应为"),
        (["scores"], [[1, 2]], "$.scores：应有3行（每位专家一行），现有1行"),
        (["scores", 2], [1], "$.scores[2]：应有2个数"),
        (["scores", 2, 1], None, "$.scores[2][1]：应为有限的数"),
        (["scores", 2, 1], float("nan"), "$.scores[2][1]：应为有限的数"),
        (["scores", 2, 1], 10**400, "$.scores[2][1]：应为有限的数"),
        (["scores"], {"npz": "s"}, "$.scores.npz：未知字段"),
        (["scores"], {"npy": "none.npy"}, "$.scores.npy：无法读取文件none.npy"),
    ],
)
def test_unusable_input_names_its_path(file, capsys, path, value, message):
    problem = file(changed(path, value))
    assert run(problem, "--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{problem}: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "不是JSON"),
        ("[1]", "$：应为对象"),
        ('{"seed": 1, "seed": 2}', "同一对象中重复的字段：seed"),
        ("[" * 100_000, "不是JSON"),
    ],
)
def test_a_file_that_is_no_problem(file, capsys, text, message):
    assert run(file(text)) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "none.json") == 2
    assert "无法读取" in capsys.readouterr().err


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_scores_in_a_file_beside_the_problem(file, tmp_path, capsys, dtype):
    (tmp_path / "matrices").mkdir()
    np.save(tmp_path / "matrices" / "s.npy", np.array([[9, 5], [6, 10], [8, 7]], dtype))
    document = file(changed(["scores"], {"npy": "matrices/s.npy"}))
    assert run(document, "--json") == 0
    assert json.loads(capsys.readouterr().out)["sum"] == 28


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "$.scores.npy：应为3×2的矩阵（专家×任务），现为2×3"),
        (np.array(1.0), "$.scores.npy：应为3×2的矩阵（专家×任务），现为0维"),
        (np.zeros((3, 2), complex), "$.scores.npy：应为实数矩阵，现为complex128"),
        (np.zeros((3, 2), bool), "$.scores.npy：应为实数矩阵，现为bool"),
        (np.array([[0, 0], [0, np.inf], [0, 0]]), "$.scores.npy：第2行第2列不是有限的数"),
        (np.full((3, 2), None), "$.scores.npy：s.npy不是可用的.npy文件"),
    ],
)
def test_a_matrix_that_cannot_be_used(file, tmp_path, capsys, matrix, message):
    np.save(tmp_path / "s.npy", matrix, allow_pickle=True)
    assert run(file(changed(["scores"], {"npy": "s.npy"}))) == 2
    assert message in capsys.readouterr().err


def test_a_matrix_file_that_is_none(file, tmp_path, capsys):
    (tmp_path / "s.npy").write_bytes(b"\x93NUMPY\x01\x00not a header")
    assert run(file(changed(["scores"], {"npy": "s.npy"}))) == 2
    assert "$.scores.npy：s.npy不是可用的.npy文件" in capsys.readouterr().err


def test_the_program_itself_from_standard_input():
    """Without Django or a database: nothing of either is asked for."""
    program = [sys.executable, "-m", "jiangjie.cli", "assign", "-", "--json"]
    done = subprocess.run(  # noqa: S603
        program, input=json.dumps(DOCUMENT), capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["sum"]) == (0, pytest.approx(2.8))
    spoilt = json.dumps(changed(["seed"], "x"))
    done = subprocess.run(  # noqa: S603
        program, input=spoilt, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("-: $.seed：应为")


def test_the_example_of_the_reference_page(file, capsys):
    page = Path(__file__).parents[2] / "docs" / "reference" / "assign.md"
    question, expected = re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert run(file(question), "--json") == 0
    answer, shown = json.loads(capsys.readouterr().out), json.loads(expected)
    del answer["seconds"], shown["seconds"]
    assert answer == {
        name: pytest.approx(value) if isinstance(value, float) else value
        for name, value in shown.items()
    }


def test_nothing_here_knows_django():
    code = (
        "import sys, jiangjie.arrangement.commands.assign;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'highspy'}))"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
