"""Reading what a paper asks. Each reading is an event."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.itembank import queries as itembank
from jiangjie.itembank import services as bank
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.itembank.rules.items import figures_in
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.papers import queries, vault
from jiangjie.papers.models import Paper, PaperSet
from jiangjie.papers.services.locked import check_not_candidate


@transaction.atomic
def read_paper(
    *, paper: Paper, papers: PaperSet, purpose: str, by: User, at: datetime
) -> PaperContent:
    """The words of a paper that does not lie under two keys. Who may is the caller's check.

    `purpose` is what the event says: proof, print_paper, print_sheet, print_key.
    """
    check_not_candidate(by, papers.batch)
    if not queries.is_readable(paper, papers):
        raise RuleViolation(
            "papers.under_two_keys", gettext_noop("试卷已密封，须两位密钥保管人到时共同启封。")
        )
    ledger.record(
        "papers.read", subject=paper, org=papers.batch.org, by=by, at=at, context=papers.batch,
        purpose=purpose,
    )  # fmt: skip
    return vault.read(Paper.objects.get(pk=paper.pk))


def figures_for(
    contents: Iterable[PaperContent], *, papers: PaperSet, at: datetime
) -> dict[str, bytes]:
    """Pictures in papers by digest, from the banks that the organisation may use."""
    wanted = {
        digest for content in contents for each in content.questions
        for digest in figures_in(each.content)
    }  # fmt: skip
    if not wanted:
        return {}
    standard = papers.run.blueprint.table.standard
    banks = itembank.usable_bank_ids(
        papers.batch.org, standard.occupation_id, timezone.localdate(at)
    )
    return bank.read_figures(wanted, bank_ids=banks)
