"""Lists of marking as rows of a worksheet and as choices of a form."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jiangjie.itembank.models import KindName
from jiangjie.kernel.scores import format_score
from jiangjie.marking.models import Script
from jiangjie.marking.queries import PaperAnalysis, ScriptLine
from jiangjie.web.spreadsheets import Cell

Table = tuple[list[str | Promise], Iterator[Sequence[Cell]]]


def unit_choices(lines: Sequence[ScriptLine]) -> list[tuple[int, str]]:
    return [
        (
            line.unit.number,
            _("第%(number)d题（%(points)s分，现得%(earned)s分）")
            % {
                "number": line.unit.number,
                "points": format_score(line.unit.points),
                "earned": format_score(line.earned or 0),
            },
        )
        for line in lines
    ]


def points_text(points: int) -> str:
    """As it is typed: 450 → "4.5"."""
    return f"{points / 100:g}"


def analysis_page(each: PaperAnalysis) -> dict[str, Any]:
    """One form of the paper as the screen shows it: texts of numbers that may be missing."""
    form, test = each.form, each.form.test
    interval, alpha = form.pass_interval, test.alpha_interval
    return {
        "paper": each.paper,
        "form": form,
        "pass_percent": _percent(form.pass_rate),
        "pass_low": _percent(interval[0]) if interval else "",
        "pass_high": _percent(interval[1]) if interval else "",
        "mean_text": "—" if test.mean is None else f"{test.mean / 100:.2f}",
        "deviation_note": ""
        if test.deviation is None
        else _("标准差%(deviation)s") % {"deviation": f"{test.deviation / 100:.2f}"},
        "alpha_text": "" if test.alpha is None else f"{test.alpha:.2f}",
        "alpha_note": ""
        if alpha is None
        else _("95%%区间%(low)s—%(high)s") % {"low": f"{alpha[0]:.2f}", "high": f"{alpha[1]:.2f}"},
        "error_text": ""
        if test.measurement_error is None
        else f"{test.measurement_error / 100:.2f}",
        "histogram": [
            (f"{place * 10}–{place * 10 + 9 if place < 9 else 100}", count)
            for place, count in enumerate(form.histogram)
        ],
        "lines": [
            {
                "analysis": line,
                "kind": KindName(line.unit.content.kind).label,
                "reasons": [(letter, _(text)) for letter, text in line.reasons],
            }
            for line in form.units
        ],
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f}"


def scripts(found: Iterable[Script]) -> Table:
    columns = [_("密号"), _("准考证号"), _("姓名"), _("单位"), _("卷别"), _("客观题得分"), _("卷面得分"), _("卷面满分"), _("成绩")]  # fmt: skip

    def rows() -> Iterator[Sequence[Cell]]:
        for each in found:
            case = each.sheet.seat.application
            yield (
                str(each), case.ticket, case.person.name, case.unit_name,
                each.sheet.seat.paper.code if each.sheet.seat.paper else "",
                each.sheet.objective / 100, (each.earned or 0) / 100, each.possible / 100,
                (each.score or 0) / 100,
            )  # fmt: skip

    return [*columns], rows()


def analysis(papers: Iterable[PaperAnalysis]) -> Table:
    columns = [_("卷别"), _("题号"), _("题型"), _("试题"), _("分值"), _("人数"), _("难度（得分率）"), _("标准误"), _("区分度"), _("选项"), _("用时中位数（秒）"), _("提示")]  # fmt: skip

    def rows() -> Iterator[Sequence[Cell]]:
        for each in papers:
            for line in each.form.units:
                unit, found = line.unit, line.statistics
                yield (
                    each.paper.code, unit.number, KindName(unit.content.kind).label, unit.item,
                    unit.points / 100, found.people, _rounded(found.difficulty),
                    _rounded(found.difficulty_error), _rounded(found.discrimination),
                    " ".join(f"{one.letter}:{one.people}" for one in line.options), line.seconds,
                    "；".join(f"{letter}{_(text)}" for letter, text in line.reasons),
                )  # fmt: skip

    return [*columns], rows()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
