from collections.abc import Callable

from django.http import HttpResponse
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
        return self.get_response(request)
