"""Who may open a screen at all; which rows he then sees is each app's `visible_to` query."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.urls import resolve

from jiangjie.accounts.acting import Acting
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

        guarded.roles = frozenset(roles)  # type: ignore[attr-defined]  # for is_open_to
        return login_required(guarded)  # type: ignore[return-value]

    return decorate


def is_open_to(acting: Acting, url: str) -> bool:
    """Whether his roles let him through; which things he then sees is the page's own matter."""
    roles = getattr(resolve(url).func, "roles", None)
    return roles is None or acting.has(*roles)
