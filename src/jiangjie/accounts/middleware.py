from collections.abc import Callable

from django.contrib.auth import SESSION_KEY as SESSION_KEY_OF_LOGIN
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from jiangjie.accounts.acting import SESSION_KEY, Acting, acting_of
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest

NOBODY = Acting(None, frozenset(), ())


class ActingRoleMiddleware:
    """Gives every request `request.acting`; read from the database only when it is used."""

    def __init__(self, get_response: Callable[[StaffRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: StaffRequest) -> HttpResponse:
        def read() -> Acting:
            if not request.user.is_authenticated:
                return NOBODY
            return acting_of(request.user, request.session.get(SESSION_KEY), clock.today())

        request.acting = SimpleLazyObject(read)  # type: ignore[assignment]
        if must_change_password(request):
            return redirect("account_change_password")
        return self.get_response(request)


def must_change_password(request: StaffRequest) -> bool:
    """Whether this page has to wait until a one-time password has been changed.

    Asked only of those who carry a session, so that public pages stay without a query.
    """
    if SESSION_KEY_OF_LOGIN not in request.session:
        return False
    if request.path.startswith(("/account/", "/i18n/", "/static/")):
        return False
    return request.user.is_authenticated and request.user.must_change_password
