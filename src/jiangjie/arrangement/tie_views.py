"""Ties that bear on 回避, and what was declared for a batch."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.arrangement import queries, services
from jiangjie.arrangement.forms import TieFilter, TieForm
from jiangjie.orgs.views import form_page
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy.queries import pack_of
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

READERS = (Role.OFFICE, Role.SUPERVISOR)


@roles_required(*READERS)
@require_safe
def tie_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )
    form = TieFilter(request.GET)
    ties = form.narrow(queries.ties_visible_to(request.acting))
    return render(
        request,
        "arrangement/tie_list.html",
        {
            "batch": batch, "page": Paginator(ties, 50).get_page(request.GET.get("page")),
            "form": form, "declarations": queries.declarations(batch),
            "may_tell": request.acting.has(Role.OFFICE),
            "clause": pack_of(batch.pack).entry("examiner.recusal").clause,
        },
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def tie_new(request: StaffRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )
    form = TieForm(request.POST or None, people=queries.people_to_tie(request.acting, batch))
    if form.is_valid():
        services.tell_tie(**form.cleaned_data, org=batch.org, by=request.user, at=clock.now())
        return redirect("arrangement:tie_list", pk)
    return form_page(
        request, form, _("登记回避关系"), about=batch.title,
        cancel=reverse("arrangement:tie_list", args=[pk]),
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def tie_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.ties_visible_to(request.acting), pk=pk)
    services.take_back_tie(tie_id=pk, by=request.user, at=clock.now())
    back = request.POST.get("batch", "")
    if back.isascii() and back.isdigit() and len(back) < 19:
        return redirect("arrangement:tie_list", int(back))
    return redirect("planning:batch_list")
