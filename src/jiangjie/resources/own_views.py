"""An expert's own page: what his card allows, when he cannot come, to whom he is lent."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from jiangjie.resources import queries, services
from jiangjie.resources.forms import AbsenceForm
from jiangjie.resources.models import Absence
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    entries = list(queries.with_qualifications(queries.entries_of(request.user)))
    form = AbsenceForm(request.POST or None, initial={"first_day": today})
    if entries and form.is_valid():
        services.tell_absence(
            person=entries[0].person, **form.cleaned_data, org=entries[0].org, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        return redirect("resources:availability")
    person = entries[0].person_id if entries else 0
    return render(
        request,
        "resources/availability.html",
        {
            "entries": entries, "form": form, "today": today,
            "absences": queries.absences_of([person], since=today).get(person, []),
            "loans": queries.loans_of(request.user).filter(last_day__gte=today, ended_at=None),
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@login_required
@require_POST
def absence_remove(request: StaffRequest, pk: int) -> HttpResponse:
    absence = get_object_or_404(Absence.objects.filter(person__user=request.user), pk=pk)
    services.take_back_absence(
        absence=absence, org=request.acting.org, by=request.user, at=clock.now()
    )
    return redirect("resources:availability")


@login_required
@require_POST
def loan_consent(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.loans_of(request.user), pk=pk)
    services.consent(loan_id=pk, by=request.user, at=clock.now())
    return redirect("resources:availability")


@login_required
@require_POST
def loan_decline(request: StaffRequest, pk: int) -> HttpResponse:
    """No, or no longer."""
    get_object_or_404(queries.loans_of(request.user), pk=pk)
    services.end_loan(loan_id=pk, by=request.user, at=clock.now())
    return redirect("resources:availability")
