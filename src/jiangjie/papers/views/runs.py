"""Screens of an assembly under way and of what it found."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.papers import queries, services
from jiangjie.papers.forms import BatchChoice
from jiangjie.papers.models import AssemblyRun
from jiangjie.papers.rules.composition import form_name
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest


def _run(request: StaffRequest, pk: int) -> AssemblyRun:
    return get_object_or_404(queries.runs_visible_to(request.acting), pk=pk)


@roles_required(Role.OFFICE)
@require_POST
def run_ask(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.blueprints_visible_to(request.acting), pk=pk)
    form = BatchChoice(found.org, request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择批次。"))
        return redirect("papers:blueprint", pk)
    batch = form.cleaned_data["batch"]
    run = services.ask_assembly(
        blueprint=found, batch=batch, without=queries.faulty_items(batch), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已开始组卷，可以离开本页。"))
    return redirect("papers:run", run.pk)


@roles_required(*queries.READERS)
@require_safe
def run(request: StaffRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    forms = found.blueprint.forms
    names = [form_name(at, forms) for at in range(len(found.comparison.get("expected", ())))]
    is_office = request.acting.has(Role.OFFICE)
    return render(
        request,
        "papers/run.html",
        {
            "run": found, "names": names, "facts": compared(found.comparison, names),
            "paper_set": getattr(found, "paper_set", None), "is_office": is_office,
            "phase": queries.PHASES.get(found.phase, ""), "step": queries.phase_step(found.phase),
        },
    )  # fmt: skip


def compared(comparison: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The facts side by side: tables, bars of the difficulty curve, shared items."""
    if not comparison:
        return {}
    most = max((max(row) for row in comparison["difficulty"].values()), default=1) or 1
    return {
        "kinds": comparison["kinds"].items(),
        "parts": comparison["parts"].items(),
        "scopes": comparison["scopes"].items(),
        "importance": comparison["importance"].items(),
        "expected": comparison["expected"],
        "spread": comparison["spread"],
        # Twenty steps of a bar are twenty classes: styles are not written into pages.
        "curves": [
            (
                name,
                [
                    (code, row[at], round(20 * row[at] / most))
                    for code, row in comparison["difficulty"].items()
                ],
            )
            for at, name in enumerate(names)
        ],
        "overlap": list(zip(names, comparison["overlap"], strict=True)),
    }


@roles_required(*queries.READERS)
@require_safe
@never_cache
def run_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The bar alone, which asks again every two seconds; when the run ends, the whole page."""
    found = _run(request, pk)
    response = render(
        request,
        "papers/_progress.html",
        {
            "run": found, "is_office": request.acting.has(Role.OFFICE),
            "phase": queries.PHASES.get(found.phase, ""), "step": queries.phase_step(found.phase),
        },
    )  # fmt: skip
    if not found.is_running and request.htmx:
        response["HX-Redirect"] = reverse("papers:run", args=[pk])
    return response


@roles_required(Role.OFFICE)
@require_POST
def run_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    services.cancel_run(run_id=_run(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("已停止组卷。"))
    return redirect("papers:run", pk)


@roles_required(Role.OFFICE)
@require_POST
def run_take(request: StaffRequest, pk: int) -> HttpResponse:
    papers = services.make_papers(run_id=_run(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("已成卷，请指定专家校对。"))
    return redirect("papers:set", papers.pk)
