"""From chosen items to a paper: sections in the order of the blueprint, questions in the order of the
table, points on every question.
"""

from collections.abc import Mapping, Sequence

from jiangjie.itembank.rules.content import ItemContent, Kind, PaperContent, Question, Section
from jiangjie.papers.rules.problem import Candidate, Part

_TITLES = {
    Kind.SINGLE: "单项选择题", Kind.MULTIPLE: "多项选择题", Kind.TRUE_FALSE: "判断题",
    Kind.BLANK: "填空题", Kind.SHORT: "简答题", Kind.CALCULATION: "计算题", Kind.ESSAY: "论述题",
    Kind.CASE: "案例分析题", Kind.COMPOSITE: "综合题",
}  # fmt: skip
_HOW = {
    Kind.SINGLE: "每题只有一个正确答案，多选、错选、不选均不得分。",
    Kind.MULTIPLE: "每题有两个或两个以上正确答案，多选、少选、错选、不选均不得分。",
    Kind.TRUE_FALSE: "正确的填“√”，错误的填“×”。",
}
_ORDINALS = "一二三四五六七八九"


def compose(
    *,
    code: str,
    title: str,
    minutes: int,
    shape: Sequence[Part],
    chosen: Sequence[Candidate],
    contents: Mapping[str, ItemContent],
) -> PaperContent:
    """`chosen` are the items of one form; `contents` by their ids."""
    sections: list[Section] = []
    number = 1
    for part in shape:
        of = sorted(
            (item for item in chosen if item.kind is part.kind), key=lambda i: (i.point, i.id)
        )
        questions = tuple(
            Question(item.id, contents[item.id], divided(part.points, contents[item.id]))
            for item in of
        )
        if questions:
            sections.append(_section(len(sections), part, number, questions))
            number += len(questions)
    return PaperContent(code, title, minutes, tuple(sections))


def _section(at: int, part: Part, first: int, questions: tuple[Question, ...]) -> Section:
    count = len(questions)
    numbers = f"第{first}～{first + count - 1}题" if count > 1 else f"第{first}题"
    each, whole = points_text(part.points), points_text(part.points * count)
    return Section(
        f"{_ORDINALS[at]}、{_TITLES[part.kind]}",
        f"{numbers}，每题{each}分，共{whole}分。{_HOW.get(part.kind, '')}",
        questions,
    )


def divided(points: int, content: ItemContent) -> tuple[int, ...]:
    """Points of each part of a case or composite item: in half points, the rest to the first ones."""
    count = max(1, len(content.parts))
    if count == 1:
        return (points,)
    unit = 50 if points % 50 == 0 and points // 50 >= count else 1
    base, rest = divmod(points // unit, count)
    return tuple((base + (at < rest)) * unit for at in range(count))


def points_text(hundredths: int) -> str:
    """100 → 1, 50 → 0.5."""
    return f"{hundredths / 100:g}"


def form_name(place: int, forms: int) -> str:
    """A, B, C … for the papers, 备1, 备2 … for the spares after them."""
    return chr(ord("A") + place) if place < forms else f"备{place - forms + 1}"
