"""QTI 2.1 and 3.0 packages (IMS / 1EdTech). One tree is built with the names of 2.1; 3.0 says the
same with its own names. A case or composite item is one assessment item with several interactions.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

from jiangjie.itembank.formats.exchange import (
    Figures,
    ItemDraft,
    Reading,
    Written,
    pack,
    share_of,
    unpack,
    xml_root,
)
from jiangjie.itembank.formats.hypertext import from_html, to_html
from jiangjie.itembank.formats.labels import Labels, labels_of, read_labels
from jiangjie.itembank.formats.moodle import BLANK, report_lost
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import BLANK_MARK, FIGURE, GROUPS, LETTERS
from jiangjie.kernel.errors import BadInput, gettext_noop

_MATHML = "http://www.w3.org/1998/Math/MathML"
_MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_MATCH_30 = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
_SPACES = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
_PACKAGES = {
    "2.1": ("http://www.imsglobal.org/xsd/imscp_v1p1", "QTIv2.1 Package", "imsqti_item_xmlv2p1"),
    "3.0": (
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "imsqti_item_xmlv3p0",
    ),
}  # fmt: skip
_LOM = "http://www.imsglobal.org/xsd/imsmd_v1p2"
# The names of 2.1 that 3.0 writes with "qti-" and hyphens; all else is HTML and stays.
_QTI = frozenset({
    "assessmentItem", "responseDeclaration", "correctResponse", "value", "mapping", "mapEntry",
    "outcomeDeclaration", "itemBody", "rubricBlock", "choiceInteraction", "prompt", "simpleChoice",
    "textEntryInteraction", "extendedTextInteraction", "responseProcessing", "contentBody",
})  # fmt: skip


def write_21(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    return _write(drafts, figures, title, "2.1")


def write_30(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    return _write(drafts, figures, title, "3.0")


def _write(drafts: Sequence[ItemDraft], figures: Figures, title: str, edition: str) -> Written:
    written = Written(b"", ".zip", "application/zip")
    members: dict[str, bytes] = {}
    manifest = _Manifest(title, edition)
    for number, draft in enumerate(drafts, start=1):
        name = f"items/i{number:05d}.xml"
        used = sorted(_digests(draft.content) & set(figures))
        hrefs = {digest: f"../{_media_name(digest, figures)}" for digest in used}
        item = _Item(draft, f"i{number:05d}", hrefs, written).tree()
        members[name] = _document(item, edition)
        for digest in used:
            members[_media_name(digest, figures)] = figures[digest].content
        manifest.add(
            f"i{number:05d}", name, labels_of(draft, draft.content),
            [_media_name(digest, figures) for digest in used],
        )  # fmt: skip
    members = {"imsmanifest.xml": manifest.document(), **members}
    written.content = pack(members)
    return written


def _digests(content: ItemContent) -> set[str]:
    texts = (content.stem, *content.options, content.key, content.explanation, content.marking)
    found = {each for text in texts for each in FIGURE.findall(text)}
    return found.union(*(_digests(part) for part in content.parts))


def _media_name(digest: str, figures: Figures) -> str:
    return f"media/{digest[:16]}.{'png' if figures[digest].media_type == 'image/png' else 'jpg'}"


class _Item:
    """One assessment item while it is built."""

    def __init__(
        self, draft: ItemDraft, identifier: str, hrefs: Mapping[str, str], written: Written
    ) -> None:
        self.draft, self.hrefs, self.written = draft, hrefs, written
        self.root = Xml.Element(
            "assessmentItem", identifier=identifier, title=draft.code or identifier,
            label=draft.code, adaptive="false", timeDependent="false",
        )  # fmt: skip
        self.responses = 0
        self.body = Xml.Element("itemBody")

    def tree(self) -> Xml.Element:
        content = self.draft.content
        if content.kind in GROUPS:
            self._rich(self.body, "stem", content.stem)
            for part in content.parts:
                block = Xml.SubElement(self.body, "div", {"class": f"part kind-{part.kind.value}"})
                self._question(block, part)
            self._rubrics(self.body, content)
        else:
            self._question(self.body, content)
        Xml.SubElement(self.root, "outcomeDeclaration", identifier="SCORE", cardinality="single",
                       baseType="float")  # fmt: skip
        self.root.append(self.body)
        if self.responses == 1 and content.kind.is_objective:
            Xml.SubElement(self.root, "responseProcessing", template=_MATCH)
        elif content.kind not in GROUPS and not content.kind.is_objective:
            pass  # marked by people
        else:
            self.written.loss(
                self.draft,
                "scoring",
                gettext_noop("多个作答处的计分规则没有导出，请在对方系统中设置。"),
            )
        return self.root

    def _question(self, parent: Xml.Element, content: ItemContent) -> None:
        kind = content.kind
        if kind is Kind.BLANK:
            self._blanks(parent, content)
        else:
            self._rich(parent, "stem", content.stem)
            if kind.has_options or kind is Kind.TRUE_FALSE:
                self._choice(parent, content)
            else:
                name = self._response("single", "string", ())
                Xml.SubElement(parent, "extendedTextInteraction", responseIdentifier=name)
        self._rubrics(parent, content)

    def _choice(self, parent: Xml.Element, content: ItemContent) -> None:
        is_many = content.kind is Kind.MULTIPLE
        name = self._response("multiple" if is_many else "single", "identifier", content.key)
        choice = Xml.SubElement(
            parent, "choiceInteraction", responseIdentifier=name, shuffle="false",
            maxChoices="0" if is_many else "1",
        )  # fmt: skip
        choices = (
            [("T", "正确"), ("F", "错误")] if content.kind is Kind.TRUE_FALSE
            else list(zip(LETTERS, content.options, strict=False))
        )  # fmt: skip
        for letter, text in choices:
            _fill(Xml.SubElement(choice, "simpleChoice", identifier=letter), self._html(text))

    def _blanks(self, parent: Xml.Element, content: ItemContent) -> None:
        answers = iter(content.key.split("\n"))

        def blank(match: re.Match[str]) -> str:
            name = self._response("single", "string", next(answers, "").split("|"))
            return f'<textEntryInteraction responseIdentifier="{name}"/>'

        _fill(
            Xml.SubElement(parent, "div", {"class": "stem"}),
            BLANK_MARK.sub(blank, self._html(content.stem)),
        )

    def _response(self, cardinality: str, base: str, correct: Sequence[str]) -> str:
        self.responses += 1
        name = "RESPONSE" if self.responses == 1 else f"RESPONSE_{self.responses}"
        declared = Xml.SubElement(self.root, "responseDeclaration", identifier=name,
                                  cardinality=cardinality, baseType=base)  # fmt: skip
        if correct:
            values = Xml.SubElement(declared, "correctResponse")
            # Of several ways to write one answer the first is the correct one; all are mapped.
            for value in correct if base == "identifier" else correct[:1]:
                Xml.SubElement(values, "value").text = value
        if base == "string" and len(correct) > 1:
            mapping = Xml.SubElement(declared, "mapping", defaultValue="0")
            for value in correct:
                Xml.SubElement(mapping, "mapEntry", mapKey=value, mappedValue="1")
        return name

    def _rubrics(self, parent: Xml.Element, content: ItemContent) -> None:
        texts = [
            ("explanation", "tutor", content.explanation),
            ("marking", "scorer", content.marking),
        ]
        if not content.kind.is_objective and content.kind not in GROUPS:
            texts.append(("key", "scorer", content.key))
        for name, view, text in texts:
            if text:
                rubric = Xml.SubElement(parent, "rubricBlock", {"view": view, "class": name})
                self._rich(rubric, name, text)

    def _rich(self, parent: Xml.Element, name: str, source: str) -> None:
        _fill(Xml.SubElement(parent, "div", {"class": name}), self._html(source))

    def _html(self, source: str) -> str:
        return to_html(source, lambda digest: self.hrefs.get(digest, digest), style="mathml")


def _fill(element: Xml.Element, html: str) -> None:
    """Our own XHTML as the element's content."""
    parsed = Xml.fromstring(f"<x>{html}</x>")  # noqa: S314 -- written by to_html
    element.text = parsed.text
    element.extend(_bare_math(child) for child in parsed)


def _bare_math(element: Xml.Element) -> Xml.Element:
    for each in element.iter():
        if each.tag.startswith(f"{{{_MATHML}}}"):
            each.tag = each.tag.rpartition("}")[2]
            if each.tag == "math":
                each.set("xmlns", _MATHML)
    return element


def _document(item: Xml.Element, edition: str) -> bytes:
    if edition == "3.0":
        for each in item.iter():
            if each.tag in _QTI:
                for name in list(each.attrib):
                    each.set(_hyphened(name), each.attrib.pop(name))
                if each.get("template") == _MATCH:
                    each.set("template", _MATCH_30)
                each.tag = f"qti-{_hyphened(each.tag)}"
            if each.tag == "qti-rubric-block":
                each.set("use", "scoring" if each.get("view") == "scorer" else "instructions")
                content = Xml.Element("qti-content-body")
                content.extend(list(each))
                for child in list(each):
                    each.remove(child)
                each.append(content)
    item.set("xmlns", _SPACES[edition])
    document: bytes = Xml.tostring(item, encoding="utf-8", xml_declaration=True)
    return document


def _hyphened(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"-{match[1].lower()}", name)


class _Manifest:
    def __init__(self, title: str, edition: str) -> None:
        space, schema, self.kind = _PACKAGES[edition]
        self.root = Xml.Element(
            "manifest", {"xmlns": space, "xmlns:imsmd": _LOM, "identifier": "M"}
        )
        metadata = Xml.SubElement(self.root, "metadata")
        Xml.SubElement(metadata, "schema").text = schema
        Xml.SubElement(metadata, "schemaversion").text = f"{edition}.0"
        self._lom(metadata, title, [])
        Xml.SubElement(self.root, "organizations")
        self.resources = Xml.SubElement(self.root, "resources")

    def add(self, identifier: str, href: str, labels: Sequence[str], files: Sequence[str]) -> None:
        resource = Xml.SubElement(
            self.resources, "resource", identifier=identifier, type=self.kind, href=href
        )
        self._lom(Xml.SubElement(resource, "metadata"), "", labels)
        for each in (href, *files):
            Xml.SubElement(resource, "file", href=each)

    def document(self) -> bytes:
        Xml.indent(self.root)
        document: bytes = Xml.tostring(self.root, encoding="utf-8", xml_declaration=True)
        return document

    def _lom(self, metadata: Xml.Element, title: str, labels: Sequence[str]) -> None:
        lom = Xml.SubElement(metadata, "imsmd:lom")
        general = Xml.SubElement(lom, "imsmd:general")
        if title:
            Xml.SubElement(Xml.SubElement(general, "imsmd:title"), "imsmd:langstring").text = title
        for label in labels:
            keyword = Xml.SubElement(general, "imsmd:keyword")
            Xml.SubElement(keyword, "imsmd:langstring").text = label


# ---- in -------------------------------------------------------------------------------------


def read(content: bytes) -> Reading:
    """A package, or one item as bare XML; 2.1, 2.2 or 3.0. BadInput for what is none."""
    reading = Reading()
    if not content.startswith(b"PK"):
        _read_item(_normal(xml_root(content, what="QTI")), "", Labels(), {}, "", reading)
    else:
        members = unpack(content, what="QTI")
        for href, labels in _listed(members):
            if href not in members:
                reading.found += 1
                reading.fault(href, "试题", "file_missing", gettext_noop("清单所列文件不在包中。"))
                continue
            root = _normal(xml_root(members[href], what="QTI"))
            if root.tag == "assessmentItem":
                _read_item(root, href, labels, members, posixpath.dirname(href), reading)
    if not reading.found:
        raise BadInput(gettext_noop("文件中没有QTI试题。"))
    return reading


def _listed(members: Mapping[str, bytes]) -> Iterator[tuple[str, Labels]]:
    """Items of the manifest with their keywords; without one, every XML file."""
    manifest = members.get("imsmanifest.xml")
    if manifest is None:
        yield from ((name, Labels()) for name in sorted(members) if name.endswith(".xml"))
        return
    for resource in _normal(xml_root(manifest, what="QTI")).iter("resource"):
        href = unquote(resource.get("href", ""))
        if href.endswith(".xml"):
            keywords = [
                (each.text or "").strip()
                for keyword in resource.iter("keyword") for each in keyword.iter()
            ]  # fmt: skip
            yield posixpath.normpath(href), read_labels(keywords)


def _normal(root: Xml.Element) -> Xml.Element:
    """The same tree with the names of 2.1 and no namespaces."""
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
        if each.tag.startswith("qti-"):
            each.tag = _camel(each.tag.removeprefix("qti-"))
            for name in list(each.attrib):
                each.set(_camel(name), each.attrib.pop(name))
    return root


def _camel(name: str) -> str:
    return re.sub(r"-([a-z])", lambda match: match[1].upper(), name)


_INTERACTIONS = {"choiceInteraction", "textEntryInteraction", "extendedTextInteraction"}


def _read_item(
    root: Xml.Element, href: str, labels: Labels, members: Mapping[str, bytes], folder: str,
    reading: Reading,
) -> None:  # fmt: skip
    if root.tag != "assessmentItem":
        raise BadInput(gettext_noop("文件中没有QTI试题。"))
    reading.found += 1
    place = href or root.get("identifier", "")
    body = root.find("itemBody")
    others = {
        each.tag for each in root.iter() if each.tag.endswith("Interaction")
    } - _INTERACTIONS  # fmt: skip
    if body is None or others:
        reading.fault(
            place, "题型代码", "type_unsupported", gettext_noop("不支持的题型“%(form)s”。"),
            form=" ".join(sorted(others))[:80] or "—",
        )  # fmt: skip
        return

    def figure_of(source: str) -> str | None:
        path = posixpath.normpath(posixpath.join(folder, unquote(source)))
        return reading.keep_figure(path, members[path]) if path in members else None

    source = _Source(root, figure_of, place, reading)
    parts = [each for each in body.iter("div") if "part" in (each.get("class") or "").split()]
    explanation = "\n".join(
        source.rich(each, "解析") for each in root.iter("modalFeedback")
    )  # fmt: skip
    if parts or labels.kind in GROUPS:
        read_parts = [source.question(part, _kind_of_class(part)) for part in parts]
        for part in parts:
            part.clear()  # what is left is the material and what belongs to the whole
        kind = labels.kind if labels.kind in GROUPS else Kind.COMPOSITE
        texts = source.rubrics(body)
        content = ItemContent(
            kind, source.stem(body), explanation=texts.get("explanation", "") or explanation,
            marking=texts.get("marking", ""), parts=tuple(read_parts),
        )  # fmt: skip
    else:
        content = source.question(body, labels.kind, explanation)
    reading.drafts.append(
        ItemDraft(
            content, labels.point, labels.difficulty, labels.consistency,
            root.get("label", "") or root.get("title", ""), place,
        )
    )  # fmt: skip


def _kind_of_class(part: Xml.Element) -> Kind | None:
    named = re.search(r"\bkind-([A-Z])\b", part.get("class") or "")
    return Kind(named[1]) if named and named[1] in [kind.value for kind in Kind] else None


class _Source:
    """Reads the parts of one item's body."""

    def __init__(
        self, root: Xml.Element, figure_of: Callable[[str], str | None], place: str,
        reading: Reading,
    ) -> None:  # fmt: skip
        self.figure_of, self.place, self.reading = figure_of, place, reading
        self.declared = {
            each.get("identifier", ""): each for each in root.iter("responseDeclaration")
        }

    def question(self, block: Xml.Element, wanted: Kind | None, feedback: str = "") -> ItemContent:
        texts = self.rubrics(block)
        explanation = texts.get("explanation", "") or feedback
        marking = texts.get("marking", "")
        choice = block.find(".//choiceInteraction")
        if choice is not None:
            return self._choice(block, choice, explanation, marking)
        entries = list(block.iter("textEntryInteraction"))
        if entries:
            key = "\n".join(
                "|".join(self._correct(each.get("responseIdentifier", ""))) for each in entries
            )
            return ItemContent(Kind.BLANK, self.stem(block), (), key, explanation, marking)
        kind = wanted if wanted is not None and not wanted.is_objective else Kind.SHORT
        return ItemContent(kind, self.stem(block), (), texts.get("key", ""), explanation, marking)

    def _choice(
        self, block: Xml.Element, choice: Xml.Element, explanation: str, marking: str
    ) -> ItemContent:
        identifiers, options = [], []
        for each in choice.iter("simpleChoice"):
            identifiers.append(each.get("identifier", ""))
            options.append(self.rich(each, "选项"))
        correct = self._correct(choice.get("responseIdentifier", ""))
        prompt = choice.find("prompt")
        asked = self.rich(prompt, "试题") if prompt is not None else ""
        stem = "\n".join(each for each in (self.stem(block), asked) if each)
        if [each.lower() for each in identifiers] in (["t", "f"], ["true", "false"]):
            key = correct[0][:1].upper() if correct else ""
            return ItemContent(Kind.TRUE_FALSE, stem, (), key, explanation, marking)
        if len(options) > len(LETTERS):
            self.reading.loss(
                self.place, "选项F", "option", gettext_noop("第七个及以后的选项没有保留。")
            )
        kind = Kind.SINGLE if choice.get("maxChoices", "1") == "1" else Kind.MULTIPLE
        key = "".join(
            letter for letter, name in zip(LETTERS, identifiers, strict=False) if name in correct
        )
        return ItemContent(kind, stem, tuple(options[: len(LETTERS)]), key, explanation, marking)

    def _correct(self, identifier: str) -> list[str]:
        declared = self.declared.get(identifier)
        if declared is None:
            return []
        values = [(each.text or "").strip() for each in declared.iterfind("correctResponse/value")]
        mapped = [
            each.get("mapKey", "") for each in declared.iter("mapEntry")
            if share_of(each.get("mappedValue")) > 0
        ]  # fmt: skip
        return list(dict.fromkeys([*values, *mapped]))

    def rubrics(self, block: Xml.Element) -> dict[str, str]:
        """Texts of the rubric blocks by what they are; the blocks are taken out of the body."""
        found: dict[str, str] = {}
        for parent in list(block.iter()):
            for rubric in parent.findall("rubricBlock"):
                name = rubric.get("class") or (
                    "marking" if rubric.get("view") == "scorer" else "explanation"
                )
                found[name] = self.rich(rubric, "解析")
                parent.remove(rubric)
        return found

    def stem(self, block: Xml.Element) -> str:
        """The words of a block without its interactions; blanks as lines to write on."""
        copy = Xml.fromstring(Xml.tostring(block))  # noqa: S314 -- our own tree again
        for parent in list(copy.iter()):
            before: Xml.Element | None = None
            for child in list(parent):
                if child.tag not in _INTERACTIONS:
                    before = child
                    continue
                shown = (BLANK if child.tag == "textEntryInteraction" else "") + (child.tail or "")
                if before is None:
                    parent.text = (parent.text or "") + shown
                else:
                    before.tail = (before.tail or "") + shown
                parent.remove(child)
        return self.rich(copy, "试题")

    def rich(self, element: Xml.Element, column: str) -> str:
        inner = (element.text or "") and Xml.tostring(_text_only(element), encoding="unicode")
        html = inner + "".join(Xml.tostring(child, encoding="unicode") for child in element)
        source, lost = from_html(html, self.figure_of)
        report_lost(lost - {"contentbody", "itembody", "x"}, column, self.place, self.reading)
        return source


def _text_only(element: Xml.Element) -> Xml.Element:
    only = Xml.Element("span")
    only.text = element.text
    return only
