"""What applications tell the layers below: facts of S05 and S06, and what waits for whom."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications import queries
from jiangjie.applications.models import ApplicationState
from jiangjie.applications.rules import review as rules
from jiangjie.notices.hooks import Task
from jiangjie.orgs.queries import family_ids
from jiangjie.people.models import Person
from jiangjie.planning import rules as planning_rules
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures.rules import StepFact

LAYER_ROLES = {rules.UNIT: Role.CLERK, rules.OFFICE: Role.OFFICE, rules.COMMITTEE: Role.COMMITTEE}
UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.RETURNED)


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """Done: S05 when applications are closed, S06 when also every case is decided. One query."""
    counted = (
        Batch.objects.filter(run__in=run_ids)
        .select_related("intake")
        .annotate(
            submitted=Count("applications", filter=Q(applications__submitted_at__isnull=False)),
            undecided=Count("applications", filter=Q(applications__state__in=UNDECIDED)),
            qualified=Count(
                "applications", filter=Q(applications__state=ApplicationState.QUALIFIED)
            ),
        )
    )
    return {batch.run_id: _facts(batch) for batch in counted}


def _facts(batch: Batch) -> dict[str, StepFact]:
    submitted: int = batch.submitted  # type: ignore[attr-defined]
    undecided: int = batch.undecided  # type: ignore[attr-defined]
    qualified: int = batch.qualified  # type: ignore[attr-defined]
    intake = getattr(batch, "intake", None)
    received = gettext("已收到%(count)d份申报") % {"count": submitted}
    missing = []
    if intake is None:
        missing.append(gettext("申报尚未截止"))
    if undecided:
        missing.append(gettext("%(count)d份申报尚无审核结论") % {"count": undecided})
    return {
        "S05": StepFact(
            is_done=intake is not None,
            done_at=timezone.localdate(intake.closed_at) if intake else None,
            detail=received,
            due=batch.apply_until,
        ),
        "S06": StepFact(
            is_done=intake is not None and undecided == 0,
            detail=gettext("审核通过%(count)d人") % {"count": qualified},
            missing=tuple(missing),
        ),
    }


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """Own drafts and returned cases; cases to review by layer and batch; batches to close."""
    yield from _own_tasks(user)
    if acting.has(Role.WORKER):
        yield from _open_tasks(user, today)
    if acting.org is None:
        return
    batches = batches_visible_to(acting)
    for layer, role in LAYER_ROLES.items():
        if acting.has(role):
            yield from _review_tasks(batches, layer, acting)
    if acting.has(Role.OFFICE):
        for batch in batches.filter(
            org=acting.org, apply_until__lt=today, intake=None, announcement__isnull=False
        ):
            yield Task(
                title=gettext("结束申报"),
                detail=batch.title,
                link=reverse("applications:list", args=[batch.pk]),
                due=None,
                ground=gettext("申报已于%(day)s截止") % {"day": batch.apply_until},
                group=gettext("资格审核"),
            )


def _own_tasks(user: User) -> Iterable[Task]:
    for case in queries.own_applications(user).filter(
        state__in=[ApplicationState.DRAFT, ApplicationState.RETURNED]
    ):
        is_draft = case.state == ApplicationState.DRAFT
        yield Task(
            title=gettext("完成并提交申报") if is_draft else gettext("修改被退回的申报"),
            detail=case.batch.title,
            link=reverse("applications:own", args=[case.pk]),
            due=case.batch.apply_until,
            ground=gettext("公告规定的申报截止日"),
            group=gettext("我的申报"),
        )


def _open_tasks(user: User, today: date) -> Iterable[Task]:
    """Batches that are open for one's trade and in which one has no application yet."""
    person = Person.objects.filter(user=user).first()
    if person is None:
        return
    applied = set(
        queries.own_applications(user)
        .exclude(state=ApplicationState.WITHDRAWN)
        .values_list("batch_id", flat=True)
    )
    for batch, lines in queries.open_lines_for(person, today):
        if lines and batch.pk not in applied:
            yield Task(
                title=gettext("看看能申报哪一级"),
                detail=batch.title,
                link=reverse("applications:mine"),
                due=batch.apply_until,
                ground=gettext("公告规定的申报截止日"),
                group=gettext("我的申报"),
            )


def _review_tasks(batches: "Iterable[Batch]", layer: int, acting: Acting) -> Iterable[Task]:
    units = family_ids(acting.org) if layer == rules.UNIT and acting.org else None
    waiting = (
        queries.waiting_for(batches, layer, units)
        .order_by()
        .values("batch", "batch__title", "batch__exam_on")
        .annotate(people=Count("pk"))
    )
    names = {1: gettext("初审"), 2: gettext("复审"), 3: gettext("审定")}
    for row in waiting:
        yield Task(
            title=gettext("%(deed)s%(count)d份申报")
            % {"deed": names[layer], "count": row["people"]},
            detail=row["batch__title"],
            link=reverse("applications:list", args=[row["batch"]]) + f"?turn={layer}",
            due=planning_rules.ready_by(row["batch__exam_on"]),
            ground=gettext("三层评审责任：第%(layer)d层") % {"layer": layer},
            group=gettext("资格审核"),
        )
