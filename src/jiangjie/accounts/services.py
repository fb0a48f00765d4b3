"""Deeds: accounts and the roles they hold. Each is one transaction with one event."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jiangjie.accounts.models import Invitation, Membership, Role, User
from jiangjie.accounts.queries import running
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.orgs.models import Organisation, OrgKind
from jiangjie.orgs.queries import family_ids

# Without the signs that are mistaken for one another when read from paper: 0 O 1 l I.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Only a bureau's people file others; only evaluators and their units evaluate.
BUREAU_ROLES = frozenset({Role.OFFICER, Role.ADMIN})


def one_time_password() -> str:
    """16 characters, to be shown once and changed at first log-in."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


@transaction.atomic
def create_user(
    *,
    username: str,
    display_name: str,
    password: str | None,
    org: Organisation,
    roles: Sequence[str],
    since: date,
    is_demo: bool = False,
    by: User | None,
    at: datetime,
) -> User:
    """An account with its first roles. `password` None: it cannot log in by password.

    RuleViolation accounts.username_taken, accounts.role_not_of_org.
    """
    if User.objects.filter(username=username).exists():
        raise RuleViolation("accounts.username_taken", gettext_noop("该登录名已被使用。"))
    for role in roles:
        _check_role(role, org)
    user = User(username=username, display_name=display_name.strip(), is_demo=is_demo)
    user.set_password(password)
    user.must_change_password = password is not None and by is not None
    user.save()
    Membership.objects.bulk_create(
        Membership(user=user, org=org, role=role, since=since) for role in dict.fromkeys(roles)
    )
    ledger.record(
        "accounts.user_created", subject=user, org=org, by=by, at=at, roles=sorted(set(roles))
    )
    return user


@transaction.atomic
def give_role(
    *,
    user: User,
    org: Organisation,
    role: str,
    since: date,
    until: date | None = None,
    by: User | None,
    at: datetime,
) -> Membership:
    """RuleViolation accounts.role_held while the same role has no end, accounts.bad_period."""
    _check_role(role, org)
    _check_period(since, until)
    User.objects.select_for_update().get(pk=user.pk)
    _check_not_held(user, org, role)
    held = Membership.objects.create(user=user, org=org, role=role, since=since, until=until)
    ledger.record(
        "accounts.role_given",
        subject=user,
        org=org,
        by=by,
        at=at,
        role=role,
        since=since,
        until=until,
    )
    return held


@transaction.atomic
def invite(
    *,
    username: str,
    display_name: str,
    org: Organisation,
    role: str,
    since: date,
    until: date | None = None,
    by: User,
    at: datetime,
) -> Invitation:
    """Offer a role to an account that exists already, of whatever organisation.

    Log-in name and name must both be right, and one answer serves for either being wrong: nobody
    learns here who has an account. RuleViolation accounts.nobody_of_that_name,
    accounts.invited_before, and as `give_role`.
    """
    _check_role(role, org)
    _check_period(since, until)
    user = User.objects.filter(username=username.strip(), is_active=True).first()
    if user is None or user.display_name != display_name.strip():
        raise RuleViolation(
            "accounts.nobody_of_that_name", gettext_noop("没有登录名和姓名都相符的账号，请核对。")
        )
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    _check_not_held(user, org, role)
    if Invitation.objects.filter(user=user, org=org, role=role, answered_at=None).exists():
        raise RuleViolation("accounts.invited_before", gettext_noop("已邀请过，等待本人答复。"))
    invitation = Invitation.objects.create(
        user=user, org=org, role=role, since=since, until=until, made_by=by, made_at=at
    )
    ledger.record(
        "accounts.invited", subject=user, org=org, by=by, at=at, role=role, since=since,
        until=until,
    )  # fmt: skip
    notify(
        [user], gettext_noop("%(org)s邀请您担任角色，请答复。"), link=reverse("accounts:profile"),
        at=at, org=org.name,
    )  # fmt: skip
    return invitation


@transaction.atomic
def answer_invitation(
    *, invitation_id: int, accept: bool, by: User, at: datetime
) -> Membership | None:
    """The invited person accepts, and has the role, or declines."""
    invitation = _open_invitation(invitation_id)
    if invitation.user_id != by.pk:
        raise RuleViolation("accounts.not_invited", gettext_noop("只能由被邀请人本人答复。"))
    held = None
    if accept:
        held = give_role(
            user=by, org=invitation.org, role=invitation.role, by=by, at=at,
            since=max(invitation.since, timezone.localdate(at)), until=invitation.until,
        )  # fmt: skip
    _close_invitation(invitation, accept, by, at)
    return held


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, by: User, at: datetime) -> Invitation:
    """The organisation takes its offer back; by one of its administrators."""
    invitation = _open_invitation(invitation_id)
    _close_invitation(invitation, False, by, at)
    return invitation


def _open_invitation(invitation_id: int) -> Invitation:
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("org", "user")
        .get(pk=invitation_id)
    )
    if invitation.answered_at is not None:
        raise RuleViolation("accounts.answered_before", gettext_noop("该邀请已答复或撤回。"))
    return invitation


def _close_invitation(invitation: Invitation, accept: bool, by: User, at: datetime) -> None:
    invitation.answered_by, invitation.answered_at, invitation.is_accepted = by, at, accept
    invitation.save(update_fields=["answered_by", "answered_at", "is_accepted"])
    ledger.record(
        "accounts.invitation_closed", subject=invitation.user, org=invitation.org, by=by, at=at,
        role=invitation.role, is_accepted=accept,
    )  # fmt: skip


@transaction.atomic
def end_role(*, membership_id: int, last_day: date, by: User, at: datetime) -> Membership:
    """The role ends with `last_day`. An organisation keeps at least one administrator."""
    held = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "org")
        .get(pk=membership_id)
    )
    if held.until is not None and held.until <= last_day:
        raise RuleViolation("accounts.role_over", gettext_noop("该角色已经结束。"))
    if held.role == Role.ADMIN:
        _check_other_admin(held)
    # A role given for the future and withdrawn before it began was never held.
    held.until = max(last_day, held.since - timedelta(days=1))
    held.save(update_fields=["until"])
    ledger.record(
        "accounts.role_ended",
        subject=held.user,
        org=held.org,
        by=by,
        at=at,
        role=held.role,
        last_day=held.until,
    )
    return held


@transaction.atomic
def reset_password(*, user: User, org: Organisation, password: str, by: User, at: datetime) -> User:
    """A new one-time password from the organisation's administrator.

    RuleViolation accounts.foreign_account for whoever also acts outside the organisation's family
    or administers the system: the password would open what is not the administrator's.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    elsewhere = Membership.objects.filter(running(timezone.localdate(at)), user=user)
    if user.is_staff or elsewhere.exclude(org__in=family_ids(org)).exists():
        raise RuleViolation(
            "accounts.foreign_account",
            gettext_noop("该用户还在其他单位任职，请由本人或系统管理员重置密码。"),
        )
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    ledger.record("accounts.password_reset", subject=user, org=org, by=by, at=at)
    return user


def _check_role(role: str, org: Organisation) -> None:
    if (org.kind == OrgKind.BUREAU) != (role in BUREAU_ROLES) and role != Role.ADMIN:
        raise RuleViolation(
            "accounts.role_not_of_org",
            gettext_noop("%(kind)s没有“%(role)s”这一角色。"),
            kind=OrgKind(org.kind).label,
            role=Role(role).label,
        )


def _check_period(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise RuleViolation("accounts.bad_period", gettext_noop("结束日期不能早于开始日期。"))


def _check_not_held(user: User, org: Organisation, role: str) -> None:
    if Membership.objects.filter(user=user, org=org, role=role, until=None).exists():
        raise RuleViolation("accounts.role_held", gettext_noop("该用户已经担任此角色。"))


def _check_other_admin(held: Membership) -> None:
    # The lock on the organisation keeps two administrators from ending each other's role.
    Organisation.objects.select_for_update().get(pk=held.org_id)
    others = Membership.objects.filter(org=held.org, role=Role.ADMIN, until=None)
    if not others.exclude(user=held.user).exists():
        raise RuleViolation(
            "accounts.last_admin", gettext_noop("单位至少保留一名机构管理员，请先指定接任者。")
        )
