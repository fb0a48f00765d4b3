"""The log-in page; on a demonstration it offers one made-up account for each role."""

from typing import Any

from allauth.account.views import LoginView

from jiangjie.accounts.demo import PASSWORD
from jiangjie.accounts.models import Membership, Role


class DemoAwareLoginView(LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        accounts = _demo_accounts()
        found: dict[str, Any] = super().get_context_data(
            **kwargs, demo_accounts=accounts, is_demo=bool(accounts)
        )
        return found


def _demo_accounts() -> list[dict[str, str]]:
    """The first made-up account of each role, in the order of the roles. One query."""
    first: dict[str, Membership] = {}
    made_up = Membership.objects.filter(user__is_demo=True, until=None).exclude(
        user__password__startswith="!"  # noqa: S106 -- Django's mark of "no log-in by password"
    )
    for membership in made_up.select_related("user", "org").order_by("pk")[:200]:
        first.setdefault(membership.role, membership)
    return [
        {
            "username": first[role].user.username,
            "password": PASSWORD,
            "role": str(Role(role).label),
            "name": first[role].user.display_name,
            "org": first[role].org.name,
        }
        for role in Role.values
        if role in first
    ]
