"""Screens of paper sets: proof, keys, sealing, hand-over, opening, print."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.documents.tables import Column, render_table
from jiangjie.papers import queries, services
from jiangjie.papers.forms import (
    CodeForm,
    HandoverForm,
    HoldersForm,
    OpeningForm,
    ProofersForm,
    ProofForm,
    SetFilter,
    WithdrawForm,
)
from jiangjie.papers.models import Handover, Paper, PaperSet
from jiangjie.papers.printing import Sheet, print_paper
from jiangjie.papers.rules.custody import State
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures.hooks import step_link
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

# Any of the staff may be asked to proof, to hold a key or to carry an envelope.
STAFF = tuple(role for role in Role if role is not Role.WORKER)


def _set(request: StaffRequest, pk: int) -> PaperSet:
    return get_object_or_404(queries.sets_visible_to(request.acting, request.user), pk=pk)


def _own_set(request: StaffRequest, pk: int) -> PaperSet:
    visible = queries.sets_visible_to(request.acting, request.user)
    return get_object_or_404(visible.filter(batch__org=request.acting.org), pk=pk)


def _paper(request: StaffRequest, pk: int) -> tuple[Paper, PaperSet]:
    visible = queries.sets_visible_to(request.acting, request.user)
    papers = get_object_or_404(visible.filter(batch__org=request.acting.org), papers=pk)
    return next(each for each in papers.papers.all() if each.pk == pk), papers


# ---- lists ----------------------------------------------------------------------------------


@roles_required(*STAFF)
@require_safe
def set_list(request: StaffRequest) -> HttpResponse:
    form = SetFilter(request.GET)
    found = form.narrow(queries.sets_visible_to(request.acting, request.user))
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "papers/set_list.html",
        {
            "form": form, "page": page,
            "sets": [(each, queries.next_of(each)) for each in page],
            "is_office": request.acting.has(Role.OFFICE),
        },
    )  # fmt: skip


@roles_required(*STAFF)
@require_safe
def set_export(request: StaffRequest) -> HttpResponse:
    """One row a paper: the register of papers."""
    found = SetFilter(request.GET).narrow(queries.sets_visible_to(request.acting, request.user))
    columns = [_("批次"), _("试卷编号"), _("卷别"), _("题数"), _("总分"), _("状态"), _("密封时间"), _("启封时间"), _("实际启封"), _("内容校验值")]  # fmt: skip
    rows = (
        (
            papers.batch.title, paper.code, paper.form, paper.questions, paper.points / 100,
            queries.STATES[queries.state_of(paper, papers)], papers.sealed_at, papers.opens_at,
            _opened_at(paper), paper.digest,
        )
        for papers in found
        for paper in papers.papers.all()
    )  # fmt: skip
    return spreadsheet(f"{_('试卷')}.xlsx", columns, rows)


def _opened_at(paper: Paper) -> datetime | None:
    found = queries.opening_of(paper)
    return found.opened_at if found else None


@roles_required(*queries.READERS)
@require_safe
def of_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Where the batch's track leads for S09."""
    batch = get_object_or_404(batches_visible_to(request.acting), pk=pk)
    if batch.org != request.acting.org:
        raise Http404
    sets = list(queries.sets_visible_to(request.acting, request.user).filter(batch=batch))
    return render(
        request,
        "papers/batch.html",
        {
            "batch": batch,
            "sets": [(each, queries.next_of(each)) for each in sets],
            "runs": queries.runs_visible_to(request.acting).filter(
                batch=batch, paper_set=None
            )[:10],
            "blueprints": queries.blueprints_for(request.acting, batch),
            "is_office": request.acting.has(Role.OFFICE),
            "can_assemble": bool(queries.with_element_table([batch.pk])),
        },
    )  # fmt: skip


# ---- one set --------------------------------------------------------------------------------


@roles_required(*STAFF)
@require_safe
def set_detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _set(request, pk))


def _page(
    request: StaffRequest, papers: PaperSet, *, status: int = 200, code: str = "", **drawn: object
) -> HttpResponse:
    user, today, next_ = request.user, clock.today(), queries.next_of(papers)
    is_own = papers.batch.org_id == (request.acting.org.pk if request.acting.org else None)
    is_office = is_own and request.acting.has(Role.OFFICE)
    is_draft = papers.sealed_at is None and papers.withdrawn_at is None
    holder = next((each for each in papers.holders.all() if each.user_id == user.pk), None)
    proof = next((each for each in papers.proofs.all() if each.expert_id == user.pk), None)
    may_read = queries.may_read(papers, user, request.acting)
    is_carrier = is_own and papers.sealed_at is not None and papers.withdrawn_at is None
    in_hand = any(
        each.taker_id == user.pk for paper in papers.papers.all() for each in paper.handovers.all()
    )
    context = {
        "set": papers, "next": next_, "is_office": is_office, "holder": holder, "proof": proof,
        "code": code,
        "papers": [
            (paper, queries.state_of(paper, papers), queries.opening_of(paper),
             may_read and queries.is_readable(paper, papers))
            for paper in papers.papers.all()
        ],
        "steps": queries.steps_of(papers),
        "given": any(paper.handovers.all() for paper in papers.papers.all()),
        "proofers": ProofersForm(papers, today) if is_office and is_draft else None,
        "proof_form": ProofForm(initial={"choice": proof.choice, "opinion": proof.opinion})
        if proof and is_draft else None,
        "holders_form": HoldersForm(papers, today) if is_office and is_draft
        and queries.is_proofed(papers) else None,
        "may_seal": is_office and next_.deed == "seal",
        "withdraw_form": WithdrawForm() if is_office and papers.withdrawn_at is None else None,
        "handover_form": HandoverForm(papers, user, today)
        if is_carrier and (is_office or in_hand) else None,
        "history": queries.history(papers)[:100] if is_own else (),
        "room_url": _room_url(papers) if is_own and request.acting.has(*queries.READERS) else "",
    }  # fmt: skip
    return render(request, "papers/set.html", {**context, **drawn}, status=status)


def _room_url(papers: PaperSet) -> str:
    """Where opened papers go for a sitting at machines; that app stands above this one."""
    found = step_link(queries.SITTING)
    is_opened = any(_opened_at(paper) for paper in papers.papers.all())
    return reverse(found, args=[papers.batch_id]) if found and is_opened else ""


@roles_required(Role.OFFICE)
@require_POST
def proof_ask(request: StaffRequest, pk: int) -> HttpResponse:
    papers = _own_set(request, pk)
    form = ProofersForm(papers, clock.today(), request.POST)
    if not form.is_valid():
        return _page(request, papers, status=422, proofers=form)
    services.ask_proof(
        set_id=pk, experts=list(form.cleaned_data["experts"]), by=request.user, at=clock.now()
    )
    messages.success(request, _("已通知校对专家。"))
    return redirect("papers:set", pk)


@roles_required(*queries.PROOFERS)
@require_POST
def proof_decide(request: StaffRequest, pk: int) -> HttpResponse:
    papers = _own_set(request, pk)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, papers, status=422, proof_form=form)
    services.decide_proof(set_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("校对结论已提交。"))
    return redirect("papers:set", pk)


@roles_required(Role.OFFICE)
@require_POST
def holders_appoint(request: StaffRequest, pk: int) -> HttpResponse:
    papers = _own_set(request, pk)
    form = HoldersForm(papers, clock.today(), request.POST)
    if not form.is_valid():
        return _page(request, papers, status=422, holders_form=form)
    services.appoint_holders(set_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("已通知两位密钥保管人领取密钥码。"))
    return redirect("papers:set", pk)


@roles_required(*STAFF)
@require_POST
@never_cache
def key_draw(request: StaffRequest, pk: int) -> HttpResponse:
    """The code is in this one answer and nowhere else."""
    papers = _own_set(request, pk)
    code = services.draw_key(set_id=pk, by=request.user, at=clock.now())
    return render(request, "papers/key.html", {"set": papers, "code": code, "at": clock.now()})


@roles_required(Role.OFFICE)
@require_POST
def seal(request: StaffRequest, pk: int) -> HttpResponse:
    services.seal_set(set_id=_own_set(request, pk).pk, by=request.user, at=clock.now())
    messages.success(request, _("试卷已密封。到启封时间，两位保管人才能共同启封。"))
    return redirect("papers:set", pk)


@roles_required(Role.OFFICE)
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    papers = _own_set(request, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, papers, status=422, withdraw_form=form)
    services.withdraw_set(
        set_id=pk, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
    )
    messages.success(request, _("试卷已作废。"))
    return redirect("papers:set", pk)


@roles_required(*STAFF)
@require_POST
def give(request: StaffRequest, pk: int) -> HttpResponse:
    papers = _own_set(request, pk)
    form = HandoverForm(papers, request.user, clock.today(), request.POST)
    if not form.is_valid():
        return _page(request, papers, status=422, handover_form=form)
    values = form.cleaned_data
    services.give_paper(paper_id=values.pop("paper").pk, **values, by=request.user, at=clock.now())
    messages.success(request, _("已登记交出，等接收人签收。"))
    return redirect("papers:set", pk)


@roles_required(*STAFF)
@require_POST
def take(request: StaffRequest, pk: int) -> HttpResponse:
    handover = get_object_or_404(
        Handover, pk=pk, taker=request.user, paper__set__batch__org=request.acting.org
    )
    services.take_paper(handover_id=pk, by=request.user, at=clock.now())
    messages.success(request, _("已签收。"))
    return redirect("papers:set", handover.paper.set_id)


# ---- opening --------------------------------------------------------------------------------


@roles_required(*STAFF)
@require_http_methods(["GET", "POST"])
@never_cache
def opening(request: StaffRequest, pk: int) -> HttpResponse:
    """The ceremony: place and witnesses, then one key after the other, each in its own session."""
    paper, papers = _paper(request, pk)
    if request.method == "POST" and not _may_prepare(request, papers):
        raise PermissionDenied
    found = queries.opening_of(paper)
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if not paper.is_spare:
        del form.fields["reason"]
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        services.prepare_opening(
            paper_id=pk, place=values["place"], envelope=values["envelope"],
            witnesses=[values["first"], values["second"]], reason=values.get("reason", ""),
            by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect("papers:opening", pk)
    holder = next((each for each in papers.holders.all() if each.user_id == request.user.pk), None)
    return render(
        request,
        "papers/opening.html",
        {
            "paper": paper, "set": papers, "opening": found,
            "state": queries.state_of(paper, papers), "holder": holder,
            "is_time": papers.opens_at is not None and clock.now() >= papers.opens_at,
            "turned": queries.turned(paper, clock.now()),
            "form": form if _may_prepare(request, papers) else None,
            "code_form": CodeForm() if holder else None,
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


def _may_prepare(request: StaffRequest, papers: PaperSet) -> bool:
    is_holder = any(each.user_id == request.user.pk for each in papers.holders.all())
    return papers.sealed_at is not None and (is_holder or request.acting.has(Role.OFFICE))


@roles_required(*STAFF)
@require_POST
def turn(request: StaffRequest, pk: int) -> HttpResponse:
    _paper(request, pk)
    form = CodeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请输入密钥码。"))
        return redirect("papers:opening", pk)
    services.turn_key(paper_id=pk, code=form.cleaned_data["code"], by=request.user, at=clock.now())
    fresh = _paper(request, pk)
    if queries.state_of(*fresh) is State.OPENED:
        messages.success(request, _("两把密钥均已核对，试卷已启封。"))
    else:
        messages.success(request, _("您的密钥已核对，请另一位保管人在30分钟内输入密钥码。"))
    return redirect("papers:opening", pk)


# ---- print ----------------------------------------------------------------------------------


@roles_required(*STAFF)
@require_POST
@never_cache
def paper_pdf(request: StaffRequest, pk: int, sheet: str) -> HttpResponse:
    """Proof, paper, answer sheet or key. Asked for by POST: each reading is an event."""
    paper, papers = _paper(request, pk)
    if sheet not in set(Sheet) or not queries.may_read(papers, request.user, request.acting):
        raise Http404
    kind, now = Sheet(sheet), clock.now()
    content = services.read_paper(
        paper=paper, papers=papers, purpose=f"print_{sheet}", by=request.user, at=now
    )
    pdf = print_paper(
        content, sheet=kind, layout="a3" if request.POST.get("layout") == "a3" else "a4",
        form=paper.form, organisation=papers.batch.org.name,
        figures=services.figures_for([content], papers=papers, at=now), printed_at=now,
    )  # fmt: skip
    header = content_disposition_header(as_attachment=False, filename=f"{paper.code}-{sheet}.pdf")
    return HttpResponse(
        pdf, headers={"Content-Type": "application/pdf", "Content-Disposition": header or ""}
    )


@roles_required(*STAFF)
@require_safe
def handover_print(request: StaffRequest, pk: int) -> HttpResponse:
    """试卷交接单, as it goes into the archive and is signed on paper too."""
    papers = _set(request, pk)
    columns = [
        Column(_("试卷编号"), width=None), Column(_("份数"), width=None), Column(_("封袋编号")),
        Column(_("交出人")), Column(_("交出时间"), width=None), Column(_("接收人")),
        Column(_("签收时间"), width=None), Column(_("地点")),
    ]  # fmt: skip
    rows = [
        (
            paper.code, str(each.copies), each.envelope, str(each.giver),
            queries.instant_text(each.given_at), str(each.taker),
            queries.instant_text(each.taken_at), each.place,
        )
        for paper in papers.papers.all() for each in paper.handovers.all()
    ]  # fmt: skip
    content = render_table(
        title=_("试卷交接单"), subtitle=f"{papers.batch.title}　{papers.title}", columns=columns,
        rows=rows, author=papers.batch.org.name, printed_at=clock.now(), landscape=True,
        footer=_("电子签收记录已写入台账。"),
    )  # fmt: skip
    header = content_disposition_header(as_attachment=True, filename=f"{_('试卷交接单')}.pdf")
    return HttpResponse(
        content, headers={"Content-Type": "application/pdf", "Content-Disposition": header or ""}
    )
