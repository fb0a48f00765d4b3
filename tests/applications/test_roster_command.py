"""`jiangjie check-roster` as a user calls it."""

import json

import openpyxl
import pytest

from jiangjie.cli import main

from .test_roster import GOOD
from .test_roster_workbooks import roster_book

BAD = GOOD | {"证件号码": "370200199001010019", "从事本职业起始日期": "2026-06-01"}


@pytest.fixture
def roster(tmp_path):
    def write(*rows):
        path = tmp_path / "名册.xlsx"
        path.write_bytes(roster_book(*rows))
        return path

    return write


def call(*words) -> int:
    return main(["check-roster", *map(str, words)])


def test_json_is_the_contract_and_nothing_else(roster, capsys):
    assert call(roster(GOOD, BAD), "--json", "--as-of", "2026-05-31") == 1
    output = json.loads(capsys.readouterr().out)
    assert output.pop("seconds") >= 0
    assert output == {
        "rows": 2,
        "good": 1,
        "errors": [
            {
                "sheet": "报名名册",
                "row": 4,
                "column": "证件号码",
                "code": "id_check_digit",
                "message": "证件号码校验位不符，请核对。",
                "value_masked": "3702**********0019",
            },
            {
                "sheet": "报名名册",
                "row": 4,
                "column": "从事本职业起始日期",
                "code": "start_in_the_future",
                "message": "日期晚于2026-05-31，请核对。",
                "value_masked": "2026-06-01",
            },
        ],
    }


def test_a_roster_without_fault_is_status_0(roster, capsys):
    assert call(roster(GOOD), "--as-of", "2026-06-01") == 0
    assert "共1行：无误1行，有误0行，错误0处" in capsys.readouterr().out


def test_text_lists_the_cells_without_personal_data(roster, capsys):
    assert call(roster(GOOD, BAD), "--as-of", "2026-06-01") == 1
    output = capsys.readouterr().out
    assert "D4      证件号码\t3702**********0019\t证件号码校验位不符，请核对。" in output
    assert "共2行：无误1行，有误1行，错误1处" in output
    assert str(BAD["证件号码"]) not in output


def test_an_unusable_file_is_status_2_with_the_reason_on_stderr(tmp_path, capsys):
    path = tmp_path / "名册.xlsx"
    path.write_bytes(b"no workbook")
    assert call(path, "--json") == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "名册.xlsx 不是 .xlsx 工作簿或 .csv 文件。\n")


def test_the_marked_copy_is_written_and_the_roster_left_alone(roster, tmp_path, capsys):
    path, copy = roster(BAD), tmp_path / "标注.xlsx"
    before = path.read_bytes()
    assert call(path, "-o", copy) == 1
    assert path.read_bytes() == before
    assert openpyxl.load_workbook(copy)["报名名册"]["D3"].comment.text == (
        "证件号码校验位不符，请核对。"
    )
    assert call(path, "-o", path) == 2
    assert path.read_bytes() == before
    assert capsys.readouterr().err == "名册.xlsx 就是名册本身，请为副本另起文件名。\n"
