"""Screens of element tables and practical structures: upload with a check, the tree, tasks."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.files import services as files
from jiangjie.files.models import Blob
from jiangjie.itembank import queries, services
from jiangjie.itembank.formats import sheets
from jiangjie.itembank.forms import ReviewForm, TableForm, TaskForm
from jiangjie.itembank.models import SkillTask, State
from jiangjie.itembank.rules.items import check_verdict
from jiangjie.itembank.rules.practical import ModuleRow, TaskContent, check_structure
from jiangjie.itembank.services.reading import Purpose
from jiangjie.itembank.views.banks import own_org
from jiangjie.itembank.views.exchange import attached, uploaded
from jiangjie.kernel.errors import RuleViolation
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest
from jiangjie.web.spreadsheets import MEDIA_TYPE

SALT = "itembank.table"
HOUR = 3600  # seconds between the check and the taking in


@roles_required(*queries.READERS)
@require_safe
def table_list(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "itembank/table_list.html",
        {
            "tables": queries.tables_visible_to(request.acting),
            "skills": queries.skill_tables_visible_to(request.acting),
            "is_office": request.acting.has(Role.OFFICE),
        },
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def table_import(request: StaffRequest) -> HttpResponse:
    """Upload and check. The checked file waits under its digest; taking it in is a second deed."""
    org = own_org(request)
    form = TableForm(request.POST or None, request.FILES or None, org=org)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        content = uploaded(given["file"])
        reading, refusal = _checked(given["part"], content)
        blob = files.store(content, media_type=MEDIA_TYPE, at=clock.now())
        token = signing.dumps(
            {
                "blob": blob.digest, "part": given["part"], "standard": given["standard"].pk,
                "level": given["level"], "work_type": given["work_type"],
                "edition": given["edition"], "source": given["source"], "org": org.pk,
            },
            salt=SALT,
        )  # fmt: skip
        context |= {
            "reading": reading, "token": token, "refusal": refusal,
            "count": len(reading.elements) or len(reading.modules),
            "findings": [(each, _(each.text) % each.values) for each in reading.findings],
        }  # fmt: skip
    return render(
        request, "itembank/table_import.html", context, status=422 if form.errors else 200
    )


def _checked(part: str, content: bytes) -> tuple[sheets.SheetReading, Refusal | None]:
    if part == "theory":
        return sheets.read_elements(content), None
    reading = sheets.read_modules(content)
    try:
        check_structure(reading.modules)
    except RuleViolation as why:
        return reading, Refusal.of(why)
    return reading, None


@roles_required(Role.OFFICE)
@require_POST
def table_apply(request: StaffRequest) -> HttpResponse:
    """Take in what was checked, or give the workbook back with its faults marked."""
    org = own_org(request)
    try:
        given = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=HOUR)
    except signing.BadSignature:
        messages.error(request, _("请重新上传文件。"))
        return redirect("itembank:table_import")
    if given["org"] != org.pk:
        raise Http404
    content = files.read(Blob.objects.get(pk=given["blob"]))
    reading, _refusal = _checked(given["part"], content)
    if "marked" in request.POST:
        rows = [
            (int(each.place[1:-1]), f"{each.column}：{_(each.text) % each.values}")
            for each in reading.findings
        ]
        return attached(sheets.marked(content, rows), f"{_('标注')}.xlsx", MEDIA_TYPE)
    if reading.findings:
        messages.error(request, _("文件有错误，没有导入。"))
        return redirect("itembank:table_import")
    wishes = {
        "owner": org, "standard": queries.standard(given["standard"]), "level": given["level"],
        "work_type": given["work_type"], "edition": given["edition"], "source": given["source"],
        "by": request.user, "at": clock.now(),
    }  # fmt: skip
    if given["part"] == "theory":
        table = services.set_elements(rows=reading.elements, **wishes)
        messages.success(
            request, _("细目表已导入，共%(count)d行。") % {"count": len(reading.elements)}
        )
        return redirect("itembank:table", table.pk)
    skill = services.set_structure(rows=reading.modules, **wishes)
    messages.success(request, _("结构表已导入，共%(count)d行。") % {"count": len(reading.modules)})
    return redirect("itembank:skill_table", skill.pk)


@roles_required(*queries.READERS)
@require_safe
def table_template(request: StaffRequest, part: str) -> HttpResponse:
    if part == "theory":
        content = sheets.workbook(
            sheets.ELEMENT_COLUMNS, sheets.element_lines(sheets.EXAMPLE_ELEMENTS)
        )
        return attached(content, f"{_('鉴定要素细目表模板')}.xlsx", MEDIA_TYPE)
    if part == "skill":
        content = sheets.workbook(
            sheets.MODULE_COLUMNS, sheets.module_lines(sheets.EXAMPLE_MODULES)
        )
        return attached(content, f"{_('考核内容结构表模板')}.xlsx", MEDIA_TYPE)
    raise Http404


@roles_required(*queries.READERS)
@require_safe
def table(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.tables_visible_to(request.acting), pk=pk)
    return render(
        request, "itembank/table.html",
        {
            "table": found, "rows": queries.coverage_of(found),
            "history": queries.history_of(found),
        },
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def table_export(request: StaffRequest, pk: int) -> HttpResponse:
    """In the columns of the template, so that it can be changed and brought in again."""
    found = get_object_or_404(queries.tables_visible_to(request.acting), pk=pk)
    lines = sheets.element_lines(queries.element_rows(found))
    return attached(
        sheets.workbook(sheets.ELEMENT_COLUMNS, lines), f"{found.standard.title}.xlsx", MEDIA_TYPE
    )


# ---- practical ------------------------------------------------------------------------------


@roles_required(*queries.READERS)
@require_safe
def skill_table(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.skill_tables_visible_to(request.acting), pk=pk)
    modules = list(found.modules.order_by("place"))
    may_open = set(
        queries.readable_tasks(request.user, request.acting)
        .filter(module__table=found)
        .order_by()
        .values_list("pk", flat=True)
    )
    tasks: dict[int, list[tuple[SkillTask, bool]]] = {module.pk: [] for module in modules}
    for task in queries.tasks_visible_to(request.acting).filter(module__table=found):
        tasks[task.module_id].append((task, task.pk in may_open))
    return render(
        request,
        "itembank/skill_table.html",
        {
            "table": found, "modules": [(module, tasks[module.pk]) for module in modules],
            "minutes": sum(module.minutes for module in modules if not module.choice),
            "is_expert": request.acting.has(*queries.EXPERTS),
            "history": queries.history_of(found),
        },
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def skill_export(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.skill_tables_visible_to(request.acting), pk=pk)
    rows = [
        ModuleRow(each.function, each.work, each.choice, each.weight, each.minutes, each.form)
        for each in found.modules.order_by("place")
    ]
    content = sheets.workbook(sheets.MODULE_COLUMNS, sheets.module_lines(rows))
    return attached(content, f"{found.standard.title}.xlsx", MEDIA_TYPE)


@roles_required(*queries.EXPERTS)
@require_http_methods(["GET", "POST"])
def task_new(request: StaffRequest, pk: int) -> HttpResponse:
    """A task for a row of the structure table."""
    module = get_object_or_404(queries.modules_visible_to(request.acting), pk=pk)
    form = TaskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        task = services.write_task(
            module=module, title=form.cleaned_data["title"], content=form.content(),
            by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已送审，由另一位专家审定。"))
        return redirect("itembank:task", task.pk)
    return render(
        request, "itembank/task_edit.html", {"form": form, "module": module},
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_http_methods(["GET", "POST"])
def task_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The next version of a task."""
    task = _task(request, pk)
    if request.method == "POST":
        form = TaskForm(request.POST)
        if form.is_valid():
            made = services.write_task(
                module=task.module, title=form.cleaned_data["title"], content=form.content(),
                code=task.code, by=request.user, at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("已送审，由另一位专家审定。"))
            return redirect("itembank:task", made.pk)
    else:
        form = TaskForm.of(task.title, _open(request, task, Purpose.WRITE))
    return render(
        request, "itembank/task_edit.html",
        {"form": form, "module": task.module, "task": task}, status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_safe
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole task. Opening it is an event."""
    found = _task(request, pk)
    queue = queries.task_queue(request.user, request.acting)
    return render(
        request,
        "itembank/task.html",
        {
            "task": found, "content": _open(request, found, Purpose.VIEW), "form": ReviewForm(),
            "may_review": queue.filter(pk=found.pk).exists(),
            "may_edit": found.state in (State.READY, State.RETURNED),
        },
    )  # fmt: skip


@roles_required(*queries.EXPERTS)
@require_POST
def task_judge(request: StaffRequest, pk: int) -> HttpResponse:
    found = _task(request, pk)
    verdict = request.POST.get("verdict", "")
    check_verdict(verdict)
    services.review_task(
        task_id=found.pk, is_ready=verdict == "ready", opinion=request.POST.get("opinion", ""),
        by=request.user, at=clock.now(),
    )  # fmt: skip
    return redirect("itembank:skill_table", found.module.table_id)


def _task(request: StaffRequest, pk: int) -> SkillTask:
    return get_object_or_404(queries.readable_tasks(request.user, request.acting), pk=pk)


def _open(request: StaffRequest, task: SkillTask, purpose: Purpose) -> TaskContent:
    found = services.read_tasks([task], purpose=purpose, by=request.user, at=clock.now())
    return found[task.pk]
