"""Screens: the ledger of a month, rates, appointing, one entitlement, what is late, one's own."""

from collections.abc import Iterable
from datetime import date
from mimetypes import guess_extension
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.documents.tables import Column, SignaturePlace, render_table
from jiangjie.files.http import download
from jiangjie.files.rules import EVIDENCE
from jiangjie.files.services import store_upload
from jiangjie.kernel.levels import Level
from jiangjie.kernel.money import format_yuan
from jiangjie.orgs.models import Organisation
from jiangjie.planning.queries import batches_visible_to
from jiangjie.treatment import queries, rules, services
from jiangjie.treatment.forms import (
    AppointForm,
    BackPayForm,
    CertificateFilter,
    EndForm,
    EntitlementFilter,
    MonthFilter,
    PaymentForm,
    RateForm,
    ReversalForm,
)
from jiangjie.treatment.models import Entitlement
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import Cell, spreadsheet

READERS = queries.STAFF
APPOINTERS = (Role.OFFICE, Role.PAYROLL)
PAGE = 50


def _org(request: StaffRequest) -> Organisation:
    """The organisation that pays; whoever has a role has one."""
    if request.acting.org is None:
        raise Http404
    return request.acting.org


def _attached(file_name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(True, file_name) or ""}


# ---- a month --------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def month(request: StaffRequest) -> HttpResponse:
    return _month(request, MonthFilter(request.GET))


def _chosen_month(form: MonthFilter) -> date:
    """The month asked for; without one the running month."""
    form.is_valid()
    return form.cleaned_data.get("month") or rules.month_of(clock.today())


def _month(
    request: StaffRequest,
    form: MonthFilter,
    *,
    payment: PaymentForm | None = None,
) -> HttpResponse:
    org, today, chosen = _org(request), clock.today(), _chosen_month(form)
    page = Paginator(form.narrow(queries.in_month(org, chosen)), PAGE).get_page(
        request.GET.get("page")
    )
    people, total_fen = queries.payable_total(org, chosen)
    late, _limits = queries.late(org, today)
    initial = {"month": chosen, "paid_on": today, "total_fen": total_fen}
    may_pay = request.acting.has(Role.PAYROLL) and people > 0 and chosen <= today
    months = queries.months_of(org, today)
    return render(
        request,
        "treatment/month.html",
        {
            "form": form, "month": chosen, "page": page,
            "lines": queries.lines(page, queries.rates_of(org), chosen),
            "people": people, "total_fen": total_fen, "months": months,
            "state": next((each for each in months if each.month == chosen), None),
            "payment": (payment or PaymentForm(initial=initial)) if may_pay else None,
            "waiting": queries.without_entitlement(org).count(),
            "owed": queries.short_of_rate(org).count(),
            "late": late.count(), "unrated": queries.levels_without_rate(org, today),
            "before": rules.month_before(chosen), "after": rules.next_month(chosen),
        },
        status=422 if payment is not None else 200,
    )  # fmt: skip


@roles_required(Role.PAYROLL)
@require_POST
def pay(request: StaffRequest) -> HttpResponse:
    """Record a month as paid to those chosen, or to everybody to whom it is due."""
    org, at = _org(request), clock.now()
    form = PaymentForm(request.POST, request.FILES, chosen=request.POST.getlist("chosen"))
    if not form.is_valid():
        return _month(request, MonthFilter({"month": request.POST.get("month", "")}), payment=form)
    given = form.cleaned_data
    if given["everybody"]:
        chosen, total_fen = queries.payable(org, given["month"]), given["total_fen"]
    else:  # paid ones too: the service says by name who cannot be paid twice
        visible = queries.entitlements_visible_to(request.acting)
        chosen, total_fen = list(visible.filter(pk__in=form.ids)), None
    upload = given["proof"]
    made = services.record_payments(
        org=org, month=given["month"], entitlements=chosen, paid_on=given["paid_on"],
        voucher=given["voucher"], total_fen=total_fen, by=request.user, at=at,
        proof=store_upload(upload, allowed=EVIDENCE, at=at) if upload else None,
    )  # fmt: skip
    messages.success(
        request,
        _("已登记%(count)d人，合计%(sum)s元。")
        % {"count": len(made), "sum": format_yuan(sum(each.fen for each in made))},
    )
    return redirect(f"{reverse('treatment:month')}?month={given['month']:%Y-%m}")


def _all_lines(request: StaffRequest) -> tuple[date, list[queries.Line]]:
    form = MonthFilter(request.GET)
    org, chosen = _org(request), _chosen_month(form)
    found = form.narrow(queries.in_month(org, chosen))
    return chosen, queries.lines(found, queries.rates_of(org), chosen)


@roles_required(*READERS)
@require_safe
def month_export(request: StaffRequest) -> HttpResponse:
    chosen, lines = _all_lines(request)
    columns = [_("所属月份"), _("姓名"), _("证件号码"), _("单位"), _("等级"), _("证书编号"), _("岗位"), _("金额（元）"), _("状态"), _("发放日期"), _("凭证号")]  # fmt: skip
    return spreadsheet(
        f"{_('技能津贴')}{chosen:%Y-%m}.xlsx", columns, (_row(chosen, line) for line in lines)
    )


def _row(chosen: date, line: queries.Line) -> tuple[Cell, ...]:
    entitlement, payment = line.entitlement, line.payment
    certificate = entitlement.certificate
    return (
        f"{chosen:%Y-%m}", entitlement.person.name, entitlement.person.id_masked,
        certificate.application.unit_name, Level(entitlement.level).certificate_text,
        certificate.number, entitlement.post, None if line.fen is None else line.fen / 100,
        _state_text(line.state), payment.paid_on if payment else None,
        payment.voucher if payment else "",
    )  # fmt: skip


def _state_text(state: str) -> str:
    return {
        "paid": _("已发"),
        "due": _("应发"),
        "no_rate": _("没有津贴标准"),
        "revoked": _("证书已撤销"),
    }[state]


@roles_required(*READERS)
@require_safe
def month_print(request: StaffRequest) -> HttpResponse:
    """The sheet of a month for the files: who, how much, and who signs for it."""
    org = _org(request)
    chosen, lines = _all_lines(request)
    total = sum(line.fen or 0 for line in lines)
    content = render_table(
        title=_("技能津贴发放表"),
        subtitle=_("%(org)s　%(month)s　共%(count)d人，合计%(sum)s元")
        % {"org": org, "month": f"{chosen:%Y-%m}", "count": len(lines), "sum": format_yuan(total)},
        columns=[
            Column(_("序号"), width=None), Column(_("姓名"), width=None),
            Column(_("证件号码"), width=None), Column(_("单位")), Column(_("等级"), width=None),
            Column(_("证书编号"), width=None), Column(_("金额（元）"), width=None, align="end"),
            Column(_("状态"), width=None), Column(_("凭证号")),
        ],
        rows=[_printed(place, line) for place, line in enumerate(lines, start=1)],
        signatures=[
            SignaturePlace(_("制表")), SignaturePlace(_("审核")), SignaturePlace(_("批准"), seal=True),
        ],
        author=org.name,
        printed_at=clock.now(),
        landscape=True,
    )  # fmt: skip
    return HttpResponse(
        content,
        headers={
            "Content-Type": "application/pdf",
            **_attached(f"{_('技能津贴发放表')}{chosen:%Y-%m}.pdf"),
        },
    )


def _printed(place: int, line: queries.Line) -> tuple[str, ...]:
    entitlement, certificate = line.entitlement, line.entitlement.certificate
    return (
        str(place), entitlement.person.name, entitlement.person.id_masked,
        certificate.application.unit_name, Level(entitlement.level).certificate_text,
        certificate.number, "" if line.fen is None else format_yuan(line.fen),
        _state_text(line.state), line.payment.voucher if line.payment else "",
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def proof(request: StaffRequest, pk: int) -> HttpResponse:
    """For the staff: a bank's sheet names all who were paid, so it is not the worker's to see."""
    payment = get_object_or_404(
        queries.payments_visible_to(request.acting).select_related("proof"), pk=pk
    )
    if payment.proof is None:
        raise Http404
    suffix = guess_extension(payment.proof.media_type) or ""
    return download(payment.proof, f"{payment.month:%Y-%m} {payment.voucher}{suffix}", inline=True)


# ---- back pay, and payments to be struck -----------------------------------------------------


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def back_pay(request: StaffRequest) -> HttpResponse:
    """补发: paid months that a later raise reached back over, and recording the difference."""
    org, today, at = _org(request), clock.today(), clock.now()
    may_pay, is_post = request.acting.has(Role.PAYROLL), request.method == "POST"
    if is_post and not may_pay:
        raise PermissionDenied
    owed = queries.short_of_rate(org)
    total_fen = owed.aggregate(sum=Sum("owed_fen"))["sum"] or 0
    form = (
        BackPayForm(request.POST, request.FILES, chosen=request.POST.getlist("chosen"))
        if is_post
        else BackPayForm(initial={"paid_on": today, "total_fen": total_fen})
    )
    if is_post and form.is_valid():
        given = form.cleaned_data
        upload = given["proof"]
        payments = queries.payments_visible_to(request.acting)
        made = services.record_back_pay(
            org=org, paid_on=given["paid_on"], voucher=given["voucher"],
            payments=list(owed if given["everybody"] else payments.filter(pk__in=form.ids)),
            total_fen=given["total_fen"] if given["everybody"] else None,
            proof=store_upload(upload, allowed=EVIDENCE, at=at) if upload else None,
            by=request.user, at=at,
        )  # fmt: skip
        messages.success(
            request,
            _("已登记补发%(count)d笔，合计%(sum)s元。")
            % {"count": len(made), "sum": format_yuan(sum(each.fen for each in made))},
        )
        return redirect("treatment:back_pay")
    return render(
        request,
        "treatment/back_pay.html",
        {
            "page": Paginator(owed, PAGE).get_page(request.GET.get("page")),
            "total_fen": total_fen, "form": form if may_pay else None, "chosen": form.ids,
        },
        status=422 if is_post else 200,
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def back_pay_export(request: StaffRequest) -> HttpResponse:
    columns = [_("所属月份"), _("姓名"), _("证件号码"), _("单位"), _("等级"), _("已发（元）"), _("标准（元）"), _("应补（元）")]  # fmt: skip
    rows: Iterable[tuple[Cell, ...]] = (
        (
            f"{each.month:%Y-%m}", each.person.name, each.person.id_masked,
            each.entitlement.certificate.application.unit_name,
            Level(each.entitlement.level).certificate_text,
            each.paid_fen / 100, each.rate_fen / 100, each.owed_fen / 100,  # type: ignore[attr-defined]
        )
        for each in queries.short_of_rate(_org(request))
    )  # fmt: skip
    return spreadsheet(f"{_('应补发津贴')}.xlsx", columns, rows)


@roles_required(Role.PAYROLL)
@require_http_methods(["GET", "POST"])
def reversal_new(request: StaffRequest, pk: int) -> HttpResponse:
    """红冲单 over one recorded payment; somebody else decides it."""
    payment = get_object_or_404(
        queries.payments_visible_to(request.acting).select_related("person", "entitlement"), pk=pk
    )
    form = ReversalForm(request.POST or None)
    if form.is_valid():
        services.ask_reversal(
            payment_id=pk, **form.cleaned_data, by=request.user, at=clock.now()
        )  # fmt: skip
        messages.success(request, _("红冲单已提交，等待他人审核。"))
        return redirect("treatment:entitlement", payment.entitlement_id)
    return render(
        request, "treatment/reversal_new.html", {"payment": payment, "form": form},
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@roles_required(*APPOINTERS)
@require_POST
def reversal_decide(request: StaffRequest, pk: int) -> HttpResponse:
    reversal = get_object_or_404(queries.reversals_visible_to(request.acting), pk=pk)
    accept = request.POST.get("choice") == "accept"
    services.decide_reversal(reversal_id=pk, accept=accept, by=request.user, at=clock.now())
    messages.success(request, _("已红冲，该月份可重新登记。") if accept else _("红冲单未予同意。"))
    return redirect("treatment:entitlement", reversal.payment.entitlement_id)


# ---- rates ----------------------------------------------------------------------------------


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def rate_list(request: StaffRequest) -> HttpResponse:
    """What the organisation pays; adding a rate asks for the document it rests on."""
    org = _org(request)
    may_add = request.acting.has(Role.PAYROLL)
    form = RateForm(request.POST or None)
    if request.method == "POST":
        if not may_add:
            raise PermissionDenied
        if form.is_valid():
            given = form.cleaned_data
            services.add_rule(
                org=org, level=given["level"], monthly_fen=given["amount"],
                first_month=given["first_month"], basis=given["basis"], funding=given["funding"],
                by=request.user, at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("津贴标准已登记。"))
            return redirect("treatment:rate_list")
    return render(
        request,
        "treatment/rate_list.html",
        {
            "form": form if may_add else None,
            "rates": queries.rules_visible_to(request.acting),
            "month": rules.month_of(clock.today()),
            "order": queries.pay_order(org),
            "unrated": queries.levels_without_rate(org, clock.today()),
        },
        status=422 if form.errors else 200,
    )


@roles_required(*READERS)
@require_safe
def rate_export(request: StaffRequest) -> HttpResponse:
    columns = [_("等级"), _("月津贴（元）"), _("起始月"), _("终止月"), _("依据文件"), _("资金来源")]  # fmt: skip
    rows = (
        (
            Level(each.level).certificate_text, each.monthly_fen / 100,
            f"{each.first_month:%Y-%m}",
            f"{each.last_month:%Y-%m}" if each.last_month else "", each.basis, each.funding,
        )
        for each in queries.rules_visible_to(request.acting)
    )  # fmt: skip
    return spreadsheet(f"{_('津贴标准')}.xlsx", columns, rows)


@roles_required(Role.PAYROLL)
@require_http_methods(["GET", "POST"])
def rate_end(request: StaffRequest, pk: int) -> HttpResponse:
    rate = get_object_or_404(queries.rules_visible_to(request.acting), pk=pk)
    form = EndForm(request.POST or None, initial={"last_month": rules.month_of(clock.today())})
    if request.method == "POST" and form.is_valid():
        services.end_rule(
            rule_id=rate.pk, last_month=form.cleaned_data["last_month"],
            reason=form.cleaned_data["reason"], by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("津贴标准已终止。"))
        return redirect("treatment:rate_list")
    return render(
        request, "treatment/rate_end.html", {"rate": rate, "form": form},
        status=422 if form.errors else 200,
    )  # fmt: skip


# ---- appointing -----------------------------------------------------------------------------


@roles_required(*APPOINTERS)
@require_http_methods(["GET", "POST"])
def appoint(request: StaffRequest) -> HttpResponse:
    """聘任: certificates on whose ground nobody is paid yet. The filters hold for the deed too."""
    org, today = _org(request), clock.today()
    filtering = CertificateFilter(request.GET)
    waiting = filtering.narrow(queries.without_entitlement(org))
    is_post = request.method == "POST"
    form = (
        AppointForm(request.POST, chosen=request.POST.getlist("chosen"))
        if is_post
        else AppointForm(initial={"appointed_on": today, "first_month": today})
    )
    if is_post and form.is_valid():
        given = dict(form.cleaned_data)
        chosen = waiting if given.pop("everybody") else waiting.filter(pk__in=form.ids)
        made = services.appoint(
            org=org, certificates=list(chosen), by=request.user, at=clock.now(), **given
        )
        messages.success(request, _("已聘任%(count)d人。") % {"count": len(made)})
        return redirect("treatment:appoint")
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "treatment/appoint.html",
        {
            "filter": filtering, "form": form, "page": page, "chosen": form.ids,
            "here": request.get_full_path(),
            "amounts": queries.amounts_of(queries.rates_of(org), rules.month_of(today)),
            "unrated": queries.levels_without_rate(org, today),
        },
        status=422 if is_post else 200,
    )  # fmt: skip


# ---- entitlements ---------------------------------------------------------------------------


def _entitlements(request: StaffRequest) -> tuple[EntitlementFilter, Any]:
    form = EntitlementFilter(request.GET)
    found = queries.with_paid(queries.entitlements_visible_to(request.acting))
    month = rules.month_of(clock.today())
    return form, form.narrow(found.select_related("person", "certificate__application"), month)


@roles_required(*READERS)
@require_safe
def entitlement_list(request: StaffRequest) -> HttpResponse:
    form, found = _entitlements(request)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "treatment/entitlement_list.html",
        {"form": form, "page": page, "month": rules.month_of(clock.today())},
    )


@roles_required(*READERS)
@require_safe
def entitlement_export(request: StaffRequest) -> HttpResponse:
    columns = [_("姓名"), _("证件号码"), _("单位"), _("等级"), _("证书编号"), _("聘任岗位"), _("聘任文件"), _("聘任日期"), _("起算月"), _("终止月"), _("终止原因"), _("已发月数"), _("已发金额（元）")]  # fmt: skip
    rows: Iterable[tuple[Cell, ...]] = (
        (
            each.person.name, each.person.id_masked, each.certificate.application.unit_name,
            Level(each.level).certificate_text, each.certificate.number, each.post, each.document,
            each.appointed_on, f"{each.first_month:%Y-%m}",
            f"{each.last_month:%Y-%m}" if each.last_month else "", each.end_reason,
            each.paid_months, (each.paid_fen or 0) / 100,
        )
        for each in _entitlements(request)[1]
    )  # fmt: skip
    return spreadsheet(f"{_('聘任与津贴')}.xlsx", columns, rows)


def _entitlement(request: StaffRequest, pk: int) -> Entitlement:
    return get_object_or_404(
        queries.entitlements_visible_to(request.acting).select_related(
            "person", "rule", "certificate__application", "certificate__batch", "org", "made_by"
        ),
        pk=pk,
    )


@roles_required(*READERS)
@require_safe
def entitlement(request: StaffRequest, pk: int) -> HttpResponse:
    return _entitlement_page(request, _entitlement(request, pk))


def _entitlement_page(
    request: StaffRequest, found: Entitlement, form: EndForm | None = None
) -> HttpResponse:
    month = rules.month_of(clock.today())
    is_over = found.last_month is not None and found.last_month < month
    may_end = request.acting.has(*APPOINTERS) and not is_over
    payments = list(
        found.payments.select_related("recorded_by", "raised_to").order_by("-month", "pk")
    )
    slips = queries.reversals_visible_to(request.acting).filter(payment__entitlement=found)
    return render(
        request,
        "treatment/entitlement.html",
        {
            "entitlement": found,
            "payments": payments,
            "paid_fen": sum(each.fen for each in payments if each.reversed_at is None),
            "paid_months": len({each.month for each in payments if each.reversed_at is None}),
            "slips": slips,
            "may_reverse": request.acting.has(Role.PAYROLL),
            "may_decide": request.acting.has(*APPOINTERS),
            "amount": queries.amounts_of(queries.rates_of(found.org), month).get(found.level),
            "is_over": is_over,
            "end": (form or EndForm(initial={"last_month": month})) if may_end else None,
            "history": queries.history(found),
        },
        status=422 if form is not None else 200,
    )


@roles_required(*APPOINTERS)
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    found = _entitlement(request, pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _entitlement_page(request, found, form)
    services.end_entitlement(
        entitlement_id=found.pk, last_month=form.cleaned_data["last_month"],
        reason=form.cleaned_data["reason"], by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("津贴已终止。"))
    return redirect("treatment:entitlement", pk)


# ---- what is late ---------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def overdue(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    form = CertificateFilter(request.GET)
    late, limits = queries.late(_org(request), today)
    page = Paginator(form.narrow(late), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "treatment/overdue.html",
        {
            "form": form,
            "page": page,
            "rows": queries.as_overdue(page, limits, today),
            "limits": list(dict.fromkeys(limits.values())),
            "may_appoint": request.acting.has(*APPOINTERS),
        },
    )


@roles_required(*READERS)
@require_safe
def overdue_export(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    late, limits = queries.late(_org(request), today)
    columns = [_("证书编号"), _("姓名"), _("单位"), _("等级"), _("发证日期"), _("已过天数"), _("时限（天）"), _("依据"), _("状态")]  # fmt: skip
    rows = (
        (
            each.certificate.number, each.certificate.holder_name,
            each.certificate.application.unit_name,
            Level(each.certificate.level).certificate_text, each.certificate.issued_on, each.days,
            each.limit, each.source, _("已聘任未发放") if each.is_appointed else _("未聘任"),
        )
        for each in queries.as_overdue(
            CertificateFilter(request.GET).narrow(late), limits, today
        )
    )  # fmt: skip
    return spreadsheet(f"{_('超期未兑现')}.xlsx", columns, rows)


# ---- one batch, and one's own ---------------------------------------------------------------


@roles_required(*READERS, Role.OFFICER)
@require_safe
def of_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Step 15 of a batch: what became of each certificate."""
    batch = get_object_or_404(batches_visible_to(request.acting), pk=pk)
    form = CertificateFilter(request.GET)
    page = Paginator(form.narrow(queries.holders_of(batch)), PAGE).get_page(request.GET.get("page"))
    levels = queries.level_states([batch.run_id]).get(batch.run_id, [])
    limit = queries.limits_of([batch.pk])[batch.pk]
    return render(
        request,
        "treatment/batch.html",
        {
            "batch": batch, "form": form, "page": page, "levels": levels, "limit": limit,
            "holders": sum(each.certificates for each in levels),
            "appointed": sum(each.appointed for each in levels),
            "paid": sum(each.paid for each in levels),
            "due": min(
                (rules.due_day(issued_on=each.first_issued, days=limit.days) for each in levels),
                default=None,
            ),
            "may_appoint": batch.org == request.acting.org and request.acting.has(*APPOINTERS),
        },
    )  # fmt: skip


@login_required
@require_safe
def own(request: StaffRequest) -> HttpResponse:
    """A worker's own, for his phone: what he gets, since when, on what ground, paid when."""
    today = clock.today()
    return render(
        request,
        "treatment/own.html",
        {
            "found": queries.own(request.user, today),
            "awaited": queries.awaited(request.user),
            "month": rules.month_of(today),
            "today": today,
        },
    )
