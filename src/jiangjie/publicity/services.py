"""Deeds: each is one transaction, checks the rules, and leaves an event in the ledger."""

import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone, translation

from jiangjie.accounts.models import User
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.workdays import CalendarGap
from jiangjie.ledger import services as ledger
from jiangjie.notices import services as notices
from jiangjie.planning.models import Batch
from jiangjie.policy.queries import pack_of, work_calendar
from jiangjie.procedures import services as procedures
from jiangjie.publicity import queries, rules
from jiangjie.publicity.models import Objection, ObjectionOutcome, PeriodKind, PublicityPeriod

RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread aloud


@transaction.atomic
def open_period(
    *, batch: Batch, kind: str, first_day: date, by: User, at: datetime
) -> PublicityPeriod:
    """Publish the masked list from `first_day` on, for the term of the batch's frozen pack.

    A result list without a name says that nobody passed: those who failed may object to that.
    Raises RuleViolation when the step is not due, nobody qualified, the day has passed, or the
    work calendar does not reach to the end of the term.
    """
    batch = (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "run__definition", "pack")
        .get(pk=batch.pk)
    )
    today = timezone.localdate(at)
    procedures.require_step(batch.run, queries.STEP_OF[PeriodKind(kind)], today)
    if first_day < today:
        raise RuleViolation(
            "publicity.begins_in_the_past", gettext_noop("公示起始日不能早于今天。")
        )
    if PublicityPeriod.objects.filter(batch=batch, kind=kind).exists():
        raise RuleViolation("publicity.opened_before", gettext_noop("该批次已发布过此项公示。"))
    with translation.override("zh-hans"):  # what is published is Chinese, whoever opens it
        rows = queries.list_to_publish(batch, kind)
        title = f"{batch.title}{PeriodKind(kind).label}"
    if not rows and kind == PeriodKind.QUALIFICATION:
        raise RuleViolation("publicity.nobody_to_list", gettext_noop("没有可公示的人员。"))
    if not rows and not queries.is_empty_published(batch):
        raise RuleViolation(
            "publicity.empty_not_published",
            gettext_noop("本批次无人合格，按规则包不需要公示。"),
            source=pack_of(batch.pack).entry("publicity.empty_result").clause.source,
        )
    term = queries.term_of(batch, kind)
    calendar = work_calendar()
    last_day = rules.last_day(first_day, term, calendar)
    period = PublicityPeriod(
        batch=batch,
        kind=kind,
        title=title,
        first_day=first_day,
        last_day=last_day,
        term_days=term.days,
        term_calendar=term.calendar,
        term_source=term.source,
        term_confidence=term.confidence,
        calendar=rules.calendar_of(first_day, last_day, calendar).to_dict(),
        rows=rows,
        digest=canonical.digest(canonical.jsonable(rows)),
        opened_by=by,
        opened_at=at,
    )  # fmt: skip
    period.full_clean(exclude=["rows"])  # an empty list is a statement, not a blank
    period.save()
    # The hash of the list is in the ledger before anybody sees the list.
    ledger.record(
        "publicity.opened", subject=period, org=batch.org, by=by, at=at, context=batch,
        kind=kind, people=len(rows), digest=period.digest, first_day=str(period.first_day),
        last_day=str(period.last_day),
    )  # fmt: skip
    return period


@transaction.atomic
def raise_objection(
    *,
    period_id: int,
    application_id: int | None,
    text: str,
    objector: str = "",
    contact: str = "",
    at: datetime,
) -> Objection:
    """Take an objection from anybody, named or not, and hold the person's issuance at once."""
    period = _locked(period_id)
    rules.check_may_object(
        first_day=period.first_day,
        today=timezone.localdate(at),
        last_day=period.last_day,
        source=period.term_source,
    )
    if not text.strip():
        raise RuleViolation("publicity.text_missing", gettext_noop("请写明异议内容。"))
    listed = {row["application"] for row in period.rows}
    if application_id is not None and application_id not in listed:
        raise RuleViolation("publicity.not_listed", gettext_noop("所选人员不在本公示名单中。"))
    answer = pack_of(period.batch.pack).integer("objection.answer_workdays")
    objection = Objection.objects.create(
        period=period,
        application_id=application_id,
        receipt="YY" + "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(10)),
        text=text.strip(),
        objector=objector.strip(),
        contact=contact.strip(),
        raised_at=at,
        answer_by_day=_answer_by(timezone.localdate(at), answer),
    )
    # Neither the words nor the objector go into the ledger: both stay erasable and protected.
    ledger.record(
        "publicity.objection_raised", subject=objection, org=period.batch.org, by=None, at=at,
        context=period.batch, receipt=objection.receipt, application=application_id,
        is_anonymous=not objection.objector,
    )  # fmt: skip
    return objection


@transaction.atomic
def assign_handler(*, objection_id: int, handler: User, by: User, at: datetime) -> Objection:
    """Give an open objection to somebody independent of the case."""
    objection = _locked_objection(objection_id)
    _check_independent(objection, handler)
    objection.handler = handler
    objection.save(update_fields=["handler"])
    batch = objection.period.batch
    ledger.record(
        "publicity.objection_assigned", subject=objection, org=batch.org, by=by, at=at,
        context=batch, handler=handler.pk,
    )  # fmt: skip
    notices.notify(
        [handler],
        gettext_noop("请处理异议 %(receipt)s（%(batch)s）。"),
        link=f"/objections/{objection.pk}/",
        at=at,
        receipt=objection.receipt,
        batch=batch.title,
    )
    return objection


@transaction.atomic
def reveal_objector(*, objection_id: int, by: User, at: datetime) -> tuple[str, str]:
    """Name and contact of the objector, for the handler alone; each look is an event."""
    objection = Objection.objects.select_related("period__batch__org").get(pk=objection_id)
    if objection.handler_id != by.pk:
        raise RuleViolation(
            "publicity.objector_protected", gettext_noop("异议人身份只对处理人显示。")
        )
    batch = objection.period.batch
    ledger.record(
        "publicity.objector_seen", subject=objection, org=batch.org, by=by, at=at, context=batch
    )
    return objection.objector, objection.contact


@transaction.atomic
def settle_objection(
    *, objection_id: int, outcome: str, decision: str, by: User, at: datetime
) -> Objection:
    """Decide with reasons. Upheld: that person gets no certificate from this batch."""
    objection = _locked_objection(objection_id)
    if not decision.strip():
        raise RuleViolation("publicity.decision_missing", gettext_noop("处理决定须写明理由。"))
    if objection.handler_id != by.pk:
        raise RuleViolation(
            "publicity.not_the_handler", gettext_noop("异议由指定的处理人作出决定。")
        )
    _check_independent(objection, by)
    objection.outcome = ObjectionOutcome(outcome)
    objection.decision = decision.strip()
    objection.settled_at = at
    objection.settled_by = by
    objection.save(update_fields=["outcome", "decision", "settled_at", "settled_by"])
    batch = objection.period.batch
    ledger.record(
        "publicity.objection_settled", subject=objection, org=batch.org, by=by, at=at,
        context=batch, receipt=objection.receipt, outcome=outcome,
        application=objection.application_id,
    )  # fmt: skip
    return objection


@transaction.atomic
def close_period(*, period_id: int, by: User, at: datetime) -> PublicityPeriod:
    """End a period after its last day. Safe to repeat: a closed period stays as it is."""
    period = _locked(period_id)
    if period.closed_at is not None:
        return period
    rules.check_may_close(
        today=timezone.localdate(at), last_day=period.last_day, source=period.term_source
    )
    period.closed_at = at
    period.closed_by = by
    period.save(update_fields=["closed_at", "closed_by"])
    ledger.record(
        "publicity.closed", subject=period, org=period.batch.org, by=by, at=at,
        context=period.batch, digest=period.digest,
    )  # fmt: skip
    return period


def _check_independent(objection: Objection, handler: User) -> None:
    why = queries.independence(objection, handler, queries.involved_in(objection))
    if why is not None:
        raise why


def _answer_by(today: date, workdays: int) -> date | None:
    """None past the loaded years: an objection is never turned away for want of a calendar."""
    try:
        return work_calendar().add_workdays(today, workdays)
    except CalendarGap:
        return None


def _locked(period_id: int) -> PublicityPeriod:
    """The period, held until the transaction ends, so an objection and a close cannot cross."""
    return (
        PublicityPeriod.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "batch__pack")
        .get(pk=period_id)
    )


def _locked_objection(objection_id: int) -> Objection:
    objection = (
        Objection.objects.select_for_update(of=("self",), no_key=True)
        .select_related("period__batch__org", "application")
        .get(pk=objection_id)
    )
    if objection.settled_at is not None:
        raise RuleViolation("publicity.settled_before", gettext_noop("该异议已作出处理决定。"))
    return objection
