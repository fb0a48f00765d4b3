"""Screens of the archive: what is there, what is missing, bags to make and to take away."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.archive import queries, rules, services
from jiangjie.archive.forms import ArchiveFilter
from jiangjie.archive.models import Bag
from jiangjie.files.http import download
from jiangjie.kernel.errors import RuleViolation
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.verify.report import ITEMS
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

View = Callable[..., HttpResponseBase]
_SORTS = {
    "number": "number", "title": "title", "exam_on": "exam_on", "people": "people",
    "issued": "issued", "last_made_at": "last_made_at",
}  # fmt: skip


def not_for_candidates(view: View) -> View:
    """R-08: a candidate of the batch gets 403 with the clause, whatever his role."""

    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except RuleViolation as why:
            if why.code != "archive.own_batch":
                raise
            context = {"refusal": Refusal.of(why), "clause": rules.CONSULTATION}
            return render(request, "archive/own_batch.html", context, status=403)

    return guarded


def _batch(request: StaffRequest, pk: int) -> Batch:
    visible = batches_visible_to(request.acting).select_related("announcement", "intake")
    batch: Batch = get_object_or_404(visible, pk=pk)
    _check(request, batch)
    return batch


def _bag(request: StaffRequest, pk: int) -> Bag:
    bag: Bag = get_object_or_404(queries.bags_visible_to(request.acting), pk=pk)
    _check(request, bag.batch)
    return bag


def _check(request: StaffRequest, batch: Batch) -> None:
    rules.check_not_concerned(is_candidate=queries.is_candidate(request.user, batch))


def _may_ask(request: StaffRequest, batch: Batch) -> bool:
    return request.acting.has(Role.OFFICE) and batch.org == request.acting.org


@roles_required(*queries.READERS)
@require_safe
def batch_list(request: StaffRequest) -> HttpResponse:
    form = ArchiveFilter(request.GET)
    found = form.narrow(queries.archives_visible_to(request.acting))
    wanted = request.GET.get("sort", "")
    if wanted.removeprefix("-") in _SORTS:
        found = found.order_by(wanted, "pk")
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(request, "archive/batch_list.html", {"form": form, "page": page})


@roles_required(*queries.READERS)
@require_safe
def export(request: StaffRequest) -> HttpResponse:
    found = ArchiveFilter(request.GET).narrow(queries.archives_visible_to(request.acting))
    columns = [_("批次编号"), _("名称"), _("单位"), _("考评日期"), _("申报"), _("证书"), _("档案包"), _("最近制作")]  # fmt: skip
    rows = (
        (
            batch.number, batch.title, batch.org.name, batch.exam_on,
            batch.people or 0, batch.issued or 0, batch.bag_count or 0,  # type: ignore[attr-defined]
            batch.last_made_at,  # type: ignore[attr-defined]
        )
        for batch in found
    )  # fmt: skip
    return spreadsheet(f"{_('档案')}.xlsx", columns, rows)


@roles_required(*queries.READERS)
@not_for_candidates
@require_safe
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    volumes = queries.shown(queries.volumes(batch), batch, request.acting)
    bags = Paginator(queries.bags_visible_to(request.acting).filter(batch=batch), 20)
    return render(
        request,
        "archive/detail.html",
        {
            "batch": batch,
            "volumes": volumes,
            "present": sum(each.volume.present for each in volumes),
            "required": sum(each.volume.required for each in volumes),
            "retention": queries.retention(batch),
            "page": bags.get_page(request.GET.get("page")),
            "may_ask": _may_ask(request, batch),
        },
    )


@roles_required(Role.OFFICE)
@not_for_candidates
@require_POST
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    if not _may_ask(request, batch):
        return redirect("archive:detail", pk)
    bag = services.ask_bag(batch=batch, by=request.user, at=clock.now())
    return redirect("archive:bag", bag.pk)


@roles_required(*queries.READERS)
@not_for_candidates
@require_safe
def bag(request: StaffRequest, pk: int) -> HttpResponse:
    found = _bag(request, pk)
    findings = [
        {**each, "title": _(ITEMS[each["item"]])} for each in found.report.get("findings", ())
    ]
    return render(
        request,
        "archive/bag.html",
        {"bag": found, "findings": findings, "may_cancel": _may_ask(request, found.batch)},
    )


@roles_required(*queries.READERS)
@not_for_candidates
@require_safe
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The running job's part of the page; once it has ended, the page itself."""
    found = _bag(request, pk)
    if found.state != "running":
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"bag": found, "may_cancel": _may_ask(request, found.batch)}
    return render(request, "archive/_progress.html", context)


@roles_required(Role.OFFICE)
@not_for_candidates
@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    found = _bag(request, pk)
    if _may_ask(request, found.batch):
        services.cancel_bag(bag_id=found.pk, by=request.user, at=clock.now())
    return redirect("archive:bag", pk)


@roles_required(*queries.READERS)
@not_for_candidates
@require_POST
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """A POST, because handing out an archive leaves an event."""
    found = services.open_bag(bag_id=_bag(request, pk).pk, by=request.user, at=clock.now())
    if found.blob is None:  # open_bag has refused it
        messages.error(request, _("档案包还没有做好。"))
        return redirect("archive:bag", pk)
    return download(found.blob, found.file_name)
