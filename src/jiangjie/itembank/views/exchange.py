"""Screens of files: import with its dry run, templates, export with its loss report."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.itembank import queries, services
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.examples import EXAMPLES
from jiangjie.itembank.formats.exchange import Finding, Written, pack
from jiangjie.itembank.formats.sheets import marked
from jiangjie.itembank.forms import ExportForm, ImportForm, ItemFilter
from jiangjie.itembank.models import ItemImport
from jiangjie.itembank.views.banks import bank_of, own_org
from jiangjie.itembank.views.items import MOST_CHOSEN, digits
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import MEDIA_TYPE

PAGE = 100
MOST_EXPORTED = 5_000


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def import_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the format and the file; the check comes first and takes nothing in."""
    bank = bank_of(request, pk)
    tables = queries.tables_of(bank)
    form = ImportForm(request.POST or None, request.FILES or None, tables=tables)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = services.check_items(
            bank=bank, table=given["table"], form=given["form"], content=uploaded(given["file"]),
            file_name=given["file"].name, default_point=given["point"], by=request.user,
            at=clock.now(),
        )  # fmt: skip
        return redirect("itembank:import_detail", made.pk)
    return render(
        request,
        "itembank/import_new.html",
        {
            "bank": bank, "form": form, "has_tables": tables.exists(),
            "formats": [(each.name, _(each.label)) for each in FORMATS.values()],
            "imports": queries.imports_visible_to(request.acting).filter(bank=bank)[:20],
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


def uploaded(file: Any) -> bytes:
    """The bytes of an upload. BadInput beyond the limit."""
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise BadInput(
            gettext_noop("文件“%(name)s”超过上限%(limit)s MB。"),
            name=file.name, limit=settings.MAX_UPLOAD_BYTES // 1048576,
        )  # fmt: skip
    content: bytes = file.read()
    return content


@roles_required(Role.OFFICE)
@require_safe
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    faults, losses = _told(made.faults), _told(made.losses)
    return render(
        request,
        "itembank/import.html",
        {
            "made": made, "label": _(FORMATS[made.form].label),
            "page": Paginator(faults, PAGE).get_page(request.GET.get("page")),
            "losses": losses[:PAGE], "more_losses": max(0, len(losses) - PAGE),
            "columns": Counter(each["column"] for each in faults).most_common(),
            "is_workbook": made.form.startswith("excel"),
        },
    )  # fmt: skip


def _told(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "message": _(each["text"]) % each["values"]} for each in findings]


@roles_required(Role.OFFICE)
@require_POST
def import_apply(request: StaffRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    made = services.apply_items(
        import_id=made.pk, good_only=request.POST.get("good_only") == "yes",
        submit=request.POST.get("submit") == "yes", by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(
        request,
        _("已导入%(created)d道试题；%(same)d道与库中相同，未作改动。")
        % {"created": made.created, "same": made.unchanged},
    )
    return redirect("itembank:import_detail", made.pk)


@roles_required(Role.OFFICE)
@require_POST
def import_marked(request: StaffRequest, pk: int) -> HttpResponse:
    """The uploaded workbook with its faults marked. It shows items, so it is an event."""
    made: ItemImport = get_object_or_404(queries.imports_visible_to(request.acting), pk=pk)
    if not made.form.startswith("excel"):
        raise Http404
    content = services.open_import(made, by=request.user, at=clock.now())
    rows = [
        (int(each["place"][1:-1]), f"{each['column']}：{each['message']}")
        for each in _told(made.faults)
        if each["place"][1:-1].isdecimal()
    ]
    return attached(marked(content, rows), f"{_('标注')}-{made.file_name}", MEDIA_TYPE)


@roles_required(*queries.EXPERTS)
@require_safe
def template(request: StaffRequest, form: str) -> HttpResponse:
    """A file to be filled in, with an example of each kind."""
    if form not in FORMATS:
        raise Http404
    written = FORMATS[form].write(EXAMPLES, {}, _("示例题库"))
    return attached(written.content, f"{_('试题模板')}{written.suffix}", written.media_type)


@roles_required(Role.OFFICE)
@require_POST
def export(request: StaffRequest, pk: int) -> HttpResponse:
    """The chosen items, or all that the filters of the list show. With losses the answer is a
    package of the file and the report, so that the report goes where the file goes."""
    bank = bank_of(request, pk)
    form = ExportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择格式。"))
        return redirect("itembank:item_list", pk)
    today = clock.today()
    visible = queries.with_history(
        queries.items_visible_to(request.acting, today).filter(bank=bank),
        queries.uses_known_to(request.acting, today),
    )
    chosen = [pk for each in request.POST.getlist("chosen") for pk in digits(each)]
    if request.POST.get("scope") == "chosen":
        items = visible.filter(pk__in=chosen[:MOST_CHOSEN])
    else:
        items = ItemFilter(request.POST).narrow(visible)
    rows = list(items[: MOST_EXPORTED + 1])
    if not rows:
        messages.info(request, _("没有选择试题。"))
        return redirect("itembank:item_list", pk)
    if len(rows) > MOST_EXPORTED:
        raise BadInput(
            gettext_noop("一次最多导出%(most)d道试题，请用条件分批导出。"), most=MOST_EXPORTED
        )
    written = services.export_items(
        items=rows, form=form.cleaned_data["form"], title=bank.name, org=own_org(request),
        by=request.user, at=clock.now(),
    )  # fmt: skip
    return _with_report(written, bank.name)


def _with_report(written: Written, title: str) -> HttpResponse:
    if not written.losses:
        return attached(written.content, f"{title}{written.suffix}", written.media_type)
    report = "\n".join(_line(each) for each in written.losses)
    heading = _("以下内容未能带出，共%(count)d处：") % {"count": len(written.losses)}
    package = pack({
        f"{title}{written.suffix}": written.content,
        f"{_('损失报告')}.txt": f"{heading}\n{report}\n".encode(),
    })  # fmt: skip
    return attached(package, f"{title}.zip", "application/zip")


def _line(finding: Finding) -> str:
    return f"{finding.place}\t{_(finding.text) % finding.values}"


def attached(content: bytes, file_name: str, media_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(True, file_name) or "",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
