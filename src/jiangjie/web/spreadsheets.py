"""Lists as Excel workbooks to download."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | float | bool | date | datetime | Promise | None


def spreadsheet(
    file_name: str, columns: Sequence[str | Promise], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """One sheet with a heading row; instants are Shanghai time, text is never a formula."""
    content = BytesIO()
    book = xlsxwriter.Workbook(
        content,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(12, 2 * len(str(column)) + 2))
        sheet.write_string(0, place, str(column), head)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, datetime):
                local = timezone.localtime(value).replace(tzinfo=None)
                sheet.write_datetime(number, place, local, instant)
            elif isinstance(value, Promise):
                sheet.write_string(number, place, str(value))
            elif value is not None:
                sheet.write(number, place, value)
    book.close()
    return HttpResponse(
        content.getvalue(),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": content_disposition_header(True, file_name) or ""},
    )
