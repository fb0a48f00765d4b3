"""Score sheets as workbooks: the template to fill in, and reading it back. No database."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.scores import BadScore, parse_score

SHEET = "成绩登记表"
COLUMNS = ("准考证号", "姓名", "单位", "职业", "等级", "成绩")
ABSENT_WORDS = frozenset({"缺考", "缺席", "absent"})


@dataclass(frozen=True, slots=True)
class Candidate:
    application_id: int
    ticket: str
    name: str
    unit: str
    occupation: str
    level: str


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A cell that cannot be taken; `row` as Excel counts it."""

    row: int
    column: str
    message: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return f"{SHEET} 第{self.row}行「{self.column}」：{self.message % self.values}"


def template(candidates: Sequence[Candidate], *, title: str) -> bytes:
    """A workbook with one line a candidate; only the last column is to be filled in."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet(SHEET)
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF2", "border": 1})
    open_cell = book.add_format({"locked": False, "num_format": "0.00", "border": 1})
    sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, title, book.add_format({"bold": True}))
    sheet.write_row(1, 0, COLUMNS, head)
    sheet.set_column(0, 0, 16, text)
    sheet.set_column(1, 4, 18)
    sheet.freeze_panes(2, 2)
    for row, one in enumerate(candidates, start=2):
        for column, value in enumerate((one.ticket, one.name, one.unit, one.occupation, one.level)):
            sheet.write_string(row, column, value)
        sheet.write_blank(row, 5, None, open_cell)
    if candidates:
        sheet.write_comment(1, 5, "百分制，最多两位小数；缺考写“缺考”。")
    sheet.protect()
    book.close()
    return buffer.getvalue()


def read(
    content: bytes, candidates: Sequence[Candidate], *, file_name: str
) -> tuple[list[tuple[int, int | None]], list[SheetFault]]:
    """(application, hundredths or None for absent) of every filled line, and the bad cells.

    Raises BadInput when it is no workbook, or the sheet or a column is missing.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, OSError, ValueError) as why:
        raise BadInput(
            gettext_noop("%(file)s 不是可读取的 Excel 工作簿。"), file=file_name
        ) from why
    if SHEET not in book.sheet_names:
        raise BadInput(
            gettext_noop("%(file)s 中没有工作表“%(sheet)s”，现有：%(found)s。"),
            file=file_name, sheet=SHEET, found="、".join(book.sheet_names),
        )  # fmt: skip
    rows = book.get_sheet_by_name(SHEET).to_python(skip_empty_area=False)
    head = next((i for i, row in enumerate(rows[:5]) if "准考证号" in row), None)
    if head is None or "成绩" not in rows[head]:
        raise BadInput(
            gettext_noop("%(file)s 工作表“%(sheet)s”缺少列“准考证号”或“成绩”。"),
            file=file_name, sheet=SHEET,
        )  # fmt: skip
    ticket_at, score_at = rows[head].index("准考证号"), rows[head].index("成绩")
    known = {one.ticket: one for one in candidates}
    found: list[tuple[int, int | None]] = []
    faults: list[SheetFault] = []
    seen: set[str] = set()
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        ticket, score = _text(row[ticket_at]), row[score_at]
        if not ticket and score in ("", None):
            continue
        if ticket not in known:
            faults.append(
                SheetFault(number, "准考证号", gettext_noop("本科目没有这个准考证号。"), {})
            )
        elif ticket in seen:
            faults.append(SheetFault(number, "准考证号", gettext_noop("准考证号重复。"), {}))
        elif score not in ("", None):
            try:
                found.append((known[ticket].application_id, _score(score)))
            except BadScore as why:
                faults.append(SheetFault(number, "成绩", why.text, why.values))
        seen.add(ticket)
    return found, faults


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell or "").strip()


def _score(cell: object) -> int | None:
    if isinstance(cell, str) and cell.strip() in ABSENT_WORDS:
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return parse_score(float(cell))
    return parse_score(str(cell))
