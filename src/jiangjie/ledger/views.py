"""Screens of the ledger: the public checkpoint, and the events an organisation may look into."""

import json

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.ledger import queries
from jiangjie.ledger.forms import EventFilter
from jiangjie.web.http import PageRequest, StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

MAY_READ = (Role.OFFICE, Role.ADMIN, Role.OFFICER)
EXPORT_AT_MOST = 100_000  # rows; a sheet ends at 1,048,576


@require_safe
def checkpoint_page(request: PageRequest) -> HttpResponse:
    """For anyone: the signed head of the ledger and the key to verify it with."""
    return render(
        request,
        "ledger/checkpoint.html",
        {"checkpoint": queries.latest_checkpoint(), "public_key": queries.published_key()},
    )


@require_safe
def checkpoint_note(request: PageRequest) -> HttpResponse:
    """The note alone, to be kept by a program."""
    checkpoint = queries.latest_checkpoint()
    if checkpoint is None:
        raise Http404
    return HttpResponse(checkpoint.note, content_type="text/plain; charset=utf-8")


@require_safe
def consistency(request: PageRequest, old: int, new: int) -> HttpResponse:
    """Whoever kept two notes sees that the later tree continues the earlier one."""
    try:
        proof = queries.consistency_proof(old, new)
    except IndexError:
        raise Http404 from None
    return JsonResponse({"old": old, "new": new, "proof": [node.hex() for node in proof]})


@roles_required(*MAY_READ)
@require_safe
def event_list(request: StaffRequest) -> HttpResponse:
    form = EventFilter(request.GET)
    events = form.narrow(queries.events_visible_to(request.acting)).select_related("leaf")
    page = Paginator(events, 50).get_page(request.GET.get("page"))
    return render(request, "ledger/event_list.html", {"form": form, "page": page})


@roles_required(*MAY_READ)
@require_safe
def event_export(request: StaffRequest) -> HttpResponse:
    events = EventFilter(request.GET).narrow(queries.events_visible_to(request.acting))
    columns = [_("序号"), _("时间"), _("机构"), _("经办人"), _("事项"), _("代码"), _("对象"), _("批次"), _("内容")]  # fmt: skip
    rows = (
        (
            event.pk, event.at, str(event.org or ""), str(event.by or ""),
            event.label, event.action, event.subject, event.context,
            json.dumps(event.data, ensure_ascii=False, sort_keys=True),
        )
        for event in events[:EXPORT_AT_MOST].iterator(chunk_size=2_000)
    )  # fmt: skip
    return spreadsheet(f"{_('办理记录')}.xlsx", columns, rows)


@roles_required(*MAY_READ)
@require_safe
def event_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One event with what proves it."""
    event = get_object_or_404(queries.events_visible_to(request.acting), pk=pk)
    checkpoint = queries.latest_checkpoint()
    try:
        proof = queries.inclusion_proof(event, checkpoint.size) if checkpoint else None
    except LookupError:
        proof = None  # recorded a moment ago: the next sequencing takes it in
    return render(
        request,
        "ledger/event_detail.html",
        {
            "event": event,
            "data": json.dumps(event.data, ensure_ascii=False, indent=2, sort_keys=True),
            "proof": proof,
            "path": "\n".join(node.hex() for node in proof.path) if proof else "",
            "checkpoint": checkpoint,
        },
    )
