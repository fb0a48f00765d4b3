"""成绩复核: asked by the candidate, checked by two people, kept or corrected."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jiangjie.accounts.models import Role, User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.marking import queries
from jiangjie.marking.models import Check, Recheck, Round, Script
from jiangjie.marking.rules import rechecks as rules
from jiangjie.marking.services import slips
from jiangjie.marking.services.rounds import locked
from jiangjie.marking.services.settling import settle
from jiangjie.notices import services as notices


@transaction.atomic
def ask_recheck(*, script_id: int, reason: str, by: User, at: datetime) -> Recheck:
    """The candidate asks, once, within the term that began with the release."""
    found = locked(Script.objects.values_list("round", flat=True).get(pk=script_id))
    script = Script.objects.select_related("sheet__seat__application__person").get(pk=script_id)
    if script.sheet.seat.application.person.user_id != by.pk:
        raise RuleViolation("marking.not_your_score", gettext_noop("只能申请复核本人的成绩。"))
    if found.recheck_until is None or script.score is None:
        raise RuleViolation("marking.not_released", gettext_noop("成绩尚未发布。"))
    today = timezone.localdate(at)
    asking, _ = queries.recheck_terms(found.batch)
    rules.check_in_term(today=today, until=found.recheck_until, source=asking.source)
    if not reason.strip():
        raise RuleViolation("marking.recheck_reason", gettext_noop("请写明申请复核的理由。"))
    if Recheck.objects.filter(script=script).exists():
        raise RuleViolation("marking.recheck_asked", gettext_noop("本次成绩已申请过复核。"))
    made = Recheck.objects.create(
        script=script, reason=reason.strip(), asked_by=by, asked_at=at, before=script.score,
        answer_by=queries.answer_until(found.batch, today),
    )  # fmt: skip
    _record("marking.recheck_asked", made, found, by, at, application=script.sheet.seat.application_id,
            score=script.score, answer_by=made.answer_by, reason=made.reason)  # fmt: skip
    notices.notify(
        queries.users_of(found.batch.org_id, (Role.OFFICE,), today),
        gettext_noop("有考生申请复核%(batch)s的理论成绩，须在%(until)s前答复。"),
        link=reverse("marking:recheck", args=[made.pk]), at=at, batch=found.batch.title,
        until=made.answer_by,
    )  # fmt: skip
    return made


@transaction.atomic
def check_script(
    *, recheck_id: int, is_in_order: bool, note: str, unit: int | None = None,
    points: int | None = None, by: User, at: datetime,
) -> Check:  # fmt: skip
    """One person's finding. What is wrong is said as a slip: other points of one question."""
    found, recheck = _locked(recheck_id)
    if recheck.settled_at is not None:
        raise RuleViolation("marking.recheck_settled", gettext_noop("该复核申请已经答复。"))
    if recheck.slips.filter(decided_at=None).exists():
        raise RuleViolation("marking.slip_open", gettext_noop("尚有更正单未审核，请先审核。"))
    if not note.strip():
        raise RuleViolation("marking.note_missing", gettext_noop("请写明复核意见，考生可以看到。"))
    slips.check_uninvolved(recheck.script, by)
    rules.check_second(user=by.pk, earlier=set(recheck.checks.values_list("by", flat=True)))
    made = Check.objects.create(
        recheck=recheck, is_in_order=is_in_order, note=note.strip(), by=by, at=at
    )
    _record("marking.rechecked", recheck, found, by, at, is_in_order=is_in_order, note=made.note)
    if not is_in_order:
        if unit is None or points is None:
            raise RuleViolation(
                "marking.slip_missing", gettext_noop("发现差错的，请填写题号和应得分。")
            )
        slips.ask_slip(
            script_id=recheck.script_id, unit=unit, points=points, reason=note, recheck=recheck,
            by=by, at=at,
        )  # fmt: skip
    settle(found, recheck.pk, by=by, at=at)
    return made


def _locked(recheck_id: int) -> tuple[Round, Recheck]:
    found = locked(Recheck.objects.values_list("script__round", flat=True).get(pk=recheck_id))
    recheck = Recheck.objects.select_related(
        "script__sheet__seat__application", "asked_by"
    ).get(pk=recheck_id)  # fmt: skip
    return found, recheck


def _record(
    action: str, recheck: Recheck, found: Round, by: User, at: datetime, **data: object
) -> None:
    ledger.record(
        action, subject=recheck, org=found.batch.org, by=by, at=at, context=found.batch,
        script=recheck.script.number, **data,
    )  # fmt: skip
