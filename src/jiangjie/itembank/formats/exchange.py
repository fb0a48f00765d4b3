"""What every format reads into and writes from."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml

from jiangjie.files.rules import MAX_UNPACKED
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.kernel.errors import BadInput, gettext_noop

KIND_NAMES = {
    Kind.SINGLE: "单选题", Kind.MULTIPLE: "多选题", Kind.TRUE_FALSE: "判断题",
    Kind.BLANK: "填空题", Kind.SHORT: "简答题", Kind.CALCULATION: "计算题", Kind.ESSAY: "论述题",
    Kind.CASE: "案例题", Kind.COMPOSITE: "综合题",
}  # fmt: skip
PICTURES = {
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
}


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One item on its way in or out."""

    content: ItemContent
    point: str = ""  # A-B-C-001
    difficulty: int | None = None
    consistency: int | None = None
    code: str = ""  # B-A-B-C-001-002
    place: str = ""  # where in the file: "第5行"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault (the item is not taken) or a loss (something of it is not carried).

    Never holds an item's words: findings are kept, the file is sealed.
    """

    place: str
    column: str
    code: str
    text: str  # gettext source with places for `values`
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureFile:
    name: str
    media_type: str
    content: bytes


Figures = Mapping[str, FigureFile]  # by digest


@dataclass
class Reading:
    drafts: list[ItemDraft] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    losses: list[Finding] = field(default_factory=list)
    figures: dict[str, FigureFile] = field(default_factory=dict)
    found: int = 0  # items in the file, those with faults too

    def fault(self, place: str, column: str, code: str, text: str, **values: str | int) -> None:
        self.faults.append(Finding(place, column, code, text, values))

    def loss(self, place: str, column: str, code: str, text: str, **values: str | int) -> None:
        self.losses.append(Finding(place, column, code, text, values))

    def keep_figure(self, name: str, content: bytes) -> str | None:
        """The digest under which markup names the picture; None for what is no PNG or JPEG."""
        for signature, (media_type, _) in PICTURES.items():
            if content.startswith(signature):
                digest = hashlib.sha256(content).hexdigest()
                self.figures.setdefault(digest, FigureFile(name, media_type, content))
                return digest
        return None


@dataclass
class Written:
    content: bytes
    suffix: str
    media_type: str
    losses: list[Finding] = field(default_factory=list)

    def loss(self, draft: ItemDraft, code: str, text: str, **values: str | int) -> None:
        self.losses.append(Finding(draft.code or draft.place, "", code, text, values))


def read_kind(text: str) -> Kind | None:
    """单选题, 单选, B, single choice written as offices write it; None where it is no kind."""
    folded = text.strip().removesuffix("题").removesuffix("选择")
    for kind, name in KIND_NAMES.items():
        if text.strip().upper() == kind.value or folded == name.removesuffix("题"):
            return kind
    return {"单项": Kind.SINGLE, "多项": Kind.MULTIPLE, "是非": Kind.TRUE_FALSE}.get(folded)


_TRUE = {"T", "TRUE", "对", "正确", "√", "✓", "是", "Y"}
_FALSE = {"F", "FALSE", "错", "错误", "×", "✗", "否", "N", "X"}


def read_key(kind: Kind, text: str) -> str:
    """An answer as the bank writes it; what cannot be read stays, and is a fault of the item."""
    text = text.strip()
    if kind is Kind.TRUE_FALSE:
        folded = text.upper()
        # Some tools number the two answers like options.
        if folded in _TRUE or folded == "A":
            return "T"
        return "F" if folded in _FALSE or folded == "B" else text
    if kind.has_options:
        letters = [each for each in text.upper() if each.isalpha()]
        rest = [each for each in text if not each.isalpha() and each not in " ,，、;；/"]
        return "".join(sorted(set(letters))) if not rest else text
    return text


def xml_root(content: bytes, *, what: str) -> Xml.Element:
    """The root of an XML file. BadInput for what is none, or brings a document type along."""
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        raise BadInput(gettext_noop("%(what)s文件含有文档类型声明，不予接受。"), what=what)
    try:
        return Xml.fromstring(content)  # noqa: S314 -- no entities, see above
    except (Xml.ParseError, ValueError, LookupError) as why:
        raise BadInput(gettext_noop("不是%(what)s文件：%(why)s"), what=what, why=why) from why


def unpack(content: bytes, *, what: str) -> dict[str, bytes]:
    """Members of a zip by name. BadInput for what is none, is damaged or swells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = [each for each in package.infolist() if not each.is_dir()]
            if sum(each.file_size for each in members) > MAX_UNPACKED or len(members) > 20_000:
                raise BadInput(gettext_noop("%(what)s文件解压后过大，无法接受。"), what=what)
            return {each.filename: package.read(each) for each in members}
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
        RuntimeError,
    ) as why:  # fmt: skip
        raise BadInput(gettext_noop("%(what)s文件已损坏，无法打开。"), what=what) from why


def pack(members: Mapping[str, bytes]) -> bytes:
    """A zip with a fixed date: the same items give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return target.getvalue()


def number_1_to_5(text: str) -> int | None:
    """3, "3", "3.0"; None for anything that is no digit from 1 to 5."""
    folded = text.strip().removesuffix(".0")
    return int(folded) if folded in {"1", "2", "3", "4", "5"} else None


def share_of(text: str | None) -> float:
    """A share as other systems write it; what is no number is none."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
