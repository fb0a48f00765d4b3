"""Screens of rosters: template, upload with a dry run, the faults, taking the good rows in."""

import io

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.applications import queries, services
from jiangjie.applications.forms import RosterForm
from jiangjie.applications.services.rosters import fault_counts
from jiangjie.applications.workbooks.template import write_template
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import MEDIA_TYPE

CLERKS = (Role.CLERK, Role.OFFICE)
LIMIT = 20 * 2**20


@roles_required(*CLERKS)
@require_http_methods(["GET", "HEAD", "POST"])
def roster_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = RosterForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        if upload.size > LIMIT:
            raise BadInput(
                gettext_noop("%(file)s 超过%(limit)d MB，请分成几个文件。"),
                file=upload.name, limit=LIMIT // 2**20,
            )  # fmt: skip
        roster = services.check_roster(
            batch=batch, content=upload.read(), file_name=upload.name, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        return redirect("applications:roster", roster.pk)
    return render(
        request,
        "applications/rosters.html",
        {
            "batch": batch,
            "form": form,
            "rosters": queries.rosters_visible_to(request.acting).filter(batch=batch),
        },
        status=422 if request.method == "POST" else 200,
    )


@roles_required(*CLERKS)
@require_safe
def roster_template(request: StaffRequest, pk: int) -> HttpResponse:
    """The workbook to fill in, with this batch's own occupations and levels to choose from."""
    lines = list(_batch(request, pk).lines.order_by("standard_id", "work_type", "level"))
    buffer = io.BytesIO()
    write_template(
        buffer,
        occupations=dict.fromkeys(
            (line.frozen["occupation_code"], line.frozen["occupation_name"]) for line in lines
        ),
        levels=[Level(level) for level in sorted({line.level for line in lines})],
        work_types=dict.fromkeys(line.work_type for line in lines if line.work_type),
    )
    return HttpResponse(
        buffer.getvalue(),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="roster-template.xlsx"'},
    )


@roles_required(*CLERKS)
@require_safe
def roster_detail(request: StaffRequest, pk: int) -> HttpResponse:
    roster = get_object_or_404(queries.rosters_visible_to(request.acting), pk=pk)
    faults = [{**fault, "message": _(fault["text"]) % fault["values"]} for fault in roster.faults]
    return render(
        request,
        "applications/roster.html",
        {
            "roster": roster,
            "page": Paginator(faults, 100).get_page(request.GET.get("page")),
            "counts": fault_counts(roster).most_common(),
        },
    )


@roles_required(*CLERKS)
@require_POST
def roster_apply(request: StaffRequest, pk: int) -> HttpResponse:
    roster = get_object_or_404(queries.rosters_visible_to(request.acting), pk=pk)
    roster = services.apply_roster(
        roster_id=roster.pk,
        good_rows_only=request.POST.get("good_rows_only") == "yes",
        by=request.user,
        at=clock.now(),
    )
    messages.success(
        request,
        _("新增%(created)d份申报，%(unchanged)d人已在本批次中，未作改动。")
        % {"created": roster.created, "unchanged": roster.unchanged},
    )
    return redirect("applications:roster", roster.pk)


@roles_required(*CLERKS)
@require_POST
def roster_workbook(request: StaffRequest, pk: int) -> HttpResponse:
    """A POST, because opening a workbook with identity numbers leaves an event."""
    roster = get_object_or_404(queries.rosters_visible_to(request.acting), pk=pk)
    marked = request.POST.get("marked") == "yes"
    content = services.open_roster(roster, marked=marked, by=request.user, at=clock.now())
    name = f"marked-{roster.pk}.xlsx" if marked else f"roster-{roster.pk}.xlsx"
    return HttpResponse(
        content,
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _batch(request: StaffRequest, pk: int) -> Batch:
    return get_object_or_404(
        batches_visible_to(request.acting).select_related("run__definition"), pk=pk
    )
