"""What goes out comes in again, and what a format cannot carry is said of the right items."""

import io

import openpyxl
import pytest

from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.exchange import FigureFile, ItemDraft
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.kernel.errors import BadInput

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcff"
    "ff3f030005fe02fea7350b3e0000000049454e44ae426082"
)
DIGEST = __import__("hashlib").sha256(PIXEL).hexdigest()
FIGURES = {DIGEST: FigureFile("吊钩.png", "image/png", PIXEL)}
SINGLE = ItemContent(
    Kind.SINGLE, r"安全系数 $K=\frac{F_b}{F_1}$ 中，$F_b$ 是（　）。",
    ("破断拉力", "允许拉力 < 破断拉力", "自重", "A:B=1{2}#~"), "A", "见钢丝绳选用一节。",
)  # fmt: skip
MULTIPLE = ItemContent(Kind.MULTIPLE, "下列应当报废的有（　）。", ("断丝", "新绳", "扭结"), "AC")
TRUE_FALSE = ItemContent(
    Kind.TRUE_FALSE, "六级风时应当停止露天吊装。", key="T", explanation="规程要求。"
)
BLANK = ItemContent(Kind.BLANK, "吊钩危险断面磨损达原尺寸的____时报废。", key="10%|百分之十")
BLANKS = ItemContent(Kind.BLANK, "力的三要素是大小、____和____。", key="方向\n作用点|着力点")
CALCULATION = ItemContent(
    Kind.CALCULATION, "重物20 kN，双支吊索夹角60°，求每支拉力。",
    key=r"$F=\frac{G}{2\cos 30^\circ}\approx 11.5$ kN", marking="公式5分\n结果5分",
)  # fmt: skip
FIGURE = ItemContent(
    Kind.SHORT, f"说明图中标记的含义：\n![吊钩标记]({DIGEST})\n| 标记 | 含义 |\n| 甲 | 乙 |",
    key="按吊钩标准说明。",
)  # fmt: skip
CASE = ItemContent(
    Kind.CASE, "某码头抬吊变压器，风速突然增大。", parts=(
        ItemContent(Kind.SINGLE, "应先（　）。", ("继续", "停止"), "B", "先停稳。"),
        ItemContent(Kind.ESSAY, "说明载荷分配的要求。", key="不超过80%。", marking="满分10分"),
    ),
)  # fmt: skip
ALL = (SINGLE, MULTIPLE, TRUE_FALSE, BLANK, BLANKS, CALCULATION, FIGURE, CASE)


def drafts(*contents: ItemContent) -> list[ItemDraft]:
    return [
        ItemDraft(content, "A-B-001", number % 5 + 1, 2, f"{content.kind}-A-B-001-{number:03d}")
        for number, content in enumerate(contents, start=1)
    ]


def told(findings) -> list[tuple[str, str]]:
    return [(each.place, each.code) for each in findings]


def as_carried(read) -> list[tuple]:
    return [(d.content, d.point, d.difficulty, d.consistency, d.code) for d in read.drafts]


@pytest.mark.parametrize("name", ["excel", "word", "moodle", "qti21", "qti30"])
def test_what_goes_out_comes_in_again(name: str) -> None:
    given = drafts(*ALL)
    written = FORMATS[name].write(given, FIGURES, "起重题库")
    read = FORMATS[name].read(written.content)
    assert (told(read.faults), told(read.losses), read.found) == ([], [], len(ALL))
    assert as_carried(read) == [
        (d.content, d.point, d.difficulty, d.consistency, d.code) for d in given
    ]
    assert {digest: each.content for digest, each in read.figures.items()} == {DIGEST: PIXEL}


LOST = {
    "excel": [],
    "word": [],
    "moodle": [("E-A-B-001-008", "group")],
    "qti21": [("T-A-B-001-005", "scoring"), ("E-A-B-001-008", "scoring")],
    "qti30": [("T-A-B-001-005", "scoring"), ("E-A-B-001-008", "scoring")],
    "gift": [
        ("T-A-B-001-005", "left_out"), ("U-A-B-001-006", "marking"),
        ("U-A-B-001-006", "model_answer"), ("D-A-B-001-007", "figure"),
        ("D-A-B-001-007", "model_answer"), ("E-A-B-001-008", "left_out"),
    ],
    "excel-paper": [
        ("B-A-B-001-001", "explanation"), ("B-A-B-001-001", "code"), ("G-A-B-001-002", "code"),
        ("C-A-B-001-003", "explanation"), ("C-A-B-001-003", "code"), ("T-A-B-001-004", "code"),
        ("T-A-B-001-005", "code"), ("U-A-B-001-006", "marking"), ("U-A-B-001-006", "code"),
        ("D-A-B-001-007", "figure"), ("D-A-B-001-007", "code"), ("E-A-B-001-008", "explanation"),
        ("E-A-B-001-008", "marking"), ("E-A-B-001-008", "code"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_a_format_cannot_carry_is_said(name: str) -> None:
    assert told(FORMATS[name].write(drafts(*ALL), FIGURES, "题库").losses) == LOST[name]


def test_gift_carries_the_rest() -> None:
    given = drafts(SINGLE, MULTIPLE, TRUE_FALSE, BLANK)
    read = FORMATS["gift"].read(FORMATS["gift"].write(given, {}, "题库").content)
    assert (told(read.faults), told(read.losses)) == ([], [])
    assert as_carried(read) == [
        (d.content, d.point, d.difficulty, d.consistency, d.code) for d in given
    ]


def test_the_columns_of_papers_carry_the_words() -> None:
    given = drafts(MULTIPLE, BLANKS, CASE)
    read = FORMATS["excel-paper"].read(FORMATS["excel-paper"].write(given, {}, "卷").content)
    kinds = [(d.content.kind, d.content.key, len(d.content.parts)) for d in read.drafts]
    assert kinds == [("G", "AC", 0), ("T", BLANKS.key, 0), ("E", "", 2)]


# ---- files of others ------------------------------------------------------------------------


def workbook(*rows: tuple) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


HEAD = ("序号", "认定点代码", "题型", "试题（题干）", "选项A", "选项B", "答案", "难度代码")


def test_excel_reads_what_offices_write_and_names_each_cell() -> None:
    read = FORMATS["excel"].read(workbook(
        ("某公司题库",), HEAD,
        (1, "A-B-001", "判断题", "断丝即报废。", None, None, "错误", 3.0),
        (2, "A-B-001", "单项选择", "哪项？", "甲", "乙", " b ", 9),
        (3, "A-B-001", "连线题", "连线。", None, None, "A", 2),
        (4, "A-B-001", "多选", "哪些？", "甲", "乙", "B、A", None),
    ))  # fmt: skip
    assert [(d.content.kind, d.content.key, d.difficulty, d.place) for d in read.drafts] == [
        ("C", "F", 3, "第3行"), ("G", "AB", None, "第6行"),
    ]  # fmt: skip
    assert [(f.place, f.column, f.code) for f in read.faults] == [
        ("第4行", "难度代码", "not_1_to_5"), ("第5行", "题型代码", "kind_unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04rubbish", b"<quiz", "不是题库".encode(),
                b'<!DOCTYPE x [<!ENTITY a "b">]><quiz/>'],
)  # fmt: skip
def test_what_is_none_of_a_format_is_bad_input(name: str, content: bytes) -> None:
    with pytest.raises(BadInput):
        FORMATS[name].read(content)


MOODLE = """<quiz>
<question type="category"><category><text>$course$/A-B-001</text></category></question>
<question type="multichoice"><name><text>一</text></name>
<questiontext format="html"><text><![CDATA[<p>甲 <b>乙</b></p><p><img src="@@PLUGINFILE@@/x.png"></p>]]></text></questiontext>
<single>true</single>
<answer fraction="100"><text>对</text><feedback><text>好</text></feedback></answer>
<answer fraction="50"><text>半对</text></answer></question>
<question type="matching"><name><text>二</text></name></question>
</quiz>"""


def test_moodle_says_what_it_could_not_take() -> None:
    read = FORMATS["moodle"].read(MOODLE.encode())
    assert told(read.losses) == [
        ("第2题", "figure"), ("第2题", "marks"), ("第2题", "feedback"), ("第2题", "partial"),
    ]  # fmt: skip
    assert told(read.faults) == [("第3题", "type_unsupported")]
    (draft,) = read.drafts
    assert (draft.point, draft.content.stem, draft.content.key) == (
        "A-B-001", "甲 乙\n［图：］", "A",
    )  # fmt: skip


GIFT = """// 别人的题库
$CATEGORY: 起重/A-B-001

::Q1::六级风应停止作业。{T}

Q2 力的单位是{~千克 ~米 =牛顿 #对}

两加二{=4 =四}

配对{=甲 -> 一 =乙 -> 二}
"""


def test_gift_reads_the_manual_forms() -> None:
    read = FORMATS["gift"].read(GIFT.encode())
    assert [(d.content.kind, d.content.stem, d.content.key, d.point) for d in read.drafts] == [
        ("C", "六级风应停止作业。", "T", "A-B-001"),
        ("B", "Q2 力的单位是", "C", "A-B-001"),
        ("T", "两加二____", "4|四", "A-B-001"),
    ]
    assert (told(read.faults), [each.code for each in read.losses]) == (
        [("第10行", "type_unsupported")], ["feedback"],
    )  # fmt: skip


QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q1" title="Q1">
<responseDeclaration identifier="R" cardinality="single" baseType="identifier">
<correctResponse><value>ChoiceB</value></correctResponse></responseDeclaration>
<itemBody><p>看牌子。</p><choiceInteraction responseIdentifier="R" maxChoices="1">
<prompt>写的是什么？</prompt><simpleChoice identifier="ChoiceA">甲</simpleChoice>
<simpleChoice identifier="ChoiceB">乙</simpleChoice></choiceInteraction></itemBody>
<modalFeedback identifier="f" outcomeIdentifier="FB" showHide="show">因为。</modalFeedback>
</assessmentItem>"""


def test_qti_reads_a_bare_item() -> None:
    (draft,) = FORMATS["qti21"].read(QTI.encode()).drafts
    assert draft.content == ItemContent(
        Kind.SINGLE, "看牌子。\n写的是什么？", ("甲", "乙"), "B", "因为。"
    )
    with pytest.raises(BadInput):
        FORMATS["qti21"].read(b"<other/>")
