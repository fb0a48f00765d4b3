"""What certificates tell the layers below: the fact of S14, and what waits for the office."""

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.certificates import queries
from jiangjie.notices.hooks import Task
from jiangjie.planning.hooks import Underway
from jiangjie.planning.models import Batch
from jiangjie.procedures.rules import Standing, StepFact


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """S14 is done when everybody who passed has a certificate or was struck off. Five queries."""
    batches = {batch.pk: batch for batch in Batch.objects.filter(run__in=run_ids)}
    states = queries.issue_states(list(batches.values()))
    return {batches[pk].run_id: {queries.STEP: _fact(state)} for pk, state in states.items()}


def _fact(state: queries.IssueState) -> StepFact:
    missing = []
    if state.left:
        missing.append(_("%(count)d人待发证") % {"count": state.left})
    if state.hindered:
        missing.append(_("其中%(count)d人的证书无法生成") % {"count": state.hindered})
    if state.waiting:
        missing.append(_("%(count)d人因异议暂缓发证") % {"count": state.waiting})
    return StepFact(
        is_done=state.is_done,
        done_at=state.last_day if state.is_done else None,
        detail=_("已发证%(count)d人") % {"count": state.issued} if state.issued else "",
        missing=tuple(missing),
    )


def tasks(user: User, acting: Acting, underway: Sequence[Underway]) -> Iterable[Task]:
    """Office: issue what is due, and look after a run that was stopped."""
    if not acting.has(Role.OFFICE):
        return
    states = queries.issue_states([each.batch for each in underway])
    for each in underway:
        batch = each.batch
        state = states[batch.pk]
        step = each.parts.get(queries.STEP)
        if step is None or step.state is not Standing.OPEN or state.left == 0:
            continue
        if state.run is not None and state.run.is_running:
            continue
        was_stopped = state.run is not None and (state.run.error or state.hindered)
        yield Task(
            title=_("编号发证中断，请处理") if was_stopped
            else _("为%(count)d人编号发证") % {"count": state.left},
            detail=batch.title,
            link=reverse("certificates:batch", args=[batch.pk]),
            due=step.due,
            ground=step.ground.text,
            group=_("证书"),
        )  # fmt: skip
