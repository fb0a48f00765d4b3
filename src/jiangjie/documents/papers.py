"""Examination papers, answer sheets and keys as PDF/A-2b, on A4 or as a folded A3 sheet.

Texts come as `itembank.rules.markup.printed` makes them; what a key holds is in the data only where it
is to be printed.
"""

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from jiangjie.documents.typesetting import typeset
from jiangjie.kernel.errors import BadInput, gettext_noop

Blocks = Sequence[Mapping[str, Any]]
Layout = Literal["a4", "a3"]
_DOTS_A_MM = 96 / 25.4  # a picture's size when it says none
_WIDEST = 70.0  # mm


@dataclass(frozen=True, slots=True)
class PrintedQuestion:
    """`number` is "12", or "(2)" for a part. Keys are empty where they are not to be printed."""

    number: str
    stem: Blocks
    options: Sequence[Blocks] = ()
    columns: int = 1  # of the options
    points: str = ""
    parts: Sequence["PrintedQuestion"] = ()
    answer: Blocks = ()
    explanation: Blocks = ()
    marking: Blocks = ()
    item: str = ""
    way: Literal["letters", "judge", "line", "room"] = "room"  # how it is answered on the sheet
    letters: str = ""  # of its options


@dataclass(frozen=True, slots=True)
class PrintedSection:
    title: str
    note: str
    questions: Sequence[PrintedQuestion]
    points: str


@dataclass(frozen=True, slots=True)
class PrintedPaper:
    title: str
    organisation: str
    code: str  # 试卷编号
    form: str  # A
    minutes: int
    points: str
    notes: Sequence[str]  # 注意事项
    sections: Sequence[PrintedSection]
    figures: Mapping[str, bytes]  # PNG or JPEG by digest
    mark: str = ""  # across the head: 校对稿, 绝密★启用前


def render_paper(paper: PrintedPaper, *, layout: Layout, printed_at: datetime) -> bytes:
    """The paper as candidates get it; with answers where the data holds them (a proof)."""
    return _render(paper, "paper", layout, printed_at)


def render_answer_sheet(paper: PrintedPaper, *, printed_at: datetime) -> bytes:
    """答题卡: boxes for what has options, lines and room for what is written."""
    return _render(paper, "sheet", "a4", printed_at)


def render_key(paper: PrintedPaper, *, printed_at: datetime) -> bytes:
    """标准答案及评分标准."""
    return _render(paper, "key", "a4", printed_at)


def _render(paper: PrintedPaper, kind: str, layout: str, printed_at: datetime) -> bytes:
    data = asdict(paper) | {
        "kind": kind,
        "layout": layout,
        "figures": {digest: _svg(content) for digest, content in paper.figures.items()},
    }
    return typeset("paper", data, printed_at=printed_at, tagged=False)


def _svg(content: bytes) -> str:
    """The picture in an SVG of its own size, at most 70 mm wide: text reaches the compiler fast."""
    kind, width, height = _size(content)
    scale = min(1.0, _WIDEST / (width / _DOTS_A_MM)) / _DOTS_A_MM
    size = f'width="{width * scale:.2f}mm" height="{height * scale:.2f}mm"'
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="{address}"/></svg>'
    )


def _size(content: bytes) -> tuple[str, int, int]:
    """Kind, width and height in dots, from the head of a PNG or JPEG."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        width, height = struct.unpack_from(">LL", content, 16)
        return "png", width, height
    if content.startswith(b"\xff\xd8"):
        at = 2
        while at + 9 < len(content) and content[at] == 0xFF:
            marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack_from(">HH", content, at + 5)
                return "jpeg", width, height
            at += 2 + length
    raise BadInput(gettext_noop("图片不是完整的 JPEG 或 PNG。"))
