"""Markup as the HTML of other systems, and their HTML as markup.

Formulas go out as TeX between \\( and \\) (Moodle) or as MathML with the TeX beside it (QTI);
both come in again. Bold, colour and the like have no place in the markup and are reported.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from typing import Literal

from jiangjie.itembank.rules.formulas import BadFormula, mathml
from jiangjie.itembank.rules.markup import (
    Figure,
    Formula,
    Inline,
    Paragraph,
    Text,
    escaped,
    parse,
)

Style = Literal["tex", "mathml"]
_TEX = re.compile(r"\\\((.+?)\\\)|\$\$(.+?)\$\$|\\\[(.+?)\\\]", re.DOTALL)
_BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol"}
_KNOWN = _BLOCKS | {
    "br", "span", "img", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "math", "html",
    "body", "a", "caption", "colgroup", "col",
}  # fmt: skip


def to_html(source: str, figure_href: Callable[[str], str], *, style: Style) -> str:
    """Well-formed XHTML of a source; a single paragraph without tables stays inline."""
    blocks = parse(source)
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _line(blocks[0].content, figure_href, style)
    parts = []
    for block in blocks:
        if isinstance(block, Paragraph):
            parts.append(f"<p>{_line(block.content, figure_href, style)}</p>")
            continue
        rows = "".join(
            "<tr>" + "".join(f"<{tag}>{_line(cell, figure_href, style)}</{tag}>" for cell in row)
            + "</tr>"
            for tag, row in zip(["th", *["td"] * len(block.rows)], block.rows, strict=False)
        )  # fmt: skip
        parts.append(f"<table><tbody>{rows}</tbody></table>")
    return "".join(parts)


def _line(content: tuple[Inline, ...], figure_href: Callable[[str], str], style: Style) -> str:
    return "".join(_inline(each, figure_href, style) for each in content)


def _inline(each: Inline, figure_href: Callable[[str], str], style: Style) -> str:
    if isinstance(each, Text):
        return escape(each.text)
    if isinstance(each, Figure):
        return f'<img src="{escape(figure_href(each.digest))}" alt="{escape(each.caption)}"/>'
    assert isinstance(each, Formula)  # noqa: S101 -- the third of three
    if style == "mathml":
        try:
            inner = re.sub(r"^<math[^>]*>|</math>$", "", mathml(each.latex))
        except BadFormula:
            inner = f"<mtext>{escape(each.latex)}</mtext>"
        return (
            '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics>'
            f"<mrow>{inner}</mrow>"
            f'<annotation encoding="application/x-tex">{escape(each.latex)}</annotation>'
            "</semantics></math>"
        )
    return f"\\({escape(each.latex)}\\)"


def from_html(text: str, figure_of: Callable[[str], str | None]) -> tuple[str, frozenset[str]]:
    """(source, what was lost: names of elements, "figure", "formula").

    `figure_of(href)` gives the digest of a picture, None where it is missing.
    """
    reader = _Reader(figure_of)
    reader.feed(text)
    reader.close()
    reader.end_line()
    return "\n".join(reader.lines), frozenset(reader.lost)


class _Reader(HTMLParser):
    def __init__(self, figure_of: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=True)
        self.figure_of = figure_of
        self.lines: list[str] = []
        self.lost: set[str] = set()
        self.line = ""
        self.row: list[str] | None = None
        self.math = 0
        self.tex = ""
        self.in_annotation = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        tag = tag.rpartition(":")[2]
        if tag == "math":
            self.math, self.tex = 1, ""
        elif self.math:
            self.in_annotation = tag == "annotation" and "tex" in (given.get("encoding") or "")
        elif tag in _BLOCKS or tag == "br":
            if self.row is None:
                self.end_line()
            elif self.line.strip():
                self.line += " "
        elif tag == "img":
            digest = self.figure_of(given.get("src") or "")
            caption = re.sub(r"[\]\n]", " ", given.get("alt") or "")
            if digest is None:
                self.lost.add("figure")
                self.line += escaped(f"［图：{caption}］")
            else:
                self.line += f"![{caption}]({digest})"
        elif tag == "tr":
            self.end_line()
            self.row = []
        elif tag in ("td", "th"):
            self.line = ""
        elif tag not in _KNOWN:
            self.lost.add(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag == "math":
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "math":
            if self.tex.strip():
                self.line += f"${self.tex.strip()}$"
            else:
                self.lost.add("formula")
            self.math = 0
        elif tag == "annotation":
            self.in_annotation = False
        elif tag in ("td", "th") and self.row is not None:
            self.row.append(self.line.strip().replace("|", "\\|"))
            self.line = ""
        elif tag == "tr" and self.row is not None:
            self.lines.append("| " + " | ".join(self.row) + " |")
            self.row, self.line = None, ""
        elif tag in _BLOCKS and self.row is None:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if self.math:
            if self.in_annotation:
                self.tex += data
            return
        place = 0
        for match in _TEX.finditer(data):
            self.line += escaped(_spaced(data[place : match.start()]))
            self.line += f"${(match[1] or match[2] or match[3]).strip()}$"
            place = match.end()
        self.line += escaped(_spaced(data[place:]))

    def end_line(self) -> None:
        if self.line.strip():
            self.lines.append(self.line.strip())
        self.line = ""


def _spaced(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text)
