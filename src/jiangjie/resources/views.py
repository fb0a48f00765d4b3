"""Screens of the register of experts, for those who keep it and those who read it."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.catalogue.queries import offered_occupations
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.views import form_page
from jiangjie.planning.queries import batches_worked_on
from jiangjie.resources import queries, services, workbooks
from jiangjie.resources.forms import (
    AbsenceForm,
    ExpertFilter,
    ExpertForm,
    IdentityForm,
    LoanForm,
    PayForm,
    ReasonForm,
    TrainingForm,
    UploadForm,
)
from jiangjie.resources.models import Expert
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import MEDIA_TYPE, spreadsheet


@roles_required(*queries.READERS)
@require_safe
def expert_list(request: StaffRequest) -> HttpResponse:
    form, found = _found(request)
    page = Paginator(queries.with_qualifications(found), 30).get_page(request.GET.get("page"))
    return render(
        request,
        "resources/expert_list.html",
        {
            "form": form, "page": page, "today": clock.today(),
            "may_keep": request.acting.has(*queries.KEEPERS),
            "expiring": _own(request).exclude(grade="").filter(
                Q(hired_until=None) | Q(hired_until__gte=clock.today()),
                Q(card_until=None) | Q(card_until__lt=clock.today()),
            ).count(),
        },
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def expert_export(request: StaffRequest) -> HttpResponse:
    """Masked numbers only."""
    _form, found = _found(request)
    columns = [_("姓名"), _("证件号码（掩码）"), _("登记单位"), _("工作单位"), _("承担工作"), _("考评等级"), _("职业"), _("证卡编号"), _("证卡有效期起"), _("证卡有效期止"), _("聘期起"), _("聘期止")]  # fmt: skip
    rows = (
        (
            each.person.name, each.person.id_masked if each.org == request.acting.org else "",
            each.org.name, each.employer,
            "、".join(each.duty_names), each.get_grade_display(),
            "、".join(one.occupation_name for one in each.qualifications.all()), each.card_number,
            each.card_from, each.card_until, each.hired_from, each.hired_until,
        )
        for each in queries.with_qualifications(found)
    )  # fmt: skip
    return spreadsheet(f"{_('专家库')}.xlsx", columns, rows)


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def expert_new(request: StaffRequest) -> HttpResponse:
    org = _org(request)
    who = IdentityForm(request.POST or None, prefix="person")
    form = ExpertForm(request.POST or None, initial={"hired_from": clock.today()})
    if who.is_valid() and form.is_valid():
        expert = services.register_expert(
            org=org, person=who.wish(is_demo=org.is_demo), **_given(form), by=request.user,
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已登记入库。"))
        return redirect("resources:expert_detail", expert.pk)
    return render(
        request,
        "resources/expert_form.html",
        {
            "who": who, "form": form, "occupations": offered_occupations(),
            "cancel": reverse("resources:expert_list"),
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def expert_change(request: StaffRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(_own(request), pk=pk)
    codes = expert.qualifications.values_list("occupation_code", flat=True)
    initial = {name: getattr(expert, name) for name in services.EXPERT_FIELDS}
    form = ExpertForm(request.POST or None, initial={**initial, "occupations": "、".join(codes)})
    if form.is_valid():
        services.change_expert(expert_id=pk, **_given(form), by=request.user, at=clock.now())
        return redirect("resources:expert_detail", pk)
    return render(
        request,
        "resources/expert_form.html",
        {
            "expert": expert, "form": form, "occupations": offered_occupations(),
            "cancel": reverse("resources:expert_detail", args=[pk]),
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def expert_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Own register: everything. Lent ones: what an arrangement needs, and on which terms."""
    today = clock.today()
    expert = get_object_or_404(
        queries.with_qualifications(queries.experts_visible_to(request.acting, today)), pk=pk
    )
    is_own = expert.org == request.acting.org
    payments = queries.payments_visible_to(request.acting).filter(expert=expert)
    loans = expert.loans.select_related("alliance").order_by("-pk")
    if not is_own and request.acting.org is not None:
        loans = loans.filter(pk__in=queries.running_loans(request.acting.org, today))
    return render(
        request,
        "resources/expert_detail.html",
        {
            "expert": expert, "today": today, "is_own": is_own,
            "may_keep": is_own and request.acting.has(*queries.KEEPERS),
            "absences": queries.absences_of([expert.person_id], since=today).get(expert.person_id),
            "trainings": expert.trainings.order_by("-finished_on") if is_own else (),
            "payments": payments.order_by("-day", "-pk")[:50],
            "paid": payments.filter(taken_back_at=None).aggregate(
                days=Count("day", distinct=True), fen=Sum("amount_fen")
            ),
            "loans": loans,
        },
    )  # fmt: skip


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def training_new(request: StaffRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(_own(request), pk=pk)
    form = TrainingForm(request.POST or None)
    if form.is_valid():
        services.add_training(expert_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("resources:expert_detail", pk)
    return _page(request, form, _("登记培训"), expert)


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def absence_new(request: StaffRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(_own(request), pk=pk)
    form = AbsenceForm(request.POST or None)
    if form.is_valid():
        services.tell_absence(
            person=expert.person, **form.cleaned_data, org=expert.org, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        return redirect("resources:expert_detail", pk)
    return _page(request, form, _("登记不能参加的日期"), expert)


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def pay_new(request: StaffRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(_own(request), pk=pk)
    form = PayForm(request.POST or None, batches=batches_worked_on(request.acting))
    if form.is_valid():
        given = form.cleaned_data
        services.pay_duty(
            expert_id=pk, duty=given["duty"], day=given["day"], amount_fen=form.amount_fen,
            voucher=given["voucher"], batch=given["batch"], by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect("resources:expert_detail", pk)
    return _page(request, form, _("登记劳务费"), expert)


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def pay_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    paid = get_object_or_404(queries.payments_visible_to(request.acting), pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        services.take_back_payment(
            payment_id=pk, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
        )
        return redirect("resources:expert_detail", paid.expert_id)
    return _page(request, form, _("撤销劳务费登记"), paid.expert)


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def expert_lend(request: StaffRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(_own(request), pk=pk)
    today = clock.today()
    form = LoanForm(
        request.POST or None, alliances=queries.alliances_of(expert.org, today),
        initial={"first_day": today},
    )  # fmt: skip
    if form.is_valid():
        services.lend(expert=expert, **form.cleaned_data, by=request.user, at=clock.now())
        messages.success(request, _("已提出共享，待专家本人同意后生效。"))
        return redirect("resources:expert_detail", pk)
    return _page(
        request, form, _("共享给联评体"), expert,
        note=_("共享须经专家本人同意。期间联评体成员可以看到姓名、等级、职业和证卡，并可安排考评。"),
    )  # fmt: skip


@roles_required(*queries.KEEPERS)
@require_POST
def loan_end(request: StaffRequest, pk: int) -> HttpResponse:
    loan = get_object_or_404(queries.loans_kept_by(request.acting), pk=pk)
    services.end_loan(loan_id=pk, by=request.user, at=clock.now())
    if loan.expert_id:
        return redirect("resources:expert_detail", loan.expert_id)
    return redirect("resources:venue_detail", loan.venue_id)


# ---- import ---------------------------------------------------------------------------------


@roles_required(*queries.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = form.cleaned_data["workbook"]
        made = services.check_import(
            org=_org(request), content=upload.read(), file_name=upload.name[:200],
            by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect("resources:import_detail", made.pk)
    return render(
        request,
        "resources/import_new.html",
        {
            "form": form,
            "former": queries.imports_visible_to(request.acting).order_by("-pk")[:10],
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@roles_required(*queries.KEEPERS)
@require_safe
def import_template(request: StaffRequest) -> HttpResponse:
    return _workbook(workbooks.template(), f"{_('专家库模板')}.xlsx")


@roles_required(*queries.KEEPERS)
@require_safe
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    page = Paginator(made.faults, 100).get_page(request.GET.get("page"))
    faults = [(each, _(each["text"]) % each["values"]) for each in page]
    return render(
        request, "resources/import_detail.html", {"made": made, "page": page, "faults": faults}
    )


@roles_required(*queries.KEEPERS)
@require_POST
def import_apply(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    made = services.apply_import(
        import_id=pk, good_rows_only=bool(request.POST.get("good_rows_only")), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(
        request,
        _("新登记%(added)d人，更新%(changed)d人。")
        % {"added": made.added, "changed": made.changed},
    )
    return redirect("resources:expert_list")


@roles_required(*queries.KEEPERS)
@require_POST
def import_marked(request: StaffRequest, pk: int) -> HttpResponse:
    """The clerk's own workbook with marks; it shows numbers, so each opening is an event."""
    made = get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    content = services.open_marked(made, by=request.user, at=clock.now())
    return _workbook(content, f"{_('标注')}-{made.file_name}")


def _workbook(content: bytes, file_name: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=file_name)
    return HttpResponse(
        content, content_type=MEDIA_TYPE, headers={"Content-Disposition": header or ""}
    )


# ---- shared ---------------------------------------------------------------------------------


def _found(request: StaffRequest) -> tuple[ExpertFilter, QuerySet[Expert]]:
    form, today = ExpertFilter(request.GET), clock.today()
    visible = queries.experts_visible_to(request.acting, today)
    return form, form.narrow(visible, today, request.acting.org, request.GET.get("sort", ""))


def _own(request: StaffRequest) -> QuerySet[Expert]:
    visible = queries.experts_visible_to(request.acting, clock.today())
    return visible.filter(org=request.acting.org)


def _org(request: StaffRequest) -> Organisation:
    if request.acting.org is None:
        raise PermissionDenied
    return request.acting.org


def _given(form: ExpertForm) -> dict[str, Any]:
    return dict(form.cleaned_data)


def _page(
    request: StaffRequest, form: django_forms.Form, heading: str, expert: Expert, note: str = ""
) -> HttpResponse:
    return form_page(
        request, form, heading, about=expert.person.name, note=note,
        cancel=reverse("resources:expert_detail", args=[expert.pk]),
    )  # fmt: skip
