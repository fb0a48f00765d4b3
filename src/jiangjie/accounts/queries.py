"""Reads: who belongs to an organisation, in which roles."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Invitation, Membership, Role, User
from jiangjie.orgs.queries import family_ids


def memberships_visible_to(acting: Acting) -> QuerySet[Membership]:
    """An administrator: every role in his organisation and below it, past ones too."""
    found = Membership.objects.select_related("user", "org").order_by("org", "role", "since", "pk")
    if acting.org is None or not acting.has(Role.ADMIN):
        return found.none()
    return found.filter(org__in=family_ids(acting.org))


def members_visible_to(acting: Acting) -> QuerySet[User]:
    """Whoever holds or held a role there, each with `.memberships_here`. Two queries."""
    held = memberships_visible_to(acting)
    return (
        User.objects.filter(pk__in=held.order_by().values("user"))
        .prefetch_related(Prefetch("memberships", queryset=held, to_attr="memberships_here"))
        .order_by("display_name", "pk")
    )


def invitations_visible_to(acting: Acting) -> QuerySet[Invitation]:
    """An administrator: those that his organisation and those below it made and nobody answered."""
    found = Invitation.objects.filter(answered_at=None).select_related("user", "org", "made_by")
    if acting.org is None or not acting.has(Role.ADMIN):
        return found.none()
    return found.filter(org__in=family_ids(acting.org)).order_by("made_at", "pk")


def own_invitations(user: User) -> QuerySet[Invitation]:
    """What the user has still to answer."""
    found = Invitation.objects.filter(user=user, answered_at=None)
    return found.select_related("org", "made_by").order_by("made_at", "pk")


def running(today: date) -> Q:
    """Memberships that hold on a day."""
    return Q(until=None, since__lte=today) | Q(until__gte=today, since__lte=today)
