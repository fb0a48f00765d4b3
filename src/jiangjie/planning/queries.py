"""Reads: plans, batches with their tracks, announcements, and who may see them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role
from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.levels import Level
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import ancestor_ids, officers_filed_orgs, scope_lines
from jiangjie.orgs.rules import ScopeLine, check_scope
from jiangjie.planning import rules
from jiangjie.planning.models import Announcement, AnnualPlan, Batch, BatchLine, PlanLine
from jiangjie.policy.queries import pack_of
from jiangjie.procedures import queries as procedures
from jiangjie.procedures.models import Choice, SignOff
from jiangjie.procedures.rules import StepFact, StepState

STAFF = (
    Role.OFFICE, Role.COMMITTEE, Role.PAYROLL, Role.SUPERVISOR, Role.ASSESSOR, Role.ADMIN,
)  # fmt: skip


def state_of(plan: AnnualPlan) -> rules.PlanState:
    return rules.plan_state(
        submitted_at=plan.submitted_at,
        approved_at=plan.approved_at,
        returned_reason=plan.returned_reason,
    )


def plans_visible_to(acting: Acting) -> QuerySet[AnnualPlan]:
    """Own organisation's; for an officer the submitted ones of those filed at his bureau."""
    found = AnnualPlan.objects.select_related("org", "made_by", "approved_by").order_by(
        "-year", "org__name", "pk"
    )
    if acting.org is None:
        return found.none()
    seen = Q(pk__in=[])
    if acting.has(*STAFF):
        seen |= Q(org=acting.org)
    if acting.has(Role.OFFICER):
        seen |= Q(org__in=officers_filed_orgs(acting.org)) & (
            Q(submitted_at__isnull=False) | Q(approved_at__isnull=False)
        )
    return found.filter(seen)


def plan_lines(plan: AnnualPlan) -> QuerySet[PlanLine]:
    return plan.lines.select_related("standard__occupation").order_by(
        "month", "standard__title", "work_type", "level"
    )


def with_plan_totals(plans: QuerySet[AnnualPlan]) -> QuerySet[AnnualPlan]:
    """Each with `line_count`, `people` planned and `batch_count`."""
    lines = PlanLine.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    batches = Batch.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    return plans.annotate(
        line_count=Coalesce(Subquery(lines.annotate(n=Count("pk")).values("n")), 0),
        people=Coalesce(Subquery(lines.annotate(n=Sum("people")).values("n")), 0),
        batch_count=Coalesce(Subquery(batches.annotate(n=Count("pk")).values("n")), 0),
    )


def lines_of_plans(plans: QuerySet[AnnualPlan]) -> Iterator[PlanLine]:
    return (
        PlanLine.objects.filter(plan__in=plans.order_by().values("pk"))
        .select_related("plan__org", "standard")
        .order_by("-plan__year", "plan__org__name", "month", "standard__title", "level", "pk")
        .iterator(chunk_size=2_000)
    )


def latest_approved_plan(acting: Acting) -> AnnualPlan | None:
    """The plan from which the office opens its next batch."""
    if not acting.has(Role.OFFICE):
        return None
    own = AnnualPlan.objects.filter(org=acting.org, approved_at__isnull=False)
    return own.order_by("-year").first()


def filing_faults(plan: AnnualPlan, lines: Sequence[PlanLine]) -> list[RuleViolation | None]:
    """For each line why it would not pass the filing gate in its month; None when it would."""
    scope = scope_lines(plan.org)
    return [_filing_fault(scope, line, date(plan.year, line.month, 1)) for line in lines]


def _filing_fault(scope: Sequence[ScopeLine], line: PlanLine, on: date) -> RuleViolation | None:
    try:
        check_scope(
            scope,
            occupation_code=line.standard.occupation_id,
            work_type=line.work_type,
            level=line.level,
            on=on,
        )
    except RuleViolation as why:
        return why
    return None


def batches_visible_to(acting: Acting) -> QuerySet[Batch]:
    """Staff: their evaluator's; a clerk: those of evaluators above his unit; an officer: those of
    organisations with a filing in force at his bureau. Nobody else."""
    found = Batch.objects.select_related("org", "plan", "pack", "run__definition").order_by(
        "-exam_on", "-pk"
    )
    if acting.org is None:
        return found.none()
    seen = _worked_on(acting, acting.org)
    if acting.has(Role.OFFICER):
        seen |= Q(org__in=officers_filed_orgs(acting.org))
    return found.filter(seen)


def batches_worked_on(acting: Acting) -> QuerySet[Batch]:
    """Those in which one may have something to do: all visible ones but an officer's."""
    visible = batches_visible_to(acting)
    return visible.filter(_worked_on(acting, acting.org)) if acting.org else visible


def _worked_on(acting: Acting, org: Organisation) -> Q:
    seen = Q(pk__in=[])
    if acting.has(*STAFF):
        seen |= Q(org=org)
    if acting.has(Role.CLERK):
        seen |= Q(org__in=ancestor_ids(org))
    return seen


def with_lines(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    lines = BatchLine.objects.order_by("pk")
    return batches.prefetch_related(Prefetch("lines", queryset=lines))


def line_name(line: BatchLine) -> str:
    """ "起重装卸机械操作工（桥式起重机司机） 三级/高级工", as the line was frozen."""
    work_type = f"（{line.work_type}）" if line.work_type else ""
    return f"{line.frozen['occupation_name']}{work_type} {Level(line.level).certificate_text}"


def trades(batch: Batch) -> list[tuple[str, str]]:
    """For a list: each occupation with its work types, and its levels ("四级、三级").

    Reads the batch's prefetched lines, no query of its own.
    """
    work_types: dict[str, set[str]] = {}
    levels: dict[str, set[int]] = {}
    for line in batch.lines.all():
        name = str(line.frozen["occupation_name"])
        work_types.setdefault(name, set()).update({line.work_type} - {""})
        levels.setdefault(name, set()).add(line.level)
    return [
        (
            f"{name}（{'、'.join(sorted(work_types[name]))}）" if work_types[name] else name,
            "、".join(
                Level(level).certificate_text.partition("/")[0] for level in sorted(levels[name])
            ),
        )
        for name in work_types
    ]


def batch_track(batch: Batch, today: date) -> tuple[StepState, ...]:
    return procedures.track(batch.run, today)


def batch_tracks(batches: Sequence[Batch], today: date) -> dict[int, tuple[StepState, ...]]:
    """By batch; a constant number of queries when the batches come with run__definition."""
    by_run = procedures.tracks([batch.run for batch in batches], today)
    return {batch.pk: by_run[batch.run_id] for batch in batches}


def conditions(batch: Batch) -> list[rules.LineConditions]:
    """What each line asks for, from the frozen standards and the frozen pack."""
    pack = pack_of(batch.pack)
    return [
        rules.conditions_of(line.frozen, pack, planned=line.planned)
        for line in batch.lines.order_by("pk")
    ]


def announcement_draft(batch: Batch) -> str:
    return rules.draft_announcement(
        org=batch.org.name,
        year=batch.plan.year,
        number=batch.number,
        lines=conditions(batch),
        as_of=batch.as_of,
        apply_from=batch.apply_from,
        apply_until=batch.apply_until,
        exam_on=batch.exam_on,
        venue=batch.venue,
        method=batch.method,
    )


def announcements(text: str = "") -> QuerySet[Announcement]:
    """Public, newest first, with batch, organisation and lines; `text` in title or organisation."""
    found = (
        Announcement.objects.select_related("batch__org", "batch__pack")
        .prefetch_related(Prefetch("batch__lines", queryset=BatchLine.objects.order_by("pk")))
        .order_by("-published_at", "-pk")
    )
    if text := text.strip():
        named = BatchLine.objects.filter(
            Q(frozen__occupation_name__icontains=text) | Q(work_type__icontains=text)
        )
        found = found.filter(
            Q(title__icontains=text)
            | Q(batch__org__name__icontains=text)
            | Q(batch__in=named.values("batch"))
        )
    return found


def facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """S01 to S04, and by which day the later steps have to be done for the exam to take place."""
    batches = Batch.objects.filter(run__in=run_ids).select_related("plan", "announcement")
    signed: dict[tuple[int, int], SignOff] = {
        (each.run_id, each.round): each
        for each in SignOff.objects.filter(
            run__in=run_ids, step="S03", layer=3, subject=""
        ).order_by("pk")
    }
    return {
        batch.run_id: _facts_of(batch, signed.get((batch.run_id, batch.scheme_round)))
        for batch in batches
    }


def _facts_of(batch: Batch, scheme: SignOff | None) -> dict[str, StepFact]:
    announcement: Announcement | None = getattr(batch, "announcement", None)
    before_exam = StepFact(is_done=False, due=rules.ready_by(batch.exam_on))
    return {
        "S01": StepFact(
            is_done=batch.plan.approved_at is not None, done_at=_day(batch.plan.approved_at)
        ),
        "S02": StepFact(
            is_done=batch.reported_at is not None,
            done_at=_day(batch.reported_at),
            due=batch.apply_from,
            detail=batch.report_receipt,
        ),
        "S03": _scheme_fact(batch, scheme),
        "S04": StepFact(
            is_done=announcement is not None,
            done_at=_day(announcement.published_at) if announcement else None,
            due=batch.apply_from,
        ),
        "S05": StepFact(is_done=False, due=batch.apply_until),
        "S06": before_exam,
        "S07": before_exam,
        "S08": before_exam,
        "S09": before_exam,
        "S10": before_exam,
        "S11": StepFact(is_done=False, due=batch.exam_on),
    }


def _scheme_fact(batch: Batch, scheme: SignOff | None) -> StepFact:
    if scheme is None:
        return StepFact(is_done=False, due=batch.apply_from)
    if scheme.choice == Choice.PASS:
        return StepFact(is_done=True, done_at=_day(scheme.at))
    return StepFact(
        is_done=False,
        due=batch.apply_from,
        waits_for=Role.OFFICE,
        missing=(gettext("按退回意见修改方案：%(reason)s") % {"reason": scheme.reason},),
    )


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None
