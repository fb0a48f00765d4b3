"""Screens of an organisation's administrator over its members; one's own profile; whom to act for."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts import queries, rules, services
from jiangjie.accounts.access import roles_required
from jiangjie.accounts.acting import SESSION_KEY
from jiangjie.accounts.forms import InvitationForm, MemberFilter, MemberForm, RoleForm
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import units_of
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet


@login_required
@require_POST
def switch(request: StaffRequest) -> HttpResponse:
    """Act for another of one's organisations from now on."""
    wanted = request.POST.get("org", "")
    if wanted not in {str(org.pk) for org in request.acting.choices}:
        raise Http404
    request.session[SESSION_KEY] = int(wanted)
    return redirect("home")


@login_required
@require_safe
def profile(request: StaffRequest) -> HttpResponse:
    """Who I am here: my roles with their dates, and the way to password and log-in protection."""
    held = Membership.objects.filter(user=request.user).select_related("org")
    return render(
        request,
        "accounts/profile.html",
        {
            "held": held.order_by("org", "-since", "pk"),
            "invitations": queries.own_invitations(request.user),
            "hint": rules.separation_hint(request.acting.roles),
            "today": clock.today(),
        },
    )


@roles_required(Role.ADMIN)
@require_safe
def member_list(request: StaffRequest) -> HttpResponse:
    form = MemberFilter(request.GET)
    page = Paginator(_members(request, form), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/member_list.html",
        {
            "form": form, "page": page, "today": clock.today(),
            "invitations": queries.invitations_visible_to(request.acting),
        },
    )  # fmt: skip


@roles_required(Role.ADMIN)
@require_safe
def member_export(request: StaffRequest) -> HttpResponse:
    """One row for each role."""
    columns = [_("姓名"), _("登录名"), _("单位"), _("角色"), _("自"), _("至")]
    rows = (
        (
            user.display_name, user.username, held.org.name, held.get_role_display(),
            held.since, held.until,
        )
        for user in _members(request, MemberFilter(request.GET))
        for held in _held_here(user)
    )  # fmt: skip
    return spreadsheet(f"{_('成员与角色')}.xlsx", columns, rows)


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def member_new(request: StaffRequest) -> HttpResponse:
    """A new account with a one-time password, which is shown here and nowhere again."""
    form = MemberForm(request.POST or None, orgs=_orgs(request), initial=_from_today(request))
    if not form.is_valid():
        return _form_page(request, form, _("新增成员"), reverse("accounts:member_list"))
    password = services.one_time_password()
    org = form.cleaned_data["org"]
    member = services.create_user(
        **form.cleaned_data, password=password, is_demo=org.is_demo, by=request.user,
        at=clock.now(),
    )  # fmt: skip
    return _password_once(request, member, password)


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_new(request: StaffRequest) -> HttpResponse:
    """Offer a role to somebody who has his account from elsewhere."""
    form = InvitationForm(request.POST or None, orgs=_orgs(request), initial=_from_today(request))
    if not form.is_valid():
        return _form_page(request, form, _("邀请已有账号"), reverse("accounts:member_list"))
    services.invite(**form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("已发出邀请，本人接受后角色生效。"))
    return redirect("accounts:member_list")


@login_required
@require_POST
def invitation_answer(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.own_invitations(request.user), pk=pk)
    accept = request.POST.get("choice") == "accept"
    services.answer_invitation(invitation_id=pk, accept=accept, by=request.user, at=clock.now())
    messages.success(request, _("已接受，角色生效。") if accept else _("已谢绝。"))
    return redirect("accounts:profile")


@roles_required(Role.ADMIN)
@require_POST
def invitation_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.invitations_visible_to(request.acting), pk=pk)
    services.withdraw_invitation(invitation_id=pk, by=request.user, at=clock.now())
    messages.success(request, _("邀请已撤回。"))
    return redirect("accounts:member_list")


@roles_required(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def member_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """His roles; the form gives another."""
    member = _member(request, pk)
    form = RoleForm(request.POST or None, orgs=_orgs(request), initial=_from_today(request))
    if form.is_valid():
        services.give_role(user=member, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("accounts:member_detail", member.pk)
    today = clock.today()
    running = {
        held.role
        for held in _held_here(member)
        if held.since <= today and (held.until is None or held.until >= today)
    }
    return render(
        request,
        "accounts/member_detail.html",
        {
            "member": member,
            "held": _held_here(member),
            "form": form,
            "today": today,
            "hint": rules.separation_hint(running),
        },
        status=422 if request.method == "POST" else 200,
    )


@roles_required(Role.ADMIN)
@require_POST
def role_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Today is the last day."""
    held = get_object_or_404(queries.memberships_visible_to(request.acting), pk=pk)
    services.end_role(
        membership_id=held.pk, last_day=clock.today(), by=request.user, at=clock.now()
    )
    return redirect("accounts:member_detail", held.user_id)


@roles_required(Role.ADMIN)
@require_POST
def password_reset(request: StaffRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    org = request.acting.org
    if org is None:
        raise Http404
    password = services.one_time_password()
    services.reset_password(
        user=member, org=org, password=password, by=request.user, at=clock.now()
    )
    return _password_once(request, member, password)


def _member(request: StaffRequest, pk: int) -> User:
    return get_object_or_404(queries.members_visible_to(request.acting), pk=pk)


def _members(request: StaffRequest, form: MemberFilter) -> QuerySet[User]:
    held = queries.memberships_visible_to(request.acting)
    return form.narrow(queries.members_visible_to(request.acting), held, clock.today())


def _held_here(member: User) -> list[Membership]:
    found: list[Membership] = getattr(member, "memberships_here", [])
    return found


def _from_today(request: StaffRequest) -> dict[str, object]:
    return {"since": clock.today(), "org": request.acting.org}


def _orgs(request: StaffRequest) -> QuerySet[Organisation]:
    return units_of(request.acting.org) if request.acting.org else Organisation.objects.none()


def _password_once(request: StaffRequest, member: User, password: str) -> HttpResponse:
    answer = render(
        request, "accounts/password_once.html", {"member": member, "password": password}
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _form_page(
    request: StaffRequest, form: MemberForm | InvitationForm, heading: str, cancel: str
) -> HttpResponse:
    return render(
        request,
        "orgs/form_page.html",
        {"form": form, "heading": heading, "cancel": cancel, "submit": _("保存"), "about": ""},
        status=422 if request.method == "POST" else 200,
    )
