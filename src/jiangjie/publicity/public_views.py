"""What anybody may see without logging in: the masked lists, and the way to object."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jiangjie.publicity import limits, queries, rules, services
from jiangjie.publicity.forms import LineFilter, ObjectionForm, PublicFilter, ReceiptForm
from jiangjie.publicity.models import PublicityPeriod
from jiangjie.web import clock
from jiangjie.web.http import PageRequest

PAGE = 100  # lines of a list on one page


def _public(pk: int) -> PublicityPeriod:
    """A period that has begun; before that it does not exist for the public."""
    return get_object_or_404(queries.public_periods(clock.today()), pk=pk)


@require_safe
def period_list(request: PageRequest) -> HttpResponse:
    form = PublicFilter(request.GET)
    today = clock.today()
    page = Paginator(form.narrow(queries.public_periods(today)).defer("rows"), 20).get_page(
        request.GET.get("page")
    )
    periods = [(period, queries.clock_of(period, today)) for period in page]
    return render(
        request, "publicity/period_list.html", {"form": form, "page": page, "periods": periods}
    )


@require_safe
def period(request: PageRequest, pk: int) -> HttpResponse:
    found = _public(pk)
    form = LineFilter(request.GET)
    page = Paginator(queries.rows_matching(found, form.text), PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "publicity/period.html",
        {
            "period": found, "clock": queries.clock_of(found, clock.today()), "page": page,
            "form": form, "is_demo": found.batch.org.is_demo,
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def objection_new(request: PageRequest, pk: int) -> HttpResponse:
    found = _public(pk)
    at = clock.now()
    rules.check_may_object(
        first_day=found.first_day, today=clock.today(), last_day=found.last_day,
        source=found.term_source,
    )  # fmt: skip
    form = ObjectionForm(
        found.rows, request.POST or None, initial={"line": request.GET.get("line")}
    )
    if request.method == "POST" and form.is_valid():
        limits.count(
            "objection", limits.client_address(request), limit=limits.OBJECTIONS_AN_HOUR, at=at
        )
        given = form.cleaned_data
        objection = services.raise_objection(
            period_id=found.pk,
            application_id=form.application_id,
            text=given["text"],
            objector=given["objector"],
            contact=given["contact"],
            at=at,
        )
        return redirect("publicity:receipt", objection.receipt)
    return render(
        request,
        "publicity/objection_new.html",
        {"period": found, "form": form, "is_demo": found.batch.org.is_demo},
        status=422 if form.errors else 200,
    )


@require_safe
def receipt_find(request: PageRequest) -> HttpResponse:
    form = ReceiptForm(request.GET or None)
    if form.is_bound and form.is_valid():
        limits.count(
            "receipt", limits.client_address(request), limit=limits.LOOK_UPS_AN_HOUR,
            at=clock.now(),
        )  # fmt: skip
        found = queries.objection_by_receipt(form.cleaned_data["receipt"])
        if found is not None:
            return redirect("publicity:receipt", found.receipt)
        form.add_error("receipt", _("没有这个受理编号，请核对。"))
    return render(
        request, "publicity/receipt_find.html", {"form": form}, status=422 if form.errors else 200
    )


@require_safe
def receipt(request: PageRequest, receipt: str) -> HttpResponse:
    """Receipt and state of an objection; nobody is named on it."""
    found = queries.objection_by_receipt(receipt)
    if found is None:
        limits.count(
            "receipt", limits.client_address(request), limit=limits.LOOK_UPS_AN_HOUR,
            at=clock.now(),
        )  # fmt: skip
        return render(
            request, "publicity/receipt_find.html", {"form": ReceiptForm(), "unknown": True},
            status=404,
        )  # fmt: skip
    line = next(
        (row for row in found.period.rows if row["application"] == found.application_id), None
    )
    return render(
        request,
        "publicity/receipt.html",
        {"objection": found, "line": line, "is_demo": found.period.batch.org.is_demo},
    )
