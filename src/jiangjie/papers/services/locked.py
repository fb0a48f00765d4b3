"""The set under its lock: deeds on one set do not cross each other."""

from django.urls import reverse

from jiangjie.accounts.models import User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.papers import queries
from jiangjie.papers.models import Paper, PaperSet
from jiangjie.papers.rules.custody import SECRECY
from jiangjie.planning.models import Batch


def locked_set(set_id: int) -> PaperSet:
    return (
        PaperSet.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "run")
        .get(pk=set_id)
    )


def locked_paper(paper_id: int) -> tuple[Paper, PaperSet]:
    papers = locked_set(Paper.objects.values_list("set_id", flat=True).get(pk=paper_id))
    return Paper.objects.select_related("set").get(pk=paper_id), papers


def check_draft(papers: PaperSet) -> None:
    """RuleViolation once a set is sealed or withdrawn."""
    check_in_force(papers)
    if papers.sealed_at is not None:
        raise RuleViolation("papers.sealed_before", gettext_noop("试卷已经密封，不能再更改。"))


def check_sealed(papers: PaperSet) -> None:
    check_in_force(papers)
    if papers.sealed_at is None:
        raise RuleViolation("papers.not_sealed", gettext_noop("试卷尚未密封。"))


def check_in_force(papers: PaperSet) -> None:
    if papers.withdrawn_at is not None:
        raise RuleViolation("papers.withdrawn", gettext_noop("这套试卷已经作废。"))


def link_of(papers: PaperSet) -> str:
    return reverse("papers:set", args=[papers.pk])


def check_not_candidate(user: User, batch: Batch) -> None:
    """Whoever applies in the batch neither reads, proofs nor keeps its papers, whatever his role."""
    if queries.is_candidate(user, batch):
        raise RuleViolation(
            "papers.own_batch",
            gettext_noop("%(name)s是本批次的申报人，不得接触本批次的试卷。"),
            source=SECRECY,
            name=user,
        )
