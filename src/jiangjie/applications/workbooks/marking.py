"""A copy of a roster workbook with its faults marked: cells filled, notes, a column, a summary.

The copy holds the values of every sheet; dates stay dates and numbers kept as text stay text.
Fonts, widths and drop-downs of the original are not carried over. The input is never changed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from jiangjie.applications.rules.roster import Fault, RosterCheck, heading
from jiangjie.applications.workbooks.reading import (
    RESULT_COLUMN,
    SUMMARY_SHEET,
    Roster,
    Table,
)

# Excel opens slowly with very many notes; the messages are in the result column in any case.
NOTES_LIMIT = 5_000
_RESULT_WIDTH = 60
_FILL = "#FFC7CE"
_TEXT_CELL_LIMIT = 32_767


def write_marked(roster: Roster, check: RosterCheck, target: Path | IO[bytes]) -> None:
    """Write the marked copy of `roster` to `target`, a path or a binary stream."""
    with xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,  # a text "=…" stays a text
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        },
    ) as book:
        formats = _Formats(book)
        taken = {SUMMARY_SHEET}
        sheet = book.add_worksheet(_sheet_name(roster.sheet, taken))
        _write_roster(sheet, roster, check.faults, formats)
        for name, table in roster.other_tables.items():
            if name != SUMMARY_SHEET:
                _write_table(book.add_worksheet(_sheet_name(name, taken)), table, formats)
        _write_summary(book.add_worksheet(SUMMARY_SHEET), roster, check, formats)


def _sheet_name(name: str, taken: set[str]) -> str:
    """The name as Excel allows it; other programs allow more."""
    allowed = base = re.sub(r"[\[\]:*?/\\]", "_", name)[:31].strip("'") or "_"
    number = 1
    while allowed.lower() in taken or allowed.lower() == "history":
        number += 1
        allowed = f"{base[:27]}({number})"
    taken.add(allowed.lower())
    return allowed


class _Formats:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        day, instant, clock, length = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", "[h]:mm:ss"
        self.plain: Mapping[type, Format | None] = {
            date: book.add_format({"num_format": day}),
            datetime: book.add_format({"num_format": instant}),
            time: book.add_format({"num_format": clock}),
            timedelta: book.add_format({"num_format": length}),
        }
        self.filled: Mapping[type, Format] = {
            date: book.add_format({"num_format": day, "bg_color": _FILL}),
            datetime: book.add_format({"num_format": instant, "bg_color": _FILL}),
            time: book.add_format({"num_format": clock, "bg_color": _FILL}),
            timedelta: book.add_format({"num_format": length, "bg_color": _FILL}),
            str: book.add_format({"num_format": "@", "bg_color": _FILL}),
            object: book.add_format({"bg_color": _FILL}),
        }
        self.bold = book.add_format({"bold": True})
        self.result = book.add_format({"font_color": "#9C0006"})


def _write_roster(
    sheet: Worksheet, roster: Roster, faults: Sequence[Fault], formats: _Formats
) -> None:
    faults_of_row = {
        row: list(found) for row, found in groupby(faults, key=lambda fault: fault.row)
    }
    columns = roster.match.columns
    headings = [heading(cell) for cell in roster.header]
    if RESULT_COLUMN not in headings:
        headings.append(RESULT_COLUMN)
    result_column = headings.index(RESULT_COLUMN)  # a marked copy is marked anew
    notes_left = NOTES_LIMIT
    sheet.set_column(0, len(headings) - 1, 14)
    sheet.set_column(result_column, result_column, _RESULT_WIDTH)
    sheet.freeze_panes(roster.header_row, 0)
    for number, cells in enumerate(roster.table, 1):
        row = number - 1
        cells = [*cells[:result_column], "", *cells[result_column + 1 :]]
        found = faults_of_row.get(number)
        if found is None:
            _write_row(sheet, row, cells, formats)
            if number == roster.header_row:
                sheet.write_string(row, result_column, RESULT_COLUMN, formats.bold)
            continue
        bad: dict[int, list[str]] = {}
        for fault in found:
            if fault.column in columns:
                bad.setdefault(columns[fault.column], []).append(fault.message)
        for column, cell in enumerate(cells):
            if column not in bad and cell == "":
                continue
            if column not in bad:
                _write_cell(sheet, row, column, cell, formats.plain.get(type(cell)))
                continue
            filled = formats.filled.get(type(cell)) or formats.filled[object]
            if cell == "":
                sheet.write_blank(row, column, None, filled)
            else:
                _write_cell(sheet, row, column, cell, filled)
            if notes_left:
                sheet.write_comment(row, column, "\n".join(bad[column]))
                notes_left -= 1
        messages = "；".join(f"{fault.column}：{fault.message}" for fault in found)
        sheet.write_string(row, result_column, messages[:_TEXT_CELL_LIMIT], formats.result)


def _write_table(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    for row, cells in enumerate(table):
        _write_row(sheet, row, cells, formats)


def _write_row(sheet: Worksheet, row: int, cells: Sequence[object], formats: _Formats) -> None:
    plain = formats.plain
    for column, cell in enumerate(cells):
        if cell != "":
            _write_cell(sheet, row, column, cell, plain.get(type(cell)))


def _write_cell(
    sheet: Worksheet, row: int, column: int, cell: object, cell_format: Format | None
) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:_TEXT_CELL_LIMIT], cell_format)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, cell_format)
    elif isinstance(cell, float | int):
        sheet.write_number(row, column, cell, cell_format)
    elif isinstance(cell, date | time | timedelta):
        sheet.write_datetime(row, column, cell, cell_format)


def _write_summary(sheet: Worksheet, roster: Roster, check: RosterCheck, formats: _Formats) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    lines: list[tuple[object, object]] = [
        ("文件", roster.file),
        ("工作表", roster.sheet),
        ("人员行数", check.rows),
        ("无误行数", len(check.good)),
        ("有误行数", check.rows - len(check.good)),
        ("错误处数", len(check.faults)),
    ]
    if roster.skipped_sheets:
        lines.append(("未复制的工作表", "、".join(roster.skipped_sheets)))
    row = 0
    for title, value in lines:
        sheet.write_string(row, 0, str(title), formats.bold)
        sheet.write(row, 1, value)
        row += 1
    row += 1
    sheet.write_row(row, 0, ("列", "错误", "处数", "首次出现的行"), formats.bold)
    kinds = Counter((fault.column, fault.code) for fault in check.faults)
    first = {(fault.column, fault.code): fault for fault in reversed(check.faults)}
    for kind, count in kinds.most_common():
        row += 1
        sheet.write_string(row, 0, kind[0])
        sheet.write_string(row, 1, first[kind].message)
        sheet.write_number(row, 2, count)
        sheet.write_number(row, 3, first[kind].row)
