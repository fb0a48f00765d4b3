"""What is answered in a paper: each question, or each part of a case or composite one."""

from collections.abc import Iterator
from dataclasses import dataclass

from jiangjie.itembank.rules.content import ItemContent, PaperContent


@dataclass(frozen=True, slots=True)
class Unit:
    """`number` counts through the paper as it was sealed, from 1; answers are filed under it."""

    number: int
    question: int  # place of its question among the paper's questions, from 0
    item: str  # the bank's code of item and version
    content: ItemContent
    points: int  # hundredths


def units_of(paper: PaperContent) -> tuple[Unit, ...]:
    return tuple(
        Unit(number, *found) for number, found in enumerate(_answerable(paper), start=1)
    )  # fmt: skip


def _answerable(paper: PaperContent) -> Iterator[tuple[int, str, ItemContent, int]]:
    for place, question in enumerate(paper.questions):
        answered = question.content.parts or (question.content,)
        for content, points in zip(answered, question.points, strict=True):
            yield place, question.item, content, points
