"""Screens of items: the list, one item, the editor with its preview, what one wrote."""

from collections.abc import Sequence

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.itembank import queries, services
from jiangjie.itembank.forms import ExportForm, ItemFilter, ItemForm, KindAndPoint, ReasonForm
from jiangjie.itembank.models import ENOUGH, Bank, Element, Item, ItemVersion, KindName, State
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import ContentFault, content_faults
from jiangjie.itembank.services.reading import Purpose, figure_bytes, search_words
from jiangjie.itembank.views.banks import bank_of, own_org
from jiangjie.itembank.views.showing import HOUR, SALT, figure_urls, shown
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

PAGE = 50
MOST_CHOSEN = 500  # items in one deed


def readable(request: StaffRequest, pk: int) -> Item:
    """An item whose words the reader may open."""
    return get_object_or_404(
        queries.items_readable_by(request.user, request.acting, clock.today()), pk=pk
    )


# ---- the list -------------------------------------------------------------------------------


@roles_required(*queries.READERS)
@require_safe
def item_list(request: StaffRequest, pk: int) -> HttpResponse:
    bank = bank_of(request, pk)
    form = ItemFilter(request.GET)
    items = _narrowed(request, bank, form)
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    may_open = set(
        queries.items_readable_by(request.user, request.acting, clock.today())
        .filter(pk__in=[each.pk for each in page])
        .order_by()
        .values_list("pk", flat=True)
    )
    return render(
        request,
        "itembank/item_list.html",
        {
            "bank": bank, "form": form, "page": page,
            "items": [(each, each.pk in may_open) for each in page],
            "is_office": request.acting.has(Role.OFFICE),
            "is_expert": request.acting.has(*queries.EXPERTS),
            "export": ExportForm(), "here": request.get_full_path(),
        },
    )  # fmt: skip


def _narrowed(request: StaffRequest, bank: Bank, form: ItemFilter):  # type: ignore[no-untyped-def]
    visible = queries.items_visible_to(request.acting, clock.today()).filter(bank=bank)
    known = queries.uses_known_to(request.acting, clock.today())
    items = form.narrow(queries.with_history(visible, known))
    if form.words:
        # Words are in sealed bodies: only those that the reader may open are looked through.
        may = queries.items_readable_by(request.user, request.acting, clock.today())
        open_ids = items.filter(pk__in=may.order_by().values("pk")).order_by().values("pk")
        found = search_words(
            queries.newest_versions(open_ids), form.words, bank=bank, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        items = items.filter(pk__in=found)
    return items


@roles_required(*queries.READERS)
@require_safe
def item_table(request: StaffRequest, pk: int) -> HttpResponse:
    """The list with its attributes as a workbook; no words of any item."""
    bank = bank_of(request, pk)
    columns = [_("试题代码"), _("等级"), _("鉴定点"), _("鉴定点名称"), _("题型"), _("状态"), _("难度"), _("使用次数"), _("最近使用"), _("通过率"), _("命题人")]  # fmt: skip
    rows = (
        (
            item.code, item.level, item.point.code, item.point.name, KindName(item.kind).label,
            State(item.shown_state).label, item.latest.difficulty, item.times_used, item.last_used,
            item.p_value, str(item.latest.author),
        )
        for item in _narrowed(request, bank, ItemFilter(request.GET))
    )  # fmt: skip
    return spreadsheet(f"{bank.name}.xlsx", columns, rows)


@roles_required(*queries.EXPERTS)
@require_POST
def item_deed(request: StaffRequest, pk: int) -> HttpResponse:
    """One deed on several items of a bank: send, adopt, retire, restore."""
    bank = bank_of(request, pk)
    chosen = [pk for each in request.POST.getlist("chosen") for pk in digits(each)]
    ids = list(
        queries.items_readable_by(request.user, request.acting, clock.today())
        .filter(pk__in=chosen[:MOST_CHOSEN], bank=bank)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    name, words = request.POST.get("deed", ""), request.POST.get("words", "")
    if name in {"adopt", "retire", "restore"} and not request.acting.has(Role.OFFICE):
        raise PermissionDenied
    if not ids:
        messages.info(request, _("没有选择试题。"))
    else:
        _do(request, name, ids, words)
    return redirect(_back(request, reverse("itembank:item_list", args=[pk])))


def _do(request: StaffRequest, name: str, ids: Sequence[int], words: str) -> None:
    by, at = request.user, clock.now()
    if name == "submit":
        count = len(services.submit(item_ids=ids, by=by, at=at))
    elif name == "adopt":
        count = len(services.adopt(item_ids=ids, basis=words, by=by, at=at))
    elif name == "retire":
        count = services.retire(item_ids=ids, reason=words, by=by, at=at)
    elif name == "restore":
        count = services.restore(item_ids=ids, reason=words, by=by, at=at)
    else:
        raise Http404
    messages.success(request, _("已处理%(count)d道试题。") % {"count": count})


def _back(request: StaffRequest, otherwise: str) -> str:
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if wanted and is_ours else otherwise


# ---- one item -------------------------------------------------------------------------------


@roles_required(*queries.EXPERTS)
@require_safe
def item(request: StaffRequest, pk: int) -> HttpResponse:
    """The newest wording, or `?version=`, beside the one before it. Opening it is an event."""
    item = readable(request, pk)
    versions = list(queries.versions_of(item))
    wanted = request.GET.get("version", "")
    at = next((n for n, each in enumerate(versions) if str(each.number) == wanted), 0)
    opened = versions[at : at + 2] if request.GET.get("compare") else versions[at : at + 1]
    contents = services.open_versions(
        opened, purpose=Purpose.VIEW, by=request.user, at=clock.now(), org=own_org(request)
    )
    urls = figure_urls(contents.values(), [item.bank_id], request.user)
    is_own = item.bank.owner_id == own_org(request).pk
    is_author = versions[0].author_id == request.user.pk
    return render(
        request,
        "itembank/item.html",
        {
            "item": item, "versions": versions, "version": versions[at], "is_own": is_own,
            "shown": [(each, shown(contents[each.code], urls)) for each in opened],
            "earlier": versions[at + 1] if at + 1 < len(versions) else None,
            "state": State.RETIRED if item.retired_at else versions[0].state,
            "may_edit": is_own and _may_edit(item, is_author, versions[0].state),
            "may_send": is_author and versions[0].state == State.DRAFT,
            "may_retire": is_own and request.acting.has(Role.OFFICE),
            "reason": ReasonForm(), "pairs": queries.pairs_of(item),
            "uses": queries.uses_of(item, queries.uses_known_to(request.acting, clock.today()))[:20],
            "statistics": queries.statistics_of(item)[:20],
            "history": queries.history_of(item).exclude(action="itembank.read")[:30],
            "enough": ENOUGH,
            **_openings(request, versions, is_own=is_own),
        },
    )  # fmt: skip


def _openings(
    request: StaffRequest, versions: Sequence[ItemVersion], *, is_own: bool
) -> dict[str, object]:
    """Who opened its words, for the owner's office: to others it would tell of papers to come."""
    if not is_own or not request.acting.has(Role.OFFICE):
        return {"openings": None}
    openings = queries.openings_of([each.code for each in versions])
    return {
        "openings": [(each, Purpose(each.purpose).label) for each in openings[:20]],
        "opened": openings.count(),
    }


def _may_edit(item: Item, is_author: bool, state: str) -> bool:
    if item.retired_at is not None:
        return False
    return state in (State.READY, State.RETURNED) or (is_author and state == State.DRAFT)


@roles_required(*queries.EXPERTS)
@require_safe
def own_items(request: StaffRequest) -> HttpResponse:
    """我的试题: what came back first, then drafts, then what waits for somebody else."""
    items = queries.own_items(request.user, request.acting)
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "itembank/own_items.html",
        {
            "page": page, "banks": queries.own_banks(request.acting),
            "waiting": queries.review_queue(request.user, request.acting).count(),
        },
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_POST
def item_submit(request: StaffRequest, pk: int) -> HttpResponse:
    item = readable(request, pk)
    services.submit(item_ids=[item.pk], by=request.user, at=clock.now())
    messages.success(request, _("已送审，由另一位专家审定。"))
    return redirect("itembank:own_items")


@roles_required(*queries.EXPERTS)
@require_POST
def item_discard(request: StaffRequest, pk: int) -> HttpResponse:
    item = readable(request, pk)
    services.discard_draft(item_id=item.pk, by=request.user, at=clock.now())
    messages.success(request, _("草稿已删除。"))
    return redirect("itembank:own_items")


@roles_required(Role.OFFICE)
@require_POST
def item_retire(request: StaffRequest, pk: int) -> HttpResponse:
    """Retire, or take back into use what is retired."""
    item = readable(request, pk)
    if item.bank.owner_id != own_org(request).pk:
        raise Http404
    deed = services.retire if item.retired_at is None else services.restore
    deed(item_ids=[item.pk], reason=request.POST.get("reason", ""), by=request.user, at=clock.now())
    return redirect("itembank:item", item.pk)


# ---- the editor -----------------------------------------------------------------------------


@roles_required(*queries.EXPERTS)
@require_http_methods(["GET", "POST"])
def item_new(request: StaffRequest, pk: int) -> HttpResponse:
    """First kind and point, then the words. `?point=` and `?kind=` come from the tree."""
    bank = bank_of(request, pk)
    points = queries.points_of(bank)
    first = KindAndPoint(request.GET or None, points=points)
    if not (request.GET.get("kind") and first.is_valid()):
        named = points.filter(
            code=request.GET.get("code", ""), table__pk__in=digits(request.GET.get("table", ""))
        ).first()
        start = KindAndPoint(initial={"point": named}, points=points)
        return render(request, "itembank/item_start.html", {"bank": bank, "form": start})
    point, kind = first.cleaned_data["point"], Kind(first.cleaned_data["kind"])
    if request.method == "GET":
        return _editor(request, ItemForm(kind=kind), bank, point)
    form = ItemForm(request.POST, request.FILES, kind=kind)
    if not form.is_valid():
        return _editor(request, form, bank, point, status=422)
    form = _taken_in(request, form, bank)
    if _is_only_shown(request):
        return _editor(request, form, bank, point, content=form.content())
    item = services.write_item(
        bank=bank, point=point, content=form.content(), by=request.user, at=clock.now(),
        difficulty=form.cleaned_data["difficulty"], consistency=form.cleaned_data["consistency"],
    )  # fmt: skip
    return _saved(request, item, form.content())


@roles_required(*queries.EXPERTS)
@require_http_methods(["GET", "POST"])
def item_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The draft anew, or the next version of what was returned or is in use."""
    item = readable(request, pk)
    latest = item.latest
    is_own = item.bank.owner_id == own_org(request).pk
    if not is_own or latest is None:
        raise Http404
    if not _may_edit(item, latest.author_id == request.user.pk, latest.state):
        raise PermissionDenied
    if request.method == "GET":
        versions = list(queries.versions_of(item)[:1])
        content = services.open_versions(
            versions, purpose=Purpose.WRITE, by=request.user, at=clock.now()
        )[versions[0].code]
        form = ItemForm(
            kind=Kind(item.kind), content=content, difficulty=latest.difficulty,
            consistency=latest.consistency,
        )  # fmt: skip
        return _editor(request, form, item.bank, item.point, item=item, content=content)
    form = ItemForm(request.POST, request.FILES, kind=Kind(item.kind))
    if not form.is_valid():
        return _editor(request, form, item.bank, item.point, item=item, status=422)
    form = _taken_in(request, form, item.bank)
    if _is_only_shown(request):
        return _editor(request, form, item.bank, item.point, item=item, content=form.content())
    services.save_draft(
        item_id=item.pk, content=form.content(), difficulty=form.cleaned_data["difficulty"],
        consistency=form.cleaned_data["consistency"], by=request.user, at=clock.now(),
    )  # fmt: skip
    return _saved(request, item, form.content())


def digits(text: str) -> list[int]:
    return [int(text)] if text.isdecimal() and len(text) < 10 else []


def _is_only_shown(request: StaffRequest) -> bool:
    return bool({"preview", "add_part"} & set(request.POST))


def _taken_in(request: StaffRequest, form: ItemForm, bank: Bank) -> ItemForm:
    """The form with an uploaded picture kept in the bank and named where it was wished."""
    upload = form.cleaned_data.get("figure")
    if upload is None:
        return form
    figure = services.add_figure(
        bank=bank, content=upload.read(), name=upload.name, by=request.user, at=clock.now()
    )
    caption = upload.name.rpartition(".")[0].replace("]", "")[:40]
    return form.with_figure(f"![{caption}]({figure.digest})")


def _saved(request: StaffRequest, item: Item, content: ItemContent) -> HttpResponse:
    if "send" in request.POST:
        services.submit(item_ids=[item.pk], by=request.user, at=clock.now())
        messages.success(request, _("已送审，由另一位专家审定。"))
        return redirect("itembank:own_items")
    faults = content_faults(content)
    if faults:
        messages.info(request, _("草稿已保存。还缺：%(faults)s") % {"faults": _told(faults[:3])})
    else:
        messages.success(request, _("草稿已保存，可以送审。"))
    return redirect("itembank:item", item.pk)


def _told(faults: Sequence[ContentFault]) -> str:
    return "；".join(f"{fault.column}——{_(fault.text) % fault.values}" for fault in faults)


def _editor(
    request: StaffRequest, form: ItemForm, bank: Bank, point: Element, *, item: Item | None = None,
    content: ItemContent | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    urls = figure_urls([content], [bank.pk], request.user) if content else (lambda digest: None)
    return render(
        request,
        "itembank/item_edit.html",
        {
            "form": form, "bank": bank, "point": point, "item": item, "kind": form.kind,
            "kind_label": KindName(form.kind.value).label,
            "shown": shown(content, urls) if content else None,
            "faults": [_told([fault]) for fault in content_faults(content)] if content else [],
            "is_returned": item is not None and item.latest is not None
            and item.latest.state == State.RETURNED,
            "preview_url": reverse("itembank:preview", args=[bank.pk, form.kind.value]),
        },
        status=status,
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_POST
def preview(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """What is typed as candidates would see it; nothing is kept."""
    bank = bank_of(request, pk)
    if kind not in KindName.values:
        raise Http404
    form = ItemForm(request.POST, kind=Kind(kind))
    if not form.is_valid():
        return render(request, "itembank/_preview.html", {"shown": None, "form": form})
    content = form.content()
    urls = figure_urls([content], [bank.pk], request.user)
    faults = [_told([fault]) for fault in content_faults(content)]
    return render(
        request, "itembank/_preview.html", {"shown": shown(content, urls), "faults": faults}
    )


@roles_required(*queries.EXPERTS)
@require_safe
def figure(request: StaffRequest, token: str) -> HttpResponse:
    """A picture for whoever has just opened an item that shows it."""
    try:
        pk, reader = signing.loads(token, salt=SALT, max_age=HOUR)
    except signing.BadSignature as why:
        raise Http404 from why
    if reader != request.user.pk:
        raise Http404
    found = get_object_or_404(queries.figure_rows(), pk=pk)
    return HttpResponse(
        figure_bytes(found), content_type=found.media_type,
        headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip
