"""Hand-over of sealed envelopes: one gives, the other takes, each under his own log-in."""

from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import Membership, User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.papers.models import Handover
from jiangjie.papers.services.locked import (
    check_in_force,
    check_sealed,
    link_of,
    locked_paper,
    locked_set,
)

_GIVEN = gettext_noop("请签收试卷%(code)s（%(copies)s份）。")


@transaction.atomic
def give_paper(
    *,
    paper_id: int,
    taker: User,
    copies: int,
    envelope: str,
    place: str,
    note: str = "",
    by: User,
    at: datetime,
) -> Handover:
    """The giver signs. After the first hand-over only whoever took the paper last can pass it on."""
    paper, papers = locked_paper(paper_id)
    check_sealed(papers)
    if (
        taker.pk == by.pk
        or not Membership.objects.filter(user=taker, org=papers.batch.org).exists()
    ):
        raise RuleViolation("papers.taker", gettext_noop("请选择本单位的另一位接收人。"))
    if copies < 1 or not envelope.strip() or not place.strip():
        raise RuleViolation(
            "papers.handover_incomplete", gettext_noop("请填写份数、封袋编号和交接地点。")
        )
    last = paper.handovers.order_by("-pk").first()
    if last is not None and last.taken_at is None:
        raise RuleViolation(
            "papers.not_taken_yet", gettext_noop("上一次交接尚未签收，签收后才能再次交接。")
        )
    if last is not None and last.taker_id != by.pk:
        raise RuleViolation(
            "papers.not_in_hand", gettext_noop("本卷现由%(name)s保管，由其交出。"), name=last.taker
        )
    handover = Handover.objects.create(
        paper=paper, copies=copies, envelope=envelope.strip(), place=place.strip(),
        note=note.strip(), giver=by, taker=taker, given_at=at,
    )  # fmt: skip
    notify([taker], _GIVEN, link=link_of(papers), at=at, code=paper.code, copies=copies)
    ledger.record(
        "papers.given", subject=paper, org=papers.batch.org, by=by, at=at, context=papers.batch,
        taker=taker.pk, copies=copies, envelope=handover.envelope, place=handover.place,
    )  # fmt: skip
    return handover


@transaction.atomic
def take_paper(*, handover_id: int, by: User, at: datetime) -> Handover:
    """The taker signs that the envelope came whole and complete."""
    handover = Handover.objects.select_related("paper").get(pk=handover_id)
    papers = locked_set(handover.paper.set_id)
    check_in_force(papers)
    handover.refresh_from_db()
    if handover.taker_id != by.pk:
        raise RuleViolation("papers.not_taker", gettext_noop("应由接收人本人签收。"))
    if handover.taken_at is not None:
        raise RuleViolation("papers.taken_already", gettext_noop("已经签收。"))
    handover.taken_at = at
    handover.save(update_fields=["taken_at"])
    ledger.record(
        "papers.taken", subject=handover.paper, org=papers.batch.org, by=by, at=at,
        context=papers.batch, giver=handover.giver_id, copies=handover.copies,
        envelope=handover.envelope,
    )  # fmt: skip
    return handover
