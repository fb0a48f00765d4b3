"""A register of experts as a workbook: the template, reading it back, a copy with faults marked."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from jiangjie.kernel.errors import BadInput, MalformedValue, RuleViolation, gettext_noop
from jiangjie.people.rules import check_identity
from jiangjie.people.services import PersonWish
from jiangjie.resources.models import Duty
from jiangjie.resources.rules import GRADE_NAMES

SHEET = "专家库"
NAME, ID_TYPE, NUMBER, PHONE, EMPLOYER = "姓名", "证件类型", "证件号码", "手机号码", "工作单位"
DUTIES, GRADE, OCCUPATIONS = "承担工作", "考评等级", "职业编码"
CARD, CARD_FROM, CARD_UNTIL = "证卡编号", "证卡有效期起", "证卡有效期止"
HIRED_FROM, HIRED_UNTIL, MOST = "聘期起", "聘期止", "每批次最多考评组"
COLUMNS = (
    NAME, ID_TYPE, NUMBER, PHONE, EMPLOYER, DUTIES, GRADE, OCCUPATIONS, CARD, CARD_FROM,
    CARD_UNTIL, HIRED_FROM, HIRED_UNTIL, MOST,
)  # fmt: skip
NEEDED = (NAME, NUMBER, DUTIES, HIRED_FROM)
MOST_ROWS = 5000
DUTY_WORDS = {
    "考评": Duty.ASSESS, "综合评审": Duty.REVIEW, "监考": Duty.INVIGILATE,
    "内部质量督导": Duty.INSIDE, "外部质量督导": Duty.OUTSIDE,
}  # fmt: skip
_HINTS = {
    NAME: "必填。", ID_TYPE: "不填为居民身份证。", NUMBER: "必填。按文本填写。",
    DUTIES: "必填。可填多项，用顿号分开：" + "、".join(DUTY_WORDS) + "。",
    GRADE: "考评员或高级考评员；只监考、督导的不填。",
    OCCUPATIONS: "能考评的职业，可填多个，用顿号分开，如6-30-05-01。",
    CARD_FROM: "如2026-03-01。", HIRED_FROM: "必填，如2026-03-01。", MOST: "整数，不填为4。",
}  # fmt: skip
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be taken; `row` as Excel counts it, `text` a gettext source."""

    row: int
    column: str
    code: str
    text: str
    values: Mapping[str, object]

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.row, "column": self.column, "code": self.code, "text": self.text,
            "values": {
                name: value if isinstance(value, int) else str(value)
                for name, value in self.values.items()
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpertRow:
    person: PersonWish
    occupations: Mapping[str, str]  # code → name
    fields: Mapping[str, Any]  # as services.EXPERT_FIELDS, without `note`


def template() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **_PLAIN})
    sheet = book.add_worksheet(SHEET)
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FFF3CD", "border": 1})
    text = book.add_format({"num_format": "@"})
    sheet.set_column(0, len(COLUMNS) - 1, 18, text)
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, column, needed if column in NEEDED else head)
        if column in _HINTS:
            sheet.write_comment(0, place, _HINTS[column])
    sheet.data_validation(
        1, COLUMNS.index(GRADE), MOST_ROWS, COLUMNS.index(GRADE),
        {"validate": "list", "source": list(GRADE_NAMES.values())},
    )  # fmt: skip
    sheet.freeze_panes(1, 1)
    book.close()
    return buffer.getvalue()


def read(
    content: bytes, *, file_name: str, occupations: Callable[[Sequence[str]], Mapping[str, str]]
) -> tuple[list[ExpertRow], list[Fault]]:
    """Good rows and faults. `occupations` gives the names of the known codes.

    BadInput when it is no workbook, or the sheet or a needed column is missing.
    """
    heads, rows = _rows(content, file_name)
    cells = [
        (number, {column: row[place] for column, place in heads.items()}) for number, row in rows
    ]
    codes = {code for _, row in cells for code in _several(row.get(OCCUPATIONS))}
    known = occupations(sorted(codes))
    good: list[ExpertRow] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, row in cells:
        reader = _Row(number, row)
        made = reader.expert(known)
        key = made.person.id_number if made else ""
        if key and key in seen:
            reader.fault(NUMBER, "twice", gettext_noop("与第%(first)d行重复。"), first=seen[key])
        seen.setdefault(key, number)
        if reader.faults:
            faults += reader.faults
        elif made:
            good.append(made)
    return good, faults


def marked(content: bytes, faults: Iterable[tuple[int, str, str]], *, file_name: str) -> bytes:
    """A copy in which each faulty cell (row, column, message) is filled and carries a note."""
    heads, rows = _rows(content, file_name)
    notes: dict[tuple[int, str], str] = {(row, column): text for row, column, text in faults}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **_PLAIN}
    )
    sheet = book.add_worksheet(SHEET)
    bad = book.add_format({"bg_color": "#FFC7CE"})
    sheet.set_column(0, len(COLUMNS), 18)
    sheet.write_row(0, 0, [*COLUMNS, "问题"])
    for number, row in rows:
        for place, column in enumerate(COLUMNS):
            value = row[heads[column]] if column in heads else ""
            note = notes.get((number, column))
            sheet.write(number - 1, place, value, bad if note else None)
            if note:
                sheet.write_comment(number - 1, place, note)
        told = "；".join(note for (at, _), note in notes.items() if at == number)
        sheet.write_string(number - 1, len(COLUMNS), told)
    book.close()
    return buffer.getvalue()


Rows = list[tuple[int, list[Any]]]


def _rows(content: bytes, file_name: str) -> tuple[dict[str, int], Rows]:
    """The place of each column, and the filled rows with their numbers as Excel counts them."""
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
    heads = {str(cell).strip(): place for place, cell in enumerate(rows[0])} if rows else {}
    if missing := [column for column in NEEDED if column not in heads]:
        raise BadInput(
            gettext_noop("%(file)s 缺少列：%(columns)s。请使用下载的模板。"),
            file=file_name, columns="、".join(missing),
        )  # fmt: skip
    if len(rows) > MOST_ROWS + 1:
        raise BadInput(gettext_noop("一次最多导入%(most)d人。"), most=MOST_ROWS)
    filled = [
        (number, row)
        for number, row in enumerate(rows[1:], start=2)
        if any(str(cell).strip() for cell in row)
    ]
    return {column: heads[column] for column in COLUMNS if column in heads}, filled


def _several(cell: object) -> list[str]:
    text = str(cell or "")
    for mark in "，,；;/ \n":
        text = text.replace(mark, "、")
    return [part for part in (each.strip() for each in text.split("、")) if part]


class _Row:
    """One row read cell by cell; what cannot be taken goes to `faults`."""

    def __init__(self, number: int, cells: Mapping[str, Any]) -> None:
        self.number, self.cells, self.faults = number, cells, list[Fault]()

    def fault(self, column: str, code: str, text: str, **values: object) -> None:
        self.faults.append(Fault(self.number, column, code, text, values))

    def text(self, column: str, most: int) -> str:
        cell = self.cells.get(column, "")
        value = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        value = value.strip()
        if not value and column in NEEDED:
            self.fault(column, "missing", gettext_noop("必填。"))
        if len(value) > most:
            self.fault(column, "too_long", gettext_noop("最多%(most)d个字。"), most=most)
        return value

    def day(self, column: str) -> date | None:
        cell = self.cells.get(column, "")
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        if not (text := str(cell).strip()):
            if column in NEEDED:
                self.fault(column, "missing", gettext_noop("必填。"))
            return None
        try:
            return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
        except ValueError:
            self.fault(column, "bad_day", gettext_noop("日期应写成2026-03-01的样子。"))
            return None

    def expert(self, known: Mapping[str, str]) -> ExpertRow | None:
        person = self._person()
        words = _several(self.cells.get(DUTIES))
        duties = [DUTY_WORDS[word].value for word in words if word in DUTY_WORDS]
        if not words or len(duties) < len(words):
            self.fault(
                DUTIES, "bad_duty", gettext_noop("应为：%(known)s，可填多项。"),
                known="、".join(DUTY_WORDS),
            )  # fmt: skip
        grades = {name: grade for grade, name in GRADE_NAMES.items()}
        grade = self.text(GRADE, 10)
        if grade and grade not in grades:
            self.fault(GRADE, "bad_grade", gettext_noop("应为考评员或高级考评员。"))
        codes = _several(self.cells.get(OCCUPATIONS))
        if unknown := [code for code in codes if code not in known]:
            self.fault(
                OCCUPATIONS, "unknown_occupation", gettext_noop("职业分类大典中没有：%(codes)s。"),
                codes="、".join(unknown),
            )  # fmt: skip
        fields = {
            "duties": duties, "employer": self.text(EMPLOYER, 200),
            "grade": grades.get(grade, ""), "card_number": self.text(CARD, 40),
            "card_from": self.day(CARD_FROM), "card_until": self.day(CARD_UNTIL),
            "hired_from": self.day(HIRED_FROM), "hired_until": self.day(HIRED_UNTIL),
            "most_panels": self._most(),
        }  # fmt: skip
        self._check_terms(fields)
        occupations = {code: known[code] for code in codes if code in known}
        return ExpertRow(person, occupations, fields) if person else None

    def _person(self) -> PersonWish | None:
        name, number = self.text(NAME, 100), self.text(NUMBER, 40)
        kind = self.text(ID_TYPE, 20) or "居民身份证"
        phone = self.text(PHONE, 20)
        if not name or not number:
            return None
        try:
            identity = check_identity(
                name=name, id_type=kind, number=number, birth_date=None, is_female=None
            )
        except (RuleViolation, MalformedValue) as why:
            self.fault(NUMBER, why.code, why.text, **why.values)
            return None
        return PersonWish(identity.name, identity.id_type, identity.number, phone=phone)

    def _most(self) -> int:
        text = self.text(MOST, 6)
        if not text:
            return 4
        if text.isascii() and text.isdigit() and 1 <= int(text) <= 100:
            return int(text)
        self.fault(MOST, "bad_number", gettext_noop("应为1至100的整数。"))
        return 4

    def _check_terms(self, fields: Mapping[str, Any]) -> None:
        for first, last, column in (
            ("card_from", "card_until", CARD_UNTIL), ("hired_from", "hired_until", HIRED_UNTIL),
        ):  # fmt: skip
            if fields[first] and fields[last] and fields[last] < fields[first]:
                self.fault(column, "days_in_order", gettext_noop("截止日不能早于起始日。"))
        if bool(fields["card_from"]) != bool(fields["card_until"]):
            self.fault(CARD_UNTIL, "card_half", gettext_noop("证卡有效期起和止须一并填写。"))
