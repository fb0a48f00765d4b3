"""What makes an item whole, and how it moves: draft → review → ready or returned → retired."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.markup import MarkupFault, faults_of, plain
from jiangjie.kernel.errors import RuleViolation, gettext_noop

LETTERS = "ABCDEF"
LABELS = {
    Kind.SINGLE: gettext_noop("单选题"),
    Kind.MULTIPLE: gettext_noop("多选题"),
    Kind.TRUE_FALSE: gettext_noop("判断题"),
    Kind.BLANK: gettext_noop("填空题"),
    Kind.SHORT: gettext_noop("简答题"),
    Kind.CALCULATION: gettext_noop("计算题"),
    Kind.ESSAY: gettext_noop("论述题"),
    Kind.CASE: gettext_noop("案例题"),
    Kind.COMPOSITE: gettext_noop("综合题"),
}
GROUPS = (Kind.CASE, Kind.COMPOSITE)
BLANK_MARK = re.compile(r"_{3,}|（\s*）|\(\s*\)")  # where the candidate writes
EASY, HARD = 1, 5


@dataclass(frozen=True, slots=True)
class ContentFault:
    """What is wrong with an item: `column` in the words of the Excel template."""

    column: str
    code: str
    text: str  # gettext source with places for `values`
    values: dict[str, object] = field(default_factory=dict)


def content_faults(content: ItemContent, *, in_group: bool = False) -> list[ContentFault]:
    """All that keeps the item from being used, in the order of its fields."""
    return list(_faults(content, in_group))


def _faults(content: ItemContent, in_group: bool) -> Iterator[ContentFault]:
    if not plain(content.stem).strip() and "![" not in content.stem:
        yield ContentFault("试题", "stem_missing", gettext_noop("没有题干。"))
    yield from _markup_faults(content)
    if content.kind in GROUPS:
        yield from _group_faults(content, in_group)
        return
    if content.parts:
        yield ContentFault("题型代码", "parts_unwanted", gettext_noop("只有案例题和综合题含小题。"))
    if content.kind.has_options:
        yield from _option_faults(content)
    elif content.options:
        yield ContentFault("选项A", "options_unwanted", gettext_noop("这种题型没有选项。"))
    yield from _key_faults(content)


def _markup_faults(content: ItemContent) -> Iterator[ContentFault]:
    named = [
        ("试题", content.stem),
        *((f"选项{letter}", text) for letter, text in zip(LETTERS, content.options, strict=False)),
        ("解析", content.explanation), ("评分标准", content.marking),
    ]  # fmt: skip
    if not content.kind.is_objective:
        named.append(("正确答案", content.key))
    for column, text in named:
        for fault in faults_of(text):
            yield _of_markup(column, fault)


def _of_markup(column: str, fault: MarkupFault) -> ContentFault:
    return ContentFault(column, fault.code, fault.text, dict(fault.values))


def _group_faults(content: ItemContent, in_group: bool) -> Iterator[ContentFault]:
    if in_group:
        yield ContentFault(
            "题型代码", "group_in_group", gettext_noop("小题不能再是案例题或综合题。")
        )
        return
    if content.options or content.key:
        yield ContentFault(
            "正确答案", "group_has_key", gettext_noop("案例题和综合题的答案写在各小题里。")
        )
    if not content.parts:
        yield ContentFault("小题", "parts_missing", gettext_noop("案例题和综合题至少有一道小题。"))
    for number, part in enumerate(content.parts, start=1):
        for fault in _faults(part, in_group=True):
            yield ContentFault(f"小题{number}·{fault.column}", fault.code, fault.text, fault.values)


def _option_faults(content: ItemContent) -> Iterator[ContentFault]:
    count = len(content.options)
    if not 2 <= count <= len(LETTERS):
        yield ContentFault(
            "选项A", "options_count",
            gettext_noop("选择题应有2至%(most)d个选项，现有%(count)d个。"),
            {"most": len(LETTERS), "count": count},
        )  # fmt: skip
    for letter, option in zip(LETTERS, content.options, strict=False):
        if not option.strip():
            yield ContentFault(f"选项{letter}", "option_empty", gettext_noop("选项为空。"))
    folded = ["".join(option.split()) for option in content.options]
    for place, option in enumerate(folded):
        if option and option in folded[:place]:
            yield ContentFault(
                f"选项{LETTERS[place]}", "option_twice", gettext_noop("与另一选项相同。")
            )


def _key_faults(content: ItemContent) -> Iterator[ContentFault]:
    key, kind = content.key, content.kind
    if not key.strip():
        yield ContentFault("正确答案", "key_missing", gettext_noop("没有答案。"))
    elif kind is Kind.TRUE_FALSE:
        if key not in ("T", "F"):
            yield ContentFault(
                "正确答案", "key_unreadable", gettext_noop("判断题的答案应为对或错。")
            )
    elif kind.has_options:
        letters = LETTERS[: len(content.options)]
        if any(letter not in letters for letter in key) or "".join(sorted(set(key))) != key:
            yield ContentFault(
                "正确答案", "key_unreadable",
                gettext_noop("答案应为选项字母%(first)s至%(last)s。"),
                {"first": "A", "last": letters[-1:] or "A"},
            )  # fmt: skip
        elif kind is Kind.SINGLE and len(key) != 1:
            yield ContentFault("正确答案", "key_not_single", gettext_noop("单选题只有一个答案。"))
        elif kind is Kind.MULTIPLE and len(key) < 2:
            yield ContentFault(
                "正确答案", "key_not_multiple", gettext_noop("多选题至少有两个答案。")
            )
    elif kind is Kind.BLANK:
        marks = blanks_in(content.stem)
        answers = len(key.splitlines())
        if marks == 0:
            yield ContentFault(
                "试题", "blank_missing", gettext_noop("填空题的题干应以“____”标出空处。")
            )
        elif marks != answers:
            yield ContentFault(
                "正确答案", "blanks_differ",
                gettext_noop("题干有%(blanks)d处空，答案有%(answers)d行；一空一行。"),
                {"blanks": marks, "answers": answers},
            )  # fmt: skip


def blanks_in(stem: str) -> int:
    return len(BLANK_MARK.findall(stem))


def words_of(content: ItemContent) -> str:
    """Plain text of stem, options and parts: for search and near-duplicates. No key."""
    return "\n".join([
        plain(content.stem), *(plain(option) for option in content.options),
        *(words_of(part) for part in content.parts),
    ])  # fmt: skip


def figures_in(content: ItemContent) -> set[str]:
    """Digests of all pictures that the item names, those of answers too."""
    texts = [content.stem, *content.options, content.key, content.explanation, content.marking]
    found = {each for text in texts for each in FIGURE.findall(text)}
    for part in content.parts:
        found |= figures_in(part)
    return found


FIGURE = re.compile(r"!\[[^\]\n]*\]\(([0-9a-f]{64})\)")


def points_of(content: ItemContent) -> int:
    """How many sub-questions get points of their own."""
    return len(content.parts) if content.kind in GROUPS else 1


def item_code(kind: str, point: str, number: int) -> str:
    """题型-一级-二级-三级-点-序号: B-A-B-C-001-002."""
    return f"{kind}-{point}-{number:03d}"


def check_content(content: ItemContent, *, difficulty: int, consistency: int | None) -> None:
    """Before an item goes to review. RuleViolation itembank.item_incomplete with its first fault."""
    faults = content_faults(content)
    if faults:
        raise RuleViolation(
            "itembank.item_incomplete",
            gettext_noop("试题还不完整：%(column)s——%(fault)s"),
            column=faults[0].column,
            fault=faults[0].text % faults[0].values,
        )
    for value in (difficulty, consistency):
        if value is not None and not EASY <= value <= HARD:
            raise RuleViolation(
                "itembank.code_1_to_5", gettext_noop("难度代码和一致性代码应为1至5。")
            )


def check_may_review(
    *, author_id: int, earlier_author_ids: Sequence[int], reviewer_id: int
) -> None:
    """命审分离: whoever wrote a wording of the item, this or an earlier one, does not review it.

    RuleViolation itembank.own_item (house decision after the confidentiality practice of banks).
    """
    if reviewer_id in (author_id, *earlier_author_ids):
        raise RuleViolation(
            "itembank.own_item",
            gettext_noop("命题人不能审定自己参与编写的试题，请由另一位专家审定。"),
        )


def check_state(state: str, *allowed: str) -> None:
    """RuleViolation itembank.wrong_state: somebody was quicker, or the page is old."""
    if state not in allowed:
        raise RuleViolation(
            "itembank.wrong_state",
            gettext_noop("这道试题的状态已经改变，请刷新页面后再办理。"),
        )


def check_verdict(verdict: str) -> None:
    """RuleViolation itembank.no_verdict for anything but ready or returned."""
    if verdict not in ("ready", "returned"):
        raise RuleViolation("itembank.no_verdict", gettext_noop("请选择“可用”或“退回”。"))
