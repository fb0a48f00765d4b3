"""The candidate's own page: his theory scores, and asking to have one checked."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.marking import queries, services
from jiangjie.marking.forms import RecheckForm
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest


@roles_required(*Role)
@require_safe
def own(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "marking/own.html",
        {"lines": queries.own_scores(request.user, clock.today())},
    )


@roles_required(*Role)
@require_http_methods(["GET", "POST"])
def recheck_new(request: StaffRequest, pk: int) -> HttpResponse:
    script = get_object_or_404(queries.own_scripts(request.user), pk=pk)
    form = RecheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.ask_recheck(
            script_id=script.pk, reason=form.cleaned_data["reason"], by=request.user,
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已提交复核申请，结果会通知您。"))
        return redirect("marking:own")
    return render(
        request,
        "marking/recheck_new.html",
        {
            "script": script, "form": form,
            "clauses": queries.recheck_terms(script.round.batch),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip
