"""Markup, formulas, tables, likeness: what the bank decides without a database."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.examples import EXAMPLES
from jiangjie.itembank.rules import similarity
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.elements import ElementRow, coverage, element_faults
from jiangjie.itembank.rules.formulas import BadFormula, mathml, tree
from jiangjie.itembank.rules.items import content_faults
from jiangjie.itembank.rules.markup import escaped, faults_of, html, inline_html, plain, printed
from jiangjie.itembank.rules.practical import (
    ModuleRow,
    ScoreRow,
    TaskContent,
    check_structure,
    check_task,
)
from jiangjie.kernel.errors import BadInput, RuleViolation
from tests.itembank.factories import ROWS

DIGEST = "0123456789abcdef" * 4


def nowhere(digest: str) -> str | None:
    return f"/f/{digest[:4]}" if digest == DIGEST else None


# ---- markup ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("一段\n\n二段", "<p>一段</p><p>二段</p>"),
        ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
        (r"价格 \$5 和 \$6", "<p>价格 $5 和 $6</p>"),
        ("$x$", '<p><math title="x"><mi>x</mi></math></p>'),
        (r"$\foo$", r'<p><code class="item-bad">\foo</code></p>'),
        (f"![甲]({DIGEST})", '<p><img class="item-figure" src="/f/0123" alt="甲"></p>'),
        (f'![a"b]({"f" * 64})', '<p><span class="item-bad">［a&quot;b］</span></p>'),
        (
            "| 甲 | 乙 |\n|---|---|\n| 1 |",
            (
                '<table class="item-table"><thead><tr><th scope="col">甲</th><th scope="col">乙</th>'
                "</tr></thead><tbody><tr><td>1</td><td></td></tr></tbody></table>"
            ),
        ),
        ("只有一个 $ 符号", "<p>只有一个 $ 符号</p>"),
    ],
)
def test_markup_becomes_safe_html(source: str, expected: str) -> None:
    assert html(source, nowhere) == expected


def test_one_paragraph_of_an_option_has_no_element_around_it() -> None:
    assert inline_html("甲 < 乙", nowhere) == "甲 &lt; 乙"


@given(st.text(alphabet="甲$\\!|[]()\n a<&", max_size=40))
@settings(max_examples=200)
def test_escaped_words_are_words_again(text: str) -> None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    assert plain(escaped("\n".join(lines))) == "\n".join(lines)


@given(st.text(max_size=80))
@settings(max_examples=150)
def test_any_text_is_a_source(text: str) -> None:
    shown = html(text, nowhere)
    assert "<script" not in shown.lower()
    assert isinstance(printed(text), list)


def test_markup_for_print_is_json() -> None:
    assert printed(f"甲 $a_1$\n| 头 |\n![图]({DIGEST})") == [
        {"p": [{"t": "甲 "}, {"m": ["sub", ["i", "a"], ["n", "1"]]}]},
        {"table": [[[{"t": "头"}]]]},
        {"p": [{"f": DIGEST, "c": "图"}]},
    ]


def test_a_writer_is_told_of_what_cannot_be_read() -> None:
    assert [each.code for each in faults_of(r"$\frac{a$ 和一个 $")] == [
        "formula_unreadable", "dollar_alone",
    ]  # fmt: skip


# ---- formulas -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{G}{2\cos 30^\circ}",
         ["frac", ["i", "G"], ["row", ["n", "2"], ["up", "cos"], ["sup", ["n", "30"], ["o", "∘"]]]]),
        (r"\sqrt[3]{x}", ["root", ["i", "x"], ["n", "3"]]),
        (r"\mathrm{kN}", ["up", "kN"]),
        ("破断拉力", ["t", "破断拉力"]),
        (r"\left(\frac{1}{2}\right)", ["lr", ["o", "("], ["frac", ["n", "1"], ["n", "2"]], ["o", ")"]]),
        (r"\href{javascript:1}{x}", ["i", "x"]),
    ],
)  # fmt: skip
def test_a_formula_is_a_tree_of_known_nodes(latex: str, expected: list[object]) -> None:
    assert tree(latex) == expected


@pytest.mark.parametrize("latex", ["", r"\foo{x}", r"\frac{a}", "a^", "{", "x" * 501, r"\left(a"])
def test_what_is_no_formula_is_said(latex: str) -> None:
    with pytest.raises(BadFormula):
        tree(latex)


def test_a_matrix_is_drawn_and_its_fences_grow() -> None:
    whole = tree(r"A=\begin{pmatrix}1&2\\3&4\end{pmatrix}")
    assert [node[0] for node in whole[1:]] == ["i", "o", "lr"]
    assert "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>" in mathml(
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"
    )


# ---- items ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (ItemContent(Kind.SINGLE, "题", ("甲", "乙"), "A"), []),
        (ItemContent(Kind.SINGLE, "题", ("甲", "甲"), "AB"), ["option_twice", "key_not_single"]),
        (ItemContent(Kind.SINGLE, "题", ("甲",), "B"), ["options_count", "key_unreadable"]),
        (ItemContent(Kind.MULTIPLE, "题", ("甲", "乙"), "BA"), ["key_unreadable"]),
        (ItemContent(Kind.MULTIPLE, "题", ("甲", ""), "AB"), ["option_empty"]),
        (ItemContent(Kind.TRUE_FALSE, "题", ("对",), "T"), ["options_unwanted"]),
        (ItemContent(Kind.BLANK, "没有空", key="甲"), ["blank_missing"]),
        (ItemContent(Kind.BLANK, "空____和（　）", key="甲\n乙"), []),
        (ItemContent(Kind.ESSAY, " ", key=""), ["stem_missing", "key_missing"]),
        (ItemContent(Kind.CASE, "材料", key="A"), ["group_has_key", "parts_missing"]),
        (ItemContent(Kind.CASE, "材料", parts=(ItemContent(Kind.CASE, "又一层"),)), ["group_in_group"]),
    ],
)  # fmt: skip
def test_faults_of_an_item(content: ItemContent, codes: list[str]) -> None:
    assert [fault.code for fault in content_faults(content)] == codes


# ---- element tables -------------------------------------------------------------------------


def test_a_whole_table_has_no_fault() -> None:
    assert element_faults(ROWS) == []


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (ROWS[:5], {"sum_whole"}),
        ((ElementRow("C", "别的", 10_000), ElementRow("C-A", "下级", 10_000),
          ElementRow("C-A-001", "点", importance="X")), {"first_level"}),
        ((ElementRow("A", "一级", 10_000), ElementRow("A-001", "点", importance="X")), {"point_too_high"}),
        ((ElementRow("A", "一级", 10_000), ElementRow("a-b", "小写", 10_000),
          ElementRow("a-b-1", "点", importance="X")), {"code_shape", "parent_missing", "scope_empty"}),
        ((ElementRow("A", "", 10_000), ElementRow("A-A", "下级", 10_000),
          ElementRow("A-A-001", "点", importance="X")), {"name_missing"}),
    ],
)  # fmt: skip
def test_faults_of_a_table(rows: tuple[ElementRow, ...], codes: set[str]) -> None:
    assert {fault.code for fault in element_faults(rows)} == codes


def test_coverage_adds_up_to_the_root() -> None:
    rows = {
        each.row.code: each
        for each in coverage(ROWS, {("A-A-001", "B"): 2, ("A-A-001", "C"): 1}, {"B-A-001": 4})
    }
    whole = rows["A"]
    assert (whole.points, whole.bare, whole.ratio, whole.ready) == (2, 1, (2, 0, 0), 3)
    assert (whole.kinds, rows["B"].waiting, rows["B-A"].bare) == ({"B": 2, "C": 1}, 4, 2)


# ---- practical ------------------------------------------------------------------------------


def module(weight: int, choice: str = "", minutes: int = 30) -> ModuleRow:
    return ModuleRow("功能", "内容", choice, weight, minutes, "practice")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((), "structure_empty"),
        ((module(4000), module(5000)), "structure_sum"),
        ((module(4000), module(6000, "一"), module(5000, "一")), "structure_choice"),
        ((module(4000), module(6000, "一"), module(6000, "一", 60)), "structure_choice"),
    ],
)
def test_a_structure_makes_a_hundred(rows: tuple[ModuleRow, ...], code: str) -> None:
    check_structure((module(4000), module(6000, "一"), module(6000, "一")))
    with pytest.raises(RuleViolation) as refused:
        check_structure(rows)
    assert refused.value.code == f"itembank.{code}"


def test_a_score_sheet_makes_a_hundred() -> None:
    whole = TaskContent("", "", "做。", (ScoreRow("甲", "乙", 10_000, "扣"),), ("碰撞",))
    check_task(whole)
    assert TaskContent.from_dict(whole.to_dict()) == whole
    with pytest.raises(RuleViolation, match="现为90分"):
        check_task(TaskContent("", "", "做。", (ScoreRow("甲", "乙", 9_000, "扣"),)))


# ---- likeness -------------------------------------------------------------------------------

KEY = b"k" * 32
NEAR = (
    "吊钩出现裂纹时应当立即停止作业并予以报废处理",
    "吊钩出现裂纹时，应立即停止作业，并予以报废处理。",
)
FAR = (
    "吊钩出现裂纹时应当立即停止作业并予以报废处理",
    "液压油呈乳白色通常说明油中混入了水分需要更换",
)


def same_bands(left: str, right: str) -> int:
    signed = [similarity.signature(similarity.shingles(text), KEY) for text in (left, right)]
    first, second = (set(similarity.bands(each, KEY)) for each in signed)
    return len(first & second)


def test_near_texts_meet_in_a_band_and_others_do_not() -> None:
    assert similarity.likeness(*map(similarity.shingles, NEAR)) >= similarity.NEAR
    assert similarity.likeness(*map(similarity.shingles, FAR)) == 0
    assert (same_bands(*NEAR) > 0, same_bands(*FAR)) == (True, 0)


def test_punctuation_and_stock_phrases_do_not_count() -> None:
    left, right = "下列关于吊钩的说法，正确的是（ ）", "以下有关吊钩的叙述不正确的是"
    assert similarity.shingles(left) == similarity.shingles(right)
    assert similarity.signature(similarity.shingles("（　）"), KEY) == b""


def test_a_signature_says_nothing_without_its_key() -> None:
    found = similarity.shingles(NEAR[0])
    assert similarity.signature(found, KEY) != similarity.signature(found, b"x" * 32)


# ---- files of anybody -----------------------------------------------------------------------


@given(
    name=st.sampled_from(sorted(FORMATS)), place=st.integers(0, 10**6), byte=st.integers(0, 255),
    cut=st.booleans(),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_a_damaged_file_is_read_or_refused(name: str, place: int, byte: int, cut: bool) -> None:
    content = bytearray(WHOLE.setdefault(name, FORMATS[name].write(EXAMPLES, {}, "示例").content))
    content[place % len(content)] = byte
    with contextlib.suppress(BadInput):
        FORMATS[name].read(bytes(content[: place % len(content)] if cut else content))


WHOLE: dict[str, bytes] = {}
