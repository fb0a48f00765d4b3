"""The expert's letters, the candidate's ticket, and the declaration of both."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.arrangement import letters, queries, services
from jiangjie.arrangement.forms import DeclarationForm
from jiangjie.arrangement.models import Declaration, PanelPart
from jiangjie.arrangement.views import pdf
from jiangjie.orgs.views import form_page
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

ROLES = {"expert": True, "candidate": False}


@login_required
@require_safe
def duties(request: StaffRequest) -> HttpResponse:
    """Where and when one serves, to be answered; and the declarations that are due."""
    found = list(queries.own_letters(request.user))
    declared = set(
        Declaration.objects.filter(person__user=request.user, is_expert=True)
        .values_list("batch", flat=True)
    )  # fmt: skip
    return render(
        request,
        "arrangement/duties.html",
        {
            "letters": [
                (each, letters.when(each.content), PanelPart(each.content["part"]).label)
                for each in found
            ],
            "batches": [
                (batch, batch.pk in declared)
                for batch, is_expert in queries.own_batches(request.user)
                if is_expert
            ],
        },
    )


@login_required
@require_safe
def duty_calendar(request: StaffRequest) -> HttpResponse:
    entries = [
        (f"letter-{each.seat_id}", each.content, letters.duty_title(each))
        for each in queries.own_letters(request.user).exclude(is_accepted=False)
    ]
    return _calendar(letters.calendar(entries, at=clock.now()), "duties.ics")


@login_required
@require_safe
def letter_print(request: StaffRequest, pk: int) -> HttpResponse:
    letter = get_object_or_404(queries.letters_visible_to(request.acting, request.user), pk=pk)
    return pdf(letters.dispatch(letter, at=clock.now()), f"{_('派遣令')}-{letter.number}.pdf")


@login_required
@require_POST
def letter_answer(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.own_letters(request.user), pk=pk)
    services.answer(
        letter_id=pk, is_accepted=request.POST.get("answer") == "yes",
        reason=request.POST.get("reason", "")[:200], by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已答复。"))
    return redirect("arrangement:duties")


@login_required
@require_safe
def tickets_own(request: StaffRequest) -> HttpResponse:
    """准考证 on the phone: number, when and where."""
    cases = list(queries.own_tickets(request.user))
    return render(
        request,
        "arrangement/tickets_own.html",
        {
            "tickets": [
                (
                    case,
                    [
                        (each.get_part_display(), letters.when(each.told), each.told)
                        for each in case.panel_cases.all()
                        if each.told
                    ],
                )
                for case in cases
            ],
            "batches": [
                batch for batch, is_expert in queries.own_batches(request.user) if not is_expert
            ],
        },
    )


@login_required
@require_safe
def ticket_print(request: StaffRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(queries.own_tickets(request.user), pk=pk)
    content = letters.tickets(case.batch, [case], at=clock.now())
    return pdf(content, f"{_('准考证')}-{case.ticket}.pdf")


@login_required
@require_safe
def ticket_calendar(request: StaffRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(queries.own_tickets(request.user), pk=pk)
    entries = [
        (f"ticket-{each.pk}", each.told, f"{case.batch.title} {each.get_part_display()}")
        for each in case.panel_cases.all()
        if each.told
    ]
    return _calendar(letters.calendar(entries, at=clock.now()), f"{case.ticket}.ics")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """回避声明 for a batch in which one is an expert or a candidate."""
    if role not in ROLES:
        raise Http404
    is_expert = ROLES[role]
    mine = {(batch.pk, kind): batch for batch, kind in queries.own_batches(request.user)}
    batch = mine.get((pk, is_expert))
    if batch is None:
        raise Http404
    person = request.user.person
    former = Declaration.objects.filter(batch=batch, person=person, is_expert=is_expert).first()
    form = DeclarationForm(request.POST or None, initial={"names": former.names if former else ""})
    home = reverse("arrangement:duties" if is_expert else "arrangement:tickets_own")
    if form.is_valid():
        services.declare(
            batch=batch, person=person, is_expert=is_expert, names=form.cleaned_data["names"],
            by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已声明。"))
        return redirect(home)
    return form_page(
        request, form, _("回避声明"), about=batch.title, cancel=home, submit=_("声明"),
        note=_("与考评有关的亲属、师徒、上下级、同班组、培训等关系都应当声明。只有评价办公室和督导人员看得到。"),
    )  # fmt: skip


def _calendar(text: str, file_name: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=file_name)
    return HttpResponse(
        text.encode(),
        headers={
            "Content-Type": "text/calendar; charset=utf-8", "Content-Disposition": header or "",
        },
    )  # fmt: skip
