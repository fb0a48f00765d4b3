"""Screens of annual plans, batches with their track, and public announcements."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.catalogue.models import WorkType
from jiangjie.catalogue.queries import standards_visible_to
from jiangjie.files import http as files
from jiangjie.files import services as file_services
from jiangjie.kernel.levels import Level
from jiangjie.orgs import queries as orgs
from jiangjie.orgs.models import Organisation
from jiangjie.planning import queries, services
from jiangjie.planning.forms import (
    AnnouncementFilter,
    AnnouncementForm,
    BatchFilter,
    BatchForm,
    LeaveOutForm,
    NewBatchForm,
    PlanFilter,
    PlanForm,
    PlanLineFormSet,
    ReasonForm,
    RecordForm,
    ReportForm,
    SchemeForm,
)
from jiangjie.planning.models import AnnualPlan, Batch, PlanLine
from jiangjie.planning.rules import PlanState
from jiangjie.planning.track import (
    history,
    marks_of,
    shown_next,
    shown_track,
    strip,
    waits_for_me,
)
from jiangjie.policy import queries as policy
from jiangjie.procedures import queries as procedures
from jiangjie.procedures import services as procedure_services
from jiangjie.procedures.rules import Standing, StepState
from jiangjie.web import clock
from jiangjie.web.http import PageRequest, Refusal, StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

PLAN_READERS = (*queries.STAFF, Role.OFFICER)
BATCH_READERS = (*PLAN_READERS, Role.CLERK)
EVIDENCE = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx"})

form_methods = require_http_methods(["GET", "HEAD", "POST"])


# ---- annual plans ---------------------------------------------------------------------------


@roles_required(*PLAN_READERS)
@require_safe
def plan_list(request: StaffRequest) -> HttpResponse:
    form = PlanFilter(request.GET)
    plans = queries.with_plan_totals(form.narrow(queries.plans_visible_to(request.acting)))
    page = Paginator(plans, 30).get_page(request.GET.get("page"))
    states = [(plan, queries.state_of(plan)) for plan in page]
    return render(request, "planning/plan_list.html", {"form": form, "page": page, "plans": states})


@roles_required(*PLAN_READERS)
@require_safe
def plan_export(request: StaffRequest) -> HttpResponseBase:
    plans = PlanFilter(request.GET).narrow(queries.plans_visible_to(request.acting))
    rows = (
        (
            line.plan.org.name, line.plan.year, line.standard.occupation_id,
            line.standard.title, line.work_type, Level(line.level).certificate_text,
            line.people, line.month, line.plan.approved_at,
        )
        for line in queries.lines_of_plans(plans)
    )  # fmt: skip
    columns = [
        _("机构"), _("年度"), _("职业编码"), _("职业标准"), _("工种"), _("等级"), _("计划人数"),
        _("计划月份"), _("审定时间"),
    ]  # fmt: skip
    return spreadsheet(f"{_('年度评价计划')}.xlsx", columns, rows)


@roles_required(Role.OFFICE)
@form_methods
def plan_new(request: StaffRequest) -> HttpResponse:
    form = PlanForm(request.POST or None, initial={"year": clock.today().year})
    if form.is_valid():
        plan = services.make_plan(
            org=_org(request), **form.cleaned_data, by=request.user, at=clock.now()
        )
        return redirect("planning:plan_edit", plan.pk)
    return _form_page(
        request,
        form,
        _("编制年度评价计划"),
        _("下一步：填写计划内容"),
        reverse("planning:plan_list"),
    )


@roles_required(*PLAN_READERS)
@require_safe
def plan_detail(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    state = queries.state_of(plan)
    lines = list(queries.plan_lines(plan))
    is_own = plan.org == request.acting.org
    return render(
        request,
        "planning/plan_detail.html",
        {
            "plan": plan,
            "state": state,
            "lines": list(zip(lines, _faults(plan, lines), strict=True)),
            "total": sum(line.people for line in lines),
            "batches": queries.batches_visible_to(request.acting).filter(plan=plan),
            "may_edit": is_own
            and request.acting.has(Role.OFFICE)
            and state in {PlanState.DRAFT, PlanState.RETURNED},
            "may_decide": is_own
            and request.acting.has(Role.COMMITTEE)
            and state is PlanState.SUBMITTED,
            "may_open": is_own and request.acting.has(Role.OFFICE) and state is PlanState.APPROVED,
            "reason": ReasonForm(),
        },
    )


@roles_required(Role.OFFICE)
@form_methods
def plan_edit(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _own_plan(request, pk)
    filed = {line.occupation_code for line in orgs.scope_lines(plan.org)}
    standards = {
        standard.pk: standard
        for standard in standards_visible_to(request.acting).filter(is_current=True)
        if not filed or standard.occupation_id in filed
    }
    known = [
        {
            "standard": line.standard_id, "work_type": line.work_type, "level": line.level,
            "people": line.people, "month": line.month,
        }
        for line in queries.plan_lines(plan)
    ]  # fmt: skip
    lines = PlanLineFormSet(
        request.POST or None, initial=known, prefix="lines", form_kwargs={"standards": standards}
    )
    if request.method == "POST" and lines.is_valid():
        wishes = [wish for form in lines if (wish := form.wish())]
        services.set_plan_lines(plan=plan, lines=wishes, by=request.user, at=clock.now())
        return redirect("planning:plan_detail", plan.pk)
    return render(
        request,
        "planning/plan_edit.html",
        {
            "plan": plan,
            "lines": lines,
            "work_types": WorkType.objects.filter(
                occupation__in={each.occupation_id for each in standards.values()}
            ).order_by("name"),
        },
        status=422 if request.method == "POST" else 200,
    )


@roles_required(Role.OFFICE)
@require_POST
def plan_submit(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _own_plan(request, pk)
    services.submit_plan(plan=plan, by=request.user, at=clock.now())
    return redirect("planning:plan_detail", pk)


@roles_required(Role.COMMITTEE)
@require_POST
def plan_approve(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _own_plan(request, pk)
    services.approve_plan(plan=plan, by=request.user, at=clock.now())
    return redirect("planning:plan_detail", pk)


@roles_required(Role.COMMITTEE)
@require_POST
def plan_return(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _own_plan(request, pk)
    services.return_plan(
        plan=plan, reason=request.POST.get("reason", ""), by=request.user, at=clock.now()
    )
    return redirect("planning:plan_detail", pk)


def _faults(plan: AnnualPlan, lines: list[PlanLine]) -> list[Refusal | None]:
    found = queries.filing_faults(plan, lines)
    return [Refusal.of(why) if why else None for why in found]


def _org(request: StaffRequest) -> Organisation:
    if request.acting.org is None:
        raise PermissionDenied
    return request.acting.org


def _plan(request: StaffRequest, pk: int) -> AnnualPlan:
    return get_object_or_404(queries.plans_visible_to(request.acting), pk=pk)


def _own_plan(request: StaffRequest, pk: int) -> AnnualPlan:
    plan = _plan(request, pk)
    if plan.org != request.acting.org:
        raise PermissionDenied
    return plan


# ---- batches --------------------------------------------------------------------------------


@roles_required(*BATCH_READERS)
@require_safe
def batch_list(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    form = BatchFilter(request.GET)
    batches = form.narrow(queries.batches_visible_to(request.acting), today)
    page = Paginator(queries.with_lines(batches), 20).get_page(request.GET.get("page"))
    tracks = queries.batch_tracks(list(page), today)
    return render(
        request,
        "planning/batch_list.html",
        {
            "form": form,
            "page": page,
            "batches": [(batch, queries.trades(batch), strip(tracks[batch.pk])) for batch in page],
            "plan": queries.latest_approved_plan(request.acting),
            "shows_org": request.acting.has(Role.OFFICER),
        },
    )


@roles_required(*BATCH_READERS)
@require_safe
def batch_export(request: StaffRequest) -> HttpResponseBase:
    today = clock.today()
    batches = queries.with_lines(
        BatchFilter(request.GET).narrow(queries.batches_visible_to(request.acting), today)
    )
    found = list(batches)
    tracks = queries.batch_tracks(found, today)
    rows = (
        (
            batch.org.name, batch.number, batch.title,
            "；".join(queries.line_name(line) for line in batch.lines.all()),
            sum(line.planned for line in batch.lines.all()),
            batch.apply_from, batch.apply_until, batch.exam_on,
            sum(step.state is Standing.DONE for step in tracks[batch.pk]),
            "、".join(step.title for step in tracks[batch.pk] if step.state is Standing.OPEN),
        )
        for batch in found
    )  # fmt: skip
    columns = [
        _("机构"), _("批次编号"), _("名称"), _("职业和等级"), _("计划人数"), _("申报起始日"),
        _("申报截止日"), _("考评日期"), _("已完成步骤"), _("进行中的步骤"),
    ]  # fmt: skip
    return spreadsheet(f"{_('认定批次')}.xlsx", columns, rows)


@roles_required(Role.OFFICE)
@form_methods
def batch_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a batch from an approved plan; the filing gate answers beside the form."""
    plan = _own_plan(request, pk)
    lines = list(queries.plan_lines(plan))
    form = NewBatchForm(
        request.POST or None,
        plan_lines=lines,
        packs=policy.shipped_packs(),
        initial={"pack_name": policy.pack_for_region(plan.org.region).id},
    )
    if form.is_valid():
        batch = services.open_batch(
            org=plan.org,
            plan=plan,
            lines=form.wishes(),
            **form.details(),
            by=request.user,
            at=clock.now(),
        )
        return redirect("planning:batch_detail", batch.pk)
    faults = _faults(plan, lines)
    return render(
        request,
        "planning/batch_new.html",
        {
            "plan": plan,
            "form": form,
            "lines": [
                (*pair, fault) for pair, fault in zip(form.line_fields(), faults, strict=True)
            ],
        },
        status=422 if request.method == "POST" else 200,
    )


@roles_required(*BATCH_READERS)
@require_safe
def batch_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """The heart: 15 steps, who is waited for, until when, on what ground, and what is next."""
    batch = _batch(request, pk)
    track = queries.batch_track(batch, clock.today())
    steps = shown_track(batch, track, request.acting, marks_of(batch))
    lines = list(batch.lines.order_by("pk"))
    return render(
        request,
        "planning/batch_detail.html",
        {
            "batch": batch,
            "steps": steps,
            "strip": strip(track),
            "next": shown_next(steps, track),
            "lines": lines,
            "planned": sum(line.planned for line in lines),
            "announcement": getattr(batch, "announcement", None),
            "may_edit": _works_for(request, batch, Role.OFFICE)
            and track[2].state is not Standing.DONE,
            "procedure": procedures.procedure_of(batch.run.definition),
            "history": history(batch),
        },
    )


@roles_required(Role.OFFICE)
@form_methods
def batch_edit(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    initial = {name: getattr(batch, name) for name in BatchForm.base_fields}
    form = BatchForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.revise_batch(batch=batch, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("planning:batch_detail", pk)
    return _form_page(request, form, _("修改批次"), _("保存"), _batch_url(pk), about=batch.title)


@roles_required(*BATCH_READERS)
@require_safe
def batch_plan(request: StaffRequest, pk: int) -> HttpResponse:
    """S01 is done in the annual plan; who may not read that sees the step's page."""
    batch = _batch(request, pk)
    if queries.plans_visible_to(request.acting).filter(pk=batch.plan_id).exists():
        return redirect("planning:plan_detail", batch.plan_id)
    return redirect("planning:batch_step", pk, "S01")


@roles_required(*BATCH_READERS)
@form_methods
def batch_report(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = ReportForm(request.POST or None)
    if request.method == "POST":
        _must_work_for(request, batch, Role.OFFICE)
        if form.is_valid():
            services.report_batch(batch=batch, **form.cleaned_data, by=request.user, at=clock.now())
            return redirect("planning:batch_detail", pk)
    return _step_page(
        request, batch, "S02", form, _("确认已报备"), Role.OFFICE, "planning/batch_report.html",
        {"lines": batch.lines.order_by("pk"), "filing": orgs.filing_in_force(batch.org, batch.exam_on)},
    )  # fmt: skip


@roles_required(*BATCH_READERS)
@form_methods
def batch_scheme(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = SchemeForm(request.POST or None)
    if request.method == "POST":
        _must_work_for(request, batch, Role.COMMITTEE)
        if form.is_valid():
            services.sign_scheme(batch=batch, **form.cleaned_data, by=request.user, at=clock.now())
            return redirect("planning:batch_detail", pk)
    return _step_page(
        request, batch, "S03", form, _("签字"), Role.COMMITTEE, "planning/batch_scheme.html",
        {"lines": batch.lines.order_by("pk"), "conditions": queries.conditions(batch)},
    )  # fmt: skip


@roles_required(*BATCH_READERS)
@form_methods
def batch_announce(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = AnnouncementForm(
        request.POST or None,
        initial={
            "title": _("%(org)s %(title)s公告") % {"org": batch.org, "title": batch.title},
            "body": queries.announcement_draft(batch),
            "supervision_phone": batch.org.contact_phone,
        },
    )
    if request.method == "POST":
        _must_work_for(request, batch, Role.OFFICE)
        if form.is_valid():
            services.announce(batch=batch, **form.cleaned_data, by=request.user, at=clock.now())
            return redirect("planning:batch_detail", pk)
    return _step_page(
        request, batch, "S04", form, _("发布公告"), Role.OFFICE, "planning/batch_announce.html",
        {"announcement": getattr(batch, "announcement", None)},
    )  # fmt: skip


# ---- any step: its ground, its records ------------------------------------------------------


@roles_required(*BATCH_READERS)
@require_safe
def batch_step(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    batch = _batch(request, pk)
    part = procedures.procedure_of(batch.run.definition).part(code)
    form = RecordForm(kinds=part.evidence or part.keeps)
    return _step_page(
        request, batch, code, form, _("登记"), Role(part.role), "planning/batch_step.html",
        {
            "part": part,
            "records": procedures.records(batch.run, code),
            "leave_out": LeaveOutForm(),
        },
    )  # fmt: skip


@roles_required(*BATCH_READERS)
@require_POST
def step_record(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    batch, at = _batch(request, pk), clock.now()
    part = procedures.procedure_of(batch.run.definition).part(code)
    _must_work_for(request, batch, Role(part.role), Role.OFFICE)
    form = RecordForm(request.POST, request.FILES, kinds=part.evidence or part.keeps)
    if not form.is_valid():
        return _step_page(
            request, batch, code, form, _("登记"), Role(part.role), "planning/batch_step.html",
            {
                "part": part,
                "records": procedures.records(batch.run, code),
                "leave_out": LeaveOutForm(),
            },
        )  # fmt: skip
    upload = form.cleaned_data["file"]
    procedure_services.record_step(
        run=batch.run,
        step=code,
        note=form.cleaned_data["note"],
        evidence_kind=form.cleaned_data["evidence_kind"],
        blob=file_services.store_upload(upload, allowed=EVIDENCE, at=at) if upload else None,
        file_name=upload.name if upload else "",
        by=request.user,
        at=at,
        context=batch,
    )
    return redirect("planning:batch_step", pk, code)


@roles_required(*BATCH_READERS)
@require_POST
def step_leave_out(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    batch = _batch(request, pk)
    part = procedures.procedure_of(batch.run.definition).part(code)
    _must_work_for(request, batch, Role(part.role), Role.OFFICE)
    procedure_services.record_step(
        run=batch.run,
        step=code,
        note=request.POST.get("note", ""),
        is_skipped=True,
        by=request.user,
        at=clock.now(),
        context=batch,
    )
    return redirect("planning:batch_step", pk, code)


@roles_required(*BATCH_READERS)
@require_safe
def record_file(request: StaffRequest, pk: int, record_pk: int) -> HttpResponseBase:
    batch = _batch(request, pk)
    record = get_object_or_404(procedures.records(batch.run), pk=record_pk)
    if record.blob is None:
        raise Http404
    return files.download(record.blob, record.file_name, inline=True)


def _batch(request: StaffRequest, pk: int) -> Batch:
    return get_object_or_404(
        queries.batches_visible_to(request.acting).select_related(
            "announcement", "plan__approved_by"
        ),
        pk=pk,
    )


def _own_batch(request: StaffRequest, pk: int) -> Batch:
    batch = _batch(request, pk)
    _must_work_for(request, batch, Role.OFFICE)
    return batch


def _works_for(request: StaffRequest, batch: Batch, *roles: Role) -> bool:
    return any(waits_for_me(role, batch, request.acting) for role in roles)


def _must_work_for(request: StaffRequest, batch: Batch, *roles: Role) -> None:
    """The batch may be read by others too (the bureau): only its own people act on it."""
    if not _works_for(request, batch, *roles):
        raise PermissionDenied


def _batch_url(pk: int) -> str:
    return reverse("planning:batch_detail", args=[pk])


def _step_page(
    request: StaffRequest,
    batch: Batch,
    code: str,
    form: Any,
    submit: str,
    role: Role,
    template: str,
    more: dict[str, Any],
) -> HttpResponse:
    """A step's screen: where it stands, on what ground, and the form for whom it waits."""
    track = queries.batch_track(batch, clock.today())
    steps = shown_track(batch, track, request.acting, marks_of(batch))
    shown = {part.code: part for step in steps for part in (step, *step.stages)}
    state: StepState = next(
        part for step in track for part in (step, *step.stages) if part.code == code
    )
    return render(
        request,
        template,
        {
            "batch": batch,
            "step": shown[code],
            "state": state,
            "form": form,
            "submit": submit,
            "may_act": state.state is Standing.OPEN and _works_for(request, batch, role),
            "may_record": state.state is not Standing.BLOCKED
            and _works_for(request, batch, role, Role.OFFICE),
            **more,
        },
        status=422 if form.is_bound and form.errors else 200,
    )


# ---- public ---------------------------------------------------------------------------------


@require_safe
def announcement_list(request: PageRequest) -> HttpResponse:
    form = AnnouncementFilter(request.GET)
    form.is_valid()
    found = queries.announcements(form.cleaned_data.get("q", ""))
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "planning/announcement_list.html",
        {
            "form": form,
            "page": page,
            "announcements": [(each, queries.trades(each.batch)) for each in page],
            "today": clock.today(),
            "is_demo": any(each.batch.org.is_demo for each in page),
        },
    )


@require_safe
def announcement_detail(request: PageRequest, pk: int) -> HttpResponse:
    """Public and printable: the text as published, and the conditions of every level."""
    announcement = get_object_or_404(queries.announcements(), pk=pk)
    batch = announcement.batch
    return render(
        request,
        "planning/announcement_detail.html",
        {
            "announcement": announcement,
            "batch": batch,
            "conditions": queries.conditions(batch),
            "is_demo": batch.org.is_demo,
            "window": _window(batch, clock.today()),
        },
    )


def _window(batch: Batch, today: date) -> str:
    if today < batch.apply_from:
        return "before"
    return "open" if today <= batch.apply_until else "over"


def _form_page(
    request: StaffRequest, form: Any, heading: str, submit: str, cancel: str, *, about: str = ""
) -> HttpResponse:
    return render(
        request,
        "planning/form_page.html",
        {"form": form, "heading": heading, "submit": submit, "cancel": cancel, "about": about},
        status=422 if form.is_bound else 200,
    )
