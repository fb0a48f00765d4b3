"""Word: one paragraph a field, as in the template. Read from any .docx that keeps to the marks.

【题型】单选题 【鉴定点】A-B-C-001 【难度】3 【一致性】2 【编号】B-A-B-C-001-002
stem … / A. option … / 【答案】 / 【解析】 / 【评分标准】; 【小题】 begins a part.
"""

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape, quoteattr

from jiangjie.files.rules import image_size
from jiangjie.itembank.formats.excel import _targets as targets_of
from jiangjie.itembank.formats.exchange import (
    KIND_NAMES,
    FigureFile,
    Figures,
    ItemDraft,
    Reading,
    Written,
    number_1_to_5,
    pack,
    read_key,
    read_kind,
    unpack,
)
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import GROUPS, LETTERS
from jiangjie.itembank.rules.markup import escaped
from jiangjie.kernel.errors import BadInput, gettext_noop

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FIGURE = re.compile(r"!\[([^\]\n]*)\]\(([0-9a-f]{64})\)")

# ---- out ------------------------------------------------------------------------------------

_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpg" ContentType="image/jpeg"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document'
    ' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body>'
)
_PIXEL = 9525  # English Metric Units
_WIDEST = 5_400_000


def write(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    """Everything is carried; formulas as their LaTeX between dollars."""
    page = _Page(figures)
    page.line(title)
    for draft in drafts:
        marks = [f"【题型】{KIND_NAMES[draft.content.kind]}"]
        for name, value in (
            ("鉴定点", draft.point), ("难度", draft.difficulty),
            ("一致性", draft.consistency), ("编号", draft.code),
        ):  # fmt: skip
            if value:
                marks.append(f"【{name}】{value}")
        page.line(" ".join(marks))
        page.content(draft.content)
        for part in draft.content.parts:
            page.line(f"【小题】{KIND_NAMES[part.kind]}")
            page.content(part)
        page.line("")
    return Written(page.package(), ".docx", MEDIA_TYPE)


class _Page:
    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.body: list[str] = []
        self.used: list[str] = []

    def content(self, content: ItemContent) -> None:
        self.lines(content.stem)
        for letter, option in zip(LETTERS, content.options, strict=False):
            self.lines(f"{letter}. {option}")
        key = content.key
        if content.kind is Kind.TRUE_FALSE:
            key = {"T": "对", "F": "错"}.get(key, key)
        for name, text in (("答案", key), ("解析", content.explanation),
                           ("评分标准", content.marking)):  # fmt: skip
            if text:
                self.lines(f"【{name}】{text}")

    def lines(self, text: str) -> None:
        for line in text.split("\n"):
            self.line(line)

    def line(self, text: str) -> None:
        runs = ""
        place = 0
        for match in _FIGURE.finditer(text):
            if match[2] not in self.figures:
                continue
            runs += _run(text[place : match.start()]) + self.picture(match[1], match[2])
            place = match.end()
        self.body.append(f"<w:p>{runs}{_run(text[place:])}</w:p>")

    def picture(self, caption: str, digest: str) -> str:
        if digest not in self.used:
            self.used.append(digest)
        number = self.used.index(digest) + 1
        width, height = image_size(self.figures[digest].content) or (200, 150)
        across = min(max(width, 1) * _PIXEL, _WIDEST)
        down = across * max(height, 1) // max(width, 1)
        size = f'cx="{across}" cy="{down}"'
        described = f'id="{number}" name="图{number}" descr={quoteattr(caption)}'
        return (
            f"<w:r><w:drawing><wp:inline><wp:extent {size}/><wp:docPr {described}/><a:graphic>"
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
            f'<pic:nvPicPr><pic:cNvPr id="{number}" name="图{number}"/><pic:cNvPicPr/></pic:nvPicPr>'
            f'<pic:blipFill><a:blip r:embed="rId{number}"/><a:stretch><a:fillRect/></a:stretch>'
            f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
            "</a:graphic></wp:inline></w:drawing></w:r>"
        )

    def package(self) -> bytes:
        members = {
            "[Content_Types].xml": _TYPES.encode(),
            "_rels/.rels": _RELS.encode(),
            "word/document.xml": (_HEAD + "".join(self.body) + "</w:body></w:document>").encode(),
        }
        links = ""
        for number, digest in enumerate(self.used, start=1):
            name = f"media/{number}{_suffix(self.figures[digest])}"
            members[f"word/{name}"] = self.figures[digest].content
            links += (
                f'<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/'
                f'officeDocument/2006/relationships/image" Target="{name}"/>'
            )
        members["word/_rels/document.xml.rels"] = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://'
            f'schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
        ).encode()
        return pack(members)


def _run(text: str) -> str:
    text = "".join(sign for sign in text if sign >= " " or sign == "\t")
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


def _suffix(figure: FigureFile) -> str:
    return ".png" if figure.media_type == "image/png" else ".jpg"


# ---- in -------------------------------------------------------------------------------------

_FIELD = re.compile(r"【(题型|鉴定点|认定点|难度|一致性|编号|答案|解析|评分标准|小题)】")
_OPTION = re.compile(r"^([A-F])\s*[.．、:：]\s*(.*)$", re.DOTALL)


def read(content: bytes) -> Reading:
    """BadInput for what is no .docx or has no 【题型】."""
    members = unpack(content, what="Word")
    if "word/document.xml" not in members:
        raise BadInput(gettext_noop("不是Word（.docx）文件。"))
    try:
        root = Xml.fromstring(members["word/document.xml"])  # noqa: S314 -- expat bounds entities
    except Xml.ParseError as why:
        raise BadInput(gettext_noop("不是Word（.docx）文件。")) from why
    reading = Reading()
    targets = targets_of(members, "word/document.xml")
    pictures = {name: members[path] for name, path in targets.items() if path in members}
    draft: _Draft | None = None
    for number, text in enumerate(_paragraphs(root, pictures, reading), start=1):
        if re.match(r"^\s*【题型】", text):
            _finish(draft, reading)
            draft = _Draft(f"第{number}段")
            draft.heading(text)
        elif draft is not None:
            draft.take(text)
    _finish(draft, reading)
    if not reading.found:
        raise BadInput(gettext_noop("文件中没有以“【题型】”开头的试题，请下载模板对照。"))
    return reading


class _Draft:
    """An item while its paragraphs come in."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.marks: dict[str, str] = {}
        self.contents: list[dict[str, list[str]]] = []
        self.kinds: list[str] = []
        self.field = "stem"

    def heading(self, text: str) -> None:
        pieces = _FIELD.split(text.strip())
        for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
            self.marks[name] = value.strip()
        self._begin(self.marks.get("题型", ""))

    def _begin(self, kind: str) -> None:
        self.kinds.append(kind)
        self.contents.append(
            {"stem": [], "options": [], "key": [], "explanation": [], "marking": []}
        )
        self.field = "stem"

    def take(self, text: str) -> None:
        mark = _FIELD.match(text.strip())
        if mark and mark[1] == "小题":
            self._begin(text.strip()[mark.end() :].strip())
            return
        current = self.contents[-1]
        if mark and mark[1] in ("答案", "解析", "评分标准"):
            self.field = {"答案": "key", "解析": "explanation", "评分标准": "marking"}[mark[1]]
            text = text.strip()[mark.end() :]
        elif self.field in ("stem", "options") and (option := _OPTION.match(text.strip())):
            kind = read_kind(self.kinds[-1])
            if kind is not None and kind.has_options:
                self.field = "options"
                current["options"].append(option[2])
                return
        if self.field == "options":
            current["options"][-1] += f"\n{text}"
        elif text.strip():
            current[self.field].append(text.strip() if self.field != "stem" else text)


def _finish(draft: _Draft | None, reading: Reading) -> None:
    if draft is None:
        return
    reading.found += 1
    contents = []
    for name, fields in zip(draft.kinds, draft.contents, strict=True):
        kind = read_kind(name)
        if kind is None:
            reading.fault(
                draft.place, "题型代码", "kind_unknown",
                gettext_noop("无法识别的题型，应为B、G、C、T、D、U、W、E、F之一或题型名称。"),
            )  # fmt: skip
            return
        contents.append(
            ItemContent(
                kind, "\n".join(fields["stem"]).strip(),
                tuple(option.strip() for option in fields["options"]),
                read_key(kind, "\n".join(fields["key"])), "\n".join(fields["explanation"]),
                "\n".join(fields["marking"]),
            )
        )  # fmt: skip
    whole, *parts = contents
    if parts and whole.kind not in GROUPS:
        reading.fault(
            draft.place, "小题", "parts_unwanted", gettext_noop("只有案例题和综合题含小题。")
        )
        return
    levels = {}
    for name in ("难度", "一致性"):
        levels[name] = number_1_to_5(draft.marks.get(name, ""))
        if draft.marks.get(name) and levels[name] is None:
            reading.fault(draft.place, name, "not_1_to_5", gettext_noop("应为1至5的数字。"))
            return
    made = ItemContent(
        whole.kind, whole.stem, whole.options, whole.key, whole.explanation, whole.marking,
        tuple(parts),
    )  # fmt: skip
    point = draft.marks.get("鉴定点") or draft.marks.get("认定点", "")
    reading.drafts.append(
        ItemDraft(
            made, point, levels["难度"], levels["一致性"], draft.marks.get("编号", ""), draft.place
        )
    )


def _paragraphs(root: Xml.Element, pictures: dict[str, bytes], reading: Reading) -> Iterator[str]:
    """Each paragraph as markup; a table as lines with bars."""
    body = root.find(f"{_W}body")
    for number, element in enumerate(() if body is None else body, start=1):
        if element.tag == f"{_W}p":
            yield from _words(element, pictures, reading, f"第{number}段").split("\n")
        elif element.tag == f"{_W}tbl":
            for row in element.iter(f"{_W}tr"):
                cells = [
                    " ".join(
                        _words(each, pictures, reading, f"第{number}段") for each in cell.iter(f"{_W}p")
                    ).replace("|", "\\|")
                    for cell in row.iter(f"{_W}tc")
                ]  # fmt: skip
                yield "| " + " | ".join(cells) + " |"


def _words(paragraph: Xml.Element, pictures: dict[str, bytes], reading: Reading, place: str) -> str:
    text = ""
    for element in paragraph.iter():
        if element.tag == f"{_W}t":
            text += element.text or ""
        elif element.tag == f"{_W}tab":
            text += " "
        elif element.tag == f"{_W}br":
            text += "\n"
        elif element.tag == f"{_A}blip":
            picture = pictures.get(element.get(f"{_R}embed", ""), b"")
            digest = reading.keep_figure(place, picture)
            if digest is None:
                reading.loss(
                    place, "【图】", "picture_kind", gettext_noop("图片不是PNG或JPEG，没有保留。")
                )
            else:
                text += f"![{_caption(paragraph)}]({digest})"
        elif element.tag == f"{_M}oMath":
            words = "".join(each.text or "" for each in element.iter(f"{_M}t"))
            text += escaped(words)
            reading.loss(
                place, "试题", "formula",
                gettext_noop("Word公式只保留了文字，请改写为“$…$”之间的LaTeX。"),
            )  # fmt: skip
    return text


def _caption(paragraph: Xml.Element) -> str:
    for element in paragraph.iter():
        if element.tag.endswith("}docPr"):
            return re.sub(r"[\]\n]", " ", element.get("descr", ""))
    return ""
