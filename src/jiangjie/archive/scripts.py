"""The marked answer sheets of a batch as rows: answers, each marker's marks, sums.

No key and no word of the paper stands in them.
"""

from collections import defaultdict
from collections.abc import Iterator

from jiangjie.archive.contents import FOURTH, Gathered, Row
from jiangjie.exams.models import Paper
from jiangjie.marking import shown
from jiangjie.marking.models import GivenMark, Round, Script
from jiangjie.planning.models import Batch

SCRIPTS = f"{FOURTH}/理论阅卷.json"


def has_scripts(batch: Batch) -> bool:
    return Round.objects.filter(batch=batch).exists()


def scripts(batch: Batch, gathered: Gathered) -> Iterator[Row]:
    """One row a script, in the order of their numbers."""
    papers = Paper.objects.filter(seats__sheet__script__round__batch=batch).distinct()
    points = {
        paper.pk: [[unit.number, unit.points] for unit in shown.units(paper)] for paper in papers
    }
    given: dict[int, list[Row]] = defaultdict(list)
    for mark in (
        GivenMark.objects.filter(response__script__round__batch=batch)
        .select_related("response")
        .order_by("response__unit", "place")
    ):
        gathered.users.add(mark.marker_id)
        given[mark.response.script_id].append(
            {
                "unit": mark.response.unit, "question": mark.response.question_id,
                "place": mark.place, "marker": mark.marker_id, "points": mark.points,
            }
        )  # fmt: skip
    for script in (
        Script.objects.filter(round__batch=batch)
        .select_related("sheet__seat")
        .order_by("round", "number")
    ):
        sheet = script.sheet
        yield {
            "id": script.pk, "round": script.round_id, "number": script.number, "sheet": sheet.pk,
            "application": sheet.seat.application_id, "answers": sheet.answers,
            "machine": sheet.marks, "units": points[sheet.seat.paper_id or 0],
            "given": given[script.pk], "marks": script.marks, "earned": script.earned,
            "possible": script.possible, "score": script.score,
        }  # fmt: skip
