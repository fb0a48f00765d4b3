"""Screens of the office: rounds, who marks, sums, scripts, slips, re-checks, analysis."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.marking import queries, services, tables
from jiangjie.marking.forms import (
    CheckForm,
    HandForm,
    MarkersForm,
    RoundFilter,
    RoundForm,
    ScriptFilter,
    SlipForm,
)
from jiangjie.marking.models import Question, Round, Script
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

READERS = queries.READERS


def _round(request: StaffRequest, pk: int) -> Round:
    visible = queries.with_state(queries.rounds_visible_to(request.acting))
    return get_object_or_404(visible, pk=pk)


# ---- rounds ---------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def round_list(request: StaffRequest) -> HttpResponse:
    form = RoundFilter(request.GET)
    rounds = form.narrow(queries.rounds_visible_to(request.acting))
    page = Paginator(queries.with_state(queries.with_counts(rounds)), 20).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "marking/round_list.html",
        {
            "form": form, "page": page,
            "lines": [(each, queries.next_of(each)) for each in page.object_list],
            "to_mark": queries.batches_to_mark(request.acting),
            "may_open": request.acting.has(Role.OFFICE),
            "rechecks": queries.rechecks_visible_to(request.acting).filter(settled_at=None).count(),
        },
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def round_export(request: StaffRequest) -> HttpResponse:
    rounds = RoundFilter(request.GET).narrow(queries.rounds_visible_to(request.acting))
    columns = [_("批次"), _("阅卷轮次"), _("答卷"), _("建立时间"), _("合分时间"), _("发布时间"), _("复核申请截止")]  # fmt: skip
    rows = (
        (
            each.batch.title, each.title, each.people,  # type: ignore[attr-defined]
            each.opened_at, each.closed_at, each.released_at, each.recheck_until,
        )
        for each in queries.with_counts(rounds)
    )  # fmt: skip
    return spreadsheet(f"{_('理论阅卷')}.xlsx", columns, rows)


@roles_required(*READERS)
@require_safe
def of_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Where the batch's track leads."""
    batch = get_object_or_404(queries.batches_of(request.acting), pk=pk)
    rounds = queries.rounds_visible_to(request.acting).filter(batch=batch)
    found = list(queries.with_state(queries.with_counts(rounds)))
    return render(
        request,
        "marking/of_batch.html",
        {
            "batch": batch, "lines": [(each, queries.next_of(each)) for each in found],
            "sheets": queries.unmarked_sheets(batch).count(),
            "sittings": queries.open_sittings(batch).count(),
            "may_open": request.acting.has(Role.OFFICE),
        },
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def round_new(request: StaffRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(queries.batches_of(request.acting), pk=pk)
    number = batch.marking_rounds.count() + 1
    initial = {"title": _("第%(number)d轮阅卷") % {"number": number}}
    form = RoundForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = services.open_round(
            batch=batch, **form.cleaned_data, by=request.user, at=clock.now()
        )
        messages.success(request, _("已建立阅卷轮次，请分配阅卷人。"))
        return redirect("marking:round", made.pk)
    return render(
        request,
        "marking/round_new.html",
        {
            "batch": batch, "form": form, "rule": queries.PAIR_RULE,
            "sheets": queries.unmarked_sheets(batch).count(),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def round_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Where a round stands, and what is to be done next."""
    found = _round(request, pk)
    progress = queries.progress(found)
    is_marker = any(
        share.marker_id == request.user.pk for each in progress for share in each.shares.values()
    )
    # A marker who is of the office too stays blind until the sums are made.
    may_see = not is_marker or found.closed_at is not None
    return render(
        request,
        "marking/round.html",
        {
            "round": found, "next": queries.next_of(found), "progress": progress,
            "habits": queries.habits(found) if may_see else [], "may_see": may_see,
            "deviations": queries.deviations(found) if may_see else [],
            "wanted": sum(each.marks_wanted for each in progress),
            "done": sum(each.done for each in progress),
            "deviating": sum(each.deviating for each in progress),
            "scripts": found.scripts.count(),
            "open_slips": queries.open_slips_of(found),
            "rechecks": queries.rechecks_visible_to(request.acting).filter(script__round=found),
            "may_do": request.acting.has(Role.OFFICE),
            "may_check": request.acting.has(*queries.CHECKERS)
            and found.closed_by_id != request.user.pk,
            "clauses": queries.recheck_terms(found.batch) if found.released_at else (),
            "rule": queries.PAIR_RULE,
        },
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def share_out(request: StaffRequest, pk: int) -> HttpResponse:
    found = _round(request, pk)
    today = clock.today()
    staff = queries.markers_of(found.batch.org_id, today)
    form = MarkersForm(staff, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.share_out(
            round_id=found.pk, markers=list(form.cleaned_data["markers"]), by=request.user,
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已分配阅卷任务，并通知阅卷人。"))
        return redirect("marking:round", found.pk)
    return render(
        request,
        "marking/share_out.html",
        {
            "round": found, "form": form,
            "units": queries.named_units(found, today), "recusal": queries.recusal(found.batch),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def hand_share(request: StaffRequest, pk: int) -> HttpResponse:
    """Give one place of a question to another, or name its third marker."""
    question = get_object_or_404(
        Question.objects.select_related("round__batch__org", "paper").defer(
            "paper__sealed", "paper__package"
        ),
        pk=pk, round__in=queries.rounds_visible_to(request.acting).order_by(),
    )  # fmt: skip
    staff = queries.markers_of(question.round.batch.org_id, clock.today())
    form = HandForm(staff, request.POST or None, initial={"place": request.GET.get("place", "")})
    if request.method == "POST" and form.is_valid():
        services.hand_share(
            round_id=question.round_id, question_id=question.pk, **form.cleaned_data,
            by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已交给新的阅卷人。"))
        return redirect("marking:round", question.round_id)
    return render(
        request,
        "marking/hand_share.html",
        {
            "question": question, "form": form,
            "shares": question.shares.select_related("marker").order_by("place"),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    services.close_round(round_id=_round(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("已合分，请另一人复核。"))
    return redirect("marking:round", pk)


@roles_required(*queries.CHECKERS)
@require_POST
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    services.confirm_sums(round_id=_round(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("合分复核无误，可以发布成绩。"))
    return redirect("marking:round", pk)


@roles_required(Role.OFFICE)
@require_POST
def release(request: StaffRequest, pk: int) -> HttpResponse:
    services.release(round_id=_round(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("成绩已发布，考生可以查看和申请复核。"))
    return redirect("marking:round", pk)


# ---- scripts and slips ----------------------------------------------------------------------


def _scripts(request: StaffRequest, pk: int) -> tuple[Round, ScriptFilter, QuerySet[Script]]:
    found = _round(request, pk)
    form = ScriptFilter(request.GET)
    return found, form, form.narrow(queries.scripts_visible_to(request.acting).filter(round=found))


@roles_required(*READERS)
@require_safe
def script_list(request: StaffRequest, pk: int) -> HttpResponse:
    found, form, scripts = _scripts(request, pk)
    page = Paginator(scripts, 50).get_page(request.GET.get("page"))
    return render(request, "marking/script_list.html", {"round": found, "form": form, "page": page})


@roles_required(*READERS)
@require_safe
def script_export(request: StaffRequest, pk: int) -> HttpResponse:
    found, _form, scripts = _scripts(request, pk)
    columns, rows = tables.scripts(scripts)
    return spreadsheet(f"{found.batch.title}{found.title}{_('理论成绩')}.xlsx", columns, rows)


def _script(request: StaffRequest, pk: int) -> Script:
    return get_object_or_404(queries.scripts_visible_to(request.acting), pk=pk)


@roles_required(*READERS)
@require_safe
def script(request: StaffRequest, pk: int) -> HttpResponse:
    """Every answer of one candidate with what each person gave, the sum, and the slips."""
    found = _script(request, pk)
    lines = queries.script_lines(found)
    slips = list(queries.slips_visible_to(request.acting).filter(script=found).order_by("pk"))
    markers = queries.markers_of_script(found)
    return render(
        request,
        "marking/script.html",
        {
            "script": found, "lines": lines, "summing": queries.summing_of(found, lines),
            "slips": slips, "may_ask": request.acting.has(*queries.CHECKERS)
            and request.user.pk not in markers and all(slip.decided_at for slip in slips),
            "may_decide": request.acting.has(*queries.CHECKERS) and request.user.pk not in markers,
        },
    )  # fmt: skip


@roles_required(*queries.CHECKERS)
@require_http_methods(["GET", "POST"])
def slip_new(request: StaffRequest, pk: int) -> HttpResponse:
    found = _script(request, pk)
    lines = queries.script_lines(found)
    form = SlipForm(tables.unit_choices(lines), request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.ask_slip(script_id=found.pk, **form.cleaned_data, by=request.user, at=clock.now())
        messages.success(request, _("更正单已提交，由其他人审核。"))
        return redirect("marking:script", found.pk)
    return render(
        request, "marking/slip_new.html", {"script": found, "form": form},
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(*queries.CHECKERS)
@require_POST
def slip_decide(request: StaffRequest, pk: int) -> HttpResponse:
    slip = get_object_or_404(queries.slips_visible_to(request.acting), pk=pk)
    answer = request.POST.get("accept", "")
    if answer not in ("yes", "no"):
        raise BadInput(gettext_noop("请用页面上的按钮选择处理意见。"))
    services.decide_slip(
        slip_id=slip.pk, accept=answer == "yes", by=request.user, at=clock.now()
    )  # fmt: skip
    messages.success(request, _("更正单已审核。"))
    return redirect("marking:script", slip.script_id)


# ---- re-checks ------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def recheck_list(request: StaffRequest) -> HttpResponse:
    rechecks = queries.rechecks_visible_to(request.acting)
    page = Paginator(rechecks, 20).get_page(request.GET.get("page"))
    return render(request, "marking/recheck_list.html", {"page": page, "today": clock.today()})


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def recheck(request: StaffRequest, pk: int) -> HttpResponse:
    """What the candidate asks, the summing as the machine checks it, and each person's finding."""
    found = get_object_or_404(queries.rechecks_visible_to(request.acting), pk=pk)
    lines = queries.script_lines(found.script)
    form = CheckForm(tables.unit_choices(lines), request.POST or None)
    may_check = request.acting.has(*queries.CHECKERS)
    if request.method == "POST" and not may_check:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        services.check_script(
            recheck_id=found.pk, **form.cleaned_data, by=request.user, at=clock.now()
        )
        messages.success(request, _("复核意见已记录。"))
        return redirect("marking:recheck", found.pk)
    return render(
        request,
        "marking/recheck.html",
        {
            "recheck": found, "form": form, "lines": lines,
            "summing": queries.summing_of(found.script, lines),
            "slips": queries.slips_visible_to(request.acting).filter(recheck=found),
            "people": queries.people_of_recheck(found.script.round.batch),
            "clauses": queries.recheck_terms(found.script.round.batch),
            "may_decide": may_check, "may_check": may_check and found.settled_at is None
            and queries.open_rechecks(request.acting, request.user).filter(pk=found.pk).exists(),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


# ---- analysis -------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def analysis(request: StaffRequest, pk: int) -> HttpResponse:
    """Every form of the paper, question by question."""
    found = _round(request, pk)
    forms = map(tables.analysis_page, queries.analyses(found)) if found.closed_at else ()
    return render(
        request,
        "marking/analysis.html",
        {
            "round": found, "forms": list(forms), "few": queries.FEW,
            "learned": queries.learned(found) if found.closed_at else [],
            "sent": queries.statistics_sent(found),
            "alike": queries.alike(found)
            if found.closed_at and request.acting.has(Role.SUPERVISOR, Role.OFFICE)
            else [],
            "may_send": request.acting.has(Role.OFFICE) and found.closed_at is not None,
        },
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def analysis_export(request: StaffRequest, pk: int) -> HttpResponse:
    found = _round(request, pk)
    columns, rows = tables.analysis(queries.analyses(found) if found.closed_at else [])
    return spreadsheet(f"{found.batch.title}{found.title}{_('试题分析')}.xlsx", columns, rows)


@roles_required(Role.OFFICE)
@require_POST
def send_statistics(request: StaffRequest, pk: int) -> HttpResponse:
    found = _round(request, pk)
    count = services.send_statistics(round_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, _("已把%(count)d道试题的统计写回题库。") % {"count": count})
    return redirect("marking:analysis", pk)
