from django.utils.functional import SimpleLazyObject

from jiangjie.notices import queries
from jiangjie.web.http import StaffRequest


def unread(request: StaffRequest) -> dict[str, object]:
    """`unread_notices` for the bell of the base template; asked only where it is drawn."""
    if not request.user.is_authenticated:
        return {}
    return {"unread_notices": SimpleLazyObject(lambda: queries.unread_count(request.user))}
