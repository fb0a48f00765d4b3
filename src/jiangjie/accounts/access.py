"""Who may open a screen at all; which rows he then sees is each app's `visible_to` query."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

from jiangjie.accounts.models import Role
from jiangjie.web.http import StaffRequest

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def roles_required(*roles: Role) -> Callable[[View], View]:
    """Log-in first, then one of these roles in the organisation acted for; else 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.acting.has(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)  # type: ignore[return-value]

    return decorate
