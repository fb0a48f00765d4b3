"""Screens: typing and comparing scores, correction slips, the result list and its signatures."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.applications.models import Application
from jiangjie.documents.tables import Column, SignaturePlace, render_table
from jiangjie.files.services import read, store_upload
from jiangjie.kernel.errors import BadInput, MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures.models import Choice
from jiangjie.procedures.queries import procedure_of
from jiangjie.results import queries, rules, services, workbooks
from jiangjie.results.forms import (
    BatchFilter,
    CorrectionFilter,
    CorrectionForm,
    HandoverForm,
    ResultFilter,
    ScoreGrid,
    SheetForm,
)
from jiangjie.results.models import Correction, Part, ScoreSheet
from jiangjie.results.queries import TYPISTS
from jiangjie.results.sheets import Line, lines, part_text, results_columns
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest
from jiangjie.web.spreadsheets import MEDIA_TYPE, spreadsheet

READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.OFFICER)
DECIDERS = (Role.OFFICE, Role.COMMITTEE)  # of correction slips
WORKBOOK = frozenset({".xlsx"})
PAGE = 100  # lines of the grid on one page


def _batch(request: StaffRequest, pk: int) -> Batch:
    return get_object_or_404(batches_visible_to(request.acting), pk=pk)


def _own_batch(request: StaffRequest, pk: int) -> Batch:
    """A batch of the organisation acted for: whoever only reads others' batches changes none."""
    return get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )


def _taking(batch: Batch, part: str) -> list[Application]:
    """Those who take the part; a part that nobody of the batch takes does not exist."""
    cases = queries.takers(batch).get(part)
    if cases is None:
        raise Http404
    return cases


# ---- progress -------------------------------------------------------------------------------


@roles_required(*TYPISTS, Role.COMMITTEE, Role.SUPERVISOR)
@require_safe
def batch_list(request: StaffRequest) -> HttpResponse:
    form = BatchFilter(request.GET)
    batches = form.narrow(queries.batches_in_scoring(request.acting))
    page = Paginator(batches, 20).get_page(request.GET.get("page"))
    return render(request, "results/batch_list.html", {"form": form, "page": page})


@roles_required(*TYPISTS, Role.COMMITTEE, Role.SUPERVISOR)
@require_safe
def part_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    states = queries.part_states(batch)
    parts = [(state, state.entry_for(request.user.pk)) for state in states]
    undecided = queries.candidates(batch).filter(decision=None).count()
    return render(
        request,
        "results/part_list.html",
        {
            "batch": batch,
            "parts": parts,
            "may_type": request.acting.has(*TYPISTS),
            "may_decide": request.acting.has(Role.OFFICE),
            "may_read": request.acting.has(*READERS),
            "undecided": undecided,
            "is_settled": all(state.is_settled for state in states),
            "slips": sum(state.open_corrections for state in states),
            "to_take": _to_take(batch, states),
            "may_take": request.acting.has(Role.OFFICE) and batch.org == request.acting.org,
        },
    )


def _to_take(batch: Batch, states: Sequence[queries.PartState]) -> int:
    """How many theory scores wait in the marking; not asked for what is settled."""
    if any(state.part == Part.THEORY and not state.is_settled for state in states):
        return len(queries.to_take_over(batch))
    return 0


@roles_required(Role.OFFICE)
@require_POST
def take_over(request: StaffRequest, pk: int) -> HttpResponse:
    """Theory scores that marking has released, without typing them."""
    made = services.take_over_theory(
        batch=_own_batch(request, pk), by=request.user, at=clock.now()
    )  # fmt: skip
    messages.success(request, _("已取用%(count)d人的理论成绩。") % {"count": len(made)})
    return redirect("results:part_list", pk)


# ---- typing ---------------------------------------------------------------------------------


@roles_required(*TYPISTS)
@require_http_methods(["GET", "POST"])
def typing(request: StaffRequest, pk: int, part: str, entry: int) -> HttpResponse:
    """The grid of one pass. Pasting only fills it in; saving keeps all lines or none."""
    batch = _own_batch(request, pk)
    if entry not in (1, 2):
        raise Http404
    page = Paginator(_taking(batch, part), PAGE).get_page(request.GET.get("page"))
    typed = queries.entries(batch, part, entry)
    is_post = request.method == "POST"
    settled = queries.settled_ids(batch, part) | queries.marked_ids(batch, part)
    grid = ScoreGrid(part, page, typed, settled, request.POST if is_post else None)
    refusal = None
    if is_post and "fill" in request.POST:
        grid.paste(request.POST.get("column", ""))
        grid.read()
    elif is_post and (rows := grid.read()) is not None:
        try:
            services.enter_scores(
                batch=batch, part=part, entry=entry, rows=rows, by=request.user, at=clock.now()
            )
        except RuleViolation as why:
            refusal = Refusal.of(why)
        else:
            messages.success(request, _("已保存%(count)d人的成绩。") % {"count": len(rows)})
            if page.has_next():
                return redirect(f"{request.path}?page={page.next_page_number()}")
            return redirect("results:part_list", pk)
    return render(
        request,
        "results/typing.html",
        {
            "batch": batch, "part": part, "label": Part(part).label, "entry": entry, "page": page,
            "grid": grid, "refusal": refusal, "form": SheetForm(),
            "is_other_typist": request.user.pk in queries.typists(batch, part, 3 - entry),
            "handovers": queries.handovers(batch, part, entry),
            "may_hand_over": request.acting.has(Role.OFFICE) and bool(typed.keys() - settled),
        },
        status=422 if refusal or (is_post and grid.errors) else 200,
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def handover(request: StaffRequest, pk: int, part: str, entry: int) -> HttpResponse:
    """A typist has left: another goes on with his pass."""
    batch = _own_batch(request, pk)
    _taking(batch, part)
    if entry not in (1, 2):
        raise Http404
    leavers = queries.leavers(batch, part, entry)
    form = HandoverForm(
        request.POST or None, leavers=leavers,
        successors=queries.successors(batch, part, entry, clock.today()),
    )  # fmt: skip
    if form.is_valid():
        services.hand_over(
            batch=batch, part=part, entry=entry, **form.cleaned_data, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已移交，由接手人继续录入和核对。"))
        return redirect("results:part_list", pk)
    return render(
        request,
        "results/handover.html",
        {
            "batch": batch, "part": part, "label": Part(part).label, "entry": entry, "form": form,
            "leavers": leavers,
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@roles_required(*TYPISTS)
@require_safe
def template(request: StaffRequest, pk: int, part: str) -> HttpResponse:
    """The workbook to fill in, with no score in it."""
    batch = _own_batch(request, pk)
    marked = queries.marked_ids(batch, part)
    cases = [workbooks.candidate(case) for case in _taking(batch, part) if case.pk not in marked]
    title = f"{batch.title}　{Part(part).label}"
    return HttpResponse(
        workbooks.template(cases, part=part, title=title),
        headers={"Content-Type": MEDIA_TYPE, **_attached(f"{title}.xlsx")},
    )


@roles_required(*TYPISTS)
@require_POST
def sheet_upload(request: StaffRequest, pk: int, part: str, entry: int) -> HttpResponse:
    """The dry run: the file is kept with what is wrong in it; no score is typed yet."""
    batch = _own_batch(request, pk)
    _taking(batch, part)
    form = SheetForm(request.POST, request.FILES)
    if entry not in (1, 2):
        raise Http404
    if not form.is_valid():
        raise BadInput(gettext_noop("请选择要上传的成绩登记表。"))
    upload, at = form.cleaned_data["file"], clock.now()
    sheet = services.check_sheet(
        batch=batch,
        part=part,
        entry=entry,
        blob=store_upload(upload, allowed=WORKBOOK, at=at),
        file_name=upload.name,
        by=request.user,
        at=at,
    )
    return redirect("results:sheet_detail", sheet.pk)


def _sheet(request: StaffRequest, pk: int) -> ScoreSheet:
    return get_object_or_404(queries.sheets_visible_to(request.acting), pk=pk)


@roles_required(*TYPISTS)
@require_safe
def sheet_detail(request: StaffRequest, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    page = Paginator(sheet.faults, 50).get_page(request.GET.get("page"))
    faults = [(fault, _(fault["text"]) % fault["values"]) for fault in page]
    return render(
        request, "results/sheet_detail.html", {"sheet": sheet, "page": page, "faults": faults}
    )


@roles_required(*TYPISTS)
@require_safe
def sheet_marked(request: StaffRequest, pk: int) -> HttpResponse:
    """The same workbook with every faulty cell filled and noted."""
    sheet = _sheet(request, pk)
    faults = [
        (fault["row"], fault["column"], _(fault["text"]) % fault["values"])
        for fault in sheet.faults
    ]
    return HttpResponse(
        workbooks.marked(read(sheet.blob), faults, file_name=sheet.file_name),
        headers={"Content-Type": MEDIA_TYPE, **_attached(f"{_('已标注')}-{sheet.file_name}")},
    )


@roles_required(*TYPISTS)
@require_POST
def sheet_apply(request: StaffRequest, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    changed = services.apply_sheet(
        sheet_id=sheet.pk,
        good_rows_only="good_rows_only" in request.POST,
        by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("已导入，%(count)d人的成绩有变动。") % {"count": changed})
    return redirect("results:part_list", sheet.batch_id)


def _attached(file_name: str) -> dict[str, str]:
    header = content_disposition_header(as_attachment=True, filename=file_name)
    return {"Content-Disposition": header or ""}


# ---- comparing ------------------------------------------------------------------------------


@roles_required(*TYPISTS)
@require_safe
def difference_list(request: StaffRequest, pk: int, part: str) -> HttpResponse:
    """Both typings beside each other, once both are there: until then the second typist types
    without seeing the first."""
    batch = _own_batch(request, pk)
    taking = {case.pk for case in _taking(batch, part)} - queries.marked_ids(batch, part)
    left = queries.differences(batch, part)
    both = [each for each in left if each.first and each.second]
    page = Paginator(both, 50).get_page(request.GET.get("page"))
    return render(
        request,
        "results/difference_list.html",
        {
            "batch": batch, "part": part, "label": Part(part).label, "page": page,
            "untyped": len(left) - len(both), "equal": len(taking) - len(left),
            "settled": len(queries.settled_ids(batch, part) & taking),
        },
    )  # fmt: skip


@roles_required(*TYPISTS)
@require_POST
def retype(request: StaffRequest, pk: int, part: str, entry: int, case: int) -> HttpResponse:
    """One typist types one of his own scores again."""
    batch = _own_batch(request, pk)
    value = _typed_value(part, request.POST.get("value", ""))
    services.enter_scores(
        batch=batch, part=part, entry=entry, rows=[(case, value)], by=request.user, at=clock.now()
    )
    return redirect("results:difference_list", pk, part)


def _typed_value(part: str, text: str) -> rules.Value:
    try:
        return rules.parse_value(part, text)
    except MalformedValue as why:
        raise rules.refused(why) from why


@roles_required(*TYPISTS)
@require_POST
def settle(request: StaffRequest, pk: int, part: str) -> HttpResponse:
    batch = _own_batch(request, pk)
    _taking(batch, part)
    left = services.settle_marks(batch=batch, part=part, by=request.user, at=clock.now())
    if left:
        messages.warning(
            request, _("还有%(count)d人的两遍成绩不一致或未录齐。") % {"count": len(left)}
        )
        return redirect("results:difference_list", pk, part)
    messages.success(request, _("本科目成绩全部核对一致。"))
    return redirect("results:part_list", pk)


# ---- the result list ------------------------------------------------------------------------


def _narrowed(request: StaffRequest, batch: Batch) -> tuple[ResultFilter, QuerySet[Application]]:
    levels = sorted(queries.rules_by_level(batch))
    form = ResultFilter(
        request.GET, [(level, str(Level(level).certificate_text)) for level in levels]
    )
    return form, form.narrow(queries.results_of(batch))


@roles_required(*READERS)
@require_safe
def result_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form, cases = _narrowed(request, batch)
    page = Paginator(cases, 50).get_page(request.GET.get("page"))
    signatures = queries.sign_offs(batch)
    signed = [queries.plain(each) for each in signatures]
    outcomes = queries.outcome_counts(batch)
    return render(
        request,
        "results/result_list.html",
        {
            "batch": batch, "form": form, "page": page, "lines": lines(page.object_list),
            "parts": queries.parts_in(batch), "outcomes": outcomes, "signatures": signatures,
            "digest": queries.results_digest(batch), "is_final": queries.is_final(batch, signed),
            "turn": _turn(request, batch, signed) if not outcomes["undecided"] else None,
            "may_decide": request.acting.has(Role.OFFICE) and batch.org == request.acting.org,
        },
    )  # fmt: skip


def _turn(request: StaffRequest, batch: Batch, signed: list[rules.Signed]) -> Any:
    """The layer whose signature is due, when the reader holds its role in this organisation."""
    due = [each for each in queries.layers(batch) if each not in rules.passed_layers(signed)]
    if not due or batch.org != request.acting.org:
        return None
    layer = procedure_of(batch.run.definition).layer(due[0])
    return layer if layer.role in request.acting.roles else None


@roles_required(*READERS)
@require_safe
def result_export(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    _form, cases = _narrowed(request, batch)
    parts = queries.parts_in(batch)
    rows = [
        (*(str(cell) for cell in line.fixed), *(part_text(line, part) for part in parts),
         line.outcome)
        for line in lines(cases)
    ]  # fmt: skip
    return spreadsheet(f"{batch.title}{_('结果汇总表')}.xlsx", results_columns(parts), rows)


@roles_required(*READERS)
@require_safe
def result_print(request: StaffRequest, pk: int) -> HttpResponse:
    """结果汇总表 with a place for each layer's signature; filled in where it has signed."""
    batch = _batch(request, pk)
    parts = queries.parts_in(batch)
    columns = [
        Column(str(label), width=1.4 if place == 2 else None)
        for place, label in enumerate(results_columns(parts))
    ]
    found: list[Line] = lines(queries.results_of(batch))
    rows = [
        (*(str(cell) for cell in line.fixed), *(part_text(line, part) for part in parts),
         str(line.outcome))
        for line in found
    ]  # fmt: skip
    digest = queries.results_digest(batch)
    content = render_table(
        title=_("%(batch)s结果汇总表") % {"batch": batch.title},
        subtitle=_("共%(count)d人") % {"count": len(rows)},
        columns=columns,
        rows=rows,
        footer=f"SHA-256 {digest}",
        signatures=_places(batch),
        author=batch.org.name,
        landscape=len(parts) > 2,
        printed_at=clock.now(),
    )
    return HttpResponse(
        content,
        headers={
            "Content-Type": "application/pdf",
            **_attached(f"{batch.title}{_('结果汇总表')}.pdf"),
        },
    )


def _places(batch: Batch) -> list[SignaturePlace]:
    signatures = queries.sign_offs(batch)
    signed = [queries.plain(each) for each in signatures]
    now, passed = rules.current_round(signed), rules.passed_layers(signed)
    by_layer = {
        each.layer: each for each in signatures if each.round == now and each.layer in passed
    }
    procedure = procedure_of(batch.run.definition)
    return [
        SignaturePlace(
            role=f"{procedure.layer(layer).name}{procedure.layer(layer).act}",
            statement=procedure.layer(layer).responsibility,
            signer=str(by_layer[layer].by) if layer in by_layer else "",
            signed_on=timezone.localdate(by_layer[layer].at) if layer in by_layer else None,
            seal=layer == queries.layers(batch)[-1],
        )
        for layer in queries.layers(batch)
    ]


@roles_required(*READERS)
@require_safe
def result_detail(request: StaffRequest, pk: int, case: int) -> HttpResponse:
    """One candidate: every part with its clause, and what was corrected."""
    batch = _batch(request, pk)
    found = get_object_or_404(queries.results_of(batch), pk=case)
    signed = queries.signed(batch)
    return render(
        request,
        "results/result_detail.html",
        {
            "batch": batch,
            "line": lines([found])[0],
            "marks": found.marks.all(),
            "slips": queries.corrections_visible_to(request.acting).filter(mark__application=found),
            "may_ask": request.acting.has(Role.OFFICE)
            and batch.org == request.acting.org
            and not queries.is_final(batch, signed),
        },
    )


@roles_required(Role.OFFICE)
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    made = services.decide_batch(batch=_own_batch(request, pk), by=request.user, at=clock.now())
    messages.success(request, _("已评定%(count)d人。") % {"count": len(made)})
    return redirect("results:result_list", pk)


@roles_required(Role.OFFICE, Role.COMMITTEE)
@require_POST
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    turn = _turn(request, batch, queries.signed(batch))
    if turn is None:
        raise RuleViolation(
            "results.not_your_turn", gettext_noop("现在不由您的角色签署结果汇总表。")
        )
    services.sign_results(
        batch=batch,
        layer=turn.layer,
        choice=_answer(request, "choice", Choice.PASS, Choice.RETURN),
        reason=request.POST.get("reason", ""),
        digest=request.POST.get("digest", ""),
        by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("签署意见已记录。"))
    return redirect("results:result_list", pk)


def _answer(request: StaffRequest, name: str, *allowed: str) -> str:
    """The button that was pressed; a form sent without one decides nothing."""
    given = request.POST.get(name, "")
    if given not in allowed:
        raise BadInput(gettext_noop("请用页面上的按钮选择处理意见。"))
    return given


# ---- corrections ----------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def correction_list(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = CorrectionFilter(request.GET)
    slips = form.narrow(_slips(request, batch))
    page = Paginator(slips, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "results/correction_list.html",
        {
            "batch": batch, "form": form, "page": page,
            "may_decide": request.acting.has(*DECIDERS) and batch.org == request.acting.org,
        },
    )  # fmt: skip


def _slips(request: StaffRequest, batch: Batch) -> QuerySet[Correction]:
    return queries.corrections_visible_to(request.acting).filter(mark__application__batch=batch)


@roles_required(*READERS)
@require_safe
def correction_export(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    slips = CorrectionFilter(request.GET).narrow(_slips(request, batch))
    columns = [_("准考证号"), _("姓名"), _("科目"), _("原成绩"), _("更正为"), _("理由"), _("申请人"), _("申请时间"), _("审核人"), _("审核时间"), _("结论")]  # fmt: skip
    rows = (
        (
            slip.mark.application.ticket, slip.mark.application.person.name,
            slip.mark.get_part_display(), slip.before, slip.after, slip.reason,
            str(slip.asked_by), slip.asked_at, str(slip.decided_by or ""), slip.decided_at,
            {None: _("待审核"), True: _("已更正"), False: _("不予更正")}[slip.is_accepted],
        )
        for slip in slips
    )  # fmt: skip
    return spreadsheet(f"{batch.title}{_('成绩更正单')}.xlsx", columns, rows)


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def correction_new(request: StaffRequest, pk: int) -> HttpResponse:
    visible = queries.marks_visible_to(request.acting)
    mark = get_object_or_404(visible.filter(application__batch__org=request.acting.org), pk=pk)
    form = CorrectionForm(mark.part, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.ask_correction(
            mark_id=mark.pk,
            value=form.cleaned_data["value"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
        )
        messages.success(request, _("更正单已提交，由其他人审核。"))
        return redirect("results:correction_list", mark.application.batch_id)
    return render(
        request,
        "results/correction_new.html",
        {"mark": mark, "form": form, "before": rules.format_value(mark.value)},
        status=422 if form.errors else 200,
    )


@roles_required(*DECIDERS)
@require_POST
def correction_decide(request: StaffRequest, pk: int) -> HttpResponse:
    visible = queries.corrections_visible_to(request.acting)
    slip = get_object_or_404(
        visible.filter(mark__application__batch__org=request.acting.org), pk=pk
    )
    services.decide_correction(
        correction_id=slip.pk,
        accept=_answer(request, "accept", "yes", "no") == "yes",
        by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("更正单已审核。"))
    return redirect("results:correction_list", slip.mark.application.batch_id)


# ---- the worker's own -----------------------------------------------------------------------


@roles_required(*Role)
@require_safe
def own(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "results/own.html",
        {"lines": lines([each.application for each in queries.own_decisions(request.user)])},
    )
