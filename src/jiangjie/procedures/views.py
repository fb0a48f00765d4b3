"""Screens of procedure definitions: read, make an own version, activate it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.orgs.models import Organisation
from jiangjie.procedures import definition_files, queries, rules, services
from jiangjie.procedures.forms import (
    ExtraStepFormSet,
    PartFormSet,
    TitleForm,
    UploadForm,
    edited,
    initial_parts,
    step_choices,
)
from jiangjie.procedures.models import Definition
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

READERS = (
    Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ASSESSOR, Role.PAYROLL, Role.ADMIN,
    Role.CLERK, Role.OFFICER,
)  # fmt: skip


@roles_required(*READERS)
@require_safe
def definition_list(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "procedures/definition_list.html",
        {
            "definitions": queries.definitions_visible_to(request.acting),
            "in_force": queries.definition_in_force(_org(request)),
        },
    )


@roles_required(*READERS)
@require_safe
def definition_detail(request: StaffRequest, pk: int) -> HttpResponse:
    definition = _definition(request, pk)
    procedure = queries.procedure_of(definition)
    before = queries.before(definition) if definition.org else None
    return render(
        request,
        "procedures/definition_detail.html",
        {
            "definition": definition,
            "procedure": procedure,
            "layers": [(layer, Role(layer.role).label) for layer in procedure.layers],
            "steps": [
                (number, _shown(step), [_shown(stage) for stage in step.stages])
                for number, step in enumerate(procedure.steps, 1)
            ],
            "before": before,
            "changes": _changes(before, procedure) if before else [],
            "is_in_force": definition == queries.definition_in_force(_org(request)),
            "may_edit": request.acting.has(Role.OFFICE),
            "may_activate": request.acting.has(Role.COMMITTEE)
            and definition.org is not None
            and definition.activated_at is None,
        },
    )


def _changes(before: Definition, procedure: rules.Procedure) -> list[dict[str, str]]:
    return [
        {
            "step": change.step,
            "what": _(change.what),
            "before": str(Role(change.before).label) if change.is_role else change.before,
            "after": str(Role(change.after).label) if change.is_role else change.after,
        }
        for change in rules.changes(queries.procedure_of(before), procedure)
    ]


def _shown(step: rules.Step) -> dict[str, object]:
    return {"part": step, "role": Role(step.role).label}


@roles_required(*READERS)
@require_safe
def definition_yaml(request: StaffRequest, pk: int) -> HttpResponse:
    definition = _definition(request, pk)
    return HttpResponse(
        definition_files.write(definition.body),
        content_type="application/yaml; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{definition.code}'
            f'-v{definition.version}.yaml"'
        },
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def definition_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """A new version for the own organisation, made from this one."""
    base = _definition(request, pk)
    data = request.POST or None
    title = TitleForm(data, initial={"title": base.title}, prefix="procedure")
    parts = PartFormSet(data, initial=initial_parts(base.body), prefix="parts")
    extra = ExtraStepFormSet(data, prefix="extra", form_kwargs={"steps": step_choices(base.body)})
    if data and all(form.is_valid() for form in (title, parts, extra)):
        body = edited(
            base.body,
            title=title.cleaned_data["title"],
            parts=[form.cleaned_data for form in parts],
            extra=[form.cleaned_data for form in extra],
        )
        made = services.make_version(org=_org(request), body=body, by=request.user, at=clock.now())
        return redirect("procedures:definition_detail", made.pk)
    return render(
        request,
        "procedures/definition_edit.html",
        {"base": base, "title": title, "parts": parts, "extra": extra},
        status=422 if data else 200,
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def definition_upload(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        made = services.make_version(
            org=_org(request),
            body=definition_files.read(form.cleaned_data["text"]),
            by=request.user,
            at=clock.now(),
        )
        return redirect("procedures:definition_detail", made.pk)
    return render(
        request,
        "procedures/definition_upload.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@roles_required(Role.COMMITTEE)
@require_POST
def definition_activate(request: StaffRequest, pk: int) -> HttpResponse:
    definition = _definition(request, pk)
    services.activate(definition_id=definition.pk, by=request.user, at=clock.now())
    return redirect("procedures:definition_detail", pk)


def _org(request: StaffRequest) -> Organisation:
    if request.acting.org is None:
        raise PermissionDenied
    return request.acting.org


def _definition(request: StaffRequest, pk: int) -> Definition:
    return get_object_or_404(queries.definitions_visible_to(request.acting), pk=pk)
