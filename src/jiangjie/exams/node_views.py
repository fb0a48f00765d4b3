"""Screens and addresses of room nodes: at the centre, on the node, and between node and spare."""

import hmac
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.exams import keys, queries, services
from jiangjie.exams.forms import ReasonForm, ResultsForm
from jiangjie.exams.models import Place, RoomPackage, Sitting
from jiangjie.exams.views import READERS, room_of, sitting_of
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

# ---- the office's page ----------------------------------------------------------------------


def _package(request: StaffRequest, pk: int) -> RoomPackage:
    """The package in force of a sitting of one's own evaluator."""
    sitting = sitting_of(request, pk)
    return get_object_or_404(
        RoomPackage.objects.select_related("sitting__batch__org", "made_by"),
        sitting=sitting, sitting__batch__org=request.acting.org, withdrawn_at=None,
    )  # fmt: skip


def _page(request: StaffRequest, sitting: Sitting, **more: object) -> HttpResponse:
    package = sitting.packages.filter(withdrawn_at=None).select_related("made_by").first()
    returns = list(package.returns.select_related("taken_by")) if package else []
    return render(
        request,
        "exams/node.html",
        {
            "sitting": sitting,
            "package": package,
            "load_code": keys.load_code(package.uid) if package else "",
            "code_from": sitting.planned_at - services.CODE_BEFORE,
            "returns": returns,
            "is_returned": any(each.is_closed for each in returns),
            "reason": ReasonForm(),
            "results": ResultsForm(),
            **more,
        },
    )


@roles_required(Role.OFFICE)
@never_cache
@require_safe
def room(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything about the room node of a sitting, in the order in which it is done."""
    return _page(request, sitting_of(request, pk))


@roles_required(Role.OFFICE)
@require_POST
def pack(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    services.pack_room(sitting_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, _("已生成考场包，本场由考场节点组织。"))
    return redirect("exams:node", pk)


@roles_required(Role.OFFICE)
@never_cache
@require_safe
def package(request: StaffRequest, pk: int) -> HttpResponse:
    found = _package(request, pk)
    return _file(services.package_file(found), f"{found.uid[:8]}.room")


@roles_required(Role.OFFICE)
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    found = _package(request, pk)
    services.withdraw_package(
        package_id=found.pk, reason=request.POST.get("reason", "")[:200], by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已收回考场包，本场改在本系统组织。"))
    return redirect("exams:node", pk)


@roles_required(Role.OFFICE)
@never_cache
@require_POST
def start_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Shown once in the answer; asking again is on record again."""
    found = _package(request, pk)
    code = services.give_start_code(package_id=found.pk, by=request.user, at=clock.now())
    return _page(request, found.sitting, start_code=code)


@roles_required(Role.OFFICE)
@require_POST
def take_results(request: StaffRequest, pk: int) -> HttpResponse:
    found = _package(request, pk)
    form = ResultsForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadInput(gettext_noop("请选择考场节点导出的结果文件。"))
    made = services.take_results(
        package_id=found.pk, content=form.cleaned_data["file"].read(), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(
        request,
        _("已导入：答案%(answers)d条，其中新增%(fresh)d条。")
        % {"answers": made.answers, "fresh": made.fresh},
    )
    return redirect("exams:node", pk)


# ---- on the node ----------------------------------------------------------------------------


@roles_required(*READERS)
@never_cache
@require_safe
def results(request: StaffRequest, pk: int) -> HttpResponse:
    """The results file, at any time; the last one after the closing is the one that counts."""
    found = sitting_of(request, pk)
    if found.place != Place.NODE:
        raise Http404
    if not queries.runs_room(request.acting, request.user, found):
        raise PermissionDenied
    at = clock.now()
    return _file(services.results(sitting_id=found.pk, at=at), f"{found.room}-{at:%m%d-%H%M}.jsonl")


@roles_required(*READERS)
@require_POST
def take_over(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    services.take_over(sitting_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, _("已接管考场，考生继续作答。"))
    return redirect("exams:console", pk)


# ---- between the node and its spare ---------------------------------------------------------


@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """What the spare has not heard yet, encrypted with the key that both have from the package."""
    key = keys.follow_key()
    sitting = Sitting.objects.filter(place=Place.NODE).first()
    if sitting is None or not hmac.compare_digest(
        pass_word(key), request.headers.get("X-Room", "")
    ):
        raise Http404
    since = _since(request.GET.get("since", ""))
    content = services.results(sitting_id=sitting.pk, at=clock.now(), since=since)
    return HttpResponse(keys.lock_package(content, key), content_type="application/octet-stream")


def pass_word(key: bytes) -> str:
    return hmac.new(key, b"follow", sha256).hexdigest()


def _since(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )  # fmt: skip
