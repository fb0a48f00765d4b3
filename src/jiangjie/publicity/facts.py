"""What publicity tells the layers below: facts of S07 and S13, and what waits for whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import Task
from jiangjie.planning.hooks import Underway
from jiangjie.planning.models import Batch
from jiangjie.procedures.rules import Standing, StepFact
from jiangjie.publicity import queries
from jiangjie.publicity.models import Objection, PeriodKind, PublicityPeriod


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """S07 and S13 are done when their period has been closed; S13 also when nobody passed and the
    pack asks for no publicity then. Two queries, where a pack says so a few more.

    A batch without a period yet is told nothing of: the step's date comes from the plan.
    """
    told: dict[int, dict[str, StepFact]] = defaultdict(dict)
    for period in PublicityPeriod.objects.filter(batch__run__in=run_ids).select_related("batch"):
        step = queries.STEP_OF[PeriodKind(period.kind)]
        told[period.batch.run_id][step] = _fact(period)
    left = [run for run in run_ids if "S13" not in told.get(run, {})]
    batches = Batch.objects.filter(run__in=left)
    if left and (empty := queries.unpublished_empty(batches)):
        for batch in batches.filter(pk__in=empty):
            told[batch.run_id]["S13"] = StepFact(
                is_done=True, done_at=empty[batch.pk], detail=_("本批次无人合格，按规则包不公示")
            )
    return told


def _fact(period: PublicityPeriod) -> StepFact:
    until = _("公示至%(day)s") % {"day": period.last_day}
    if period.closed_at is None:
        return StepFact(
            is_done=False, detail=until, due=_may_close_on(period), missing=(_("结束公示"),)
        )
    return StepFact(is_done=True, done_at=timezone.localdate(period.closed_at), detail=until)


def _may_close_on(period: PublicityPeriod) -> date:
    return period.last_day + timedelta(days=1)


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """Office: publish, close, assign. Handler: his objections. Committee and supervisor none."""
    if acting.org is None or not acting.has(*queries.HANDLERS):
        return
    yield from _own_objections(user, acting)
    if not acting.has(Role.OFFICE):
        return
    over = PublicityPeriod.objects.filter(
        batch__org=acting.org, closed_at=None, last_day__lt=today
    ).order_by("pk")
    for period in over:
        yield Task(
            title=_("结束公示"),
            detail=period.title,
            link=reverse("publicity:period_manage", args=[period.pk]),
            due=_may_close_on(period),
            ground=period.term_source,
            group=_("公示与异议"),
        )
    for objection in queries.objections_visible_to(acting, user).filter(
        handler=None, settled_at=None
    ):
        yield _objection_task(objection, _("指定异议处理人"))


def _own_objections(user: User, acting: Acting) -> Iterable[Task]:
    for objection in queries.objections_visible_to(acting, user).filter(
        handler=user, settled_at=None
    ):
        yield _objection_task(objection, _("处理异议"))


def _objection_task(objection: Objection, title: str) -> Task:
    return Task(
        title=f"{title} {objection.receipt}",
        detail=objection.period.title,
        link=reverse("publicity:objection_detail", args=[objection.pk]),
        due=objection.answer_by_day,
        ground=_("异议未处理前不向有关人员发证"),
        group=_("公示与异议"),
    )


def batch_tasks(user: User, acting: Acting, underway: Sequence[Underway]) -> Iterable[Task]:
    """Office: lists that are due to be published."""
    if not acting.has(Role.OFFICE):
        return
    opened = set(
        PublicityPeriod.objects.filter(batch__in=[each.batch for each in underway])
        .values_list("batch_id", "kind")
    )  # fmt: skip
    for each in underway:
        batch = each.batch
        for kind, code in queries.STEP_OF.items():
            step = each.parts.get(code)
            if step is None or step.state is not Standing.OPEN or (batch.pk, kind) in opened:
                continue
            yield Task(
                title=_("发布%(kind)s") % {"kind": kind.label},
                detail=batch.title,
                link=reverse("publicity:period_new", args=[batch.pk, kind.value]),
                due=step.due,
                ground=step.ground.text,
                group=_("公示与异议"),
            )
