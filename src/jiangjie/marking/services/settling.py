"""The answer to a re-check, once everybody who has to look has looked."""

from datetime import datetime

from django.urls import reverse

from jiangjie.accounts.models import User
from jiangjie.kernel.errors import gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.marking import queries
from jiangjie.marking.models import Recheck, Round, Slip
from jiangjie.marking.rules import rechecks as rules
from jiangjie.notices import services as notices


def settle(found: Round, recheck_id: int, *, by: User, at: datetime) -> None:
    """Answer the candidate when two people have checked and no slip is open; else nothing.

    `found` is held by the caller.
    """
    recheck = Recheck.objects.select_related("script__sheet__seat", "asked_by").get(pk=recheck_id)
    outcome = rules.outcome(
        [rules.Finding(each.by_id, each.is_in_order) for each in recheck.checks.all()],
        list(Slip.objects.filter(recheck=recheck).values_list("is_accepted", flat=True)),
        people=queries.people_of_recheck(found.batch),
    )
    if not outcome:
        return
    recheck.outcome, recheck.settled_at = outcome, at
    recheck.save(update_fields=["outcome", "settled_at"])
    ledger.record(
        "marking.recheck_settled", subject=recheck, org=found.batch.org, by=by, at=at,
        context=found.batch, application=recheck.script.sheet.seat.application_id, outcome=outcome,
        before=recheck.before, after=recheck.script.score,
    )  # fmt: skip
    text = (
        gettext_noop("%(batch)s的理论成绩经复核维持不变。")
        if outcome == rules.KEPT
        else gettext_noop("%(batch)s的理论成绩经复核已更正，请查看。")
    )
    notices.notify(
        [recheck.asked_by], text, link=reverse("marking:own"), at=at, batch=found.batch.title
    )
