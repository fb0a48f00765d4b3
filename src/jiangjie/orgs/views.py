"""Screens of organisations and their filings (备案)."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.accounts.services import create_user, one_time_password
from jiangjie.files.http import download
from jiangjie.files.rules import EVIDENCE
from jiangjie.files.services import store_upload
from jiangjie.kernel.levels import Level
from jiangjie.orgs import hooks, queries, rules, services
from jiangjie.orgs.forms import (
    AcceptForm,
    AllianceForm,
    AllianceMemberForm,
    EvaluatorForm,
    FileForm,
    FilingFilter,
    FilingForm,
    OrganisationFilter,
    OrganisationForm,
    ReasonForm,
    ScopeFormSet,
)
from jiangjie.orgs.models import AllianceMember, Filing, FilingState, Organisation, OrgKind
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

FILING_READERS = (Role.OFFICER, Role.ADMIN, Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR)
STAFF = (*FILING_READERS, Role.CLERK, Role.PAYROLL, Role.ASSESSOR)


# ---- organisations ------------------------------------------------------------------------


@roles_required(*STAFF)
@require_safe
def organisation_list(request: StaffRequest) -> HttpResponse:
    form = OrganisationFilter(request.GET)
    orgs = form.narrow(queries.organisations_visible_to(request.acting))
    page = Paginator(orgs, 50).get_page(request.GET.get("page"))
    return render(request, "orgs/organisation_list.html", {"form": form, "page": page})


@roles_required(*STAFF)
@require_safe
def organisation_export(request: StaffRequest) -> HttpResponse:
    orgs = OrganisationFilter(request.GET).narrow(queries.organisations_visible_to(request.acting))
    columns = [_("名称"), _("类别"), _("统一社会信用代码"), _("上级单位"), _("行政区划"), _("地址")]
    rows = (
        (org.name, org.get_kind_display(), org.uscc, str(org.parent or ""), org.region, org.address)
        for org in orgs.iterator(chunk_size=2_000)
    )
    return spreadsheet(f"{_('单位')}.xlsx", columns, rows)


@roles_required(*STAFF)
@require_safe
def organisation_detail(request: StaffRequest, pk: int) -> HttpResponse:
    org = get_object_or_404(queries.organisations_visible_to(request.acting), pk=pk)
    return _organisation_page(request, org)


def _organisation_page(
    request: StaffRequest, org: Organisation, member: AllianceMemberForm | None = None
) -> HttpResponse:
    today = clock.today()
    is_alliance = org.kind == OrgKind.ALLIANCE
    may_join = is_alliance and _may_lead(request, org)
    return render(
        request,
        "orgs/organisation_detail.html",
        {
            "members": queries.members_of(org) if is_alliance else None,
            "member": (member or _member_form(request)) if may_join else None,
            "alliances": org.alliances.filter(until=None).select_related("alliance"),
            "today": today,
            "org": org,
            "units": queries.units_of(org).exclude(pk=org.pk).select_related("parent"),
            "filing": queries.filing_in_force(org, today),
            "filings": queries.filings_visible_to(request.acting).filter(org=org),
            "may_change": _may_change(request, org),
            "clause": rules.FILED_SCOPE,
        },
        status=422 if member is not None else 200,
    )


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_change(request: StaffRequest, pk: int) -> HttpResponse:
    org = get_object_or_404(queries.organisations_visible_to(request.acting), pk=pk)
    if not _may_change(request, org):
        raise PermissionDenied
    fields = ("name", "uscc", "address", "contact_phone")
    form = OrganisationForm(
        request.POST or None, initial={field: getattr(org, field) for field in fields}
    )
    if form.is_valid():
        services.change_organisation(
            organisation_id=org.pk, **form.cleaned_data, by=request.user, at=clock.now()
        )
        return redirect("orgs:organisation_detail", org.pk)
    return form_page(request, form, _("修改单位信息"), cancel=_url(org), about=org.name)


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_new(request: StaffRequest, pk: int) -> HttpResponse:
    """A 基层单位 below an organisation of one's own family."""
    parent = get_object_or_404(queries.organisations_visible_to(request.acting), pk=pk)
    if not _may_change(request, parent) or parent.kind == OrgKind.BUREAU:
        raise PermissionDenied
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        unit = services.create_organisation(
            kind=OrgKind.EMPLOYER,
            parent=parent,
            region=parent.region,
            is_demo=parent.is_demo,
            **form.cleaned_data,
            by=request.user,
            at=clock.now(),
        )
        return redirect("orgs:organisation_detail", unit.pk)
    return form_page(request, form, _("新增下属单位"), cancel=_url(parent), about=parent.name)


@roles_required(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def evaluator_new(request: StaffRequest) -> HttpResponse:
    """A bureau opens an evaluator with its first administrator; the password is shown once."""
    form = EvaluatorForm(request.POST or None)
    if not form.is_valid():
        return form_page(request, form, _("新增评价机构"), cancel=reverse("orgs:organisation_list"))
    given, password = form.cleaned_data, one_time_password()
    own = ("name", "uscc", "address", "contact_phone", "region")
    at = clock.now()
    org = services.create_organisation(
        kind=OrgKind.EVALUATOR, **{field: given[field] for field in own}, by=request.user, at=at
    )
    admin = create_user(
        username=given["admin_username"],
        display_name=given["admin_name"],
        password=password,
        org=org,
        roles=[Role.ADMIN],
        since=clock.today(),
        by=request.user,
        at=at,
    )
    return render(
        request, "accounts/password_once.html", {"member": admin, "password": password, "org": org}
    )


# ---- alliances ----------------------------------------------------------------------------


@roles_required(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def alliance_new(request: StaffRequest) -> HttpResponse:
    """联评体: several filed evaluators that evaluate together, kept by the bureau."""
    bureau = request.acting.org
    form = AllianceForm(request.POST or None)
    if bureau is None or not form.is_valid():
        return form_page(request, form, _("新增联评体"), cancel=reverse("orgs:organisation_list"))
    alliance = services.create_organisation(
        kind=OrgKind.ALLIANCE, parent=bureau, region=bureau.region, is_demo=bureau.is_demo,
        **form.cleaned_data, by=request.user, at=clock.now(),
    )  # fmt: skip
    return redirect("orgs:organisation_detail", alliance.pk)


@roles_required(Role.OFFICER)
@require_POST
def alliance_join(request: StaffRequest, pk: int) -> HttpResponse:
    alliance = _own_alliance(request, pk)
    form = _member_form(request, request.POST)
    if not form.is_valid():
        return _organisation_page(request, alliance, form)
    services.join_alliance(
        alliance=alliance, **form.cleaned_data, by=request.user, at=clock.now()
    )  # fmt: skip
    messages.success(request, _("已加入联评体。"))
    return redirect("orgs:organisation_detail", pk)


@roles_required(Role.OFFICER)
@require_POST
def alliance_leave(request: StaffRequest, pk: int) -> HttpResponse:
    """Today is the last day."""
    member = get_object_or_404(AllianceMember, pk=pk, alliance__parent=request.acting.org)
    services.leave_alliance(
        member_id=pk, last_day=clock.today(), by=request.user, at=clock.now()
    )  # fmt: skip
    return redirect("orgs:organisation_detail", member.alliance_id)


def _own_alliance(request: StaffRequest, pk: int) -> Organisation:
    return get_object_or_404(
        Organisation, pk=pk, kind=OrgKind.ALLIANCE, parent=request.acting.org
    )  # fmt: skip


def _may_lead(request: StaffRequest, alliance: Organisation) -> bool:
    return request.acting.has(Role.OFFICER) and alliance.parent == request.acting.org


def _member_form(
    request: StaffRequest, data: Mapping[str, str] | None = None
) -> AllianceMemberForm:
    bureau = request.acting.org
    orgs = queries.officers_filed_orgs(bureau) if bureau else Organisation.objects.none()
    return AllianceMemberForm(
        data, orgs=orgs.order_by("name"), initial={"since": clock.today()}
    )  # fmt: skip


def _may_change(request: StaffRequest, org: Organisation) -> bool:
    acting = request.acting
    if acting.org is None or not acting.has(Role.ADMIN):
        return False
    return org.pk in queries.family_ids(acting.org)


def _url(org: Organisation) -> str:
    return reverse("orgs:organisation_detail", args=[org.pk])


# ---- filings ------------------------------------------------------------------------------


@roles_required(*FILING_READERS)
@require_safe
def filing_list(request: StaffRequest) -> HttpResponse:
    form = FilingFilter(request.GET)
    filings = form.narrow(queries.filings_visible_to(request.acting))
    counted = filings.annotate(lines=Count("scopes", distinct=True))
    page = Paginator(counted, 50).get_page(request.GET.get("page"))
    return render(request, "orgs/filing_list.html", {"form": form, "page": page})


@roles_required(*FILING_READERS)
@require_safe
def filing_export(request: StaffRequest) -> HttpResponse:
    """One row for each line of a scope."""
    filings = FilingFilter(request.GET).narrow(queries.filings_visible_to(request.acting))
    columns = [
        _("评价机构"), _("备案部门"), _("状态"), _("备案码"), _("证书编号前缀"), _("有效期起"),
        _("有效期止"), _("职业编码"), _("职业名称"), _("工种"), _("等级"),
    ]  # fmt: skip
    rows = (
        (
            filing.org.name, filing.bureau.name, filing.get_state_display(), filing.code,
            filing.prefix, filing.valid_from, filing.valid_until, line.occupation_code,
            line.occupation_name, line.work_type,
            "、".join(Level(level).certificate_text for level in line.levels),
        )
        for filing in filings.prefetch_related("scopes").iterator(chunk_size=500)
        for line in filing.scopes.all()
    )  # fmt: skip
    return spreadsheet(f"{_('备案')}.xlsx", columns, rows)


@roles_required(*FILING_READERS)
@require_safe
def filing_detail(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    return _filing_page(request, filing, AcceptForm(initial=_first_term(filing)), 200)


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def filing_edit(request: StaffRequest) -> HttpResponse:
    """The open filing of one's own organisation, or a new one that starts from what is filed."""
    org = request.acting.org
    if org is None or org.kind != OrgKind.EVALUATOR:
        raise PermissionDenied
    start = _starting_point(org)
    form = FilingForm(
        request.POST or None,
        bureaus=queries.bureaus(),
        initial={"bureau": start.bureau_id, "note": start.note} if start else {},
    )
    scopes = ScopeFormSet(
        request.POST or None,
        prefix="scope",
        initial=[
            {
                "occupation_code": line.occupation_code,
                "work_type": line.work_type,
                "levels": line.levels,
            }
            for line in (start.scopes.all() if start else [])
        ],
    )
    if form.is_valid() and scopes.is_valid():
        filing = services.draft_filing(
            org=org,
            bureau=form.cleaned_data["bureau"],
            note=form.cleaned_data["note"],
            wishes=[wish for line in scopes if (wish := line.wish())],
            by=request.user,
            at=clock.now(),
        )
        return redirect("orgs:filing_detail", filing.pk)
    return render(
        request,
        "orgs/filing_edit.html",
        {
            "form": form,
            "scopes": scopes,
            "occupations": hooks.offered_occupations(),
            "clauses": (rules.FILED_SCOPE, rules.LEVELS_OF_STANDARD),
        },
        status=422 if request.method == "POST" else 200,
    )


@roles_required(Role.ADMIN)
@require_POST
def filing_submit(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    if filing.org != request.acting.org:
        raise PermissionDenied
    services.submit_filing(filing_id=filing.pk, by=request.user, at=clock.now())
    messages.success(request, _("已提交，等待备案部门审核。"))
    return redirect("orgs:filing_detail", filing.pk)


@roles_required(Role.ADMIN)
@require_POST
def file_add(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _own_filing(request, pk)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _filing_page(request, filing, AcceptForm(initial=_first_term(filing)), 422, form)
    upload, at = form.cleaned_data["file"], clock.now()
    services.add_file(
        filing_id=pk, title=form.cleaned_data["title"], file_name=upload.name,
        blob=store_upload(upload, allowed=EVIDENCE, at=at), by=request.user, at=at,
    )  # fmt: skip
    return redirect("orgs:filing_detail", pk)


@roles_required(Role.ADMIN)
@require_POST
def file_remove(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.files_visible_to(request.acting), pk=pk)
    filing = _own_filing(request, found.filing_id)
    services.remove_file(file_id=pk, by=request.user, at=clock.now())
    return redirect("orgs:filing_detail", filing.pk)


@roles_required(*FILING_READERS)
@require_safe
def file_download(request: StaffRequest, pk: int) -> HttpResponse:
    """For the evaluator's own people and the officers of the bureau it was sent to."""
    found = get_object_or_404(queries.files_visible_to(request.acting), pk=pk)
    return download(found.blob, found.file_name, inline=True)


@roles_required(Role.OFFICER)
@require_POST
def filing_accept(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _filing_page(request, filing, form, 422)
    services.accept_filing(
        filing_id=filing.pk, **form.cleaned_data, by=request.user, at=clock.now()
    )
    return redirect("orgs:filing_detail", filing.pk)


@roles_required(Role.OFFICER)
@require_POST
def filing_return(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    services.return_filing(
        filing_id=filing.pk, reason=request.POST.get("reason", ""), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    return redirect("orgs:filing_detail", filing.pk)


@roles_required(Role.OFFICER)
@require_POST
def filing_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    services.revoke_filing(
        filing_id=filing.pk, reason=request.POST.get("reason", ""), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    return redirect("orgs:filing_detail", filing.pk)


def _filing(request: StaffRequest, pk: int) -> Filing:
    return get_object_or_404(queries.filings_visible_to(request.acting), pk=pk)


def _own_filing(request: StaffRequest, pk: int) -> Filing:
    return get_object_or_404(
        queries.filings_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )


def _filing_page(
    request: StaffRequest, filing: Filing, accept: AcceptForm, status: int,
    file: FileForm | None = None,
) -> HttpResponse:  # fmt: skip
    is_officer = request.acting.has(Role.OFFICER) and filing.bureau == request.acting.org
    is_owner = request.acting.has(Role.ADMIN) and filing.org == request.acting.org
    return render(
        request,
        "orgs/filing_detail.html",
        {
            "filing": filing,
            "scopes": filing.scopes.order_by("occupation_code", "work_type"),
            "events": queries.history(filing),
            "files": queries.files_visible_to(request.acting).filter(filing=filing),
            "file": file or FileForm(),
            "accept": accept,
            "reason": ReasonForm(),
            "term": hooks.filing_term(filing.org.region),
            "may_decide": is_officer and filing.state == FilingState.SUBMITTED,
            "may_revoke": is_officer and filing.state == FilingState.FILED,
            "may_edit": is_owner and filing.state in services.EDITABLE,
            "clause": rules.FILED_SCOPE,
        },
        status=status,
    )


def _first_term(filing: Filing) -> dict[str, date]:
    """From today, for as many years as the region's policy says; the officer may change it."""
    today = clock.today()
    years = hooks.filing_term(filing.org.region).years
    # 29 February has no anniversary in most years: the day before the 1 March counts.
    anniversary = (
        date(today.year + years, 3, 1)
        if (today.month, today.day) == (2, 29)
        else (today.replace(year=today.year + years))
    )
    return {"valid_from": today, "valid_until": anniversary - timedelta(days=1)}


def _starting_point(org: Organisation) -> Filing | None:
    open_states = (FilingState.DRAFT, FilingState.RETURNED, FilingState.SUBMITTED)
    filings = org.filings.prefetch_related("scopes")
    return (
        filings.filter(state__in=open_states).first()
        or filings.filter(state=FilingState.FILED).first()
    )


# ---- shared -------------------------------------------------------------------------------


def form_page(
    request: StaffRequest, form: object, heading: str, *, cancel: str, about: str = "",
    submit: str = "", note: str = "",
) -> HttpResponse:  # fmt: skip
    """A page that is one form; 422 when it comes back with errors."""
    return render(
        request,
        "orgs/form_page.html",
        {
            "form": form, "heading": heading, "cancel": cancel, "about": about,
            "submit": submit or _("保存"), "note": note,
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip
