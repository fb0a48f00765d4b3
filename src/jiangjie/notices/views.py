"""The home page, 待我处理, and the inbox."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from jiangjie.notices import queries, services
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest


@login_required
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    waiting = queries.waiting_for(request.user, request.acting, clock.today())
    return render(request, "notices/home.html", {"waiting": waiting})


@login_required
@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    notices = queries.notices_visible_to(request.user)
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        notices = notices.filter(read_at=None)
    page = Paginator(notices, 30).get_page(request.GET.get("page"))
    return render(request, "notices/inbox.html", {"page": page, "only_unread": only_unread})


@login_required
@require_POST
def notice_open(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.notices_visible_to(request.user), pk=pk)
    notice = services.mark_read(notice_id=pk, by=request.user, at=clock.now())
    is_ours = url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None)
    return redirect(notice.link if notice.link and is_ours else "notices:inbox")


@login_required
@require_POST
def read_all(request: StaffRequest) -> HttpResponse:
    services.mark_all_read(by=request.user, at=clock.now())
    return redirect("notices:inbox")
