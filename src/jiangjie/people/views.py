"""Screens of people and their records, for clerks and offices and for the worker himself."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.accounts.queries import members_visible_to
from jiangjie.catalogue.queries import offered_occupations, standards_for
from jiangjie.files.http import download
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import units_of
from jiangjie.orgs.views import form_page
from jiangjie.people import queries, services
from jiangjie.people.forms import (
    RECORD_KINDS,
    AccountForm,
    EmploymentForm,
    PersonChangeForm,
    PersonFilter,
    PersonForm,
    PurposeForm,
    RecordKind,
)
from jiangjie.people.models import Employment, Person
from jiangjie.people.outlooks import outlooks, own_occupations
from jiangjie.policy.packs import DEFAULT, load
from jiangjie.policy.queries import pack_for_region
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

KEEPERS = (Role.CLERK, Role.OFFICE, Role.ADMIN)  # who keeps the records of others


@dataclass(frozen=True, slots=True)
class KindSection:
    """One kind of record on a person's page."""

    kind: RecordKind
    records: list[Any]


# ---- for clerks, office and administrators ------------------------------------------------


@roles_required(*KEEPERS)
@require_safe
def person_list(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    form = PersonFilter(request.GET, orgs=_orgs(request))
    found = form.narrow(queries.people_visible_to(request.acting), today)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    jobs = queries.current_employments(list(page), today)
    rows = [(person, jobs.get(person.pk)) for person in page]
    return render(request, "people/person_list.html", {"form": form, "page": page, "rows": rows})


@roles_required(*KEEPERS)
@require_safe
def person_export(request: StaffRequest) -> HttpResponse:
    """Masked numbers only: nothing leaves the system in clear through a list."""
    today = clock.today()
    form = PersonFilter(request.GET, orgs=_orgs(request))
    people = list(form.narrow(queries.people_visible_to(request.acting), today))
    jobs = queries.current_employments(people, today)
    columns = [
        _("姓名"), _("证件类型"), _("证件号码（掩码）"), _("出生日期"), _("单位"), _("部门"), _("班组"),
        _("职业编码"), _("职业"), _("工种"), _("自"),
    ]  # fmt: skip
    rows = (
        (
            person.name, person.id_type, person.id_masked, person.birth_date,
            *((job.employer, job.department, job.team, job.occupation_code, job.occupation_name,
               job.work_type, job.since) if (job := jobs.get(person.pk)) else ()),
        )
        for person in people
    )  # fmt: skip
    return spreadsheet(f"{_('人员')}.xlsx", columns, rows)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: StaffRequest) -> HttpResponse:
    """A person with his present employment, by which he becomes visible here."""
    form = PersonForm(request.POST or None, prefix="person")
    job = EmploymentForm(
        request.POST or None, request.FILES or None, prefix="job", orgs=_orgs(request)
    )
    if form.is_valid() and job.is_valid() and _is_ours(job):
        org = _acting_org(request)
        person = services.register_employee(
            person=services.PersonWish(**form.cleaned_data, is_demo=org.is_demo),
            employment=job.values(),
            evidence=job.stored_evidence(),
            org=org,
            by=request.user,
            at=clock.now(),
        )
        return redirect("people:person_detail", person.pk)
    return render(
        request,
        "people/person_new.html",
        {"form": form, "job": job, "occupations": offered_occupations()},
        status=422 if request.method == "POST" else 200,
    )


@login_required
@require_safe
def person_detail(request: StaffRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    if person.user_id == request.user.pk:
        return redirect("me:me")
    return render(
        request,
        "people/person_detail.html",
        {
            "person": person,
            "sections": _sections(person),
            "may_keep": request.acting.has(*KEEPERS),
            "may_link": request.acting.has(Role.ADMIN) and person.user_id is None,
            "account": AccountForm(),
            "purpose": PurposeForm(),
            "today": clock.today(),
        },
    )


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def person_change(request: StaffRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    fields = ("name", "nation", "schooling", "phone")
    form = PersonChangeForm(
        request.POST or None, initial={field: getattr(person, field) for field in fields}
    )
    if form.is_valid():
        services.change_person(
            person_id=person.pk, org=_acting_org(request), **form.cleaned_data, by=request.user,
            at=clock.now(),
        )  # fmt: skip
        return redirect("people:person_detail", person.pk)
    return form_page(
        request, form, _("修改基本信息"), about=person.name,
        cancel=reverse("people:person_detail", args=[person.pk]),
    )  # fmt: skip


@roles_required(*KEEPERS)
@require_POST
def id_reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """The number in clear, once, on a page that no cache keeps."""
    person = _person(request, pk)
    purpose = request.POST.get("purpose", "")
    number = services.reveal_id_number(
        person, purpose=purpose, org=_acting_org(request), by=request.user, at=clock.now()
    )
    answer = render(
        request, "people/id_number.html", {"person": person, "number": number, "purpose": purpose}
    )
    answer["Cache-Control"] = "no-store"
    return answer


@roles_required(Role.ADMIN)
@require_POST
def user_link(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the person one of the accounts of one's own members, by its log-in name."""
    person = _person(request, pk)
    member = (
        members_visible_to(request.acting)
        .filter(username=request.POST.get("username", "").strip())
        .first()
    )
    if member is None:
        raise RuleViolation("people.no_account", gettext_noop("本单位成员中没有这个登录名。"))
    services.link_user(
        person=person, user=member, org=_acting_org(request), by=request.user, at=clock.now()
    )
    return redirect("people:person_detail", person.pk)


@roles_required(*KEEPERS)
@require_POST
def record_verify(request: StaffRequest, pk: int, kind: str, record: int) -> HttpResponse:
    person, shown = _person(request, pk), _kind(kind)
    found = get_object_or_404(shown.model, pk=record, person=person)
    services.verify_record(found, org=_acting_org(request), by=request.user, at=clock.now())
    return redirect(f"{reverse('people:person_detail', args=[person.pk])}#{shown.slug}")


@roles_required(*KEEPERS)
@require_POST
def employment_end(request: StaffRequest, pk: int, record: int) -> HttpResponse:
    """He leaves; the first day no longer employed is today."""
    person = _person(request, pk)
    job = get_object_or_404(Employment, pk=record, person=person)
    services.end_employment(
        employment_id=job.pk, until=clock.today(), org=_acting_org(request), by=request.user,
        at=clock.now(),
    )  # fmt: skip
    return redirect("people:person_detail", person.pk)


# ---- records, of others or one's own ------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def record_new(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    person, shown = _person(request, pk), _kind(kind)
    orgs = _check_may_write(request, person)
    form = shown.form(request.POST or None, request.FILES or None, orgs=orgs)
    if form.is_valid():
        services.add_record(
            shown.model, person=person, values=form.values(), org=request.acting.org,
            evidence=form.stored_evidence(), by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已保存，待核验。"))
        return redirect(_home_of(request, person))
    return _record_page(request, person, shown, form, _("新增"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def record_change(request: StaffRequest, pk: int, kind: str, record: int) -> HttpResponse:
    person, shown = _person(request, pk), _kind(kind)
    found = get_object_or_404(shown.model, pk=record, person=person)
    orgs = _check_may_write(request, person)
    if person.user_id == request.user.pk and found.verified_at is not None:
        raise PermissionDenied  # what somebody verified is corrected by somebody else
    form = shown.form(
        request.POST or None, request.FILES or None, orgs=orgs, initial=shown.initial(found)
    )
    if form.is_valid():
        services.correct_record(
            found, values=form.values(), org=request.acting.org,
            evidence=form.stored_evidence(), by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect(_home_of(request, person))
    return _record_page(request, person, shown, form, _("更正"))


@login_required
@require_POST
def record_remove(request: StaffRequest, pk: int, kind: str, record: int) -> HttpResponse:
    person, shown = _person(request, pk), _kind(kind)
    found = get_object_or_404(shown.model, pk=record, person=person)
    _check_may_write(request, person)
    services.remove_record(found, org=request.acting.org, by=request.user, at=clock.now())
    return redirect(_home_of(request, person))


@login_required
@require_safe
def record_evidence(request: StaffRequest, pk: int, kind: str, record: int) -> HttpResponse:
    person, shown = _person(request, pk), _kind(kind)
    found = get_object_or_404(
        shown.model.objects.select_related("evidence"), pk=record, person=person
    )
    if found.evidence is None:
        raise Http404
    suffix = found.evidence.media_type.rpartition("/")[2]
    return download(found.evidence, f"{person.name}-{shown.title}.{suffix}", inline=True)


# ---- the worker's own page ----------------------------------------------------------------


@login_required
@require_safe
def me(request: StaffRequest) -> HttpResponse:
    """My records, and which levels I may apply for or when."""
    person = queries.with_records(Person.objects.filter(user=request.user)).first()
    if person is None:
        return render(request, "people/nobody.html")
    today, org = clock.today(), request.acting.org
    pack = pack_for_region(org.region) if org else load(DEFAULT)
    standards = standards_for(own_occupations(person, today), request.acting)
    return render(
        request,
        "people/me.html",
        {
            "person": person,
            "sections": _sections(person),
            "outlooks": outlooks(person, standards, pack=pack, today=today),
            "pack": pack,
            "today": today,
        },
    )


# ---- shared -------------------------------------------------------------------------------


def _person(request: StaffRequest, pk: int) -> Person:
    visible = queries.people_visible_to(request.acting, request.user)
    return get_object_or_404(queries.with_records(visible), pk=pk)


def _kind(slug: str) -> RecordKind:
    if slug not in RECORD_KINDS:
        raise Http404
    return RECORD_KINDS[slug]


def _sections(person: Person) -> list[KindSection]:
    return [
        KindSection(kind, list(getattr(person, kind.related_name).all()))
        for kind in RECORD_KINDS.values()
    ]


def _orgs(request: StaffRequest) -> QuerySet[Organisation]:
    return units_of(request.acting.org) if request.acting.org else Organisation.objects.none()


def _acting_org(request: StaffRequest) -> Organisation:
    if request.acting.org is None:
        raise PermissionDenied
    return request.acting.org


def _check_may_write(request: StaffRequest, person: Person) -> QuerySet[Organisation]:
    """That the reader keeps this person's records or is himself this person; the employers he may
    name. One's own records are always written as the worker that one is.
    """
    if person.user_id == request.user.pk:
        return Organisation.objects.none()
    if not request.acting.has(*KEEPERS):
        raise PermissionDenied
    return _orgs(request)


def _is_ours(job: EmploymentForm) -> bool:
    """That the employer is one of ours: else nobody here would see the new person again."""
    if job.cleaned_data.get("org") is None:
        job.add_error("org", _("请选择本单位或下属单位。"))
        return False
    return True


def _home_of(request: StaffRequest, person: Person) -> str:
    if person.user_id == request.user.pk:
        return reverse("me:me")
    return reverse("people:person_detail", args=[person.pk])


def _record_page(
    request: StaffRequest, person: Person, kind: RecordKind, form: Any, verb: str
) -> HttpResponse:
    return render(
        request,
        "people/record_form.html",
        {
            "person": person,
            "kind": kind,
            "form": form,
            "verb": verb,
            "cancel": _home_of(request, person),
            "occupations": offered_occupations() if "occupation_code" in form.fields else (),
        },
        status=422 if request.method == "POST" else 200,
    )
