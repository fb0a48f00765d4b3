"""Rosters of made-up people as workbooks, as a clerk would send them."""

import io
import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from jiangjie.applications.rules.roster import COLUMNS, NO_WORK_TYPE, SHEET
from jiangjie.demo.cast import CRANE, CRANES, ELECTRICIAN, FITTER, NAMES, UNITS, make_id_number
from jiangjie.kernel.levels import NATIONAL_DIGITS, Level

FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国志强海涛晓东文博立新永胜春雷思远佳宁雨桐子轩俊杰嘉怡若曦明哲"
TRADES = [(CRANE, work_type) for work_type in CRANES] + [
    (FITTER, NO_WORK_TYPE), (ELECTRICIAN, NO_WORK_TYPE),
]  # fmt: skip
LEVELS = (Level.INTERMEDIATE, Level.SENIOR, Level.TECHNICIAN)
WEIGHTS = (5, 4, 1)


def make_rows(
    count: int, *, seed: int, year: int, trades: Sequence[tuple[str, str]] = TRADES,
    levels: Sequence[Level] = LEVELS,
) -> list[dict[str, Any]]:  # fmt: skip
    """`count` people, each different; about one in twelve does not meet a clause yet."""
    chance = random.Random(seed)  # noqa: S311 -- made-up people, repeatable
    return [
        _row(number, chance, year, seed, *chance.choice(trades), level)
        for number, level in enumerate(chance.choices(levels, WEIGHTS[: len(levels)], k=count), 1)
    ]


def _row(
    number: int,
    chance: random.Random,
    year: int,
    seed: int,
    code: str,
    work_type: str,
    level: Level,
) -> dict[str, Any]:
    female = chance.random() < 0.15
    early = chance.random() < 0.08  # applies before the time
    age = 24 + 4 * (level - 3) + chance.randrange(14)
    # The day and the serial number both run, so no two people of a roster share a number.
    birth = date.fromordinal(date(year - age, 1, 1).toordinal() + number % 360)
    start = date(birth.year + 19, chance.randint(1, 12), chance.randint(1, 28))
    held = Level(level - 1)
    issued = date(year - (1 if early else 6), chance.randint(1, 12), chance.randint(1, 28))
    if early:
        start = date(year - 2, 3, 1)
    digit = NATIONAL_DIGITS[held]
    return {
        "序号": number,
        "姓名": chance.choice(FAMILY) + "".join(chance.sample(GIVEN, chance.choice([1, 2]))),
        "证件类型": "居民身份证",
        "证件号码": make_id_number(birth, female=female, serial=number // 360 + seed * 60),
        "性别": "女" if female else "男",
        "出生日期": birth,
        "民族": "汉族",
        "文化程度": chance.choice(["高中", "中专", "大专"]),
        "手机号码": f"138{chance.randrange(10**8):08d}",
        "单位": f"示例港口集团{chance.randint(1, UNITS)}公司",
        "部门": chance.choice(["固机队", "流机队", "维修部", "工程部"]),
        "班组": f"{chance.randint(1, 12)}班",
        "入职日期": start,
        "从事本职业起始日期": start,
        "申报职业": NAMES[code],
        "职业编码": code,
        "工种": work_type,
        "申报等级": level.certificate_text,
        "原证书编号": f"Y000037000{100 + seed:03d}{issued:%y}{digit}{number:06d}",
        "原证书职业": NAMES[code],
        "原证书等级": str(digit),
        "原证书发证日期": issued,
        "考生来源": "企业",
        "备注": "虚构人员",
    }


def spoil(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mistakes of a hurried clerk, one in a row, so that the marked copy has something."""
    rows[1]["姓名"] = " "
    rows[3]["证件号码"] = rows[3]["证件号码"][:-1] + (
        "1" if rows[3]["证件号码"][-1] != "1" else "2"
    )
    rows[5]["职业编码"] = "6-30-05-99"
    rows[7]["手机号码"] = "12345"
    rows[9]["申报等级"] = "超级工"
    return rows


def workbook(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(SHEET)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, "职业技能等级认定报名名册（虚构人员）")
    sheet.write_row(1, 0, COLUMNS)
    for line, row in enumerate(rows, start=2):
        for place, column in enumerate(COLUMNS):
            value = row.get(column, "")
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime.combine(value, datetime.min.time()), day)
            else:
                sheet.write(line, place, value)
    book.close()
    return buffer.getvalue()
