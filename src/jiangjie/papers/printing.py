"""Papers on their way to print: what stands on the paper, on the answer sheet and in the key."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from jiangjie.documents.papers import (
    Layout,
    PrintedPaper,
    PrintedQuestion,
    PrintedSection,
    render_answer_sheet,
    render_key,
    render_paper,
)
from jiangjie.itembank.rules.content import ItemContent, Kind, PaperContent, Question
from jiangjie.itembank.rules.markup import plain, printed
from jiangjie.papers.rules.composition import points_text

NOTES = (
    "答卷前，在密封线内和答题卡上填写单位、姓名、准考证号，不得在试卷上作其他标记。",
    "答案写在答题卡的规定位置，写在试卷上无效。",
    "考试结束，试卷、答题卡和草稿纸一并交回，不得带出考场。",
)
_LETTERS = "ABCDEFGH"
_JUDGED = {"T": "√", "F": "×"}


class Sheet(StrEnum):
    PROOF = "proof"  # 校对稿, with answers and item codes
    PAPER = "paper"
    ANSWERS = "sheet"  # 答题卡
    KEY = "key"


def print_paper(
    content: PaperContent,
    *,
    sheet: Sheet,
    layout: Layout,
    form: str,
    organisation: str,
    figures: Mapping[str, bytes],
    printed_at: datetime,
) -> bytes:
    """The PDF. Keys are in the data only of proof and key."""
    with_keys = sheet in (Sheet.PROOF, Sheet.KEY)
    sections, number = [], 1
    for section in content.sections:
        questions = []
        for question in section.questions:
            questions.append(_question(question, str(number), with_keys, sheet is Sheet.PROOF))
            number += 1
        whole = points_text(sum(sum(each.points) for each in section.questions))
        sections.append(PrintedSection(section.title, section.note, questions, whole))
    paper = PrintedPaper(
        title=content.title, organisation=organisation, code=content.code, form=form,
        minutes=content.minutes, points=points_text(content.points),
        notes=NOTES if sheet is Sheet.PAPER else (), sections=sections, figures=figures,
        mark={Sheet.PROOF: "校对稿　绝密", Sheet.PAPER: "绝密★启用前", Sheet.KEY: "绝密"}.get(sheet, ""),
    )  # fmt: skip
    if sheet is Sheet.ANSWERS:
        return render_answer_sheet(paper, printed_at=printed_at)
    if sheet is Sheet.KEY:
        return render_key(paper, printed_at=printed_at)
    return render_paper(paper, layout=layout, printed_at=printed_at)


def _question(question: Question, number: str, with_keys: bool, with_item: bool) -> PrintedQuestion:
    content = question.content
    parts = [
        _printed(part, f"({at})", points_text(points), with_keys)
        for at, (part, points) in enumerate(
            zip(content.parts, question.points, strict=False), start=1
        )
    ]
    is_written = not content.kind.is_objective or bool(parts)
    return _printed(
        content, number, points_text(sum(question.points)) if is_written else "", with_keys,
        parts=parts, item=question.item if with_item else "",
    )  # fmt: skip


def _printed(
    content: ItemContent,
    number: str,
    points: str,
    with_keys: bool,
    *,
    parts: list[PrintedQuestion] | None = None,
    item: str = "",
) -> PrintedQuestion:
    letters = _LETTERS[: len(content.options)]
    way = "room"
    if content.kind.has_options:
        way = "letters"
    elif content.kind is Kind.TRUE_FALSE:
        way = "judge"
    elif content.kind is Kind.BLANK:
        way, letters = "line", "_" * max(1, len(content.key.splitlines()))
    answer = content.key
    if content.kind is Kind.TRUE_FALSE:
        answer = _JUDGED.get(answer, answer)
    elif content.kind is Kind.BLANK:
        answer = "；".join(line.replace("|", " 或 ") for line in answer.splitlines())
    return PrintedQuestion(
        number, printed(content.stem), [printed(option) for option in content.options],
        columns=_columns(content), points=points, parts=parts or [],
        answer=printed(answer) if with_keys and answer else (),
        explanation=printed(content.explanation) if with_keys and content.explanation else (),
        marking=printed(content.marking) if with_keys and content.marking else (),
        item=item, way=way, letters=letters,  # type: ignore[arg-type]
    )  # fmt: skip


def _columns(content: ItemContent) -> int:
    """Options side by side as far as the longest of them leaves room."""
    longest = max((len(plain(option)) for option in content.options), default=0)
    return 4 if longest <= 7 else 2 if longest <= 17 else 1
