"""Two keys: holders, codes, sealing, and opening at the time before two candidates."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.itembank import secrecy
from jiangjie.itembank import services as itembank
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.papers import queries, vault
from jiangjie.papers.models import AssemblyRun, KeyHolder, KeyShare, Opening, Paper, PaperSet
from jiangjie.papers.rules import custody
from jiangjie.papers.services.locked import (
    check_draft,
    check_in_force,
    check_not_candidate,
    check_sealed,
    link_of,
    locked_paper,
    locked_set,
)

_APPOINTED = gettext_noop("您是试卷“%(title)s”的密钥保管人，请领取密钥码。")


@transaction.atomic
def appoint_holders(
    *, set_id: int, first: User, second: User, opens_at: datetime, by: User, at: datetime
) -> PaperSet:
    """Name the two and the time from which they may open. Codes drawn before are void."""
    papers = locked_set(set_id)
    check_draft(papers)
    custody.check_opens_at(opens_at=opens_at, at=at)
    org, day = papers.batch.org, timezone.localdate(at)
    for holder in (first, second):
        check_not_candidate(holder, papers.batch)
    custody.check_holders(
        queries.holder_candidate(first, org, day), queries.holder_candidate(second, org, day)
    )
    papers.holders.all().delete()
    second_role = next(
        role for role in queries.OVERSEERS
        if queries.people_with(org, [role], day).filter(pk=second.pk).exists()
    )  # fmt: skip
    KeyHolder.objects.bulk_create([
        KeyHolder(set=papers, place=1, user=first, role=Role.OFFICE),
        KeyHolder(set=papers, place=2, user=second, role=second_role),
    ])  # fmt: skip
    papers.opens_at = opens_at
    papers.save(update_fields=["opens_at"])
    notify([first, second], _APPOINTED, link=link_of(papers), at=at, title=papers.title)
    ledger.record(
        "papers.holders_appointed", subject=papers, org=org, by=by, at=at, context=papers.batch,
        holders=[first.pk, second.pk], opens_at=opens_at,
    )  # fmt: skip
    return papers


@transaction.atomic
def draw_key(*, set_id: int, by: User, at: datetime) -> str:
    """The holder's code, told this once: only what is sealed to it is kept. Drawing again before the
    sealing makes the earlier code void.
    """
    papers = locked_set(set_id)
    check_draft(papers)
    holder = _holder(papers, by)
    seed = secrets.token_bytes(custody.SEED_SIZE)
    holder.public, holder.drawn_at = custody.public_of(seed), at
    holder.save(update_fields=["public", "drawn_at"])
    ledger.record(
        "papers.key_drawn", subject=papers, org=papers.batch.org, by=by, at=at,
        context=papers.batch, place=holder.place,
    )  # fmt: skip
    return custody.code_of(seed)


def _holder(papers: PaperSet, user: User) -> KeyHolder:
    holder = papers.holders.filter(user=user).first()
    if holder is None:
        raise RuleViolation("papers.no_holder", gettext_noop("您不是这套试卷的密钥保管人。"))
    check_not_candidate(user, papers.batch)  # he may have applied since
    return holder


@transaction.atomic
def seal_set(*, set_id: int, by: User, at: datetime) -> PaperSet:
    """Put every paper under a key of its own, divided between the two holders; erase what else would
    tell the questions. RuleViolation before all proofs pass and both codes are drawn.
    """
    papers = locked_set(set_id)
    check_draft(papers)
    if not queries.is_proofed(papers):
        raise RuleViolation("papers.not_proofed", gettext_noop("试卷尚未全部校对无误，不能密封。"))
    holders = list(papers.holders.order_by("place"))
    if len(holders) != 2 or any(each.public is None for each in holders):
        raise RuleViolation(
            "papers.keys_missing", gettext_noop("两位密钥保管人都领取密钥码后才能密封。"),
            source=custody.SECRECY,
        )  # fmt: skip
    assert papers.opens_at is not None  # noqa: S101 -- set with the holders
    custody.check_opens_at(opens_at=papers.opens_at, at=at)
    sealed = list(papers.papers.order_by("pk"))
    for paper in sealed:
        _seal(paper, holders)
    AssemblyRun.objects.filter(pk=papers.run_id).update(problem=None, found=None)
    papers.sealed_by, papers.sealed_at = by, at
    papers.save(update_fields=["sealed_by", "sealed_at"])
    ledger.record(
        "papers.sealed", subject=papers, org=papers.batch.org, by=by, at=at, context=papers.batch,
        papers={paper.code: paper.digest for paper in sealed}, opens_at=papers.opens_at,
        holders=[each.user_id for each in holders],
    )  # fmt: skip
    return papers


def _seal(paper: Paper, holders: Sequence[KeyHolder]) -> None:
    clear = vault.unseal_paper(paper)
    if vault.digest(clear) != paper.digest:
        raise RuleViolation("papers.damaged", gettext_noop("试卷内容与登记的校验值不符。"))
    key = secrets.token_bytes(custody.KEY_SIZE)
    paper.content = custody.lock(
        clear, key, nonce=secrets.token_bytes(custody.NONCE_SIZE), place=f"paper:{paper.code}"
    )
    paper.save(update_fields=["content"])
    halves = custody.divide(key, secrets.token_bytes(custody.KEY_SIZE))
    for holder, half in zip(holders, halves, strict=True):
        KeyShare.objects.create(
            paper=paper,
            holder=holder,
            sealed=custody.seal_to(
                half, bytes(holder.public or b""), ephemeral=secrets.token_bytes(32),
                nonce=secrets.token_bytes(custody.NONCE_SIZE), place=_share_place(paper, holder),
            ),
        )  # fmt: skip


def _share_place(paper: Paper, holder: KeyHolder) -> str:
    return f"share:{paper.code}:{holder.place}"


@transaction.atomic
def prepare_opening(
    *,
    paper_id: int,
    place: str,
    envelope: str,
    witnesses: Sequence[str],
    reason: str = "",
    by: User,
    at: datetime,
) -> Opening:
    """Record the place, the state of the envelope and the two candidates who witness; `witnesses` are
    ticket numbers or names of qualified candidates of the batch. A spare needs a reason.
    """
    paper, papers = locked_paper(paper_id)
    _check_may_open(paper, papers, at)
    if not place.strip() or not envelope.strip():
        raise RuleViolation(
            "papers.opening_incomplete", gettext_noop("请填写启封地点和封口检查情况。")
        )
    if paper.is_spare and not reason.strip():
        raise RuleViolation("papers.no_reason", gettext_noop("启用备用卷请写明原因。"))
    first, second = (_witness(papers, text) for text in (*witnesses, "", "")[:2])
    persons = [queries.person_id_of(each.user) for each in papers.holders.select_related("user")]
    custody.check_witnesses([first.person_id, second.person_id], persons)
    opening, _ = Opening.objects.update_or_create(
        paper=paper,
        defaults={
            "place": place.strip(), "envelope": envelope.strip(), "reason": reason.strip(),
            "first_witness": first, "second_witness": second, "prepared_by": by,
            "prepared_at": at,
        },
    )  # fmt: skip
    ledger.record(
        "papers.opening_prepared", subject=paper, org=papers.batch.org, by=by, at=at,
        context=papers.batch, place=opening.place, envelope=opening.envelope,
        witnesses=[first.pk, second.pk], reason=opening.reason,
    )  # fmt: skip
    return opening


def _witness(papers: PaperSet, text: str) -> Application:
    text = text.strip()
    found = list(
        Application.objects.filter(batch=papers.batch, state=ApplicationState.QUALIFIED)
        .filter(**({"ticket": text} if text.isdigit() else {"person__name": text}))
        .select_related("person")[:2]
    )
    if len(found) != 1 or not text:
        raise RuleViolation(
            "papers.unknown_witness",
            gettext_noop("本批次合格考生中没有或不止一位“%(name)s”，请填写准考证号。"),
            name=text,
        )
    return found[0]


def _check_may_open(paper: Paper, papers: PaperSet, at: datetime) -> None:
    check_sealed(papers)
    assert papers.opens_at is not None  # noqa: S101 -- the database holds it with the sealing
    local = timezone.localtime(papers.opens_at)
    custody.check_may_open(opens_at=papers.opens_at, at=at, opens_text=f"{local:%Y-%m-%d %H:%M}")
    if Opening.objects.filter(paper=paper, opened_at__isnull=False).exists():
        raise RuleViolation("papers.opened_before", gettext_noop("本卷已经启封。"))


@transaction.atomic
def turn_key(*, paper_id: int, code: str, by: User, at: datetime) -> Paper:
    """One holder turns his key, in his own session. When the other has turned his within half an hour
    the paper opens; its items count as used from now on.

    RuleViolation before the time, without the witnesses' record, for a wrong code.
    """
    paper, papers = locked_paper(paper_id)
    _check_may_open(paper, papers, at)
    holder = _holder(papers, by)
    opening = Opening.objects.filter(paper=paper).first()
    if opening is None:
        raise RuleViolation(
            "papers.no_witnesses", gettext_noop("请先登记启封地点和两名见证考生。"),
            source=custody.SECRECY,
        )  # fmt: skip
    shares = {
        each.holder_id: each for each in paper.shares.select_related("holder").select_for_update(
            of=("self",)
        )
    }  # fmt: skip
    own = shares[holder.pk]
    half = custody.open_with(
        bytes(own.sealed), custody.seed_of(code), place=_share_place(paper, holder)
    )
    ledger.record(
        "papers.key_turned", subject=paper, org=papers.batch.org, by=by, at=at,
        context=papers.batch, place=holder.place,
    )  # fmt: skip
    other = next(each for each in shares.values() if each.holder_id != holder.pk)
    own.turned_at = at
    if not custody.is_turned(other.turned_at, at) or other.turned is None:
        own.turned = secrecy.seal(half, _share_place(paper, holder))
        own.save(update_fields=["turned", "turned_at"])
        return paper
    own.save(update_fields=["turned_at"])
    rest = secrecy.unseal(bytes(other.turned), _share_place(paper, other.holder))
    _open(paper, papers, opening, custody.join(half, rest), by=by, at=at)
    return paper


def _open(
    paper: Paper, papers: PaperSet, opening: Opening, key: bytes, *, by: User, at: datetime
) -> None:
    clear = custody.unlock(bytes(paper.content), key, place=f"paper:{paper.code}")
    if vault.digest(clear) != paper.digest:
        raise RuleViolation("papers.damaged", gettext_noop("试卷内容与登记的校验值不符。"))
    paper.content = vault.seal_paper(clear, code=paper.code)
    paper.save(update_fields=["content"])
    paper.shares.update(turned=None)
    opening.opened_at = at
    opening.save(update_fields=["opened_at"])
    batch = papers.batch
    ledger.record(
        "papers.opened", subject=paper, org=batch.org, by=by, at=at, context=batch,
        digest=paper.digest, witnesses=[opening.first_witness_id, opening.second_witness_id],
        holders=[each.user_id for each in papers.holders.all()], place=opening.place,
    )  # fmt: skip
    itembank.count_use(
        items=[each.item for each in vault.content_of(clear).questions], occasion=paper,
        title=f"{papers.title} {paper.form}", org=batch.org, on=timezone.localdate(at), by=by,
        at=at,
    )  # fmt: skip


@transaction.atomic
def withdraw_set(*, set_id: int, reason: str, by: User, at: datetime) -> PaperSet:
    """Take a set out of use, e.g. after a returned proof or a leak. Its words stay sealed; the next
    assembly begins anew.
    """
    papers = locked_set(set_id)
    check_in_force(papers)
    if not reason.strip():
        raise RuleViolation("papers.no_reason_to_withdraw", gettext_noop("请写明作废原因。"))
    papers.withdrawn_by, papers.withdrawn_at = by, at
    papers.withdrawn_reason = reason.strip()
    papers.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    ledger.record(
        "papers.withdrawn", subject=papers, org=papers.batch.org, by=by, at=at,
        context=papers.batch, reason=papers.withdrawn_reason,
    )  # fmt: skip
    return papers
