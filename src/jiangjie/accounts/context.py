from jiangjie.web.http import StaffRequest


def acting(request: StaffRequest) -> dict[str, object]:
    """`acting` for the base template: name of the organisation, roles, menu."""
    return {"acting": getattr(request, "acting", None)}
