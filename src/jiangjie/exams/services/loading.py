"""Papers of `papers` into the room: what both keys have opened, and a spare in its place.

Nothing sealed is ever loaded: the paper is opened shortly before the bell, then put into the room,
where it lies under a key of its own that candidates get at the bell
(docs/explanation/paper-secrecy.md).
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from jiangjie.accounts.models import User
from jiangjie.exams.models import (
    Answer,
    Incident,
    IncidentKind,
    MachineSession,
    Paper,
    Seat,
    Sitting,
)
from jiangjie.exams.services.arranging import (
    Figure,
    check_not_closed,
    load_paper,
    locked,
    record,
)
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.papers import queries as papers
from jiangjie.papers import services as paper_services
from jiangjie.papers.models import PaperSet

_PNG = b"\x89PNG"


@transaction.atomic
def load_opened(
    *, sitting_id: int, set_id: int, paper_ids: Collection[int], reason: str = "",
    may_replace: bool = True, by: User, at: datetime,
) -> list[Paper]:  # fmt: skip
    """Put opened forms of one set into the room, for the lines of the batch that the set is for.

    What was there for them before is taken back by whoever `may_replace`, with the reason. After the bell that is possible while
    nobody's answer has come in: the bell is undone, whoever had begun signs in anew, and the
    invigilator rings again. RuleViolation exams.paper_not_opened, exams.answered,
    exams.reason_missing, exams.paper_missing.
    """
    sitting = locked(sitting_id)
    check_not_closed(sitting)
    for_room = next(
        (each for each in papers.sets_for_room(sitting.batch) if each.papers.pk == set_id), None
    )
    if for_room is None or not paper_ids:
        raise RuleViolation("exams.paper_missing", gettext_noop("请选择要装入的试卷。"))
    opened = papers.opened_by_id(sitting.batch)
    chosen = [opened[pk] for pk in paper_ids if pk in opened]
    if len(chosen) != len(paper_ids) or not set(paper_ids) <= for_room.ids:
        raise RuleViolation(
            "exams.paper_not_opened",
            gettext_noop("试卷尚未由两位密钥保管人启封，不能装入考场。"),
        )
    lines = for_room.room_lines
    there = Paper.objects.filter(sitting=sitting, line__in=[each for each in lines if each])
    if None in lines:
        there = Paper.objects.filter(sitting=sitting)
    before = dict(there.values_list("code", "digest"))
    if before:
        _check_may_replace(may_replace, reason)
        if sitting.bell_at is not None:
            _undo_bell(sitting, reason=reason, by=by, at=at)
        Seat.objects.filter(paper__in=there).update(paper=None, order={})
        there.delete()
    figures = _figures(chosen, for_room.papers, at)
    made = [
        paper for line in lines
        for paper in load_paper(
            sitting_id=sitting_id, contents=chosen, line=line, figures=figures, by=by, at=at
        )
    ]  # fmt: skip
    if before:
        Incident.objects.create(
            sitting=sitting, kind=IncidentKind.NOTE, text=reason.strip(), at=at, by=by
        )
        record(
            "exams.paper_replaced", sitting, by=by, at=at, reason=reason.strip(), before=before,
            forms={paper.code: paper.digest for paper in made},
        )  # fmt: skip
    return made


def _check_may_replace(may_replace: bool, reason: str) -> None:
    if not may_replace:
        raise RuleViolation("exams.office_replaces", gettext_noop("考场换卷由评价办公室办理。"))
    if not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))


def _undo_bell(sitting: Sitting, *, reason: str, by: User, at: datetime) -> None:
    """Back to the time before the bell. Locking the seats makes a first save that is under way come
    before this, and then refuse it, or find its seat not started."""
    seats = Seat.objects.select_for_update(of=("self",)).filter(sitting=sitting).order_by("pk")
    list(seats)
    if (
        Answer.objects.filter(seat__sitting=sitting).exists()
        or Seat.objects.filter(sitting=sitting, handed_in_at__isnull=False).exists()
    ):
        raise RuleViolation(
            "exams.answered",
            gettext_noop("已有考生的答案存入，本场不能再换卷；请登记考场情况，收卷后另行安排。"),
        )
    begun = Seat.objects.filter(sitting=sitting, started_at__isnull=False)
    MachineSession.objects.filter(seat__in=begun, replaced_at=None).update(
        replaced_at=sitting.bell_at  # nothing made in these sessions counts
    )
    begun.update(started_at=None, session=F("session") + 1, may_move=True)
    rung = sitting.bell_at
    sitting.bell_at, sitting.bell_by, sitting.extended_minutes = None, None, 0
    sitting.save(update_fields=["bell_at", "bell_by", "extended_minutes"])
    record("exams.bell_undone", sitting, by=by, at=at, rung_at=rung, reason=reason.strip())


def _figures(contents: Collection[PaperContent], of: PaperSet, at: datetime) -> dict[str, Figure]:
    found = paper_services.figures_for(contents, papers=of, at=at)
    return {
        digest: ("image/png" if content.startswith(_PNG) else "image/jpeg", content)
        for digest, content in found.items()
    }
