"""Which roles one person may hold together. House rules; the clause is only a ground for them."""

from collections.abc import Collection

from jiangjie.kernel.errors import gettext_noop

# nobody acts in two of the three layers for the same candidate. The procedure refuses that
# case by case; a person with both roles in one organisation will meet it, so we say it early.
LAYERS = frozenset({"clerk", "office", "committee"})


def separation_hint(roles: Collection[str]) -> str:
    """A gettext source to show beside such roles; "" if none is needed."""
    if len(LAYERS & set(roles)) > 1:
        return gettext_noop("同一人兼任多个审核层次：对同一申报人只能在其中一个层次签署。")
    if "supervisor" in roles and set(roles) & (LAYERS | {"assessor"}):
        return gettext_noop("质量督导员不宜兼任本机构的审核或考评工作。")
    return ""
