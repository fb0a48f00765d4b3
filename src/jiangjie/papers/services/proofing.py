"""Experts proof what was assembled; nobody proofs his own assembly."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.papers import queries
from jiangjie.papers.models import PaperSet, Proof, ProofChoice
from jiangjie.papers.rules.custody import check_proofer
from jiangjie.papers.services.locked import check_draft, check_not_candidate, link_of, locked_set

_ASKED = gettext_noop("请校对试卷：%(title)s")


@transaction.atomic
def ask_proof(*, set_id: int, experts: Collection[User], by: User, at: datetime) -> PaperSet:
    """Ask experts of the organisation to proof the set. Who was asked before stays asked."""
    papers = locked_set(set_id)
    check_draft(papers)
    allowed = set(
        queries.people_with(papers.batch.org, queries.PROOFERS, timezone.localdate(at))
        .values_list("pk", flat=True)
    )  # fmt: skip
    if not experts:
        raise RuleViolation("papers.no_expert", gettext_noop("请选择至少一位校对专家。"))
    for expert in experts:
        if expert.pk not in allowed:
            raise RuleViolation(
                "papers.not_an_expert",
                gettext_noop("%(name)s不是本单位的专家或委员。"),
                name=expert,
            )
        check_not_candidate(expert, papers.batch)
        check_proofer(expert=expert.pk, assembler=papers.run.asked_by_id)
        check_proofer(expert=expert.pk, assembler=papers.made_by_id)
        _, is_new = Proof.objects.get_or_create(
            set=papers, expert=expert, defaults={"asked_at": at}
        )
        if is_new:
            notify([expert], _ASKED, link=link_of(papers), at=at, title=papers.title)
    ledger.record(
        "papers.proof_asked", subject=papers, org=papers.batch.org, by=by, at=at,
        context=papers.batch, experts=sorted(expert.pk for expert in experts),
    )  # fmt: skip
    return papers


@transaction.atomic
def decide_proof(
    *,
    set_id: int,
    choice: str,
    opinion: str = "",
    faulty: Collection[str] = (),
    by: User,
    at: datetime,
) -> Proof:
    """An expert's finding. Returned needs an opinion; `faulty` are codes of items that a new assembly
    leaves out. One returned proof keeps the whole set from being sealed.
    """
    papers = locked_set(set_id)
    check_draft(papers)
    proof = Proof.objects.filter(set=papers, expert=by).first()
    if proof is None:
        raise RuleViolation("papers.not_asked", gettext_noop("您没有被指定校对这套试卷。"))
    check_not_candidate(by, papers.batch)
    if choice not in ProofChoice.values:
        raise RuleViolation("papers.no_choice", gettext_noop("请选择校对结论。"))
    if choice == ProofChoice.RETURN and not opinion.strip():
        raise RuleViolation("papers.no_opinion", gettext_noop("退回时请写明问题。"))
    proof.choice, proof.opinion, proof.decided_at = choice, opinion.strip(), at
    proof.faulty = sorted(set(faulty))
    proof.save()
    ledger.record(
        "papers.proofed", subject=papers, org=papers.batch.org, by=by, at=at,
        context=papers.batch, choice=choice, faulty=len(proof.faulty),
    )  # fmt: skip
    return proof
