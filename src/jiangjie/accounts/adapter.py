from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from jiangjie.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are given by an organisation's administrator; nobody signs himself up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """His own choice: the one-time password from the administrator is done with."""
        user.must_change_password = False
        super().set_password(user, password)
