"""Printed lists (公示, 汇总表, 登记表), forms (申报表) and notices (公告) as PDF/A-2b on A4."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from jiangjie.documents.pictures import framed_photograph
from jiangjie.documents.typesetting import typeset

_WIDE = 26  # a value beyond so many half-width places gets a form's whole row


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `width` is its share of the room; None fits it to the longest text.

    Give None to numbers and codes: they do not break over lines.
    """

    label: str
    width: float | None = 1.0
    align: Literal["start", "center", "end"] = "start"


@dataclass(frozen=True, slots=True)
class SignaturePlace:
    """Where one layer signs; already filled in when `signer` and `signed_on` are known."""

    role: str  # 车间(班组)初审
    statement: str = ""  # 以上信息属实……
    signer: str = ""
    signed_on: date | None = None
    seal: bool = False


@dataclass(frozen=True, slots=True)
class FormSection:
    """A band of a form: labelled values, then a list, then running text; each may be missing."""

    heading: str
    fields: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str]] = ()
    text: str = ""


def render_table(
    *,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    printed_at: datetime,
    subtitle: str = "",
    footer: str = "",
    signatures: Sequence[SignaturePlace] = (),
    author: str = "",
    landscape: bool = False,
) -> bytes:
    """A list whose header row repeats on every page. Raises CannotTypeset.

    Each row has one text for each column; ValueError otherwise.
    """
    return _print(
        "table",
        title,
        printed_at,
        subtitle=subtitle,
        author=author,
        landscape=landscape,
        columns=[asdict(column) for column in columns],
        rows=_rows(columns, rows),
        footer=footer,
        signatures=[_signature(place) for place in signatures],
    )


def render_form(
    *,
    title: str,
    sections: Sequence[FormSection],
    printed_at: datetime,
    subtitle: str = "",
    footer: str = "",
    signatures: Sequence[SignaturePlace] = (),
    author: str = "",
    photo_place: bool = False,
    photo: bytes | None = None,
) -> bytes:
    """A form of labelled cells, signed below, three layers side by side. Raises CannotTypeset.

    With `photo_place` the first section leaves room for a 一寸 photograph (JPEG or PNG).
    Raises BadPicture too.
    """
    return _print(
        "form",
        title,
        printed_at,
        subtitle=subtitle,
        author=author,
        landscape=False,
        sections=[
            {
                "heading": section.heading,
                "fields": _field_rows(section.fields),
                "columns": [asdict(column) for column in section.columns],
                "rows": _rows(section.columns, section.rows),
                "text": section.text,
            }
            for section in sections
        ],
        footer=footer,
        signatures=[_signature(place) for place in signatures],
        **{
            "photo-place": photo_place,
            "photo": None if photo is None else framed_photograph(photo),
        },
    )


def render_notice(
    *,
    title: str,
    paragraphs: Sequence[str],
    signer: str,
    dated: date,
    printed_at: datetime,
    reference: str = "",
    addressee: str = "",
    columns: Sequence[Column] = (),
    rows: Sequence[Sequence[str]] = (),
    attachments: Sequence[str] = (),
) -> bytes:
    """A notice (公告, 公示): text, an optional list, attachments named, signer and day.

    `reference` is the document number under the title. Raises CannotTypeset.
    """
    return _print(
        "notice",
        title,
        printed_at,
        subtitle=reference,
        author=signer,
        landscape=False,
        addressee=addressee,
        paragraphs=list(paragraphs),
        columns=[asdict(column) for column in columns],
        rows=_rows(columns, rows),
        attachments=list(attachments),
        signer=signer,
        dated=_day(dated),
    )


def _print(kind: str, title: str, printed_at: datetime, **data: object) -> bytes:
    return typeset(
        "table_document",
        {"kind": kind, "title": title, **data},
        printed_at=printed_at,
        # Tags make a list of 5,000 rows 18 times as large and nearly three times as slow.
        tagged=kind != "table",
    )


def _rows(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise ValueError(f"row {number} has {len(row)} texts for {len(columns)} columns")
    return [list(row) for row in rows]


def _signature(place: SignaturePlace) -> dict[str, object]:
    return {
        "role": place.role,
        "statement": place.statement,
        "signer": place.signer,
        "signed-on": _day(place.signed_on) if place.signed_on else "",
        "seal": place.seal,
    }


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _field_rows(fields: Sequence[tuple[str, str]]) -> list[list[tuple[str, str, int]]]:
    """Rows of (label, value, columns the value spans): two short values, or one, a row."""
    rows: list[list[tuple[str, str, int]]] = []
    waiting: tuple[str, str] | None = None
    for label, value in fields:
        if _is_wide(value):
            if waiting:
                rows.append([(*waiting, 3)])
                waiting = None
            rows.append([(label, value, 3)])
        elif waiting:
            rows.append([(*waiting, 1), (label, value, 1)])
            waiting = None
        else:
            waiting = label, value
    if waiting:
        rows.append([(*waiting, 3)])
    return rows


def _is_wide(value: str) -> bool:
    places = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in value)
    return places > _WIDE or "\n" in value
