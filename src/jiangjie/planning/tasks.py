"""What waits for whom in plans and batches: registered with notices.hooks."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import Task
from jiangjie.planning import queries
from jiangjie.planning.hooks import Underway, batch_task_sources
from jiangjie.planning.models import Batch
from jiangjie.planning.rules import PlanState
from jiangjie.planning.track import step_url, waits_for_me
from jiangjie.procedures import queries as procedures
from jiangjie.procedures.rules import Standing, Step, StepState

OWN_STEPS = frozenset({"S02", "S03", "S04"})  # done here; the other apps tell their own


def tasks(user: User, acting: Acting, today: date) -> Iterator[Task]:
    if acting.has(Role.OFFICE, Role.COMMITTEE):
        yield from _plan_tasks(user, acting)
    underway = _underway(acting, today)
    yield from _batch_tasks(acting, underway)
    if own := [each for each in underway if each.batch.org == acting.org]:
        for source in batch_task_sources():
            yield from source(user, acting, own)


def _plan_tasks(user: User, acting: Acting) -> Iterator[Task]:
    for plan in queries.plans_visible_to(acting).filter(org=acting.org, approved_at=None):
        state = queries.state_of(plan)
        title = {
            PlanState.SUBMITTED: _("审定%(year)s年度评价计划"),
            PlanState.RETURNED: _("修改被退回的%(year)s年度评价计划"),
            PlanState.DRAFT: _("完成并提交%(year)s年度评价计划"),
        }[state]
        is_mine = (
            acting.has(Role.COMMITTEE) and plan.made_by != user
            if state is PlanState.SUBMITTED
            else acting.has(Role.OFFICE)
        )
        if is_mine:
            yield Task(
                title=title % {"year": plan.year},
                detail=plan.returned_reason or plan.org.name,
                link=reverse("planning:plan_detail", args=[plan.pk]),
                due=None,
                ground=_("第1步 编制年度评价计划"),
                group=_("年度计划"),
            )


def _underway(acting: Acting, today: date) -> list[Underway]:
    batches = list(queries.batches_worked_on(acting).filter(archived_at=None))
    tracks = queries.batch_tracks(batches, today)
    return [
        Underway(
            batch,
            tracks[batch.pk],
            {part.code: part for step in tracks[batch.pk] for part in (step, *step.stages)},
        )
        for batch in batches
    ]


def _batch_tasks(acting: Acting, underway: Sequence[Underway]) -> Iterator[Task]:
    for each in underway:
        batch = each.batch
        parts = procedures.procedure_of(batch.run.definition).parts
        for number, step in enumerate(each.track, 1):
            for part in step.stages or (step,):
                if _is_ours(parts[part.code]) and _waits_for_me(part, batch, acting):
                    yield Task(
                        title=part.title,
                        detail=f"{batch.number} {batch.title}",
                        link=step_url(part.code, batch, acting),
                        due=part.due or step.due,
                        ground=_("第%(number)s步 %(step)s")
                        % {"number": number, "step": step.title},
                        group=_("认定批次"),
                    )


def _is_ours(part: Step) -> bool:
    return part.by_record or part.code in OWN_STEPS


def _waits_for_me(part: StepState, batch: Batch, acting: Acting) -> bool:
    return (
        part.state is Standing.OPEN
        and not part.is_optional
        and waits_for_me(part.waits_for, batch, acting)
    )
