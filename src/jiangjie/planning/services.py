"""Deeds: annual plans, batches, announcements. Each is one transaction and one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.catalogue import rules as catalogue
from jiangjie.catalogue.models import Standard
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs import queries as orgs
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.rules import check_scope
from jiangjie.planning import rules
from jiangjie.planning.models import Announcement, AnnualPlan, Batch, BatchLine, PlanLine
from jiangjie.planning.queries import state_of
from jiangjie.policy import packs
from jiangjie.policy import services as policy
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Choice, SignOff

# ---- annual plans ---------------------------------------------------------------------------

PlanWish = tuple[Standard, str, int, int, int]  # standard, work type, level, people, month


@transaction.atomic
def make_plan(*, org: Organisation, year: int, note: str, by: User, at: datetime) -> AnnualPlan:
    """The plan of a year, empty. RuleViolation planning.plan_exists."""
    plan, is_new = AnnualPlan.objects.get_or_create(
        org=org, year=year, defaults={"note": note, "made_by": by, "made_at": at}
    )
    if not is_new:
        raise RuleViolation(
            "planning.plan_exists", gettext_noop("%(year)s年度计划已经存在。"), year=year
        )
    ledger.record("planning.plan_made", subject=plan, org=org, by=by, at=at, year=year)
    return plan


@transaction.atomic
def set_plan_lines(
    *, plan: AnnualPlan, lines: Sequence[PlanWish], by: User, at: datetime
) -> AnnualPlan:
    """Replace the lines of a plan that is not submitted. Refuses a level its standard lacks."""
    for standard, _, level, _, _ in lines:
        catalogue.check_level(standard, level)
    rules.check_lines_once((line[0].title, line[1], line[2]) for line in lines)
    plan = _locked(plan)
    rules.check_editable(state_of(plan))
    plan.lines.all().delete()
    PlanLine.objects.bulk_create(
        PlanLine(
            plan=plan, standard=standard, work_type=work_type, level=level, people=people,
            month=month,
        )
        for standard, work_type, level, people, month in lines
    )  # fmt: skip
    ledger.record(
        "planning.plan_lines_set", subject=plan, org=plan.org, by=by, at=at,
        lines=[[line[0].code, *line[1:]] for line in lines],
    )  # fmt: skip
    return plan


@transaction.atomic
def submit_plan(*, plan: AnnualPlan, by: User, at: datetime) -> AnnualPlan:
    plan = _locked(plan)
    rules.check_submittable(state_of(plan), plan.lines.count())
    plan.submitted_at, plan.returned_reason = at, ""
    plan.save(update_fields=["submitted_at", "returned_reason"])
    ledger.record("planning.plan_submitted", subject=plan, org=plan.org, by=by, at=at)
    return plan


@transaction.atomic
def approve_plan(*, plan: AnnualPlan, by: User, at: datetime) -> AnnualPlan:
    """The committee's approval (layer 3); never by whoever made the plan."""
    plan = _locked(plan)
    rules.check_decidable(state_of(plan), is_own=plan.made_by_id == by.pk)
    plan.approved_by, plan.approved_at = by, at
    plan.save(update_fields=["approved_by", "approved_at"])
    ledger.record("planning.plan_approved", subject=plan, org=plan.org, by=by, at=at, layer=3)
    return plan


@transaction.atomic
def return_plan(*, plan: AnnualPlan, reason: str, by: User, at: datetime) -> AnnualPlan:
    plan = _locked(plan)
    rules.check_decidable(state_of(plan), is_own=plan.made_by_id == by.pk)
    if not reason.strip():
        raise RuleViolation("planning.reason_needed", gettext_noop("退回时必须写明理由。"))
    plan.submitted_at, plan.returned_reason = None, reason.strip()
    plan.save(update_fields=["submitted_at", "returned_reason"])
    ledger.record(
        "planning.plan_returned", subject=plan, org=plan.org, by=by, at=at, reason=reason.strip()
    )
    return plan


def _locked(plan: AnnualPlan) -> AnnualPlan:
    return AnnualPlan.objects.select_for_update(of=("self",)).select_related("org").get(pk=plan.pk)


# ---- batches --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineWish:
    """One standard × work type × level that a batch is to evaluate."""

    standard: Standard
    work_type: str
    level: int  # ord 1-8
    planned: int  # people


@transaction.atomic
def open_batch(
    *,
    org: Organisation,
    plan: AnnualPlan,
    title: str,
    lines: Sequence[LineWish],
    pack_name: str,
    as_of: date,
    apply_from: date,
    apply_until: date,
    exam_on: date,
    venue: str,
    method: str,
    by: User,
    at: datetime,
) -> Batch:
    """Open a batch of an approved plan; freeze its policy pack and standards by digest.

    The filing gate (R-01): every line lies in the scope filed on the day of the exam, else
    RuleViolation orgs.not_filed, orgs.filing_expired, orgs.outside_scope, orgs.level_not_filed with
    the clause. Every line is one of the plan's.
    """
    if plan.org_id != org.pk or state_of(plan) is not rules.PlanState.APPROVED:
        raise RuleViolation(
            "planning.plan_not_approved", gettext_noop("只能从已审定的本机构年度计划开设批次。")
        )
    rules.check_dates(
        today=timezone.localdate(at),
        apply_from=apply_from,
        apply_until=apply_until,
        exam_on=exam_on,
    )
    if not lines:
        raise RuleViolation("planning.batch_empty", gettext_noop("请至少选择一个职业和等级。"))
    rules.check_lines_once((line.standard.title, line.work_type, line.level) for line in lines)
    _check_planned(plan, lines)
    _check_filed(org, lines, exam_on)
    pack = packs.load(pack_name)
    frozen = [
        catalogue.freeze_line(line.standard, work_type=line.work_type, level=line.level)
        for line in lines
    ]
    for each in frozen:
        rules.conditions_of(each, pack)  # the pack must know the conditions before it is frozen
    version = policy.freeze(pack, at=at)
    run = procedures.start_run(org=org, at=at)
    # Numbers run without a gap: whoever opens another batch of this organisation waits here.
    Organisation.objects.select_for_update(no_key=True).get(pk=org.pk)
    batch = Batch.objects.create(
        org=org,
        plan=plan,
        number=rules.next_number(
            plan.year, Batch.objects.filter(org=org).values_list("number", flat=True)
        ),
        title=title,
        run=run,
        pack=version,
        as_of=as_of,
        apply_from=apply_from,
        apply_until=apply_until,
        exam_on=exam_on,
        venue=venue,
        method=method,
        opened_by=by,
        opened_at=at,
    )
    BatchLine.objects.bulk_create(
        BatchLine(
            batch=batch,
            standard=line.standard,
            work_type=line.work_type,
            level=line.level,
            planned=line.planned,
            frozen=body,
            digest=canonical.digest(body),
        )
        for line, body in zip(lines, frozen, strict=True)
    )
    ledger.record(
        "planning.batch_opened", subject=batch, org=org, by=by, at=at, context=batch,
        number=batch.number, title=title, pack=version.digest,
        procedure=run.definition.digest, lines=[canonical.digest(body) for body in frozen],
        as_of=as_of, apply_from=apply_from, apply_until=apply_until, exam_on=exam_on,
        venue=venue, method=method,
    )  # fmt: skip
    return batch


def _check_planned(plan: AnnualPlan, lines: Sequence[LineWish]) -> None:
    planned = set(plan.lines.values_list("standard", "work_type", "level"))
    for line in lines:
        if (line.standard.pk, line.work_type, line.level) not in planned:
            raise RuleViolation(
                "planning.not_in_plan",
                gettext_noop("%(standard)s %(work_type)s不在%(year)s年度计划中。"),
                standard=line.standard.title,
                work_type=line.work_type,
                year=plan.year,
            )


def _check_filed(org: Organisation, lines: Sequence[LineWish], exam_on: date) -> None:
    scope = orgs.scope_lines(org)
    for line in lines:
        check_scope(
            scope,
            occupation_code=line.standard.occupation_id,
            work_type=line.work_type,
            level=line.level,
            on=exam_on,
        )


@transaction.atomic
def revise_batch(
    *,
    batch: Batch,
    title: str,
    as_of: date,
    apply_from: date,
    apply_until: date,
    exam_on: date,
    venue: str,
    method: str,
    by: User,
    at: datetime,
) -> Batch:
    """Change dates, place and scheme until the committee has signed the scheme (S03).

    The filing gate is passed again, for the new day of the exam.
    """
    batch = _locked_batch(batch)
    today = timezone.localdate(at)
    if procedures.require_step(batch.run, "S03", today).state == "done":
        raise RuleViolation(
            "planning.scheme_signed", gettext_noop("认定方案已经审定，不能再修改。")
        )
    rules.check_dates(today=today, apply_from=apply_from, apply_until=apply_until, exam_on=exam_on)
    lines = batch.lines.select_related("standard")
    _check_filed(
        batch.org,
        [LineWish(line.standard, line.work_type, line.level, line.planned) for line in lines],
        exam_on,
    )
    batch.title, batch.venue, batch.method = title, venue, method
    batch.as_of, batch.exam_on = as_of, exam_on
    batch.apply_from, batch.apply_until = apply_from, apply_until
    if _scheme_signatures(batch).filter(round=batch.scheme_round).exists():
        batch.scheme_round += 1
    batch.save()
    ledger.record(
        "planning.batch_revised", subject=batch, org=batch.org, by=by, at=at, context=batch,
        title=title, as_of=as_of, apply_from=apply_from, apply_until=apply_until,
        exam_on=exam_on, venue=venue, method=method, round=batch.scheme_round,
    )  # fmt: skip
    return batch


@transaction.atomic
def report_batch(*, batch: Batch, receipt: str = "", by: User, at: datetime) -> Batch:
    """S02: the plan of the batch has been reported to the bureau. `receipt`: its number."""
    batch = _locked_batch(batch)
    procedures.require_step(batch.run, "S02", timezone.localdate(at))
    if batch.reported_at:
        raise RuleViolation("planning.already_reported", gettext_noop("本批次已经报备。"))
    _check_filed_again(batch)
    batch.reported_at, batch.report_receipt = at, receipt
    batch.save(update_fields=["reported_at", "report_receipt"])
    ledger.record(
        "planning.batch_reported", subject=batch, org=batch.org, by=by, at=at, context=batch,
        receipt=receipt,
    )  # fmt: skip
    return batch


def _check_filed_again(batch: Batch) -> None:
    """The scope may have changed since the batch was opened."""
    lines = batch.lines.select_related("standard")
    wishes = [LineWish(line.standard, line.work_type, line.level, line.planned) for line in lines]
    _check_filed(batch.org, wishes, batch.exam_on)


@transaction.atomic
def sign_scheme(*, batch: Batch, choice: str, reason: str = "", by: User, at: datetime) -> Batch:
    """S03, layer 3: the committee signs or returns the scheme; never whoever opened the batch."""
    batch = _locked_batch(batch)
    procedures.require_step(batch.run, "S03", timezone.localdate(at))
    if batch.opened_by_id == by.pk:
        raise RuleViolation(
            "planning.own_scheme", gettext_noop("批次开设人不能审定自己制订的方案。")
        )
    procedures.sign(
        run=batch.run, step="S03", layer=3, subjects=[""], choice=choice, reason=reason,
        by=by, at=at, context=batch, round_of={"": batch.scheme_round},
    )  # fmt: skip
    return batch


def approve_scheme(*, batch: Batch, by: User, at: datetime) -> Batch:
    return sign_scheme(batch=batch, choice=Choice.PASS, by=by, at=at)


@transaction.atomic
def announce(
    *,
    batch: Batch,
    title: str,
    body: str,
    contact: str,
    supervision_phone: str,
    by: User,
    at: datetime,
) -> Announcement:
    """S04: publish the announcement; its text stays as it is from now on."""
    batch = _locked_batch(batch)
    today = timezone.localdate(at)
    procedures.require_step(batch.run, "S04", today)
    if Announcement.objects.filter(batch=batch).exists():
        raise RuleViolation("planning.already_announced", gettext_noop("本批次已经发布公告。"))
    rules.check_announced_in_time(today=today, apply_until=batch.apply_until)
    _check_filed_again(batch)
    announcement = Announcement.objects.create(
        batch=batch, title=title, body=body, contact=contact,
        supervision_phone=supervision_phone, published_by=by, published_at=at,
    )  # fmt: skip
    ledger.record(
        "planning.announced", subject=announcement, org=batch.org, by=by, at=at, context=batch,
        title=title, body=body, contact=contact, supervision_phone=supervision_phone,
    )  # fmt: skip
    return announcement


def _scheme_signatures(batch: Batch) -> QuerySet[SignOff]:
    return batch.run.sign_offs.filter(step="S03", layer=3, subject="")


def _locked_batch(batch: Batch) -> Batch:
    return (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "run__definition", "plan")
        .get(pk=batch.pk)
    )
