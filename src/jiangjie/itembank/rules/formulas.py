"""LaTeX formulas as a small tree of our own: what screens (MathML) and print (Typst) draw.

Nodes are JSON lists: ["row", node…], ["i", "x"] (letter), ["up", "kN"] (upright name), ["n", "9.8"],
["o", "+"], ["t", "文字"], ["space"], ["frac", a, b], ["sqrt", a], ["root", a, n], ["sub", a, b],
["sup", a, b], ["subsup", a, b, c], ["under", a, b], ["over", a, b], ["underover", a, b, c],
["lr", node…] (fences that grow) and ["table", [cell…]…]. Links, styles and colours are dropped:
nothing that a writer types reaches a page but these.
"""

from functools import lru_cache
from html import escape
from typing import Any
from xml.etree import ElementTree as Xml

from latex2mathml.converter import convert

Node = list[Any]


class BadFormula(ValueError):
    """LaTeX that cannot be read; the message is the formula."""


_TWO = {"mfrac": "frac", "mroot": "root", "msub": "sub", "msup": "sup", "munder": "under",
        "mover": "over"}  # fmt: skip
_THREE = {"msubsup": "subsup", "munderover": "underover"}
_GROUPS = {"math", "mrow", "mstyle", "mpadded", "mphantom", "menclose", "merror", "semantics"}
_LEAVES = {"mi": "i", "mn": "n", "mo": "o", "mtext": "t"}
LONGEST = 500  # characters of one formula


@lru_cache(maxsize=4096)
def tree(latex: str) -> Node:
    """The formula's tree. BadFormula for an unknown command or one that lacks its arguments."""
    if len(latex) > LONGEST or "\x00" in latex:
        raise BadFormula(latex[:60])
    try:
        # S314: written by the converter from LaTeX, with no doctype and every sign escaped.
        root = Xml.fromstring(convert(latex))  # noqa: S314
        return _node(root)
    except Exception as why:  # the converter raises whatever it stumbles over
        raise BadFormula(latex) from why


def _node(element: Xml.Element) -> Node:
    tag = element.tag.rpartition("}")[2]
    if tag in _LEAVES:
        return _leaf(tag, element)
    if tag == "mspace":
        return ["space"]
    if tag == "mtable":
        return ["table", *([_node(cell) for cell in row] for row in element)]
    children = [_node(child) for child in element]
    if tag == "msqrt":
        return ["sqrt", _row(children)]
    if tag in _TWO:
        base, other = children  # ValueError: an argument is missing
        return [_TWO[tag], base, other]
    if tag in _THREE:
        base, below, above = children
        return [_THREE[tag], base, below, above]
    if tag in {"mtd", *_GROUPS}:
        return _row(children, grows=_grows(element))
    raise ValueError(tag)


def _leaf(tag: str, element: Xml.Element) -> Node:
    text = element.text or ""
    if text.startswith("\\"):
        raise ValueError(text)  # a command that the converter does not know
    if tag == "mi" and (element.get("mathvariant") == "normal" or len(text) > 1):
        return ["up", text]
    return [_LEAVES[tag], text]


def _grows(element: Xml.Element) -> bool:
    return len(element) > 1 and element[0].get("fence") == "true"


def _row(children: list[Node], *, grows: bool = False) -> Node:
    if len(children) == 1:
        return children[0]
    joined: list[Node] = []
    for child in children:
        # "k" and "N" of one unit; Chinese letters of one word.
        if joined and child[0] == joined[-1][0] == "up":
            joined[-1] = ["up", joined[-1][1] + child[1]]
        elif joined and _is_word(child) and _is_word(joined[-1]):
            joined[-1] = ["t", joined[-1][1] + child[1]]
        else:
            joined.append(["t", child[1]] if child[0] == "i" and _is_word(child) else child)
    joined = _fenced(joined)
    if len(joined) == 1:
        return joined[0]
    return ["lr" if grows else "row", *joined]


def _fenced(nodes: list[Node]) -> list[Node]:
    """A matrix and the signs beside it as one: they grow with it."""
    found: list[Node] = []
    for node in nodes:
        if len(found) > 1 and found[-1][0] == "table" and found[-2][0] == node[0] == "o":
            table, left = found.pop(), found.pop()
            node = ["lr", left, table, node]
        found.append(node)
    return found


def _is_word(node: Node) -> bool:
    return (
        node[0] in ("i", "t") and bool(node[1]) and all(ord(letter) > 0x2E80 for letter in node[1])
    )


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """MathML of our own tree, the source as its description. BadFormula as `tree`."""
    return f'<math title="{escape(latex)}">{_drawn(tree(latex))}</math>'


_TAGS = {
    "frac": "mfrac", "root": "mroot", "sub": "msub", "sup": "msup", "subsup": "msubsup",
    "under": "munder", "over": "mover", "underover": "munderover", "sqrt": "msqrt",
    "row": "mrow", "lr": "mrow", "n": "mn", "o": "mo", "t": "mtext", "i": "mi",
}  # fmt: skip


def _drawn(node: Node) -> str:
    name, *content = node
    if name == "space":
        return '<mspace width="0.4em"></mspace>'
    if name == "up":
        return f'<mi mathvariant="normal">{escape(content[0])}</mi>'
    if name == "table":
        rows = "".join(
            "<mtr>" + "".join(f"<mtd>{_drawn(cell)}</mtd>" for cell in row) + "</mtr>"
            for row in content
        )
        return f"<mtable>{rows}</mtable>"
    inner = (
        escape(content[0]) if name in ("n", "o", "t", "i") else "".join(_drawn(e) for e in content)
    )
    return f"<{_TAGS[name]}>{inner}</{_TAGS[name]}>"
