"""Screens of the occupations and standards."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.catalogue import queries, services
from jiangjie.catalogue.forms import EnterpriseStandardForm, OccupationFilter, WorkTypeForm
from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.kernel.clauses import Clause
from jiangjie.orgs.models import OrgKind
from jiangjie.orgs.views import form_page
from jiangjie.policy.packs import DEFAULT, load
from jiangjie.policy.queries import pack_for_region
from jiangjie.policy.show import clauses_of
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet


@dataclass(frozen=True, slots=True)
class LevelEntry:
    """How one enters a level of a standard."""

    level: int  # ord
    conditions: str  # name of the condition set
    clauses: tuple[Clause, ...]


@login_required
@require_safe
def occupation_list(request: StaffRequest) -> HttpResponse:
    form = OccupationFilter(request.GET)
    page = Paginator(form.found(), 50).get_page(request.GET.get("page"))
    return render(request, "catalogue/occupation_list.html", {"form": form, "page": page})


@login_required
@require_safe
def occupation_export(request: StaffRequest) -> HttpResponse:
    found = (
        OccupationFilter(request.GET)
        .found()
        .values_list(  # type: ignore[misc]  # annotated
            "code", "name", "is_green", "is_digital", "standard_count", "confidence"
        )
    )
    columns = [
        _("职业编码"),
        _("职业名称"),
        _("绿色职业"),
        _("数字职业"),
        _("标准数"),
        _("可信程度"),
    ]
    rows = (
        (
            code, name, "L" if is_green else "", "S" if is_digital else "", standards, confidence,
        )
        for code, name, is_green, is_digital, standards, confidence in found
    )  # fmt: skip
    return spreadsheet(f"{_('职业')}.xlsx", columns, rows)


@login_required
@require_safe
def occupation_detail(request: StaffRequest, pk: str) -> HttpResponse:
    occupation = get_object_or_404(Occupation, pk=pk)
    return render(
        request,
        "catalogue/occupation_detail.html",
        {
            "occupation": occupation,
            "work_types": occupation.work_types.order_by("pk"),
            "standards": queries.standards_visible_to(request.acting).filter(occupation=occupation),
            "may_add": request.acting.has(Role.OFFICE),
            "form": WorkTypeForm(),
        },
    )


@roles_required(Role.OFFICE)
@require_POST
def work_type_new(request: StaffRequest, pk: str) -> HttpResponse:
    occupation = get_object_or_404(Occupation, pk=pk)
    if request.acting.org is None:
        raise PermissionDenied
    services.add_work_type(
        occupation=occupation,
        name=request.POST.get("name", ""),
        source=request.POST.get("source", ""),
        org=request.acting.org,
        by=request.user,
        at=clock.now(),
    )
    return redirect("catalogue:occupation_detail", occupation.pk)


@login_required
@require_safe
def standard_detail(request: StaffRequest, pk: int) -> HttpResponse:
    standard = get_object_or_404(queries.standards_visible_to(request.acting), pk=pk)
    org = request.acting.org
    sets = (pack_for_region(org.region) if org else load(DEFAULT)).condition_sets
    return render(
        request,
        "catalogue/standard_detail.html",
        {
            "standard": standard,
            "entries": [
                LevelEntry(
                    level,
                    standard.conditions.get(str(level), ""),
                    clauses_of(sets, standard.conditions.get(str(level), ""), level),
                )
                for level in standard.levels
            ],
            "related": Occupation.objects.filter(pk__in=standard.related_occupations).order_by(
                "code"
            ),
            "may_withdraw": _is_own(request, standard) and standard.is_current,
        },
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def standard_new(request: StaffRequest) -> HttpResponse:
    """An evaluator's own 行业企业评价规范."""
    org = request.acting.org
    if org is None or org.kind != OrgKind.EVALUATOR:
        raise PermissionDenied
    sets = dict(pack_for_region(org.region).condition_sets)
    form = EnterpriseStandardForm(
        request.POST or None, sets=sets, initial={"occupation": request.GET.get("occupation")}
    )
    if form.is_valid():
        given = form.cleaned_data
        standard = services.add_enterprise_standard(
            org=org,
            **{
                name: given[name] for name in ("code", "title", "occupation", "issued_on", "source")
            },
            conditions=form.conditions(),
            related_occupations=form.words("related_occupations"),
            related_majors=form.words("related_majors"),
            by=request.user,
            at=clock.now(),
        )
        return redirect("catalogue:standard_detail", standard.pk)
    return form_page(
        request, form, _("新增行业企业评价规范"), cancel=reverse("catalogue:occupation_list"),
        about=org.name, note=_("有国家职业标准的职业按国家标准评价；没有的，可制定评价规范。"),
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def standard_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    standard = get_object_or_404(queries.standards_visible_to(request.acting), pk=pk)
    if not _is_own(request, standard):
        raise PermissionDenied
    services.withdraw_standard(standard_id=standard.pk, by=request.user, at=clock.now())
    return redirect("catalogue:standard_detail", standard.pk)


def _is_own(request: StaffRequest, standard: Standard) -> bool:
    return (
        standard.owner is not None
        and standard.owner == request.acting.org
        and (request.acting.has(Role.OFFICE))
    )
