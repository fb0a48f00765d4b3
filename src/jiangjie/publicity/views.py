"""Screens of the staff: publishing, closing, and settling objections."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role, User
from jiangjie.documents.tables import Column, render_table
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures import services as procedures
from jiangjie.publicity import queries, services
from jiangjie.publicity.forms import (
    AssignForm,
    FirstDayForm,
    ObjectionFilter,
    PeriodFilter,
    SettleForm,
)
from jiangjie.publicity.models import Objection, PeriodKind
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

READERS = (*queries.HANDLERS, Role.ADMIN, Role.OFFICER)


# ---- periods --------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def period_manage_list(request: StaffRequest) -> HttpResponse:
    form = PeriodFilter(request.GET)
    today = clock.today()
    periods = form.narrow_on(queries.periods_visible_to(request.acting), today)
    page = Paginator(periods.defer("rows"), 20).get_page(request.GET.get("page"))
    return render(
        request,
        "publicity/period_manage_list.html",
        {
            "form": form,
            "page": page,
            "periods": [(period, queries.clock_of(period, today)) for period in page],
        },
    )


@roles_required(*READERS)
@require_safe
def period_export(request: StaffRequest) -> HttpResponse:
    periods = PeriodFilter(request.GET).narrow_on(
        queries.periods_visible_to(request.acting), clock.today()
    )
    columns = [_("公示事项"), _("单位"), _("类别"), _("起始日"), _("截止日"), _("依据"), _("人数"), _("未处理异议"), _("结束时间"), _("名单校验值")]  # fmt: skip
    rows = (
        (
            period.title, period.batch.org.name, period.get_kind_display(), period.first_day,
            period.last_day, period.term_source,
            period.people,  # type: ignore[attr-defined]
            period.open_objections,  # type: ignore[attr-defined]
            period.closed_at, period.digest,
        )
        for period in periods.defer("rows")
    )  # fmt: skip
    return spreadsheet(f"{_('公示')}.xlsx", columns, rows)


@roles_required(*READERS)
@require_safe
def of_batch(request: StaffRequest, pk: int, kind: PeriodKind) -> HttpResponse:
    """Where the batch's track leads: the period, or the form that opens it."""
    batch = get_object_or_404(batches_visible_to(request.acting), pk=pk)
    period = batch.publicity_periods.filter(kind=kind).first()
    if period is not None:
        return redirect("publicity:period_manage", period.pk)
    return redirect("publicity:period_new", pk, kind.value)


@roles_required(*READERS)
@require_safe
def period_manage(request: StaffRequest, pk: int) -> HttpResponse:
    period = get_object_or_404(queries.periods_visible_to(request.acting), pk=pk)
    page = Paginator(period.rows, 50).get_page(request.GET.get("page"))
    return render(
        request,
        "publicity/period_manage.html",
        {
            "period": period,
            "clock": queries.clock_of(period, clock.today()),
            "page": page,
            "objections": queries.objections_visible_to(request.acting, request.user).filter(
                period=period
            ),
            "may_close": request.acting.has(Role.OFFICE) and period.batch.org == request.acting.org,
        },
    )


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def period_new(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """What would be published, until when, on what ground; then to be confirmed."""
    batch: Batch = get_object_or_404(batches_visible_to(request.acting), pk=pk)
    may_open = request.acting.has(Role.OFFICE) and batch.org == request.acting.org
    if kind not in PeriodKind.values:
        raise Http404
    if request.method == "POST" and not may_open:
        raise PermissionDenied
    procedures.require_step(batch.run, queries.STEP_OF[PeriodKind(kind)], clock.today())
    data = request.POST if request.method == "POST" else request.GET
    form = FirstDayForm({"first_day": data.get("first_day") or clock.today().isoformat()})
    rows = queries.list_to_publish(batch, kind)
    is_empty_result = not rows and kind == PeriodKind.RESULT
    last_day: date | None = None
    refusal = None
    if form.is_valid():
        first_day = form.cleaned_data["first_day"]
        try:
            last_day = queries.last_day(batch, kind, first_day)
            if request.method == "POST":
                period = services.open_period(
                    batch=batch, kind=kind, first_day=first_day, by=request.user, at=clock.now()
                )
                messages.success(request, _("公示已发布。"))
                return redirect("publicity:period_manage", period.pk)
        except RuleViolation as why:
            refusal = Refusal.of(why)
    return render(
        request,
        "publicity/period_new.html",
        {
            "batch": batch, "kind": PeriodKind(kind), "form": form, "last_day": last_day,
            "refusal": refusal, "term": queries.term_of(batch, kind),
            "rows": rows,
            "may_publish": bool(rows) or (is_empty_result and queries.is_empty_published(batch)),
            "empty_rule": queries.empty_rule(batch) if is_empty_result else None,
            "may_open": may_open,
        },
        status=422 if form.errors or (refusal and request.method == "POST") else 200,
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def period_close(request: StaffRequest, pk: int) -> HttpResponse:
    visible = queries.periods_visible_to(request.acting)
    period = get_object_or_404(visible.filter(batch__org=request.acting.org), pk=pk)
    services.close_period(period_id=period.pk, by=request.user, at=clock.now())
    messages.success(request, _("公示已结束。"))
    return redirect("publicity:period_manage", pk)


@roles_required(*READERS)
@require_safe
def period_print(request: StaffRequest, pk: int) -> HttpResponse:
    """The list as it hangs on the notice board: masked as on the page."""
    period = get_object_or_404(queries.periods_visible_to(request.acting), pk=pk)
    columns = [
        Column(_("序号"), width=None), Column(_("姓名"), width=None),
        Column(_("证件号码"), width=None), Column(_("单位")), Column(_("职业（工种）")),
        Column(_("等级"), width=None), Column(_("申报方式"), width=None),
    ]  # fmt: skip
    content = render_table(
        title=period.title,
        subtitle=(_("本批次无人合格。") if period.is_empty else "")
        + _("公示期：%(first)s至%(last)s（依据：%(source)s）")
        % {"first": period.first_day, "last": period.last_day, "source": period.term_source},
        columns=columns,
        rows=[_printed(row) for row in period.rows],
        footer=f"SHA-256 {period.digest}",
        author=period.batch.org.name,
        printed_at=clock.now(),
    )
    header = content_disposition_header(as_attachment=True, filename=f"{period.title}.pdf")
    return HttpResponse(
        content,
        headers={"Content-Type": "application/pdf", "Content-Disposition": header or ""},
    )


def _printed(row: dict[str, str]) -> tuple[str, ...]:
    trade = f"{row['occupation']}（{row['work_type']}）" if row["work_type"] else row["occupation"]
    return str(row["no"]), row["name"], row["id"], row["unit"], trade, row["level"], row["route"]


# ---- objections -----------------------------------------------------------------------------


@roles_required(*queries.HANDLERS)
@require_safe
def objection_list(request: StaffRequest) -> HttpResponse:
    form = ObjectionFilter(request.GET)
    objections = form.narrow(queries.objections_visible_to(request.acting, request.user))
    page = Paginator(objections, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "publicity/objection_list.html",
        {"form": form, "page": page, "today": clock.today()},
    )


@roles_required(*queries.HANDLERS)
@require_safe
def objection_export(request: StaffRequest) -> HttpResponse:
    objections = ObjectionFilter(request.GET).narrow(
        queries.objections_visible_to(request.acting, request.user)
    )
    columns = [_("受理编号"), _("公示事项"), _("异议对象"), _("异议内容"), _("收到时间"), _("应答复日期"), _("处理人"), _("结论"), _("理由"), _("处理时间")]  # fmt: skip
    rows = (
        (
            each.receipt, each.period.title,
            each.application.person.name if each.application else _("整个公示名单"), each.text,
            each.raised_at, each.answer_by_day, str(each.handler or ""),
            each.get_outcome_display(), each.decision, each.settled_at,
        )
        for each in objections
    )  # fmt: skip
    return spreadsheet(f"{_('异议')}.xlsx", columns, rows)


def _objection(request: StaffRequest, pk: int) -> Objection:
    return get_object_or_404(queries.objections_visible_to(request.acting, request.user), pk=pk)


def _detail(
    request: StaffRequest, objection: Objection, *, settle: SettleForm | None = None,
    identity: tuple[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    handlers = queries.handlers_for(objection, clock.today())
    is_open = objection.settled_at is None
    return render(
        request,
        "publicity/objection_detail.html",
        {
            "objection": objection,
            "assign": AssignForm(handlers, initial={"handler": objection.handler_id})
            if is_open and request.acting.has(Role.OFFICE)
            else None,
            "unfit": [(each.user, Refusal.of(each.refusal)) for each in handlers if each.refusal],
            "settle": (settle or SettleForm())
            if is_open and objection.handler_id == request.user.pk
            else None,
            "is_handler": objection.handler_id == request.user.pk,
            "identity": identity,
            "history": queries.history(objection),
        },
        status=422 if settle is not None else 200,
    )


@roles_required(*queries.HANDLERS)
@require_safe
def objection_detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _detail(request, _objection(request, pk))


@roles_required(Role.OFFICE)
@require_POST
def objection_assign(request: StaffRequest, pk: int) -> HttpResponse:
    objection = _objection(request, pk)
    # The service says why somebody may not; only strangers to the organisation are unknown here.
    known = [each.user for each in queries.handlers_for(objection, clock.today())]
    if not request.POST.get("handler"):
        raise BadInput(gettext_noop("请选择处理人。"))
    handler: User = get_object_or_404(
        User.objects.filter(pk__in=[user.pk for user in known]),
        pk=_number(request.POST.get("handler", "")),
    )
    services.assign_handler(objection_id=pk, handler=handler, by=request.user, at=clock.now())
    messages.success(request, _("已指定处理人。"))
    return redirect("publicity:objection_detail", pk)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


@roles_required(*queries.HANDLERS)
@require_POST
def objector(request: StaffRequest, pk: int) -> HttpResponse:
    """The objector's name, for the handler; every look is an event, hence a POST."""
    objection = _objection(request, pk)
    identity = services.reveal_objector(objection_id=pk, by=request.user, at=clock.now())
    return _detail(request, objection, identity=identity)


@roles_required(*queries.HANDLERS)
@require_POST
def objection_settle(request: StaffRequest, pk: int) -> HttpResponse:
    objection = _objection(request, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _detail(request, objection, settle=form)
    services.settle_objection(
        objection_id=pk,
        outcome=form.cleaned_data["outcome"],
        decision=form.cleaned_data["decision"],
        by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("处理决定已记录。"))
    return redirect("publicity:objection_detail", pk)
