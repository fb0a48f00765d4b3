"""`jiangjie assemble` as users script it: exit status, one JSON document, plain messages."""

import argparse
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jiangjie.papers.commands import assemble

POOL = "id,kind,time,b\ni1,x,2,0\ni2,x,3,1\ni3,y,5,0\ni4,y,4,1\n"
PLAN = {
    "forms": 2,
    "length": 2,
    "objective": {"minimax_deviation": {"column": "time", "target": 7}},
    "counts": [{"where": {"kind": "x"}, "min": 1}],
}


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    assemble.arguments(parser)
    return assemble.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def files(tmp_path: Path) -> Any:
    def write(pool: str | bytes = POOL, plan: object = PLAN) -> tuple[Path, Path]:
        paths = tmp_path / "pool.csv", tmp_path / "plan.json"
        paths[0].write_bytes(pool if isinstance(pool, bytes) else pool.encode("utf-8-sig"))
        paths[1].write_text(plan if isinstance(plan, str) else json.dumps(plan), "utf-8")
        return paths

    return write


def test_papers_as_json(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*files(), "--json") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert err == ""
    assert list(answer) == ["feasible", "forms", "objective", "bound", "seconds", "conflict"]
    assert sorted(answer.pop("forms")) == [["i1", "i3"], ["i2", "i4"]]
    assert answer.pop("seconds") >= 0
    assert answer == {"feasible": True, "objective": 0.0, "bound": 0.0, "conflict": []}


def test_status_1_with_the_conflict(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    rule = {"where": {"kind": "x"}, "min": 3}
    assert run(*files(plan=PLAN | {"length": 3, "counts": [rule]}), "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    del answer["seconds"]
    assert answer == {
        "feasible": False,
        "forms": [],
        "objective": None,
        "bound": None,
        "conflict": [
            {
                "path": "$.counts[0].min",
                "rule": rule,
                "text": "题库中满足kind=x的题只有2道，每套至少需要3道",
                "relaxed": "只放宽这一条还不够，另有要求不能同时满足",
                "nearest": None,
            }
        ],
    }


def test_a_table_for_people(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*files()) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("组出2套，目标值0，理论界限0，用时")
    assert rest[0].split() == [
        "套", "题数", "kind=x", "Σtime", "time均值", "time标准差", "与他套最多重复",
    ]  # fmt: skip
    rows = sorted(line.split()[1:] for line in rest[1:3])
    assert rows == [
        ["2", "1", "7", "3.5000", "0.5000", "0"],
        ["2", "1", "7", "3.5000", "1.5000", "0"],
    ]
    assert sorted(line.partition("：")[2] for line in rest[3:]) == ["i1 i3", "i2 i4"]


def test_a_conflict_for_people(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*files(plan=PLAN | {"forms": 1, "length": 5})) == 1
    assert capsys.readouterr().out.splitlines() == [
        "组不出：下列1条要求不能同时满足，缺了任何一条其余的就能满足。",
        "  $.length  每套5题",
        "      → 其余要求不变，每套可为4题",
    ]


def test_the_blueprint_may_come_from_standard_input(
    files: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = json.dumps(PLAN).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert run(files()[0], "-", "--json") == 0
    assert json.loads(capsys.readouterr().out)["feasible"] is True


@pytest.mark.parametrize(
    ("pool", "plan", "message"),
    [
        (POOL, "{", "plan.json：不是JSON："),
        (POOL, '{"forms": 1, "forms": 2}', "plan.json：不是JSON：同一对象中重复的字段：forms"),
        (POOL, PLAN | {"colour": 1}, "plan.json $.colour：未知字段。"),
        (POOL.replace("5", "five"), PLAN, "pool.csv第4行time列：应为数。"),
        (b"id,b\n\xff,1\n", PLAN, "pool.csv：不是UTF-8文字。"),
        ('id,b\n"i1,1\n', PLAN, "pool.csv第2行：不是CSV："),
        (POOL + "i1,x,1,1\n", PLAN, "pool.csv第6行id列：i1与第2行重复。"),
    ],
)
def test_status_2_names_the_place(
    files: Any,
    pool: str | bytes,
    plan: object,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*files(pool, plan), "--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.csv", tmp_path / "none.json") == 2
    assert "none.csv：无法读取：" in capsys.readouterr().err


def test_it_needs_neither_django_nor_pandas(files: Any) -> None:
    pool, plan = files()
    code = (
        "import sys; from jiangjie.cli import main;"
        f"status = main(['assemble', {str(pool)!r}, {str(plan)!r}, '--json']);"
        "assert status == 0; assert not {'django', 'pandas', 'highspy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
