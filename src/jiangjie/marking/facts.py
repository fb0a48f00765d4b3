"""What marking tells the procedure, and what waits for markers and the office."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.marking import queries
from jiangjie.marking.models import Round
from jiangjie.marking.queries import Next
from jiangjie.notices.hooks import Task
from jiangjie.procedures.rules import StepFact


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """T08: rounds that are not released yet. What else is marked there, is recorded by hand."""
    unreleased = Counter(
        Round.objects.filter(batch__run__in=run_ids, released_at=None).values_list(
            "batch__run", flat=True
        )
    )
    return {
        run: {
            queries.STAGE: StepFact(
                is_done=False,
                missing=(_("理论答卷还有%(count)d轮没有发布成绩") % {"count": count},),
            )
        }
        for run, count in unreleased.items()
    }


# ---- tasks ----------------------------------------------------------------------------------

_OFFICE = {
    Next.SHARE: gettext_lazy("分配阅卷任务"),
    Next.THIRD: gettext_lazy("指定第三阅卷人"),
    Next.CLOSE: gettext_lazy("合分"),
    Next.CHECK: gettext_lazy("复核合分"),
    Next.RELEASE: gettext_lazy("发布理论成绩"),
}


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """Answers to mark and to sign for; rounds to open, share out, sum, check and release;
    re-checks and slips. A constant number of queries."""
    if acting.has(*queries.MARKERS):
        yield from _of_marker(user, acting)
    if acting.has(Role.OFFICE):
        yield from _of_office(user, acting)
    if acting.has(*queries.CHECKERS):
        yield from _of_checker(user, acting)


def _of_marker(user: User, acting: Acting) -> Iterable[Task]:
    left: Counter[Round] = Counter()
    to_sign: Counter[Round] = Counter()
    for line in queries.desk(user, acting):
        left[line.share.question.round] += line.left if line.share.signed_at is None else 0
        to_sign[line.share.question.round] += line.may_sign
    for found, count in left.items():
        if count:
            title = _("评阅%(count)d份答案") % {"count": count}
        elif to_sign[found]:
            title = _("签署评分")
        else:
            continue
        yield _task(title, found, reverse("marking:desk"), _("非客观题由两人独立评阅并签字"))


def _of_office(user: User, acting: Acting) -> Iterable[Task]:
    for batch in queries.batches_to_mark(acting):
        yield Task(
            title=_("建立阅卷轮次"),
            detail=batch.title,
            link=reverse("marking:of_batch", args=[batch.pk]),
            due=None,
            ground=_("收卷后由两人独立评阅"),
            group=_("理论阅卷"),
        )
    rounds = queries.rounds_visible_to(acting).filter(released_at=None)
    for found in queries.with_state(rounds).order_by("pk"):
        step = queries.next_of(found)
        if step not in _OFFICE or (step is Next.CHECK and found.closed_by_id == user.pk):
            continue
        link = reverse("marking:round", args=[found.pk])
        yield _task(str(_OFFICE[step]), found, link, _("评完签字后合分，另一人复核后发布"))


def _of_checker(user: User, acting: Acting) -> Iterable[Task]:
    for recheck in queries.open_rechecks(acting, user):
        _asking, answering = queries.recheck_terms(recheck.script.round.batch)
        yield Task(
            title=_("复核成绩"),
            detail=f"{recheck.script.round} {_('密号')}{recheck.script}",
            link=reverse("marking:recheck", args=[recheck.pk]),
            due=recheck.answer_by,
            ground=answering.source,
            group=_("理论阅卷"),
        )
    for slip in queries.open_slips(acting, user):
        yield Task(
            title=_("审核题目得分更正单"),
            detail=f"{slip.script.round} {_('密号')}{slip.script}",
            link=reverse("marking:script", args=[slip.script_id]),
            due=None,
            ground=_("更正单由申请人以外的人审核"),
            group=_("理论阅卷"),
        )


def _task(title: str, found: Round, link: str, ground: str) -> Task:
    return Task(
        title=title,
        detail=f"{found.batch.title} {found.title}",
        link=link,
        due=queries.due_of_round(found),
        ground=ground,
        group=_("理论阅卷"),
    )
