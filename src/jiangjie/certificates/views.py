"""Screens: issuing a batch's certificates, the register, one certificate, and the holder's own."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.certificates import queries, rules, services, workbooks
from jiangjie.certificates.addresses import site, verify_url
from jiangjie.certificates.forms import (
    CaseFilter,
    CertificateFilter,
    HandOverForm,
    IssueForm,
    RevokeForm,
)
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.documents.tables import Column, render_table
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy.queries import pack_of
from jiangjie.publicity.queries import held, objections_visible_to
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

READERS = (
    Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.PAYROLL, Role.ADMIN, Role.OFFICER,
    Role.CLERK,
)  # fmt: skip
PAGE = 50


def _batch(request: StaffRequest, pk: int) -> Batch:
    return get_object_or_404(batches_visible_to(request.acting), pk=pk)


def _own_batch(request: StaffRequest, pk: int) -> Batch:
    """A batch of the organisation acted for: whoever only reads others' batches changes none."""
    return get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )


# ---- a batch --------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def of_batch(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _batch(request, pk))


def _page(
    request: StaffRequest, batch: Batch, *, issue: IssueForm | None = None, status: int = 200
) -> HttpResponse:
    today, holding, state = clock.today(), held(batch), queries.issue_state(batch)
    period, pack = queries.result_period(batch), pack_of(batch.pack)
    is_office = request.acting.has(Role.OFFICE) and batch.org == request.acting.org
    form = CaseFilter(request.GET)
    page = Paginator(form.narrow(queries.cases_of(batch, request.acting), holding), PAGE).get_page(
        request.GET.get("page")
    )
    grounds = queries.grounds(batch)
    # A receipt opens the objection: it is shown to those only who may handle one.
    known = set(
        objections_visible_to(request.acting, request.user)
        .filter(period__batch=batch)
        .values_list("pk", flat=True)
    )
    may_start = is_office and state.left > 0 and not (state.run and state.run.is_running)
    refusal = _why_not(batch) if may_start else None
    return render(
        request,
        "certificates/batch.html",
        {
            "batch": batch, "state": state, "period": period, "form": form, "page": page,
            "cases": [(case, grounds.get(case.pk, []) + grounds.get(None, [])) for case in page],
            "known": known,
            "against_all": grounds.get(None, []),
            "earliest": period and period.last_day + timedelta(days=1),
            "is_office": is_office,
            "site": None if settings.CONFIG.public_url else site(),
            "refusal": refusal,
            "issue": issue or IssueForm(initial={"issued_on": today}) if may_start else None,
            "numbering": queries.numbering(batch, pack, today) if may_start else None,
            "hand_over": HandOverForm([], initial={"on": today}) if is_office else None,
        },
        status=status,
    )  # fmt: skip


def _why_not(batch: Batch) -> Refusal | None:
    """What still lies before the issue."""
    try:
        services.require_ready(batch=batch, today=clock.today())
    except RuleViolation as why:
        return Refusal.of(why)
    return None


@roles_required(Role.OFFICE)
@require_POST
def start(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    form = IssueForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, issue=form, status=422)
    services.start_issue(
        batch=batch, issued_on=form.cleaned_data["issued_on"], by=request.user, at=clock.now()
    )
    messages.success(request, _("已开始编号制证，可以离开本页。"))
    return redirect("certificates:batch", pk)


@roles_required(*READERS)
@require_safe
@never_cache
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The bar alone, which asks again every two seconds; when the run ends, the whole page."""
    batch = _batch(request, pk)
    state = queries.issue_state(batch)
    response = render(
        request,
        "certificates/_progress.html",
        {"batch": batch, "state": state, "is_office": batch.org == request.acting.org},
    )
    if state.run is not None and not state.run.is_running:
        response["HX-Refresh"] = "true"
    return response


@roles_required(Role.OFFICE)
@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    get_object_or_404(queries.runs_of(batch))
    services.cancel_issue(batch=batch, by=request.user, at=clock.now())
    messages.info(request, _("已取消。已发的证书不受影响，可以再次开始。"))
    return redirect("certificates:batch", pk)


@roles_required(Role.OFFICE)
@require_POST
def hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    numbers = list(batch.certificates.values_list("number", flat=True))
    form = HandOverForm(numbers, request.POST)
    if not form.is_valid() or not form.chosen:
        raise BadInput(gettext_noop("请勾选已领取的证书，并填写领取日期。"))
    count = services.hand_over(
        batch=batch, numbers=form.chosen, on=form.cleaned_data["on"],
        by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已登记%(count)d本证书的领取。") % {"count": count})
    return redirect("certificates:batch", pk)


@roles_required(*READERS)
@require_safe
def register(request: StaffRequest, pk: int) -> HttpResponse:
    """领取登记表: on paper, with room to sign."""
    batch = _batch(request, pk)
    certificates = queries.certificates_visible_to(request.acting).filter(
        batch=batch, state=CertificateState.VALID
    )
    content = render_table(
        title=_("职业技能等级证书领取登记表"),
        subtitle=batch.title,
        columns=[
            Column(_("序号"), width=None), Column(_("姓名"), width=None),
            Column(_("证件号码"), width=None), Column(_("单位")), Column(_("等级"), width=None),
            Column(_("证书编号"), width=None), Column(_("领取日期"), width=None),
            Column(_("领取人签字")),
        ],
        rows=[
            (
                str(place), each.holder_name, each.person.id_masked, each.application.unit_name,
                Level(each.level).certificate_text, each.number,
                str(each.handed_over_on or ""), "",
            )
            for place, each in enumerate(certificates.order_by("number"), start=1)
        ],
        author=batch.org.name,
        printed_at=clock.now(),
        landscape=True,
    )  # fmt: skip
    return _file(content, f"{_('领取登记表')} {batch.title}.pdf", "application/pdf")


@roles_required(Role.OFFICE)
@require_POST
def upload(request: StaffRequest, pk: int) -> HttpResponse:
    """For the national query system. It holds identity numbers, hence a POST and an event."""
    batch = _own_batch(request, pk)
    rows = services.upload_rows(batch=batch, by=request.user, at=clock.now())
    title = _("证书上传数据")
    return _file(
        workbooks.package(rows, title=title), f"{title} {batch.title}.zip", "application/zip"
    )


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        content,
        headers={
            "Content-Type": media_type,
            "Content-Disposition": header or "",
            "Cache-Control": "no-store",
        },
    )


# ---- the register ---------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def certificate_list(request: StaffRequest) -> HttpResponse:
    form = CertificateFilter(request.GET)
    found = form.narrow(queries.certificates_visible_to(request.acting))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "certificates/list.html", {"form": form, "page": page})


@roles_required(*READERS)
@require_safe
def certificate_export(request: StaffRequest) -> HttpResponse:
    found = CertificateFilter(request.GET).narrow(queries.certificates_visible_to(request.acting))
    columns = [_("证书编号"), _("姓名"), _("证件号码"), _("单位"), _("职业名称"), _("工种/职业方向"), _("等级"), _("评价机构"), _("发证日期"), _("批次"), _("状态"), _("撤销原因"), _("领取日期")]  # fmt: skip
    rows = (
        (
            each.number, each.holder_name, each.person.id_masked, each.application.unit_name,
            each.occupation_name, each.work_type or "--", Level(each.level).certificate_text,
            each.issuer_name, each.issued_on, each.batch.title, each.get_state_display(),
            each.revoked_reason, each.handed_over_on,
        )
        for each in found
    )  # fmt: skip
    return spreadsheet(f"{_('证书')}.xlsx", columns, rows)


# ---- one certificate ------------------------------------------------------------------------


def _certificate(request: StaffRequest, pk: int) -> Certificate:
    return get_object_or_404(
        queries.certificates_visible_to(request.acting, request.user).select_related(
            "person", "batch__org", "batch__pack", "org", "application", "issued_by", "revoked_by",
            "pdf",
        ),
        pk=pk,
    )  # fmt: skip


@login_required
@require_safe
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _detail(request, _certificate(request, pk))


def _detail(
    request: StaffRequest, certificate: Certificate, *, form: RevokeForm | None = None
) -> HttpResponse:
    is_office = request.acting.has(Role.OFFICE) and certificate.org == request.acting.org
    is_valid = certificate.state == CertificateState.VALID
    return render(
        request,
        "certificates/detail.html",
        {
            "certificate": certificate,
            "url": verify_url(certificate.secret),
            "may_print": is_office or certificate.person.user_id == request.user.pk,
            "revoke": form or RevokeForm() if is_office and is_valid else None,
            "history": queries.history(certificate),
        },
        status=422 if form is not None else 200,
    )


@login_required
@require_POST
def pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """For the holder, and for the office that prints it; every download is an event."""
    certificate = _certificate(request, pk)
    is_office = request.acting.has(Role.OFFICE) and certificate.org == request.acting.org
    if not is_office and certificate.person.user_id != request.user.pk:
        raise PermissionDenied
    content = services.printed(certificate=certificate, by=request.user, at=clock.now())
    return _file(content, f"{certificate.number}.pdf", "application/pdf")


@roles_required(Role.OFFICE)
@require_POST
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    certificate = get_object_or_404(
        queries.certificates_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _detail(request, _certificate(request, pk), form=form)
    services.revoke(
        certificate_id=certificate.pk, reason=form.cleaned_data["reason"], by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("证书已撤销，公众核验时会显示撤销日期和原因。"))
    return redirect("certificates:detail", pk)


@login_required
@require_safe
def own(request: StaffRequest) -> HttpResponse:
    """A holder's certificates, made for a phone: the code to show, and what expires when."""
    today = clock.today()
    cards = [
        (
            each,
            verify_url(each.secret),
            rules.subsidy(
                pack_of(each.batch.pack), issued_on=each.issued_on, level=each.level, today=today
            ),
        )
        for each in queries.own_certificates(request.user)
    ]
    return render(request, "certificates/own.html", {"cards": cards})
