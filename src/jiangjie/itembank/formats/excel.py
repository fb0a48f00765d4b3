"""Excel in the two column sets that tools of the field exchange.

A row is an item; parts of a case or composite item follow it in rows of their own. Pictures stand
in column 【图】 and are called 【图1】 in the text where they belong.
"""

import io
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree as Xml

import xlsxwriter
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from jiangjie.itembank.formats.exchange import (
    Figures,
    ItemDraft,
    Reading,
    Written,
    number_1_to_5,
    read_key,
    read_kind,
    unpack,
)
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import FIGURE, GROUPS, LETTERS, figures_in
from jiangjie.kernel.errors import BadInput, gettext_noop

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BANK_COLUMNS = (
    "题库名称", "试题ID", "认定点代码", "题型代码", "题干",
    *(f"选项{letter}" for letter in LETTERS), "【图】", "图位置", "正确答案", "难度代码",
    "一致性代码", "解析", "评分标准",
)  # fmt: skip
PAPER_COLUMNS = (
    "试卷ID", "序号", "认定点代码", "题型代码", "题号", "试题",
    *(f"选项{letter}" for letter in LETTERS[:5]), "正确答案", "难度代码", "一致性代码",
)  # fmt: skip
# Headings that mean the same; the first is ours.
_SYNONYMS = {
    "题干": ("题干", "试题", "试题(题干)", "试题内容", "题目"),
    "认定点代码": ("认定点代码", "鉴定点代码", "考核点代码", "点代码"),
    "题型代码": ("题型代码", "题型"),
    "正确答案": ("正确答案", "答案", "标准答案"),
    "难度代码": ("难度代码", "难度"),
    "一致性代码": ("一致性代码", "一致性"),
    "解析": ("解析", "答案解析", "试题解析"),
    "评分标准": ("评分标准",),
    "试题ID": ("试题ID", "试题编号", "试题代码"),
    "题号": ("题号",),
    "序号": ("序号",),
    "【图】": ("【图】", "图"),
    "图位置": ("图位置", "【图】位置"),
    **{f"选项{letter}": (f"选项{letter}", f"选项 {letter}", letter) for letter in LETTERS},
}
_NEEDED = ("题干", "题型代码", "正确答案")
_PART = re.compile(r"^(?P<whole>.+?)(?:[.．](?P<dot>\d+)|[(（](?P<bracket>\d+)[)）])$")
_CALLED = re.compile(r"【图(?P<number>\d+)(?:[：:](?P<caption>[^】]*))?】")
MOST_ROWS = 20_000
_CELL = 32_767  # characters that a cell holds

Row = Mapping[str, str]
Line = tuple[Mapping[str, object], ItemDraft]


def read(content: bytes) -> Reading:
    """Items of the first sheet that has our headings. BadInput when none has."""
    rows, columns, header_row = _sheet(content)
    pictures = _pictures(content, sheet_has_pictures="【图】" in columns)
    reading = Reading()
    group: tuple[ItemDraft, list[ItemContent], str] | None = None
    broken_group = ""
    for number, cells in enumerate(rows, start=header_row + 1):
        row = {name: _text(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        if not any(row.values()):
            continue
        place = f"第{number}行"
        name = row.get("试题ID") or row.get("题号", "")
        part = _PART.match(name)
        if group is not None and part and part["whole"] == group[2]:
            content_of_part = _content(row, place, reading, pictures.get(number - 1, []))
            if content_of_part is not None:
                group[1].append(content_of_part)
            continue
        if part and part["whole"] == broken_group:
            continue  # its whole has a fault of its own
        _close(group, reading)
        group = None
        reading.found += 1
        before = len(reading.faults)
        draft = _draft(row, place, reading, pictures.get(number - 1, []))
        if draft is None or len(reading.faults) > before:
            broken_group = name
            continue
        if draft.content.kind in GROUPS:
            group = (draft, [], name)
        else:
            reading.drafts.append(draft)
    _close(group, reading)
    return reading


def _close(group: tuple[ItemDraft, list[ItemContent], str] | None, reading: Reading) -> None:
    if group is not None:
        draft, parts, _ = group
        whole = ItemContent(
            draft.content.kind, draft.content.stem, explanation=draft.content.explanation,
            marking=draft.content.marking, parts=tuple(parts),
        )  # fmt: skip
        reading.drafts.append(
            ItemDraft(
                whole, draft.point, draft.difficulty, draft.consistency, draft.code, draft.place
            )
        )


def _sheet(content: bytes) -> tuple[Sequence[Sequence[object]], dict[str, int], int]:
    """(rows below the headings, column by name, number of the heading row)."""
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(content))
        sheets = [
            book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=MOST_ROWS)
            for name in book.sheet_names
        ]
    except (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError, OSError,
            ValueError) as why:  # fmt: skip
        raise BadInput(gettext_noop("不是可读的 Excel 文件：%(why)s"), why=why) from why
    missing: list[str] = []
    for rows in sheets:
        for at, cells in enumerate(rows[:10]):
            columns = _columns(cells)
            lacking = [name for name in _NEEDED if name not in columns]
            if not lacking:
                return rows[at + 1 :], columns, at + 1
            if len(lacking) < len(_NEEDED) and not missing:
                missing = lacking
    raise BadInput(
        gettext_noop("没有找到试题表头，缺少列：%(columns)s。请下载模板对照。"),
        columns="、".join(missing or _NEEDED),
    )


def _columns(cells: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        heading = "".join(_text(cell).split()).replace("（", "(").replace("）", ")")
        for name, known in _SYNONYMS.items():
            if name not in found and heading in ("".join(each.split()) for each in known):
                found[name] = at
    return found


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _draft(row: Row, place: str, reading: Reading, pictures: Sequence[bytes]) -> ItemDraft | None:
    content = _content(row, place, reading, pictures)
    codes = {}
    for column in ("难度代码", "一致性代码"):
        codes[column] = number_1_to_5(row.get(column, ""))
        if row.get(column) and codes[column] is None:
            reading.fault(place, column, "not_1_to_5", gettext_noop("应为1至5的数字。"))
    if content is None:
        return None
    return ItemDraft(
        content, row.get("认定点代码", ""), codes["难度代码"], codes["一致性代码"],
        row.get("试题ID", ""), place,
    )  # fmt: skip


def _content(
    row: Row, place: str, reading: Reading, pictures: Sequence[bytes]
) -> ItemContent | None:
    kind = read_kind(row["题型代码"])
    if kind is None:
        reading.fault(
            place, "题型代码", "kind_unknown",
            gettext_noop("无法识别的题型，应为B、G、C、T、D、U、W、E、F之一或题型名称。"),
        )  # fmt: skip
        return None
    called = _called(row, place, reading, pictures)
    options = [called(f"选项{letter}") for letter in LETTERS if f"选项{letter}" in row]
    while options and not options[-1]:
        options.pop()
    if kind is Kind.TRUE_FALSE and options:
        reading.loss(place, "选项A", "options_dropped", gettext_noop("判断题的选项没有保留。"))
        options = []
    return ItemContent(
        kind, called("题干"), tuple(options), read_key(kind, called("正确答案")), called("解析"),
        called("评分标准"),
    )  # fmt: skip


def _called(
    row: Row, place: str, reading: Reading, pictures: Sequence[bytes]
) -> Callable[[str], str]:
    """A function that gives a cell with its calls of pictures as figures. A picture that nothing
    calls goes where 图位置 says, or to the end of the stem."""
    digests = []
    for number, picture in enumerate(pictures, start=1):
        digest = reading.keep_figure(f"{place}图{number}", picture)
        if digest is None:
            reading.loss(
                place, "【图】", "picture_kind", gettext_noop("图片不是PNG或JPEG，没有保留。")
            )
        digests.append(digest)
    uncalled = {number for number, digest in enumerate(digests, start=1) if digest} - {
        int(each["number"]) for text in row.values() for each in _CALLED.finditer(text)
    }
    where = row.get("图位置", "").strip() or "题干"

    def figure(match: re.Match[str]) -> str:
        at = int(match["number"])
        if at <= len(digests) and digests[at - 1]:
            return f"![{match['caption'] or ''}]({digests[at - 1]})"
        reading.loss(
            place, "【图】", "picture_missing", gettext_noop("没有找到文中所指的图%(number)d。"),
            number=at,
        )  # fmt: skip
        return match[0]

    def cell(name: str) -> str:
        text = _CALLED.sub(figure, row.get(name, ""))
        if name == (where if where in row else "题干"):
            text += "".join(f"\n![]({digests[at - 1]})" for at in sorted(uncalled))
        return text

    return cell


# ---- pictures that lie on the sheet ---------------------------------------------------------

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_BLIP = ".//{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


def _pictures(content: bytes, *, sheet_has_pictures: bool) -> dict[int, list[bytes]]:
    """Pictures by the row (from 0) on which their upper edge lies, from left to right."""
    if not sheet_has_pictures:
        return {}
    members = unpack(content, what="Excel")
    found: dict[int, list[tuple[int, int, bytes]]] = {}
    for name in sorted(members):
        if not re.fullmatch(r"xl/drawings/drawing\d+\.xml", name):
            continue
        targets = _targets(members, name)
        for order, anchor in enumerate(Xml.fromstring(members[name])):  # noqa: S314 -- as below
            start, blip = anchor.find(f"{_DRAWING}from"), anchor.find(_BLIP)
            if start is None or blip is None:
                continue
            row = int(start.findtext(f"{_DRAWING}row", "0"))
            column = int(start.findtext(f"{_DRAWING}col", "0"))
            picture = members.get(targets.get(blip.get(_EMBED, ""), ""), b"")
            if picture:
                found.setdefault(row, []).append((column, order, picture))
    return {row: [each[2] for each in sorted(places)] for row, places in found.items()}


def _targets(members: Mapping[str, bytes], name: str) -> dict[str, str]:
    """Members of the package by the identifiers that the part `name` uses."""
    folder, base = posixpath.split(name)
    relations = members.get(f"{folder}/_rels/{base}.rels")
    if relations is None:
        return {}
    return {
        each.get("Id", ""): posixpath.normpath(posixpath.join(folder, each.get("Target", "")))
        for each in Xml.fromstring(relations)  # noqa: S314 -- expat bounds what entities expand to
    }


# ---- out ------------------------------------------------------------------------------------


def write_bank(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    """The columns of banks: nothing is lost but what a cell cannot hold."""
    written = Written(b"", ".xlsx", MEDIA_TYPE)
    lines: list[Line] = []
    for number, draft in enumerate(drafts, start=1):
        name = draft.code or str(number)
        for at, content in enumerate((draft.content, *draft.content.parts)):
            lines.append((
                {
                    "题库名称": title,
                    "试题ID": name if at == 0 else f"{name}({at})",
                    "认定点代码": draft.point,
                    "题型代码": content.kind.value,
                    "题干": content.stem,
                    **{f"选项{letter}": option for letter, option
                       in zip(LETTERS, content.options, strict=False)},
                    "正确答案": _key(content),
                    "难度代码": draft.difficulty if at == 0 else None,
                    "一致性代码": draft.consistency if at == 0 else None,
                    "解析": content.explanation,
                    "评分标准": content.marking,
                },
                draft,
            ))  # fmt: skip
    written.content = _book(lines, BANK_COLUMNS, figures, written, title)
    return written


def write_paper(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    """The columns of papers: no explanation, no marking, no pictures, five options."""
    written = Written(b"", ".xlsx", MEDIA_TYPE)
    lines: list[Line] = []
    for number, draft in enumerate(drafts, start=1):
        _paper_losses(draft, written)
        for at, content in enumerate((draft.content, *draft.content.parts)):
            lines.append((
                {
                    "试卷ID": title,
                    "序号": len(lines) + 1,
                    "认定点代码": draft.point,
                    "题型代码": content.kind.value,
                    "题号": str(number) if at == 0 else f"{number}.{at}",
                    "试题": FIGURE.sub("［图］", content.stem),
                    **{f"选项{letter}": FIGURE.sub("［图］", option) for letter, option
                       in zip(LETTERS[:5], content.options, strict=False)},
                    "正确答案": FIGURE.sub("［图］", _key(content)),
                    "难度代码": draft.difficulty if at == 0 else None,
                    "一致性代码": draft.consistency if at == 0 else None,
                },
                draft,
            ))  # fmt: skip
    written.content = _book(lines, PAPER_COLUMNS, {}, written, title)
    return written


def _paper_losses(draft: ItemDraft, written: Written) -> None:
    contents = (draft.content, *draft.content.parts)
    if any(each.explanation for each in contents):
        written.loss(draft, "explanation", gettext_noop("解析没有导出。"))
    if any(each.marking for each in contents):
        written.loss(draft, "marking", gettext_noop("评分标准没有导出。"))
    if figures_in(draft.content):
        written.loss(draft, "figure", gettext_noop("图没有导出，文中以“［图］”代替。"))
    if any(len(each.options) > 5 for each in contents):
        written.loss(draft, "option", gettext_noop("第六个选项没有导出。"))
    if draft.code:
        written.loss(draft, "code", gettext_noop("试题代码没有导出。"))


def _key(content: ItemContent) -> str:
    if content.kind is Kind.TRUE_FALSE:
        return {"T": "√", "F": "×"}.get(content.key, content.key)
    return content.key


def _book(
    lines: Sequence[Line], columns: Sequence[str],
    figures: Figures, written: Written, title: str,
) -> bytes:  # fmt: skip
    target = io.BytesIO()
    with xlsxwriter.Workbook(
        target,
        {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    ) as book:
        sheet = book.add_worksheet("试题")
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, 48 if column in ("题干", "试题") else 14)
            sheet.write_string(0, at, column, head)
        for row, (values, draft) in enumerate(lines, start=1):
            numbered = _numbered(values, figures)
            for at, column in enumerate(columns):
                value = values.get(column)
                if isinstance(value, int):
                    sheet.write_number(row, at, value, body)
                elif isinstance(value, str) and value:
                    text = _call(value, numbered) if figures else value
                    if len(text) > _CELL:
                        written.loss(
                            draft, "cell", gettext_noop("“%(column)s”过长，被截断。"), column=column
                        )
                    sheet.write_string(row, at, text[:_CELL], body)
            for number, digest in enumerate(numbered, start=1):
                at = columns.index("【图】")
                sheet.set_row(row, 90)
                sheet.insert_image(
                    row, at, f"{number}{digest[:8]}.png",
                    {
                        "image_data": io.BytesIO(figures[digest].content),
                        "x_offset": 4 * number, "y_offset": 4, "object_position": 1,
                        "x_scale": 0.25, "y_scale": 0.25, "description": figures[digest].name,
                    },
                )  # fmt: skip
    return target.getvalue()


def _numbered(values: Mapping[str, object], figures: Figures) -> list[str]:
    """Digests of the row's pictures in the order of their first call."""
    found: list[str] = []
    for value in values.values():
        if isinstance(value, str):
            found += [
                each for each in FIGURE.findall(value) if each in figures and each not in found
            ]
    return found


_WHOLE_FIGURE = re.compile(r"!\[(?P<caption>[^\]\n]*)\]\((?P<digest>[0-9a-f]{64})\)")


def _call(text: str, numbered: Sequence[str]) -> str:
    def called(match: re.Match[str]) -> str:
        if match["digest"] not in numbered:
            return "［图］"
        number = numbered.index(match["digest"]) + 1
        return f"【图{number}：{match['caption']}】" if match["caption"] else f"【图{number}】"

    return _WHOLE_FIGURE.sub(called, text)
