"""`jiangjie eligibility` as users script it: exit status, one JSON document, plain messages."""

import argparse
import io
import json
import subprocess
import sys

import pytest

from jiangjie.applications.commands import eligibility
from tests.applications.eligibility_people import CRANE, holds, person, worked

READY = {"id": "p1", "occupation": CRANE, "target_level": 3, **person(worked("2019-03-01"))}
EARLY = READY | {"id": "p2", **worked("2021-03-01"), **holds(2, "2022-09-01")}
NEVER = READY | {"id": "p3", **worked("2019-03-01", "2020-03-01")}


def document(*requests, **changes):
    return {"as_of": "2026-06-30", "standard": "GZB-2018", "requests": list(requests)} | changes


def run(*words):
    parser = argparse.ArgumentParser()
    eligibility.arguments(parser)
    return eligibility.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def facts(tmp_path):
    def write(content):
        path = tmp_path / "facts.json"
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, "utf-8")
        return path

    return write


def test_status_0_when_everybody_may_apply(facts, capsys):
    assert run(facts(document(READY)), "--json") == 0

    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert err == ""
    assert list(answer) == ["verdicts"]
    (one,) = answer["verdicts"]
    assert list(one) == ["id", "eligible", "clause", "earliest_date", "clauses"]
    assert (one["id"], one["eligible"], one["clause"]) == ("p1", True, "GZB-2018/3/2")
    assert [list(clause) for clause in one["clauses"]] == [
        ["id", "text", "source", "confidence", "met", "conditions"]
    ] * 3
    assert one["clauses"][1]["conditions"] == [
        {
            "text": "累计从事本职业或相关职业满6年",
            "met": True,
            "have": "7年3个月29天",
            "need": "6年",
            "missing": None,
        }
    ]


def test_status_1_when_somebody_may_not(facts, capsys):
    assert run(facts(document(READY, EARLY, NEVER)), "--json") == 1

    verdicts = json.loads(capsys.readouterr().out)["verdicts"]
    assert [(one["id"], one["eligible"], one["earliest_date"]) for one in verdicts] == [
        ("p1", True, "2025-03-01"),
        ("p2", False, "2026-09-01"),
        ("p3", False, None),
    ]


def test_plain_text_says_who_may_and_what_is_missing(facts, capsys):
    assert run(facts(document(READY, EARLY, NEVER))) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "p1：可以申报四级/中级工（GZB-2018/3/2，自2025-03-01起符合）",
        "p2：尚不能申报四级/中级工，最早2026-09-01可以申报",
        "p3：不能申报四级/中级工，仅靠时间推移不会符合",
    ]
    assert (
        "      ✗ 取得五级/初级工证书后累计从事本职业或相关职业满4年：3年9个月29天，还差：2个月2天"
        in lines
    )


def test_what_is_not_sure_is_marked(facts, capsys):
    run(facts(document(READY | {"target_level": 6}, standard="GZB-2023")))
    assert "，M，未经核实］" in capsys.readouterr().out


def test_the_facts_may_come_from_standard_input(monkeypatch, capsys):
    raw = json.dumps(document(READY)).encode("utf-8-sig")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert run("-", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdicts"][0]["id"] == "p1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "不是JSON："),
        ("[]", "$：应为对象。"),
        ('{"as_of": 1, "as_of": 2}', "同一对象中重复的字段：as_of。"),
        (document() | {"when": 1}, "$.when：未知字段。"),
        (document(as_of="2026-13-01"), "$.as_of：没有这一天。"),
        (document(standard="GZB-1999"), "$.standard：应为其中之一：CN-2021-特级、"),
        (document(READY, READY), "$.requests[1].id：与前面的id重复。"),
        (
            document(READY | {"target_level": 7}),
            "$.requests[0].target_level：GZB-2018没有这一等级的申报条件，只有：2、3、4、5、6。",
        ),
        (
            document(READY | {"target_level": 4}, standard="GZB-保卫管理员"),
            "$.requests[0].occupation：GZB-保卫管理员只适用于职业3-02-02-00、3-02-02-01。",
        ),
        (
            document(READY | {"achievements": ["⑤"]}),
            "$.requests[0].achievements[0]：应为其中之一：",
        ),
    ],
)
def test_status_2_names_the_file_and_the_place(facts, capsys, content, message):
    path = facts(content)
    assert run(path, "--json") == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}: {message}")


def test_status_2_for_a_file_that_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "none.json") == 2
    assert "无法读取" in capsys.readouterr().err


def test_status_2_for_bytes_that_are_not_text(tmp_path, capsys):
    path = tmp_path / "facts.json"
    path.write_bytes(b"\xff\xfe{")
    assert run(path) == 2
    assert "不是UTF-8文字。" in capsys.readouterr().err


def test_status_2_for_an_unknown_pack_names_those_there_are(facts, capsys):
    assert run(facts(document(READY)), "--pack", "mars") == 2
    err = capsys.readouterr().err
    assert "没有规则包mars，可用：national-2018、national-2023、shandong。" in err


def test_a_pack_has_only_its_own_and_inherited_conditions(facts):
    doc = document(READY, standard="SD-2020-特级")
    assert run(facts(doc), "--pack", "national-2023") == 2


def test_it_needs_neither_django_nor_a_database():
    code = (
        "import sys; from jiangjie.applications.commands import eligibility; "
        "sys.exit('django' in sys.modules or 'psycopg' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 -- our own words
