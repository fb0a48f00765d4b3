"""Screens of blueprints, with what the bank has for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.papers import queries, services
from jiangjie.papers.forms import BatchChoice, BlueprintFilter, BlueprintForm
from jiangjie.papers.models import Aim, Blueprint
from jiangjie.papers.rules.feasibility import Conflict, contradiction
from jiangjie.papers.rules.problem import Supply, problem, supplies, usable
from jiangjie.papers.services import BlueprintWish
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest


@roles_required(*queries.READERS)
@require_safe
def blueprint_list(request: StaffRequest) -> HttpResponse:
    form = BlueprintFilter(request.GET)
    found = form.narrow(queries.blueprints_visible_to(request.acting))
    return render(
        request,
        "papers/blueprint_list.html",
        {
            "form": form,
            "page": Paginator(found, 20).get_page(request.GET.get("page")),
            "is_office": request.acting.has(Role.OFFICE),
        },
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def blueprint_new(request: StaffRequest) -> HttpResponse:
    return _edit(request, None)


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def blueprint_edit(request: StaffRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(queries.blueprints_visible_to(request.acting), pk=pk))


def _edit(request: StaffRequest, blueprint: Blueprint | None) -> HttpResponse:
    org = request.acting.org
    assert org is not None  # noqa: S101 -- a role is held in an organisation
    if request.method == "POST":
        form = BlueprintForm(org, request.POST)
        if form.is_valid():
            saved = services.save_blueprint(
                org=org, wish=form.wish(), blueprint_id=blueprint.pk if blueprint else None,
                by=request.user, at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("组卷方案已保存。"))
            return redirect("papers:blueprint", saved.pk)
    else:
        initial = (
            BlueprintForm.initial_of(blueprint) if blueprint
            else {"batch": request.GET.get("batch"), **_FIRST}
        )  # fmt: skip
        form = BlueprintForm(org, initial=initial)
    return render(
        request,
        "papers/blueprint_edit.html",
        {
            "form": form, "blueprint": blueprint,
            "has_tables": queries.tables_for(org).exists(),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


# A shape seen in use: 60 single choice, 20 multiple choice, 20 true or false, a point each.
_FIRST = {"items_B": 60, "points_B": 1, "items_G": 20, "points_G": 1, "items_C": 20, "points_C": 1}


@dataclass(frozen=True, slots=True)
class Check:
    """What the bank has for a blueprint: `conflict` are rules that cannot all hold."""

    items: int
    supplies: Sequence[Supply]
    conflict: Sequence[Conflict]
    refusal: Refusal | None = None

    @property
    def is_possible(self) -> bool:
        return not self.conflict and self.refusal is None


@roles_required(Role.OFFICE)
@require_POST
def blueprint_check(request: StaffRequest) -> HttpResponse:
    """The part `_check.html` for the form as it stands; nothing is stored."""
    org = request.acting.org
    assert org is not None  # noqa: S101 -- a role is held in an organisation
    form = BlueprintForm(org, request.POST)
    form.fields["title"].required = False
    check = None
    if form.is_valid():
        draft = _draft(form.wish())
        draft.org = org
        check = _check(draft)
    return render(
        request, "papers/_check.html", {"check": check, "form": form},
        status=200 if check else 422,
    )  # fmt: skip


def _draft(wish: BlueprintWish) -> Blueprint:
    return Blueprint(
        title=wish.title, table=wish.table, minutes=wish.minutes,
        shape=[list(row) for row in wish.shape], forms=wish.forms, spares=wish.spares,
        overlap=wish.overlap, by_weight=wish.by_weight, aim=wish.aim, difficulty=wish.difficulty,
        spread=wish.spread, max_uses=wish.max_uses, rest_days=wish.rest_days,
        rules=dict(wish.rules),
    )  # fmt: skip


def _check(blueprint: Blueprint) -> Check:
    today = clock.today()
    wish = queries.wish_of(blueprint, today)
    found, enemies = queries.candidates(blueprint, today)
    scopes = queries.scopes_of(blueprint.table)
    items = usable(found, wish)
    try:
        needs = supplies(items, scopes, wish)
        conflict = contradiction(problem(items, scopes, wish, enemies=enemies, seed=0))
    except (RuleViolation, BadInput) as why:
        return Check(len(items), (), (), Refusal.of(why))
    return Check(len(items), needs, conflict)


@roles_required(*queries.READERS)
@require_safe
def blueprint(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.blueprints_visible_to(request.acting), pk=pk)
    is_office = request.acting.has(Role.OFFICE)
    return render(
        request,
        "papers/blueprint.html",
        {
            "blueprint": found,
            "shape": queries.shape_rows(found.shape),
            "is_information": found.aim == Aim.INFORMATION,
            "check": _check(found),
            "runs": queries.runs_visible_to(request.acting).filter(blueprint=found)[:20],
            "is_office": is_office,
            "choice": BatchChoice(found.org, initial={"batch": found.batch_id})
            if is_office else None,
        },
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def blueprint_copy(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.blueprints_visible_to(request.acting), pk=pk)
    copy = services.copy_blueprint(blueprint=found, batch=None, by=request.user, at=clock.now())
    messages.success(request, _("已复制为范本，可改名和选择批次。"))
    return redirect("papers:blueprint_edit", copy.pk)
