"""An item's content as a page shows it, and pictures for those who have just opened it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from jiangjie.accounts.models import User
from jiangjie.itembank import queries
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import LABELS, LETTERS, figures_in
from jiangjie.itembank.rules.markup import html, inline_html

SALT = "itembank.figure"
HOUR = 3600  # seconds that an opened page's pictures can be asked for

FigureUrl = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Option:
    letter: str
    html: SafeString
    is_key: bool


@dataclass(frozen=True, slots=True)
class Shown:
    kind: str
    stem: SafeString
    options: list[Option]
    key: SafeString
    explanation: SafeString
    marking: SafeString
    parts: list["Shown"]


def figure_urls(contents: Iterable[ItemContent], bank_ids: Iterable[int], user: User) -> FigureUrl:
    """Addresses that work for this reader for an hour: whoever has them has opened the item, and
    that is on record. One query, none for items without pictures."""
    digests = {each for content in contents for each in figures_in(content)}
    if not digests:
        return lambda digest: None
    known = {
        figure.digest: reverse(
            "itembank:figure", args=[signing.dumps([figure.pk, user.pk], salt=SALT)]
        )
        for figure in queries.figures_of(list(bank_ids)).filter(digest__in=digests)
    }
    return known.get


def shown(content: ItemContent, figure_url: FigureUrl) -> Shown:
    def safe(source: str) -> SafeString:
        return mark_safe(html(source, figure_url))  # noqa: S308 -- our own elements, text escaped

    kind = content.kind
    key = content.key
    if kind is Kind.TRUE_FALSE:
        key = {"T": gettext("对"), "F": gettext("错")}.get(key, key)
    elif kind is Kind.BLANK:
        key = "\n".join("；".join(line.split("|")) for line in key.split("\n"))
    return Shown(
        gettext(LABELS[kind]), safe(content.stem),
        [
            Option(letter, mark_safe(inline_html(option, figure_url)), letter in content.key)  # noqa: S308
            for letter, option in zip(LETTERS, content.options, strict=False)
        ],
        safe(key), safe(content.explanation), safe(content.marking),
        [shown(part, figure_url) for part in content.parts],
    )  # fmt: skip
