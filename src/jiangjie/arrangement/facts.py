"""What arrangement tells the layers below: what waits for whom. S10 itself is done by record."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.arrangement import queries
from jiangjie.arrangement.models import Letter, Panel, Seat
from jiangjie.notices.hooks import Task
from jiangjie.orgs.models import Organisation
from jiangjie.planning.hooks import Underway
from jiangjie.procedures.rules import Standing


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """An expert's letters to answer; for the office who cannot come. At most three queries."""
    if acting.has(Role.ASSESSOR, Role.SUPERVISOR):
        for letter in queries.own_letters(user).filter(
            answered_at=None, seat__panel__batch__archived_at=None
        ):
            yield Task(
                title=_("答复派遣：%(panel)s") % {"panel": letter.content["panel"]},
                detail=letter.seat.panel.batch.title,
                link=reverse("arrangement:duties"),
                due=letter.seat.panel.batch.exam_on,
                ground=letter.number,
                group=_("考务安排"),
            )
    if acting.has(Role.OFFICE) and acting.org is not None:
        refused = Letter.objects.filter(
            seat__panel__batch__org=acting.org, is_accepted=False, withdrawn_at=None,
            seat__left_at=None,
        ).select_related("seat__panel__batch", "seat__expert__person")  # fmt: skip
        for letter in refused:
            yield Task(
                title=_("%(name)s不能参加，请改派") % {"name": letter.seat.expert.person.name},
                detail=f"{letter.seat.panel.batch.title} {letter.content['panel']}",
                link=reverse("arrangement:panel", args=[letter.seat.panel_id]),
                due=letter.seat.panel.batch.exam_on,
                ground=letter.answer,
                group=_("考务安排"),
            )
        yield from _absent(acting.org, today)


def _absent(org: Organisation, today: date) -> Iterable[Task]:
    """Who has told that he cannot come on the day of a panel on which he sits."""
    seats = (
        Seat.objects.filter(
            panel__batch__org=org, left_at=None, panel__cancelled_at=None,
            panel__starts_at__date__gte=today,
            expert__person__absences__first_day__lte=F("panel__starts_at__date"),
            expert__person__absences__last_day__gte=F("panel__starts_at__date"),
        )
        .select_related("panel__batch", "expert__person")
        .distinct()
    )  # fmt: skip
    for seat in seats:
        yield Task(
            title=_("%(name)s登记了不能参加，请调整") % {"name": seat.expert.person.name},
            detail=f"{seat.panel.batch.title} {seat.panel.name}",
            link=reverse("arrangement:board", args=[seat.panel.batch_id]),
            due=seat.panel.batch.exam_on,
            ground=_("本人登记的不能参加的日期"),
            group=_("考务安排"),
        )


def batch_tasks(user: User, acting: Acting, underway: Sequence[Underway]) -> Iterable[Task]:
    """Office: batches whose examination is being prepared and that have no panels yet."""
    if not acting.has(Role.OFFICE):
        return
    arranged = set(
        Panel.objects.filter(
            batch__in=[each.batch for each in underway], cancelled_at=None
        ).values_list("batch", flat=True)
    )
    for each in underway:
        step = each.parts.get(queries.STEP)
        if step is None or step.state is not Standing.OPEN or each.batch.pk in arranged:
            continue
        yield Task(
            title=_("编组并安排考评人员"),
            detail=each.batch.title,
            link=reverse("arrangement:board", args=[each.batch.pk]),
            due=each.batch.exam_on,
            ground=step.ground.text,
            group=_("考务安排"),
        )
