"""Filters and tags of every template (a builtin library): how values and components are shown."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import segno
from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, FileInput, Form, Select
from django.forms.widgets import CheckboxSelectMultiple, RadioSelect
from django.template import Context, Engine
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as noop

from jiangjie.kernel.clauses import Confidence
from jiangjie.kernel.identity import mask_id
from jiangjie.kernel.levels import Level
from jiangjie.kernel.money import format_yuan
from jiangjie.web.menu import MenuLink, items_for, links

register = template.Library()

NOTHING = "—"

# ---- values -------------------------------------------------------------------------------


@register.filter
def yuan(fen: int | None) -> str:
    """Fen → "1,234.50"; the unit 元 is said by the column or by components/money.html."""
    return NOTHING if fen is None else format_yuan(fen)


@register.filter
def score(hundredths: int | None) -> str:
    """8650 → "86.50", always two decimals so that columns line up."""
    return NOTHING if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"


@register.filter
def level(order: int | None) -> str:
    """Ascending order → "三级/高级工"; the levels without a national digit by name alone."""
    if order is None:
        return NOTHING
    known = Level(order)
    name = gettext(known.label)
    if known.national_digit is None:
        return name
    return f"{gettext(_DIGITS[known.national_digit])}/{name}"


_DIGITS = {1: noop("一级"), 2: noop("二级"), 3: noop("三级"), 4: noop("四级"), 5: noop("五级")}


@register.filter
def masked_id(number: str | None) -> str:
    """Masked as "3702**********1234"; a number that is masked already stays as it is."""
    return NOTHING if not number else number if "*" in number else mask_id(number)


@register.filter
def day(value: date | str | None) -> str:
    """As "2026-06-30"; an instant counts in Shanghai."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return value.isoformat() if isinstance(value, date) else value or NOTHING


@register.filter
def instant(value: datetime | None) -> str:
    """As "2026-06-30 14:05", in Shanghai."""
    return NOTHING if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def digest_short(digest: str | bytes | None) -> str:
    """The first 12 hexadecimal digits in groups of four: enough to compare by eye."""
    if not digest:
        return NOTHING
    text = digest.hex() if isinstance(digest, bytes) else digest.rpartition(":")[2]
    return " ".join(text[start : start + 4] for start in (0, 4, 8))


_CONFIDENCE = {
    Confidence.SOURCED: ("", ""),
    Confidence.REPOSTED: (
        noop("未核实"),
        noop("内容来自转载或地方依据国家规定作出的规定，尚未与原文核对。"),
    ),
    Confidence.GENERAL: (noop("一般做法"), noop("业内通行做法，尚未找到公开的条文依据。")),
    Confidence.UNCERTAIN: (
        noop("待确认"),
        noop("各地规定不一或依据不明，使用前请向当地人社部门确认。"),
    ),
    Confidence.RECONSTRUCTED: (
        noop("推定"),
        noop("依据相关规定和公开做法整理推定，不是条文原文。"),
    ),
}


@register.filter
def confidence_mark(confidence: str) -> str:
    """The word that marks a rule not read in its published text; "" for one that was."""
    mark = _CONFIDENCE[Confidence(confidence)][0]
    return gettext(mark) if mark else ""


@register.filter
def confidence_meaning(confidence: str) -> str:
    meaning = _CONFIDENCE[Confidence(confidence)][1]
    return gettext(meaning) if meaning else ""


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's control with the classes that its kind wants."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return field.as_widget()
    kind = (
        "form-check-input"
        if isinstance(widget, CheckboxInput)
        else "form-select"
        if isinstance(widget, Select)
        else "form-control drop"
        if isinstance(widget, FileInput)
        else "form-control"
    )
    own = widget.attrs.get("class", "")
    bad = " is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": f"{kind}{bad} {own}".strip()})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


# ---- small pieces -------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of the sprite; `label` is for one that stands without words beside it."""
    sprite = static("vendor/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label, sprite, name,
        )  # fmt: skip
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite, name
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as an inline drawing; `label` says where it leads."""
    drawing = segno.make(text, error="m").svg_inline(scale=4, border=2, omitsize=True)
    return format_html(
        '<span class="qr" role="img" aria-label="{}">{}</span>',
        label,
        mark_safe(drawing),  # noqa: S308 -- segno draws modules only; the text is not in it
    )


# ---- components with a body ---------------------------------------------------------------


def _filled(context: Context, name: str, /, **values: object) -> SafeString:
    """A component's template; it sees its own values and the CSRF token, nothing else."""
    values["csrf_token"] = context.get("csrf_token")
    found = Engine.get_default().get_template(f"components/{name}.html")
    return found.render(context.new(values))


@register.simple_block_tag(takes_context=True)
def panel(
    context: Context, content: str, title: str = "", icon: str = "", note: str = "", id: str = ""
) -> SafeString:
    """A card with a heading."""
    return _filled(context, "panel", content=content, title=title, icon=icon, note=note, id=id)


@register.simple_block_tag(takes_context=True)
def deed(context: Context, content: str, url: str, confirm: str = "") -> SafeString:
    """A POST form; a refusal comes back beside it and what was typed stays."""
    return _filled(context, "deed", content=content, url=url, confirm=confirm)


@register.simple_tag(takes_context=True)
def action(
    context: Context, url: str, label: str, *, icon: str = "", tone: str = "",
    confirm: str = "", name: str = "", value: str = "", disabled: str = "",
) -> SafeString:  # fmt: skip
    """One button that does one deed. `disabled` is the reason why it cannot be done now."""
    return _filled(
        context, "action", url=url, label=label, icon=icon, tone=tone,
        confirm=confirm, name=name, value=value, disabled=disabled,
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def table(
    context: Context, content: str, caption: str, *, show_caption: bool = False
) -> SafeString:
    """A table that becomes cards on a phone; every td says its column in `data-label`."""
    return _filled(context, "table", content=content, caption=caption, show_caption=show_caption)


@register.simple_block_tag
def row(content: str, label: str) -> SafeString:
    """A line inside <dl class="kv"> whose value is made of other components."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, content)


# ---- lists --------------------------------------------------------------------------------


def _query(context: Context, **changes: object) -> str:
    """This page's query string with some parameters changed or, when None, left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def filterbar(context: Context, form: Form, export_url: str = "") -> SafeString:
    """Search and filters over a list: a GET form; the field `q` is the search."""
    export = export_url and export_url + _query(context, page=None)
    is_used = any(value for name, value in context["request"].GET.items() if name in form.fields)
    return _filled(
        context, "filterbar", form=form, export=export, is_used=is_used,
        path=context["request"].path,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any]) -> SafeString:
    """Where in the list, and the way to other pages; the filters stay."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return _filled(
        context, "pagination", page=page,
        places=[(n, _query(context, page=n)) if isinstance(n, int) else (n, "") for n in numbers],
        previous=_query(context, page=page.number - 1),
        next=_query(context, page=page.number + 1),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def sort_header(context: Context, name: str, label: str, *, number: bool = False) -> SafeString:
    """A th that sorts by `?sort=name`, then `-name`."""
    sort = context["request"].GET.get("sort", "")
    state = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    href = _query(context, sort=f"-{name}" if sort == name else name, page=None)
    return _filled(context, "sort_header", label=label, href=href, state=state, is_number=number)


@register.simple_tag(takes_context=True)
def progress(
    context: Context, label: str, done: int, total: int, *, state: str = "running",
    poll: str = "", cancel: str = "", note: str = "",
) -> SafeString:  # fmt: skip
    """A long job. While running it asks `poll` (which answers with this tag again)."""
    return _filled(
        context, "progress", label=label, done=done, total=total, state=state,
        poll=poll, cancel=cancel, note=note, percent=done * 100 // total if total else 0,
    )  # fmt: skip


# ---- the page's frame ---------------------------------------------------------------------


@register.simple_tag
def product_version() -> str:
    return version("jiangjie")


@register.inclusion_tag("web/_menu.html", takes_context=True)
def main_menu(context: Context) -> dict[str, list[MenuLink]]:
    """The menu beside the page, or on a phone the bar below it: five places, more behind one."""
    request = context["request"]
    found = links(items_for(request.acting), request.path)
    cut = len(found) if len(found) <= 5 else 4
    return {"links": found, "bar": found[:cut], "more": found[cut:]}


@register.filter
def count_state(steps: Iterable[object], state: str) -> int:
    """How many of a procedure's steps or stages are in this state."""
    return sum(
        (step["state"] if isinstance(step, Mapping) else getattr(step, "state", None)) == state
        for step in steps
    )
