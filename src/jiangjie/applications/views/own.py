"""The worker's own screens: what is open for him, his form with the live verdict, his cases."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.applications import queries, services
from jiangjie.applications.forms import ApplicationForm, EvidenceForm, line_label
from jiangjie.applications.models import Application, ApplicationState, Evidence
from jiangjie.files.models import Blob
from jiangjie.files.rules import PHOTOS
from jiangjie.files.services import store_photo, store_upload
from jiangjie.kernel.errors import BadInput
from jiangjie.people.models import Person
from jiangjie.planning.models import BatchLine
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest

DOCUMENTS = PHOTOS | {".pdf"}
EDITABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)


@login_required
@require_safe
def mine(request: StaffRequest) -> HttpResponse:
    """Own cases, and below every line that is open with its verdict as of today's records."""
    person = Person.objects.filter(user=request.user).first()
    cases = list(queries.own_applications(request.user))
    return render(
        request,
        "applications/mine.html",
        {
            "person": person,
            "cases": [(case, line_label(case.line)) for case in cases],
            "offers": _offers(person) if person else [],
            "applied": {
                case.batch_id for case in cases if case.state != ApplicationState.WITHDRAWN
            },
        },
    )


def _offers(person: Person) -> list[dict[str, Any]]:
    """Every open batch with its lines judged for this person, those he may apply for first."""
    offers = []
    for batch, lines in queries.open_lines_for(person, clock.today()):
        verdicts = services.judge(batch, [(person, line) for line in lines])
        choices: list[dict[str, Any]] = [
            {"line": line, "label": line_label(line), "verdict": verdict}
            for line, (_facts, verdict) in zip(lines, verdicts, strict=True)
        ]
        offers.append(
            {
                "batch": batch,
                "open": [choice for choice in choices if choice["verdict"]["eligible"]],
                "later": [choice for choice in choices if not choice["verdict"]["eligible"]],
            }
        )
    return offers


@login_required
@require_POST
def start(request: StaffRequest, line: int) -> HttpResponse:
    person = _person(request)
    found = get_object_or_404(
        BatchLine.objects.select_related("batch__org"), pk=line,
        batch__announcement__isnull=False,
    )  # fmt: skip
    case = services.start_application(
        batch=found.batch, line=found, person=person, by=request.user, at=clock.now()
    )
    return redirect("applications:edit", case.pk)


@login_required
@require_safe
def own(request: StaffRequest, pk: int) -> HttpResponse:
    case = _own(request, pk)
    if case.state in EDITABLE:
        return redirect("applications:edit", case.pk)
    return render(
        request,
        "applications/own.html",
        {
            "case": case,
            "label": line_label(case.line),
            "history": queries.history(case),
            "evidence": case.evidence.order_by("pk"),
            "may_withdraw": case.state == ApplicationState.SUBMITTED,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    case = _own(request, pk)
    if case.state not in EDITABLE:
        return redirect("applications:own", case.pk)
    form = ApplicationForm(
        request.POST or None,
        request.FILES or None,
        batch=case.batch,
        initial={"line": case.line, "route": case.route, "route_reason": case.route_reason},
    )
    at = clock.now()
    photo = _kept_photo(form, at) if form.is_valid() else None
    if form.is_valid():
        services.save_draft(
            application_id=case.pk,
            line=form.cleaned_data["line"],
            route=form.cleaned_data["route"],
            route_reason=form.cleaned_data["route_reason"],
            photo=photo,
            by=request.user,
            at=at,
        )
        messages.success(request, _("已保存。核对条件后请提交。"))
        return redirect("applications:edit", case.pk)
    ((_facts, verdict),) = services.judge(case.batch, [(case.person, case.line)])
    return render(
        request,
        "applications/edit.html",
        {
            "case": case,
            "form": form,
            "verdict": verdict,
            "evidence_form": EvidenceForm(),
            "evidence": case.evidence.order_by("pk"),
            "history": queries.history(case),
            "label": line_label(case.line),
        },
        status=422 if request.method == "POST" else 200,
    )


def _kept_photo(form: ApplicationForm, at: datetime) -> Blob | None:
    """The photo of a valid form; one that cannot be used makes the form wrong, beside its field."""
    upload = form.cleaned_data["photo"]
    try:
        return store_photo(upload, at=at) if upload else None
    except BadInput as why:
        form.add_error("photo", Refusal.of(why).message)
        return None


@login_required
@require_safe
def live_verdict(request: StaffRequest, pk: int) -> HttpResponse:
    """The verdict for the line chosen in the form, before anything is saved."""
    case = _own(request, pk)
    chosen = request.GET.get("line", "")
    line = get_object_or_404(case.batch.lines, pk=int(chosen)) if chosen.isdigit() else case.line
    ((_facts, verdict),) = services.judge(case.batch, [(case.person, line)])
    return render(request, "components/verdict.html", {"verdict": verdict})


@login_required
@require_POST
def submit(request: StaffRequest, pk: int) -> HttpResponse:
    case = _own(request, pk)
    services.submit(
        application_id=case.pk,
        promised=request.POST.get("promised") == "on",
        by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("申报已提交，等待基层单位初审。"))
    return redirect("applications:own", case.pk)


@login_required
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    case = _own(request, pk)
    services.withdraw(application_id=case.pk, by=request.user, at=clock.now())
    messages.success(request, _("申报已撤回。"))
    return redirect("applications:mine")


@login_required
@require_POST
def evidence_add(request: StaffRequest, pk: int) -> HttpResponse:
    case = _own(request, pk)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        at = clock.now()
        upload = form.cleaned_data["file"]
        services.add_evidence(
            application_id=case.pk,
            kind=form.cleaned_data["kind"],
            blob=store_upload(upload, allowed=DOCUMENTS, at=at),
            file_name=upload.name,
            by=request.user,
            at=at,
        )
    else:
        messages.error(request, _("请填写材料名称并选择文件。"))
    return redirect("applications:edit", case.pk)


@login_required
@require_POST
def evidence_remove(request: StaffRequest, pk: int) -> HttpResponse:
    evidence = get_object_or_404(
        Evidence.objects.filter(application__in=queries.own_applications(request.user)), pk=pk
    )
    services.remove_evidence(evidence_id=evidence.pk, by=request.user, at=clock.now())
    return redirect("applications:edit", evidence.application_id)


def _own(request: StaffRequest, pk: int) -> Application:
    return get_object_or_404(queries.own_applications(request.user), pk=pk)


def _person(request: StaffRequest) -> Person:
    person = Person.objects.filter(user=request.user).first()
    if person is None:
        raise Http404
    return person
