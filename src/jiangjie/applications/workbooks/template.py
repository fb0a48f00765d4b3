"""The empty roster workbook (报名名册) that clerks download and fill in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import IO

import xlsxwriter

from jiangjie.applications.rules.roster import (
    COLUMNS,
    NO_WORK_TYPE,
    REQUIRED_COLUMNS,
    SAMPLE_MARK,
    SHEET,
    column_letter,
)
from jiangjie.kernel.levels import Level

_ROWS = 5_000  # rows with drop-downs below the header
_LISTS_SHEET = "选项"
_HELP_SHEET = "填报说明"
_TEXT_COLUMNS = ("证件号码", "手机号码", "职业编码", "原证书编号", "原证书等级", "申报条件")
_DATE_COLUMNS = tuple(column for column in COLUMNS if column.endswith("日期"))
_CHOICES: Mapping[str, Sequence[str]] = {
    "证件类型": (
        "居民身份证",
        "港澳台居民居住证",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "护照",
        "外国人永久居留身份证",
        "军官证",
        "士兵证",
        "户口簿",
        "其他",
    ),
    "性别": ("男", "女"),
    "文化程度": ("研究生", "本科", "大专", "中专", "高中", "技校", "初中", "小学"),
    "原证书等级": ("5", "4", "3", "2", "1"),
    "毕业院校类型": (
        "技工学校",
        "中职",
        "高级技校",
        "技师学院",
        "高级工班",
        "预备技师班",
        "高职",
        "大专",
        "本科",
    ),
    "职称等级": ("初级", "中级", "副高", "正高"),
    "考生来源": ("企业", "机关", "社会", "学校", "军队", "其他"),
}
_HELP = (
    "一、从“报名名册”工作表第3行起每人填一行；带*的列必填；列的次序可以变动，可以另加列。",
    f"二、备注以“{SAMPLE_MARK}”开头的行是虚构的示例，不会导入，可以删除。",
    "三、证件号码、手机号码、证书编号按文本填写；写成数值时末几位会丢失。",
    "四、日期写成 2019-03-05、2019/3/5、2019年3月5日 或 20190305，精确到日。",
    f"五、没有工种的职业，工种填“{NO_WORK_TYPE}”。",
    "六、申报等级写成“三级/高级工”；原证书等级可写证书上的数字（5为初级工，1为高级技师）。",
    "七、填了原证书，其编号、职业、等级和发证日期就都要填写。",
    "八、越级申报的，在“申报条件”中写明所依据的条款，或在“备注”中写明破格、直接认定、竞赛等途径。",
    "九、出生日期可以不填，由居民身份证号码得出；其他证件须填写。",
    "十、不要使用宏和打开密码；每个文件最多200000行。",
)


def write_template(
    target: Path | IO[bytes],
    *,
    occupations: Iterable[tuple[str, str]],
    levels: Iterable[Level],
    work_types: Iterable[str] = (),
) -> None:
    """Write the template to `target`, a path or a binary stream.

    `occupations` are the (code, name) to choose from, `levels` and `work_types` likewise.
    """
    offered = list(occupations)
    codes, names = [code for code, _ in offered], [name for _, name in offered]
    lists: dict[str, Sequence[str]] = {
        **_CHOICES,
        "申报职业": names,
        "职业编码": codes,
        "工种": list(dict.fromkeys((*work_types, NO_WORK_TYPE))),
        "申报等级": [level.certificate_text for level in levels],
        "原证书职业": names,
    }
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        required = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        optional = book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1})
        text = book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sample = book.add_format({"italic": True, "font_color": "#7F7F7F"})
        sample_text = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@"})
        sample_day = book.add_format(
            {"italic": True, "font_color": "#7F7F7F", "num_format": "yyyy-mm-dd"}
        )
        sheet = book.add_worksheet(SHEET)
        choices = book.add_worksheet(_LISTS_SHEET)
        sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, "职业技能等级认定报名名册", title)
        sheet.freeze_panes(2, 2)
        example = _sample(offered, lists)
        for index, column in enumerate(COLUMNS):
            is_required = column in REQUIRED_COLUMNS
            sheet.write_string(
                1,
                index,
                f"*{column}" if is_required else column,
                required if is_required else optional,
            )
            width = max(8, 2 * len(column) + 4)
            if column in _DATE_COLUMNS:
                sheet.set_column(index, index, max(12, width), day)
            elif column in _TEXT_COLUMNS:
                sheet.set_column(index, index, max(20, width), text)
            else:
                sheet.set_column(index, index, width)
            value = example.get(column, "")
            if isinstance(value, date):
                sheet.write_datetime(2, index, value, sample_day)
            elif value:
                is_text = column in _TEXT_COLUMNS
                sheet.write_string(2, index, value, sample_text if is_text else sample)
            if options := lists.get(column):
                _offer(choices, sheet, index, column, options)
        choices.hide()
        help_sheet = book.add_worksheet(_HELP_SHEET)
        help_sheet.set_column(0, 0, 100)
        for row, line in enumerate(_HELP):
            help_sheet.write_string(row, 0, line)


def _offer(
    choices: xlsxwriter.worksheet.Worksheet,
    sheet: xlsxwriter.worksheet.Worksheet,
    index: int,
    column: str,
    options: Sequence[str],
) -> None:
    """A drop-down that warns but does not forbid: the check after upload decides."""
    choices.write_column(0, index, (column, *options))
    letter = column_letter(index)
    sheet.data_validation(
        2,
        index,
        1 + _ROWS,
        index,
        {
            "validate": "list",
            "source": f"={_LISTS_SHEET}!${letter}$2:${letter}${len(options) + 1}",
            "error_type": "warning",
            "error_title": column,
            "error_message": "不在可选项中，请核对。",
        },
    )


def _sample(
    offered: Sequence[tuple[str, str]], lists: Mapping[str, Sequence[str]]
) -> Mapping[str, str | date]:
    code, name = offered[0] if offered else ("", "")
    return {
        "姓名": "示例甲",
        "证件类型": "居民身份证",
        "证件号码": "370200199001010012",
        "性别": "男",
        "出生日期": date(1990, 1, 1),
        "民族": "汉族",
        "文化程度": "大专",
        "手机号码": "13800000000",
        "单位": "示例单位",
        "入职日期": date(2012, 7, 1),
        "从事本职业起始日期": date(2012, 7, 1),
        "申报职业": name,
        "职业编码": code,
        "工种": lists["工种"][0],
        "申报等级": next(iter(lists["申报等级"]), ""),
        "考生来源": "企业",
        "备注": f"{SAMPLE_MARK}（虚构）",
    }
