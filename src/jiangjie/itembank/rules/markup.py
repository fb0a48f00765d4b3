"""The small markup of items: paragraphs, formulas, figures, tables. Source text in, values out.

A line is a paragraph; `$…$` a LaTeX formula (`\\$` a dollar); `![说明](digest)` a figure by the
SHA-256 of its bytes; lines that start with `|` a table, its first line the head. Nothing else has
a meaning, so any text is a legal source.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from jiangjie.itembank.rules.formulas import BadFormula, Node, mathml, tree
from jiangjie.kernel.errors import gettext_noop


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    latex: str


@dataclass(frozen=True, slots=True)
class Figure:
    caption: str
    digest: str  # 64 hex digits


Inline = Text | Formula | Figure


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]  # rows × cells; the first is the head


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class MarkupFault:
    code: str
    text: str
    values: dict[str, object] = field(default_factory=dict)


_INLINE = re.compile(
    r"\\(?P<escaped>[\\$!|])"
    r"|\$(?P<formula>(?:\\.|[^$\\\n])+)\$"
    r"|!\[(?P<caption>[^\]\n]*)\]\((?P<digest>[0-9a-f]{64})\)"
)
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^\s*:?-{2,}:?\s*$")  # the line under a head, as other markups want it
_OPEN_DOLLAR = re.compile(r"(?<!\\)\$")


def parse(source: str) -> tuple[Block, ...]:
    """The blocks of a source; empty lines part nothing that lines do not."""
    return tuple(_blocks(source.replace("\r\n", "\n").replace("\r", "\n").split("\n")))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    rows: list[tuple[tuple[Inline, ...], ...]] = []
    for line in lines:
        if line.lstrip().startswith("|"):
            cells = _cells(line)
            if not all(_RULE.match(cell) for cell in cells):
                rows.append(tuple(inlines(cell.strip()) for cell in cells))
            continue
        if rows:
            yield _table(rows)
            rows = []
        if line.strip():
            yield Paragraph(inlines(line.strip()))
    if rows:
        yield _table(rows)


def _cells(line: str) -> list[str]:
    inner = line.strip()[1:]
    cells = _CELL.split(inner)
    return cells[:-1] if len(cells) > 1 and not cells[-1].strip() else cells


def _table(rows: Sequence[tuple[tuple[Inline, ...], ...]]) -> Table:
    width = max(len(row) for row in rows)
    return Table(tuple((*row, *(((),) * (width - len(row)))) for row in rows))


def inlines(text: str) -> tuple[Inline, ...]:
    found: list[Inline] = []
    words = ""
    place = 0
    for match in _INLINE.finditer(text):
        words += text[place : match.start()]
        place = match.end()
        if match["escaped"] is not None:
            words += match["escaped"]
            continue
        if words:
            found.append(Text(words))
            words = ""
        if match["formula"] is not None:
            found.append(Formula(match["formula"].strip()))
        else:
            found.append(Figure(match["caption"], match["digest"]))
    words += text[place:]
    return (*found, Text(words)) if words else tuple(found)


def escaped(text: str) -> str:
    """Plain words as source: what would be read as markup is written so that it is not."""
    kept = re.sub(r"([\\$]|!(?=\[))", r"\\\1", text)
    return re.sub(r"^(\s*)\|", r"\1\\|", kept, flags=re.MULTILINE)


def faults_of(source: str) -> Iterator[MarkupFault]:
    """What a writer should mend: a formula that cannot be read, a dollar without its fellow."""
    for each in _all_inlines(source):
        if isinstance(each, Formula):
            try:
                tree(each.latex)
            except BadFormula:
                yield MarkupFault(
                    "formula_unreadable",
                    gettext_noop("公式无法识别：%(formula)s"),
                    {"formula": each.latex[:60]},
                )
    for line in source.splitlines():
        bare = _INLINE.sub("", line)
        if _OPEN_DOLLAR.search(bare):
            yield MarkupFault(
                "dollar_alone",
                gettext_noop("公式的“$”没有成对；需要写美元符号时写“\\$”。"),
            )


def _all_inlines(source: str) -> Iterator[Inline]:
    for block in parse(source):
        if isinstance(block, Paragraph):
            yield from block.content
        else:
            for row in block.rows:
                for cell in row:
                    yield from cell


# ---- words ----------------------------------------------------------------------------------


def plain(source: str) -> str:
    """The words alone, for search, lists and comparing; formulas as their LaTeX."""
    lines = []
    for block in parse(source):
        if isinstance(block, Paragraph):
            lines.append(_words(block.content))
        else:
            lines += [" ".join(_words(cell) for cell in row) for row in block.rows]
    return "\n".join(lines)


def _words(content: Sequence[Inline]) -> str:
    return "".join(
        each.text if isinstance(each, Text)
        else each.latex if isinstance(each, Formula)
        else f"［{each.caption or '图'}］"
        for each in content
    )  # fmt: skip


# ---- HTML -----------------------------------------------------------------------------------


def html(source: str, figure_url: Callable[[str], str | None]) -> str:
    """Safe HTML: our own elements only, formulas as MathML. `figure_url(digest)` gives the
    address of a picture; None where the reader may not have it or there is none."""
    return "".join(_block_html(block, figure_url) for block in parse(source))


def inline_html(source: str, figure_url: Callable[[str], str | None]) -> str:
    """As `html`, without the paragraph around a single one: for options."""
    blocks = parse(source)
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _inlines_html(blocks[0].content, figure_url)
    return html(source, figure_url)


def _block_html(block: Block, figure_url: Callable[[str], str | None]) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_inlines_html(block.content, figure_url)}</p>"
    head, *body = block.rows
    cells = "".join(f'<th scope="col">{_inlines_html(cell, figure_url)}</th>' for cell in head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_inlines_html(cell, figure_url)}</td>" for cell in row) + "</tr>"
        for row in body
    )
    return f'<table class="item-table"><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>'


def _inlines_html(content: Sequence[Inline], figure_url: Callable[[str], str | None]) -> str:
    return "".join(_inline_html(each, figure_url) for each in content)


def _inline_html(each: Inline, figure_url: Callable[[str], str | None]) -> str:
    if isinstance(each, Text):
        return escape(each.text)
    if isinstance(each, Formula):
        try:
            return mathml(each.latex)
        except BadFormula:
            return f'<code class="item-bad">{escape(each.latex)}</code>'
    url = figure_url(each.digest)
    caption = escape(each.caption)
    if url is None:
        return f'<span class="item-bad">［{caption}］</span>'
    return f'<img class="item-figure" src="{escape(url)}" alt="{caption}">'


# ---- print ----------------------------------------------------------------------------------

Printed = dict[str, object]


def printed(source: str) -> list[Printed]:
    """JSON for `blocks-of` in documents/markup.typ: {"p": [inline…]} or {"table": [[cell…]…]};
    an inline is {"t": text}, {"m": formula tree} or {"f": digest, "c": caption}."""
    return [
        {"p": _inlines_printed(block.content)}
        if isinstance(block, Paragraph)
        else {"table": [[_inlines_printed(cell) for cell in row] for row in block.rows]}
        for block in parse(source)
    ]


def _inlines_printed(content: Sequence[Inline]) -> list[Printed]:
    found: list[Printed] = []
    for each in content:
        if isinstance(each, Text):
            found.append({"t": each.text})
        elif isinstance(each, Figure):
            found.append({"f": each.digest, "c": each.caption})
        else:
            found.append(_formula_printed(each.latex))
    return found


def _formula_printed(latex: str) -> Printed:
    try:
        node: Node = tree(latex)
    except BadFormula:
        return {"t": latex}
    return {"m": node}
