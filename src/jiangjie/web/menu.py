"""The main menu: each app registers its entries in `AppConfig.ready()`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from jiangjie.accounts.acting import Acting


@dataclass(frozen=True, slots=True)
class MenuItem:
    """`roles` empty: for everybody logged in. `icon` names a symbol of vendor/icons.svg."""

    label: str | Promise
    url_name: str
    icon: str
    roles: frozenset[str] = frozenset()
    order: int = 100


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One entry as a page shows it."""

    label: str | Promise
    url: str
    icon: str
    is_current: bool
    section: str | Promise = ""


# From which place on, a long menu is headed so.
_SECTIONS = ((100, _("计划与资料")), (60, _("结果与兑现")), (20, _("命题与考试")))
_LONG = 9  # entries

_items: list[MenuItem] = [MenuItem(_("待我处理"), "home", "list-check", order=0)]


def register(*items: MenuItem) -> None:
    _items.extend(item for item in items if item not in _items)


def items_for(acting: "Acting") -> list[MenuItem]:
    """What these roles open, in the order of the work."""
    return sorted(
        (item for item in _items if not item.roles or item.roles & acting.roles),
        key=lambda item: item.order,
    )


def links(items: Sequence[MenuItem], path: str) -> list[MenuLink]:
    """The entries with their addresses; current is the one whose address leads furthest to `path`."""
    urls = [reverse(item.url_name) for item in items]
    leading = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    current = max(leading, key=len, default=None)

    def heading(item: MenuItem) -> str | Promise:
        is_headed = len(items) > _LONG
        return next((name for first, name in _SECTIONS if is_headed and item.order >= first), "")

    return [
        MenuLink(item.label, url, item.icon, url == current, heading(item))
        for item, url in zip(items, urls, strict=True)
    ]
