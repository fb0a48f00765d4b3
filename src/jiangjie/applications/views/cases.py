"""Screens of the reviewers: the batch's list, one case, decisions on many, prints."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.applications import printing, queries, services
from jiangjie.applications.facts import LAYER_ROLES
from jiangjie.applications.forms import ApplicationFilter, ReviewForm, line_label
from jiangjie.applications.models import Application, Evidence
from jiangjie.files.http import download
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.people.queries import people_visible_to
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

READERS = (
    Role.CLERK, Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ADMIN, Role.ASSESSOR,
    Role.OFFICER, Role.PAYROLL,
)  # fmt: skip
SORTS = {"name": "person__name", "unit": "unit_name", "level": "line__level",
         "submitted": "submitted_at", "ticket": "ticket"}  # fmt: skip


@roles_required(*READERS)
@require_safe
def case_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    visible = queries.applications_visible_to(request.acting, request.user).filter(batch=batch)
    levels = sorted({line.level for line in batch.lines.all()})
    form = ApplicationFilter(request.GET or None, levels=levels)
    cases = _sorted(request, form.narrow(visible) if form.is_bound else visible)
    layer = _own_layer(request)
    waiting = queries.waiting_counts(visible)
    return render(
        request,
        "applications/list.html",
        {
            "batch": batch,
            "form": form,
            "page": Paginator(cases, 50).get_page(request.GET.get("page")),
            "counts": queries.state_counts(visible),
            "layer": layer,
            "waiting": waiting.get(layer, {"eligible": 0, "ineligible": 0}) if layer else None,
            "intake": queries.intake_of(batch),
            "is_office": request.acting.has(Role.OFFICE),
            "window_over": clock.today() > batch.apply_until,
            "without_ticket": queries.without_ticket(batch).count(),
        },
    )


@roles_required(*READERS)
@require_safe
def case_export(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    levels = sorted({line.level for line in batch.lines.all()})
    visible = queries.applications_visible_to(request.acting, request.user).filter(batch=batch)
    cases = ApplicationFilter(request.GET, levels=levels).narrow(visible)
    columns = [
        _("准考证号"), _("姓名"), _("证件号码"), _("单位"), _("部门"), _("班组"), _("职业"),
        _("工种"), _("等级"), _("申报方式"), _("条件核查"), _("符合条款"), _("状态"), _("提交时间"),
    ]  # fmt: skip
    rows = (
        (
            case.ticket, case.person.name, case.person.id_masked, case.unit_name,
            case.department, case.team, case.line.frozen["occupation_name"], case.line.work_type,
            Level(case.line.level).certificate_text, case.get_route_display(),
            _("符合") if case.is_eligible else _("不符合"), case.clause,
            case.get_state_display(), case.submitted_at,
        )
        for case in cases.iterator(chunk_size=2000)
    )  # fmt: skip
    return spreadsheet(f"{batch.title}-{_('申报')}.xlsx", columns, rows)


@roles_required(*READERS)
@require_safe
def summary(request: StaffRequest, pk: int) -> HttpResponse:
    """资格审核汇总表, to print and sign."""
    batch = _batch(request, pk)
    cases = queries.applications_visible_to(request.acting, request.user).filter(batch=batch)
    paper = printing.review_summary(batch, cases.order_by("line_id", "pk"), at=clock.now())
    return HttpResponse(paper, content_type="application/pdf")


@roles_required(*LAYER_ROLES.values())
@require_POST
def review(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        raise BadInput(gettext_noop("请选择审核意见；理由不超过500字。"))
    layer = form.cleaned_data["layer"]
    if not request.acting.has(LAYER_ROLES[layer]):
        raise PermissionDenied
    visible = queries.applications_visible_to(request.acting, request.user).filter(batch=batch)
    if everyone := form.cleaned_data["everyone"]:
        chosen = queries.waiting_by_verdict(visible, layer, eligible=everyone == "eligible")
    else:
        chosen = visible.filter(pk__in=form.cleaned_data["case"])
    count = services.review(
        application_ids=list(chosen.values_list("pk", flat=True)),
        layer=layer,
        choice=form.cleaned_data["choice"],
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=clock.now(),
    )
    messages.success(
        request,
        ngettext("已签署%(count)d份申报。", "已签署%(count)d份申报。", count) % {"count": count},
    )
    return redirect("applications:list", batch.pk)


@roles_required(Role.OFFICE)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    services.close_intake(batch=batch, by=request.user, at=clock.now())
    messages.success(request, _("申报已截止。"))
    return redirect("applications:list", batch.pk)


@roles_required(Role.OFFICE)
@require_POST
def tickets(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    given = services.assign_tickets(batch=batch, by=request.user, at=clock.now())
    messages.success(request, _("已编排%(count)d个准考证号。") % {"count": given})
    return redirect("applications:list", batch.pk)


@roles_required(*READERS)
@require_safe
def case_detail(request: StaffRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    layer = case.turn if case.turn and request.acting.has(LAYER_ROLES[case.turn]) else None
    return render(
        request,
        "applications/detail.html",
        {
            "case": case,
            "label": line_label(case.line),
            "history": queries.history(case),
            "evidence": case.evidence.order_by("pk"),
            "layer": layer,
            "may_open_person": people_visible_to(request.acting).filter(pk=case.person_id).exists(),
        },
    )


@login_required
@require_safe
def case_form(request: StaffRequest, pk: int) -> HttpResponse:
    """申报表 filled from the data, with places to sign; the holder may print his own."""
    case = get_object_or_404(queries.applications_visible_to(request.acting, request.user), pk=pk)
    paper = printing.application_form(case, queries.history(case), at=clock.now())
    return HttpResponse(paper, content_type="application/pdf")


@login_required
@require_safe
def photo(request: StaffRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(
        queries.applications_visible_to(request.acting, request.user).select_related("photo"),
        pk=pk,
    )
    if case.photo is None:
        raise Http404
    return download(case.photo, "photo", inline=True)


@login_required
@require_safe
def evidence(request: StaffRequest, pk: int) -> HttpResponse:
    visible = queries.applications_visible_to(request.acting, request.user)
    found = get_object_or_404(
        Evidence.objects.filter(application__in=visible).select_related("blob"), pk=pk
    )
    return download(found.blob, found.file_name, inline=True)


def _batch(request: StaffRequest, pk: int) -> Batch:
    return get_object_or_404(batches_visible_to(request.acting).prefetch_related("lines"), pk=pk)


def _case(request: StaffRequest, pk: int) -> Application:
    return get_object_or_404(queries.applications_visible_to(request.acting, request.user), pk=pk)


def _own_layer(request: StaffRequest) -> int | None:
    """The layer on which the reader signs; with several roles the one he filtered by."""
    held = [layer for layer, role in LAYER_ROLES.items() if request.acting.has(role)]
    wanted = request.GET.get("turn", "")
    if wanted.isdigit() and int(wanted) in held:
        return int(wanted)
    return held[0] if held else None


def _sorted(request: StaffRequest, cases: "queries.Cases") -> "queries.Cases":
    sort = request.GET.get("sort", "")
    field = SORTS.get(sort.lstrip("-"))
    if field is None:
        return cases.order_by("line_id", "pk")
    return cases.order_by(f"-{field}" if sort.startswith("-") else field, "pk")
