"""Moodle XML. A case or composite item becomes a description and questions of their own, tied by
tags: Moodle shows them apart, our own reader puts them together again."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

from jiangjie.itembank.formats.exchange import (
    FigureFile,
    Figures,
    ItemDraft,
    Reading,
    Written,
    share_of,
    xml_root,
)
from jiangjie.itembank.formats.hypertext import from_html, to_html
from jiangjie.itembank.formats.labels import Labels, labels_of, read_labels
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import BLANK_MARK, FIGURE, GROUPS, LETTERS
from jiangjie.kernel.errors import gettext_noop

BLANK = "____"
MARKING = "【评分标准】"
_CLOZE = re.compile(r"\{\d*:([A-Z_]+):((?:\\.|[^}\\])*)\}")
_TEXT_CLOZE = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}


def write(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    written = Written(b"", ".xml", "application/xml")
    quiz = Xml.Element("quiz")
    category = Xml.SubElement(quiz, "question", type="category")
    _text(Xml.SubElement(category, "category"), f"$course$/top/{title.replace('/', '／')}")
    for number, draft in enumerate(drafts, start=1):
        name = draft.code or str(number)
        if draft.content.kind in GROUPS:
            written.loss(
                draft, "group",
                gettext_noop("Moodle没有题组：材料和%(count)d道小题各成一题，须自行排在一起。"),
                count=len(draft.content.parts),
            )  # fmt: skip
            _question(quiz, draft, draft.content, name, figures, written, group=name)
            for part, content in enumerate(draft.content.parts, start=1):
                _question(
                    quiz, draft, content, f"{name}({part})", figures, written, group=name, part=part
                )
        else:
            _question(quiz, draft, draft.content, name, figures, written)
    Xml.indent(quiz)
    written.content = Xml.tostring(quiz, encoding="utf-8", xml_declaration=True)
    return written


_TYPES = {
    Kind.SINGLE: "multichoice", Kind.MULTIPLE: "multichoice", Kind.TRUE_FALSE: "truefalse",
    Kind.CASE: "description", Kind.COMPOSITE: "description",
}  # fmt: skip


def _question(
    quiz: Xml.Element, draft: ItemDraft, content: ItemContent, name: str, figures: Figures,
    written: Written, *, group: str = "", part: int = 0,
) -> None:  # fmt: skip
    kind = content.kind
    form = _TYPES.get(kind, "essay")
    if kind is Kind.BLANK:
        form = "shortanswer" if len(content.key.splitlines()) == 1 else "cloze"
    question = Xml.SubElement(quiz, "question", type=form)
    _text(Xml.SubElement(question, "name"), name)
    stem = content.stem
    if form == "cloze":
        stem = _with_cloze(stem, content.key)
    _rich(question, "questiontext", stem, figures)
    _rich(question, "generalfeedback", content.explanation, figures)
    for tag, value in (
        ("defaultgrade", "1"),
        ("penalty", "0"),
        ("hidden", "0"),
        ("idnumber", name),
    ):
        Xml.SubElement(question, tag).text = value
    if form == "multichoice":
        Xml.SubElement(question, "single").text = "true" if kind is Kind.SINGLE else "false"
        Xml.SubElement(question, "shuffleanswers").text = "false"
        Xml.SubElement(question, "answernumbering").text = "ABCD"
        share = f"{100 / max(1, len(content.key)):.5f}".rstrip("0").rstrip(".")
        for letter, option in zip(LETTERS, content.options, strict=False):
            wrong = "0" if kind is Kind.SINGLE else "-100"
            _rich(question, "answer", option, figures,
                  fraction=share if letter in content.key else wrong)  # fmt: skip
    elif form == "truefalse":
        for word, letter in (("true", "T"), ("false", "F")):
            answer = Xml.SubElement(
                question, "answer", fraction="100" if content.key == letter else "0"
            )
            Xml.SubElement(answer, "text").text = word
    elif form == "shortanswer":
        Xml.SubElement(question, "usecase").text = "0"
        for alternative in content.key.split("|"):
            answer = Xml.SubElement(question, "answer", fraction="100")
            Xml.SubElement(answer, "text").text = alternative
    elif form == "essay":
        Xml.SubElement(question, "responseformat").text = "editor"
        answer_text = content.key + (f"\n{MARKING}\n{content.marking}" if content.marking else "")
        _rich(question, "graderinfo", answer_text, figures)
    if content.marking and form != "essay":
        written.loss(draft, "marking", gettext_noop("评分标准没有导出。"))
    tags = Xml.SubElement(question, "tags")
    for label in labels_of(draft, content, group=group, part=part):
        _text(Xml.SubElement(tags, "tag"), label)


def _with_cloze(stem: str, key: str) -> str:
    answers = iter(key.splitlines())

    def blank(match: re.Match[str]) -> str:
        answer = next(answers, None)
        if answer is None:
            return match[0]
        alternatives = "~".join(f"={_cloze_escaped(each)}" for each in answer.split("|"))
        return "{1:SHORTANSWER:" + alternatives + "}"

    return BLANK_MARK.sub(blank, stem)


def _cloze_escaped(text: str) -> str:
    return re.sub(r"([~=#}\\/\"])", r"\\\1", text)


def _text(parent: Xml.Element, text: str) -> None:
    Xml.SubElement(parent, "text").text = text


def _rich(
    question: Xml.Element, tag: str, source: str, figures: Figures, **attributes: str
) -> None:
    element = Xml.SubElement(question, tag, {"format": "html", **attributes})
    digests = list(dict.fromkeys(each for each in FIGURE.findall(source) if each in figures))
    names = {digest: _file_name(digest, figures[digest]) for digest in digests}
    _text(
        element,
        to_html(source, lambda digest: f"@@PLUGINFILE@@/{names.get(digest, digest)}", style="tex"),
    )
    for digest in digests:
        file = Xml.SubElement(element, "file", name=names[digest], path="/", encoding="base64")
        file.text = base64.b64encode(figures[digest].content).decode()


def _file_name(digest: str, figure: FigureFile) -> str:
    return f"{digest[:12]}.{'png' if figure.media_type == 'image/png' else 'jpg'}"


# ---- in -------------------------------------------------------------------------------------


def read(content: bytes) -> Reading:
    """BadInput for what is no Moodle XML."""
    root = xml_root(content, what="Moodle XML")
    reading = Reading()
    groups: dict[str, ItemDraft] = {}
    category = ""
    for number, question in enumerate(root.iter("question"), start=1):
        form = question.get("type", "")
        if form == "category":
            category = question.findtext("category/text", "").rpartition("/")[2]
            continue
        place = f"第{number}题"
        labels = read_labels(each.text or "" for each in question.iterfind("tags/tag/text"))
        if not (labels.group and labels.part):
            reading.found += 1
        made = _read_question(question, form, labels, place, reading)
        if made is None:
            continue
        if labels.group and labels.part and labels.group in groups:
            whole = groups[labels.group]
            joined = replace(whole.content, parts=(*whole.content.parts, made))
            groups[labels.group] = replace(whole, content=joined)
            reading.drafts[reading.drafts.index(whole)] = groups[labels.group]
            continue
        draft = ItemDraft(
            made, labels.point or category, labels.difficulty, labels.consistency,
            question.findtext("idnumber", "").strip() or question.findtext("name/text", "").strip(),
            place,
        )  # fmt: skip
        reading.drafts.append(draft)
        if labels.group:
            groups[labels.group] = draft
    return reading


def _read_question(
    question: Xml.Element, form: str, labels: Labels, place: str, reading: Reading
) -> ItemContent | None:
    def rich(tag: str) -> str:
        element = question.find(tag)
        return "" if element is None else _read_rich(element, tag, place, reading)

    stem, explanation = rich("questiontext"), rich("generalfeedback")
    if form == "multichoice":
        return _read_choice(question, stem, explanation, place, reading)
    if form == "truefalse":
        right = [
            each.findtext("text", "").strip().lower() for each in question.iterfind("answer")
            if share_of(each.get("fraction")) > 0
        ]  # fmt: skip
        return ItemContent(
            Kind.TRUE_FALSE, stem, key="T" if right == ["true"] else "F", explanation=explanation
        )
    if form in ("shortanswer", "numerical"):
        answers = [
            each.findtext("text", "").strip() for each in question.iterfind("answer")
            if share_of(each.get("fraction")) >= 100
        ]  # fmt: skip
        if form == "numerical":
            reading.loss(place, "正确答案", "tolerance", gettext_noop("数值题的误差范围没有保留。"))
        if not BLANK_MARK.search(stem):
            stem = f"{stem}{BLANK}"
        return ItemContent(Kind.BLANK, stem, key="|".join(answers), explanation=explanation)
    if form == "cloze":
        return _read_cloze(stem, explanation, place, reading)
    if form == "essay":
        key, _, marking = rich("graderinfo").partition(MARKING)
        kind = labels.kind if labels.kind and not labels.kind.is_objective else Kind.SHORT
        return ItemContent(
            kind, stem, key=key.strip(), explanation=explanation, marking=marking.strip()
        )
    if form == "description" and labels.kind in GROUPS:
        return ItemContent(labels.kind, stem, explanation=explanation)
    reading.fault(
        place,
        "题型代码",
        "type_unsupported",
        gettext_noop("不支持的题型“%(form)s”。"),
        form=form[:40],
    )
    return None


def _read_choice(
    question: Xml.Element, stem: str, explanation: str, place: str, reading: Reading
) -> ItemContent:
    is_single = question.findtext("single", "true").strip() in ("true", "1")
    options, key = [], ""
    for letter, answer in zip(LETTERS, question.findall("answer"), strict=False):
        fraction = share_of(answer.get("fraction"))
        options.append(_read_rich(answer, f"选项{letter}", place, reading))
        if fraction >= 100 if is_single else fraction > 0:
            key += letter
        elif is_single and fraction > 0:
            reading.loss(
                place, f"选项{letter}", "partial", gettext_noop("部分得分的选项按错误选项处理。")
            )
        if answer.findtext("feedback/text", "").strip():
            reading.loss(place, f"选项{letter}", "feedback", gettext_noop("选项的反馈没有保留。"))
    if len(question.findall("answer")) > len(LETTERS):
        reading.loss(place, "选项F", "option", gettext_noop("第七个及以后的选项没有保留。"))
    kind = Kind.SINGLE if is_single else Kind.MULTIPLE
    return ItemContent(kind, stem, tuple(options), key, explanation)


def _read_cloze(stem: str, explanation: str, place: str, reading: Reading) -> ItemContent | None:
    # The markup wrote backslashes of the answers twice, as of any text.
    bare = stem.replace("\\\\", "\\")
    answers = []
    for form, given in _CLOZE.findall(bare):
        if form not in _TEXT_CLOZE:
            reading.fault(
                place, "题型代码", "type_unsupported", gettext_noop("不支持的题型“%(form)s”。"),
                form=f"cloze {form}",
            )  # fmt: skip
            return None
        alternatives = [
            re.sub(r"\\(.)", r"\1", re.split(r"(?<!\\)#", each)[0]).lstrip("=")
            for each in re.split(r"(?<!\\)~", given)
            if each.startswith(("=", "%100%"))
        ]
        answers.append("|".join(each.removeprefix("%100%") for each in alternatives))
    return ItemContent(
        Kind.BLANK, _CLOZE.sub(BLANK, bare), key="\n".join(answers), explanation=explanation
    )


def _read_rich(element: Xml.Element, column: str, place: str, reading: Reading) -> str:
    files = {each.get("name", ""): _decoded(each.text or "") for each in element.iterfind("file")}
    figure_of = _finder(files, reading)
    text = element.findtext("text", "")
    if element.get("format", "html") in ("plain_text", "markdown"):
        return text.strip()
    source, lost = from_html(text, figure_of)
    report_lost(lost, column, place, reading)
    return source


def report_lost(lost: frozenset[str], column: str, place: str, reading: Reading) -> None:
    """What from_html could not carry, in words. Shared by the formats that bring HTML."""
    if "figure" in lost:
        reading.loss(place, column, "figure", gettext_noop("引用的图片不在文件中，没有保留。"))
    if "formula" in lost:
        reading.loss(place, column, "formula", gettext_noop("没有TeX源码的公式没有保留。"))
    if marks := lost - {"figure", "formula"}:
        reading.loss(
            place, column, "marks", gettext_noop("这些格式没有保留：%(marks)s。"),
            marks=" ".join(sorted(marks))[:100],
        )  # fmt: skip


def _finder(files: dict[str, bytes], reading: Reading) -> Callable[[str], str | None]:
    def figure_of(href: str) -> str | None:
        if href.startswith("data:image/") and ";base64," in href:
            return reading.keep_figure("图", _decoded(href.partition(";base64,")[2]))
        name = unquote(href.rpartition("/")[2])
        return reading.keep_figure(name, files[name]) if name in files else None

    return figure_of


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""
