"""Screens of the second expert: the next item, a judgement, and the one after it; pairs that look
alike; practical tasks that wait."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.itembank import queries, services
from jiangjie.itembank.forms import PairForm, ReviewForm
from jiangjie.itembank.models import Finding, Item
from jiangjie.itembank.rules.items import check_verdict, content_faults
from jiangjie.itembank.services.reading import Purpose
from jiangjie.itembank.views.showing import figure_urls, shown
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

PAGE = 50


@roles_required(*queries.EXPERTS)
@require_safe
def review_next(request: StaffRequest) -> HttpResponse:
    """The item that waits longest; none waiting is said."""
    queue = queries.review_queue(request.user, request.acting)
    first = queue.first()
    if first is not None:
        return redirect("itembank:review_item", first.pk)
    return render(
        request, "itembank/review_done.html",
        {"tasks": queries.task_queue(request.user, request.acting)},
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_safe
def review_item(request: StaffRequest, pk: int) -> HttpResponse:
    """One item in review with its key, the wording before it, and what looks like it."""
    queue = queries.review_queue(request.user, request.acting)
    item = get_object_or_404(queue, pk=pk)
    versions = list(queries.versions_of(item)[:2])
    contents = services.open_versions(
        versions, purpose=Purpose.REVIEW, by=request.user, at=clock.now()
    )
    urls = figure_urls(contents.values(), [item.bank_id], request.user)
    return render(
        request,
        "itembank/review.html",
        {
            "item": item, "version": versions[0], "form": ReviewForm(),
            "shown": shown(contents[versions[0].code], urls),
            "before": (versions[1], shown(contents[versions[1].code], urls))
            if len(versions) > 1 else None,
            "left": queue.count(), "pairs": queries.pairs_of(item),
            "faults": content_faults(contents[versions[0].code]),
            "skip": queries.next_after(queue, item),
        },
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_POST
def review_judge(request: StaffRequest, pk: int) -> HttpResponse:
    """The judgement; the next item follows."""
    queue = queries.review_queue(request.user, request.acting)
    item = get_object_or_404(queue, pk=pk)
    follows = queries.next_after(queue, item)
    verdict = request.POST.get("verdict", "")
    check_verdict(verdict)
    version = services.review(
        item_id=item.pk, is_ready=verdict == "ready", opinion=request.POST.get("opinion", ""),
        by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(
        request,
        (_("%(item)s已审定可用。") if verdict == "ready" else _("%(item)s已退回命题人。"))
        % {"item": version.item.code},
    )
    if follows is None:
        return redirect("itembank:review_next")
    return redirect("itembank:review_item", follows.pk)


# ---- near-duplicates ------------------------------------------------------------------------


@roles_required(Role.OFFICE)
@require_safe
def pair_list(request: StaffRequest) -> HttpResponse:
    wanted = request.GET.get("finding", Finding.OPEN)
    pairs = queries.pairs_visible_to(request.acting)
    if wanted in Finding.values:
        pairs = pairs.filter(finding=wanted)
    page = Paginator(pairs, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "itembank/pair_list.html",
        {"page": page, "finding": wanted, "findings": Finding.choices},
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_safe
def pair(request: StaffRequest, pk: int) -> HttpResponse:
    """Two items side by side. An expert sees the pair of an item that he may open."""
    found = get_object_or_404(_pairs(request), pk=pk)
    sides: list[Item] = [found.first, found.second]
    versions = queries.newest_versions([each.pk for each in sides])
    contents = services.open_versions(
        versions, purpose=Purpose.COMPARE, by=request.user, at=clock.now()
    )
    urls = figure_urls(contents.values(), [each.bank_id for each in sides], request.user)
    return render(
        request,
        "itembank/pair.html",
        {
            "pair": found, "form": PairForm(initial={"finding": found.finding}),
            "sides": [(each.item, each, shown(contents[each.code], urls)) for each in versions],
        },
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_POST
def pair_decide(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_pairs(request), pk=pk)
    form = PairForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择判断。"))
        return redirect("itembank:pair", found.pk)
    services.decide_pair(
        pair_id=found.pk, finding=form.cleaned_data["finding"], by=request.user, at=clock.now()
    )
    messages.success(request, _("已记录判断。"))
    if not request.acting.has(Role.OFFICE):
        return redirect("itembank:review_next")
    follows = queries.pairs_visible_to(request.acting).filter(finding=Finding.OPEN).first()
    return redirect("itembank:pair", follows.pk) if follows else redirect("itembank:pair_list")


def _pairs(request: StaffRequest):  # type: ignore[no-untyped-def]
    pairs = queries.pairs_visible_to(request.acting)
    if request.acting.has(Role.OFFICE):
        return pairs
    return queries.of_readable(pairs, request.user, request.acting, clock.today())
