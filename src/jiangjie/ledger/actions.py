"""What each action of an event is called on screen; every app names its own in `ready()`."""

from collections.abc import Mapping

from django.utils.functional import Promise

_names: dict[str, str | Promise] = {}


def name_actions(names: Mapping[str, str | Promise]) -> None:
    """Add names by action code, e.g. {"publicity.closed": _("结束公示")}."""
    _names.update(names)


def action_name(action: str) -> str | Promise:
    """The name, or the code itself where no app has named it."""
    return _names.get(action, action)


def named_actions() -> dict[str, str | Promise]:
    return dict(_names)
