"""What waits for whom with papers: proofs, codes, envelopes to sign for, papers to seal or open."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import Task
from jiangjie.papers import queries
from jiangjie.papers.models import Handover, KeyHolder, PaperSet, Proof
from jiangjie.planning.hooks import Underway
from jiangjie.procedures.rules import Standing

_OFFICE = {
    "holders": gettext_lazy("指定密钥保管人"),
    "seal": gettext_lazy("密封试卷"),
    "renew": gettext_lazy("处理校对退回的试卷"),
    "hand_over": gettext_lazy("交接试卷"),
}


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """What is asked of the user himself. Three queries."""
    if acting.org is None:
        return
    live = Q(set__withdrawn_at=None, set__sealed_at=None, set__batch__org=acting.org)
    for proof in Proof.objects.filter(live, expert=user, choice="").select_related("set__batch"):
        yield _task(_("校对试卷"), proof.set, _("组卷与校对分离"))
    for holder in KeyHolder.objects.filter(live, user=user, public=None).select_related(
        "set__batch"
    ):
        yield _task(_("领取密钥码"), holder.set, _("双人双锁"))
    given = Handover.objects.filter(
        taker=user, taken_at=None, paper__set__withdrawn_at=None, paper__set__batch__org=acting.org
    ).select_related("paper__set__batch")
    for handover in given:
        yield _task(
            _("签收试卷%(code)s") % {"code": handover.paper.code}, handover.paper.set,
            _("交接签字"),
        )  # fmt: skip


def _task(title: str, papers: PaperSet, ground: str) -> Task:
    return Task(
        title=title,
        detail=papers.batch.title,
        link=reverse("papers:set", args=[papers.pk]),
        due=timezone.localdate(papers.opens_at) if papers.opens_at else papers.batch.exam_on,
        ground=ground,
        group=_("命题组卷"),
    )


def batch_tasks(user: User, acting: Acting, underway: Sequence[Underway]) -> Iterable[Task]:
    """Office: batches whose papers are due, and sets that wait for its next step. A constant number
    of queries."""
    if not acting.has(Role.OFFICE):
        return
    open_ = {
        each.batch.pk: each for each in underway
        if (step := each.parts.get(queries.STEP)) is not None and step.state is Standing.OPEN
    }  # fmt: skip
    if not open_:
        return
    sets = list(queries.sets_in(open_))
    for papers in sets:
        deed = queries.next_of(papers).deed
        if deed in _OFFICE:
            yield _task(str(_OFFICE[deed]), papers, _("命题组卷与保密"))
    having = {papers.batch_id for papers in sets if papers.withdrawn_at is None}
    for pk in queries.with_element_table(set(open_) - having):
        step = open_[pk].parts[queries.STEP]
        yield Task(
            title=_("组卷"),
            detail=open_[pk].batch.title,
            link=reverse("papers:batch", args=[pk]),
            due=step.due,
            ground=step.ground.text,
            group=_("命题组卷"),
        )
