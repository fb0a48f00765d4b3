"""Workbooks of element tables and practical structures, in and out, and a copy with marked cells."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import python_calamine
import xlsxwriter

from jiangjie.itembank.formats.exchange import Finding
from jiangjie.itembank.rules.elements import ElementRow, coverage, element_faults
from jiangjie.itembank.rules.practical import ModuleRow
from jiangjie.kernel.errors import BadInput, gettext_noop

ELEMENT_COLUMNS = ("代码", "名称", "鉴定比重", "重要程度")
MODULE_COLUMNS = ("职业功能", "工作内容", "选考方式", "鉴定比重", "考试时间", "考核形式")
_ALIASES = {
    "鉴定比重(%)": "鉴定比重", "比重": "鉴定比重", "比重(%)": "鉴定比重", "范围/鉴定点": "名称",
    "鉴定点": "名称", "重要程度比例": "重要程度", "考试时间(min)": "考试时间",
    "考试时间(分钟)": "考试时间", "鉴定范围": "工作内容",
}  # fmt: skip
EXAMPLE_ELEMENTS = (
    ElementRow("A", "基本要求", 2500),
    ElementRow("A-A", "职业道德", 500),
    ElementRow("A-A-001", "职业守则", importance="X"),
    ElementRow("A-B", "基础知识", 2000),
    ElementRow("A-B-001", "安全用电知识", importance="Y"),
    ElementRow("B", "相关知识要求", 7500),
    ElementRow("B-A", "作业准备", 7500),
    ElementRow("B-A-001", "作业前的检查", importance="X"),
)
EXAMPLE_MODULES = (
    ModuleRow("作业准备", "作业前检查", "", 4000, 30, "practice"),
    ModuleRow("作业操作", "定点停放", "任选一", 6000, 60, "practice"),
    ModuleRow("作业操作", "绕桩行驶", "任选一", 6000, 60, "practice"),
)
FORMS = {"实操": "practice", "现场操作": "practice", "笔试": "written", "口试": "oral"}
_RATIO = re.compile(r"^\(?(\d+)[:：](\d+)[:：](\d+)\)?$")
_ROWS = 5_000

Cells = Sequence[Sequence[object]]


@dataclass
class SheetReading:
    elements: list[ElementRow] = field(default_factory=list)
    modules: list[ModuleRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, row: int, column: str, code: str, text: str, **values: str | int) -> None:
        self.findings.append(Finding(f"第{row}行", column, code, text, values))


def read_elements(content: bytes) -> SheetReading:
    """鉴定要素细目表, one row a scope or point. Findings name cells; BadInput for no workbook."""
    rows, columns, first = _sheet(content, ELEMENT_COLUMNS)
    reading = SheetReading()
    ratios: dict[str, tuple[int, tuple[int, ...]]] = {}
    for number, cells in enumerate(rows, start=first + 1):
        cell = _Cells(cells, columns)
        if not any(cell[name] for name in columns):
            continue
        code, matter = cell["代码"].upper(), cell["重要程度"].upper().replace(" ", "")
        ratio = _RATIO.match(matter)
        if ratio:
            ratios[code] = (number, tuple(map(int, ratio.groups())))
        weight = _percent(cell["鉴定比重"])
        if matter in ("X", "Y", "Z"):
            if cell["鉴定比重"]:
                reading.fault(number, "鉴定比重", "point_weighs", gettext_noop("鉴定点不填比重。"))
            reading.elements.append(ElementRow(code, cell["名称"], None, matter, number))
            continue
        is_point = code[-3:].isdecimal()
        if is_point or (matter and not ratio):
            reading.fault(
                number, "重要程度", "importance_unknown",
                gettext_noop("鉴定点应填X、Y或Z，范围应为空或“(X:Y:Z)”的比例。"),
            )  # fmt: skip
        if is_point:
            reading.elements.append(ElementRow(code, cell["名称"], None, "X", number))
            continue
        if weight is None:
            reading.fault(
                number,
                "鉴定比重",
                "weight_unreadable",
                gettext_noop("范围应填鉴定比重（百分数）。"),
            )
        reading.elements.append(ElementRow(code, cell["名称"], weight or 0, "", number))
    reading.findings += [
        Finding(f"第{each.place}行", each.column, each.code, each.text,
                {name: _plain(value) for name, value in each.values.items()})
        for each in element_faults(reading.elements)
    ]  # fmt: skip
    _check_ratios(reading, ratios)
    reading.findings.sort(key=lambda each: int(each.place[1:-1]))
    return reading


def _check_ratios(reading: SheetReading, ratios: Mapping[str, tuple[int, tuple[int, ...]]]) -> None:
    for each in coverage(reading.elements, {}, {}):
        if each.row.code in ratios and ratios[each.row.code][1] != each.ratio:
            reading.fault(
                ratios[each.row.code][0], "重要程度", "ratio_differs",
                gettext_noop("所填比例与下面鉴定点的实际个数（%(ratio)s）不等。"),
                ratio=":".join(map(str, each.ratio)),
            )  # fmt: skip


def read_modules(content: bytes) -> SheetReading:
    """操作技能考核内容结构表. What concerns several rows is checked by rules.practical."""
    rows, columns, first = _sheet(content, MODULE_COLUMNS)
    reading = SheetReading()
    function = ""
    for number, cells in enumerate(rows, start=first + 1):
        cell = _Cells(cells, columns)
        if not any(cell[name] for name in columns):
            continue
        function = cell["职业功能"] or function  # merged cells are empty from the second row on
        choice = cell["选考方式"]
        weight, form = _percent(cell["鉴定比重"]), FORMS.get(cell["考核形式"])
        minutes = cell["考试时间"]
        if weight is None:
            reading.fault(
                number, "鉴定比重", "weight_unreadable", gettext_noop("应填鉴定比重（百分数）。")
            )
        if not minutes.isdecimal() or not 0 < int(minutes) < 1000:
            reading.fault(number, "考试时间", "minutes", gettext_noop("应为分钟数。"))
            minutes = "0"
        if form is None:
            reading.fault(
                number, "考核形式", "form_unknown", gettext_noop("应为实操、笔试或口试。")
            )
        if not cell["工作内容"]:
            reading.fault(number, "工作内容", "name_missing", gettext_noop("没有名称。"))
        reading.modules.append(
            ModuleRow(
                function, cell["工作内容"], "" if choice in ("", "必考") else choice[:20],
                weight or 0, int(minutes), form or "practice",
            )
        )  # fmt: skip
    return reading


class _Cells:
    def __init__(self, cells: Sequence[object], columns: Mapping[str, int]) -> None:
        self.cells, self.columns = cells, columns

    def __getitem__(self, name: str) -> str:
        at = self.columns[name]
        return _text(self.cells[at]) if at < len(self.cells) else ""


def _percent(text: str) -> int | None:
    """ "25", "25%", 0.25 as Excel keeps 25 % → 2500 hundredths; None for what is no share."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?)%?", text)
    if match is None:
        return None
    return round(float(match[1]) * 100)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _plain(value: object) -> str | int:
    return value if isinstance(value, str | int) else str(value)


def _sheet(content: bytes, wanted: Sequence[str]) -> tuple[Cells, dict[str, int], int]:
    """(rows below the headings, column by name, number of the heading row)."""
    for rows in _sheets(content):
        for at, cells in enumerate(rows[:10]):
            columns: dict[str, int] = {}
            for place, cell in enumerate(cells):
                name = "".join(_text(cell).split()).replace("（", "(").replace("）", ")")
                columns.setdefault(_ALIASES.get(name, name), place)
            if all(name in columns for name in wanted):
                return rows[at + 1 :], {name: columns[name] for name in wanted}, at + 1
    raise BadInput(
        gettext_noop("没有找到表头，应有列：%(columns)s。请下载模板对照。"),
        columns="、".join(wanted),
    )


def _sheets(content: bytes) -> Sequence[Cells]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        return [
            book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_ROWS)
            for name in book.sheet_names
        ]
    except (python_calamine.CalamineError, OSError, ValueError) as why:
        raise BadInput(gettext_noop("不是可读的 Excel 文件：%(why)s"), why=why) from why


# ---- out ------------------------------------------------------------------------------------


def element_lines(rows: Sequence[ElementRow]) -> list[tuple[object, ...]]:
    """The table as it is filled in: scopes with weight and ratio, points with X, Y or Z."""
    return [
        (
            each.row.code, each.row.name,
            None if each.row.weight is None else each.row.weight / 100,
            each.row.importance or "({}:{}:{})".format(*each.ratio),
        )
        for each in coverage(rows, {}, {})
    ]  # fmt: skip


def module_lines(rows: Sequence[ModuleRow]) -> list[tuple[object, ...]]:
    names = {form: name for name, form in reversed(FORMS.items())}
    return [
        (
            row.function,
            row.work,
            row.choice or "必考",
            row.weight / 100,
            row.minutes,
            names[row.form],
        )
        for row in rows
    ]


def workbook(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """One sheet, as a template or to be imported again."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("细目表")
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
        for at, column in enumerate(columns):
            sheet.set_column(at, at, 44 if column in ("名称", "工作内容") else 14)
            sheet.write_string(0, at, column, head)
        sheet.freeze_panes(1, 0)
        for row, line in enumerate(lines, start=1):
            for at, value in enumerate(line):
                if value is not None:
                    sheet.write(row, at, value)
    return target.getvalue()


def marked(content: bytes, findings: Sequence[tuple[int, str]]) -> bytes:
    """A copy of the first sheets with the found rows (number, words) filled and told at the end."""
    told: dict[int, list[str]] = {}
    for row, words in findings:
        told.setdefault(row, []).append(words)
    target = io.BytesIO()
    with xlsxwriter.Workbook(
        target, {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    ) as book:
        bad = book.add_format({"bg_color": "#FFC7CE"})
        result = book.add_format({"font_color": "#9C0006"})
        for number, rows in enumerate(_sheets(content)):
            sheet = book.add_worksheet()
            width = max((len(cells) for cells in rows), default=0)
            for at, cells in enumerate(rows):
                faults = told.get(at + 1, []) if number == 0 else []
                for column, cell in enumerate(cells):
                    if cell == "":
                        continue
                    shown = cell if isinstance(cell, str | int | float) else str(cell)
                    sheet.write(at, column, shown, bad if faults else None)
                if faults:
                    sheet.write_string(at, width, "；".join(faults)[:32_000], result)
    return target.getvalue()
