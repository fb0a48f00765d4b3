"""Screens of the policy packs and of the work calendar."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.orgs.views import form_page
from jiangjie.policy import packs, queries, services, show
from jiangjie.policy.forms import GROUPS, EntryFilter, YearForm
from jiangjie.policy.models import PackVersion
from jiangjie.policy.packs import Pack
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet


@login_required
@require_safe
def pack_list(request: StaffRequest) -> HttpResponse:
    """What is shipped, and what was frozen for some batch."""
    return render(
        request,
        "policy/pack_list.html",
        {
            "packs": queries.shipped_packs(),
            "frozen": PackVersion.objects.defer("body").order_by("-frozen_at"),
        },
    )


@login_required
@require_safe
def pack_detail(request: StaffRequest, name: str) -> HttpResponse:
    pack = _pack(name)
    form = EntryFilter(request.GET)
    found = [
        (group, [entry for entry in entries if form.fits(entry)])
        for group, entries in show.groups(pack)
    ]
    return render(
        request,
        "policy/pack_detail.html",
        {
            "pack": pack,
            "name": name,
            "form": form,
            "groups": [(GROUPS.get(group, group), entries) for group, entries in found if entries],
            "sets": [show.shown_set(raw) for raw in pack.condition_sets.values()],
            "others": [other for other in packs.available() if other != name],
        },
    )


@login_required
@require_safe
def pack_export(request: StaffRequest, name: str) -> HttpResponse:
    pack, form = _pack(name), EntryFilter(request.GET)
    columns = [_("条目"), _("规定"), _("值"), _("依据"), _("可信程度"), _("来源规则包")]
    rows = (
        (
            entry.key, entry.note, "；".join(show.value_lines(entry.value)), str(entry.source),
            entry.confidence.value, entry.origin,
        )
        for entry in pack.entries.values()
        if form.fits(entry)
    )  # fmt: skip
    return spreadsheet(f"{pack.title}.xlsx", columns, rows)


@login_required
@require_safe
def pack_changes(request: StaffRequest, name: str, other: str) -> HttpResponse:
    """What the second pack says otherwise than the first."""
    before, after = _pack(name), _pack(other)
    return render(
        request,
        "policy/pack_changes.html",
        {
            "before": before,
            "after": after,
            "name": name,
            "changes": list(show.changes(before, after)),
            "sets": show.changed_sets(before, after),
        },
    )


def _pack(name: str) -> Pack:
    """A shipped pack by its name, or a frozen one by its digest."""
    if name in packs.available():
        return packs.load(name)
    version = PackVersion.objects.filter(digest=name).first()
    if version is None:
        raise Http404
    return queries.pack_of(version)


# ---- the work calendar --------------------------------------------------------------------

MAY_CONFIRM = (Role.ADMIN, Role.OFFICER)


@login_required
@require_safe
def year_list(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "policy/year_list.html",
        {
            "years": queries.calendar_years(),
            "may_confirm": request.acting.has(*MAY_CONFIRM),
            "next_year": clock.today().year + 1,
        },
    )


@roles_required(*MAY_CONFIRM)
@require_http_methods(["GET", "HEAD", "POST"])
def year_edit(request: StaffRequest, year: int) -> HttpResponse:
    """Enter a year when its notice appears, or correct one."""
    if request.acting.org is None:
        raise PermissionDenied
    known = queries.calendar_year(year)
    form = YearForm(
        request.POST or None,
        initial={
            "year": year,
            "days_off": "\n".join(day.isoformat() for day in known.days_off),
            "made_up": "\n".join(day.isoformat() for day in known.made_up),
            "source": known.source,
        },
    )
    if form.is_valid():
        services.confirm_year(
            **form.cleaned_data, org=request.acting.org, by=request.user, at=clock.now()
        )
        return redirect("policy:year_list")
    return form_page(
        request, form, _("放假调休安排"), cancel=reverse("policy:year_list"),
        note=_("没有载入的年份，系统拒绝推算工作日。请按国务院办公厅的通知逐日录入。"),
    )  # fmt: skip
