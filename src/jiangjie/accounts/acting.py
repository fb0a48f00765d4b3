"""The organisation and the roles in which somebody acts during a request."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from jiangjie.accounts.models import Membership, Role, User
from jiangjie.orgs.models import Organisation

SESSION_KEY = "acting_org"


@dataclass(frozen=True, slots=True)
class Acting:
    """`org` is None for somebody without any membership; he sees only his own affairs."""

    org: Organisation | None
    roles: frozenset[str]
    choices: tuple[Organisation, ...]  # organisations he may act for

    def has(self, *roles: Role) -> bool:
        return any(role in self.roles for role in roles)

    @property
    def role_names(self) -> list[str]:
        """In the order of `Role`, in the reader's language."""
        return [str(role.label) for role in Role if role in self.roles]


def acting_of(user: User, wanted_org_id: int | None, today: date) -> Acting:
    """The user's roles in the wanted organisation, else in his first one. One query."""
    held = (
        Membership.objects.filter(Q(until=None) | Q(until__gte=today), user=user, since__lte=today)
        .select_related("org")
        .order_by("pk")
    )
    roles: dict[Organisation, set[str]] = {}
    for membership in held:
        roles.setdefault(membership.org, set()).add(membership.role)
    if not roles:
        return Acting(None, frozenset(), ())
    org = next((org for org in roles if org.pk == wanted_org_id), next(iter(roles)))
    return Acting(org, frozenset(roles[org]), tuple(roles))
