"""What a candidate's page is given of a paper: shown texts without any key, and his own order."""

from collections.abc import Callable, Mapping
from typing import Any

from jiangjie.exams.rules.shuffle import Layout
from jiangjie.exams.rules.units import Unit, units_of
from jiangjie.itembank.rules.content import Kind, PaperContent

Render = Callable[[str], str]  # markup source → safe HTML


def package(paper: PaperContent, *, block: Render, inline: Render) -> dict[str, Any]:
    """JSON of the paper in the order in which it was sealed; each seat's order comes at the bell.

    Written field by field, so that whatever an item may have besides stays out.
    """
    units: dict[int, list[Unit]] = {}
    for unit in units_of(paper):
        units.setdefault(unit.question, []).append(unit)
    return {
        "title": paper.title,
        "sections": [{"title": each.title, "note": each.note} for each in paper.sections],
        "questions": [
            {
                "stem": block(question.content.stem),
                "units": [
                    _unit(unit, is_part=bool(question.content.parts), block=block, inline=inline)
                    for unit in units[place]
                ],
            }
            for place, question in enumerate(paper.questions)
        ],
    }


def _unit(unit: Unit, *, is_part: bool, block: Render, inline: Render) -> dict[str, Any]:
    content = unit.content
    return {
        "number": unit.number,
        "kind": content.kind.value,
        "points": unit.points,
        "stem": block(content.stem) if is_part else "",
        "options": [inline(option) for option in content.options],
        # How many blanks there are is seen in the stem; what belongs in them is not said.
        "blanks": content.key.count("\n") + 1 if content.kind is Kind.BLANK else 0,
    }


def order(layout: Layout) -> Mapping[str, Any]:
    return {
        "sections": [list(section) for section in layout.sections],
        "options": {str(unit): list(places) for unit, places in layout.options.items()},
    }
