"""Score sheets as workbooks: the template to fill in, reading it back, a copy with faults marked."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from jiangjie.applications.models import Application
from jiangjie.kernel.errors import BadInput, MalformedValue, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.results import rules

SHEET = "成绩登记表"
TICKET, SCORE = "准考证号", "成绩"
COLUMNS = (TICKET, "姓名", "单位", "职业", "等级", SCORE)
_HINTS = {
    rules.VOTE: "写成“同意票数/到会委员数”，如7/9；缺席写“缺考”。",
    rules.PROBATION: "填“合格”或“不合格”；缺席写“缺考”。",
}
_HINT = "百分制，最多两位小数；缺考写“缺考”。"
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True)
class Candidate:
    application_id: int
    ticket: str
    name: str
    unit: str
    occupation: str
    level: str


def candidate(case: Application) -> Candidate:
    return Candidate(
        case.pk, case.ticket, case.person.name, case.unit_name,
        case.line.frozen["occupation_name"], Level(case.line.level).certificate_text,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A cell that cannot be taken; `row` as Excel counts it, `text` a gettext source."""

    row: int
    column: str
    code: str
    text: str
    values: Mapping[str, object]

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.row, "column": self.column, "code": self.code, "text": self.text,
            "values": {name: str(value) for name, value in self.values.items()},
        }  # fmt: skip


def template(candidates: Sequence[Candidate], *, part: str, title: str) -> bytes:
    """A workbook with one line a candidate; only the last column is to be filled in."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **_PLAIN})
    sheet = book.add_worksheet(SHEET)
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1})
    is_score = part not in _HINTS
    open_cell = book.add_format(
        {"locked": False, "num_format": "0.00" if is_score else "@", "border": 1}
    )
    sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, title, book.add_format({"bold": True}))
    sheet.write_row(1, 0, COLUMNS, head)
    sheet.set_column(0, 0, 18, text)
    sheet.set_column(1, 4, 18)
    sheet.freeze_panes(2, 2)
    for row, one in enumerate(candidates, start=2):
        for column, value in enumerate((one.ticket, one.name, one.unit, one.occupation, one.level)):
            sheet.write_string(row, column, value)
        sheet.write_blank(row, 5, None, open_cell)
    sheet.write_comment(1, 5, _HINTS.get(part, _HINT))
    sheet.protect()
    book.close()
    return buffer.getvalue()


def read(
    content: bytes, candidates: Sequence[Candidate], *, part: str, file_name: str
) -> tuple[list[tuple[int, rules.Value]], list[SheetFault]]:
    """(application, value) of every filled line, and the cells that cannot be taken.

    Raises BadInput when it is no workbook, or the sheet or a column is missing.
    """
    rows, head = _table(content, file_name)
    ticket_at, score_at = rows[head].index(TICKET), rows[head].index(SCORE)
    known = {one.ticket: one for one in candidates if one.ticket}
    found: list[tuple[int, rules.Value]] = []
    faults: list[SheetFault] = []
    seen: set[str] = set()
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        ticket, score = _text(row[ticket_at]), row[score_at]
        if score == "":
            continue  # not scored yet
        if ticket not in known:
            text = gettext_noop("本科目没有这个准考证号。")
            faults.append(SheetFault(number, TICKET, "unknown_ticket", text, {}))
        elif ticket in seen:
            text = gettext_noop("准考证号重复。")
            faults.append(SheetFault(number, TICKET, "ticket_twice", text, {}))
        else:
            try:
                found.append((known[ticket].application_id, _value(part, score)))
            except MalformedValue as why:
                faults.append(SheetFault(number, SCORE, why.code, why.text, why.values))
        seen.add(ticket)
    return found, faults


def marked(content: bytes, faults: Iterable[tuple[int, str, str]], *, file_name: str) -> bytes:
    """A copy in which each faulty cell (row, column, message) is filled and carries a note."""
    rows, head = _table(content, file_name)
    at = {(row - 1, rows[head].index(column)): message for row, column, message in faults}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd",
                                        **_PLAIN})  # fmt: skip
    sheet = book.add_worksheet(SHEET)
    bad = book.add_format({"bg_color": "#FFC7CE"})
    sheet.set_column(0, len(COLUMNS) - 1, 18)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            message = at.get((number, column))
            sheet.write(number, column, value, bad if message else None)
            if message:
                sheet.write_comment(number, column, message)
                sheet.write_string(number, len(row), message)
    book.close()
    return buffer.getvalue()


def _table(content: bytes, file_name: str) -> tuple[list[list[Any]], int]:
    """All rows of the sheet, and the place of the heading row."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if SHEET not in book.sheet_names:
            raise BadInput(
                gettext_noop("%(file)s 中没有工作表“%(sheet)s”，现有：%(found)s。"),
                file=file_name, sheet=SHEET, found="、".join(book.sheet_names),
            )  # fmt: skip
        rows = book.get_sheet_by_name(SHEET).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as why:
        raise BadInput(
            gettext_noop("%(file)s 不是可读取的 Excel 工作簿。"), file=file_name
        ) from why
    head = next((place for place, row in enumerate(rows[:5]) if TICKET in row), None)
    if head is None or SCORE not in rows[head]:
        raise BadInput(
            gettext_noop("%(file)s 工作表“%(sheet)s”缺少列“准考证号”或“成绩”。"),
            file=file_name, sheet=SHEET,
        )  # fmt: skip
    return rows, head


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _value(part: str, cell: object) -> rules.Value:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return rules.parse_value(part, float(cell))
    return rules.parse_value(part, str(cell))
