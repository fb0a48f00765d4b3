"""How a rule's value is shown."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from jiangjie.kernel.canonical import Json
from jiangjie.policy.show import value_lines

register = template.Library()


@register.filter
def rule_value(value: Json) -> SafeString:
    """One line for each part of the value."""
    return format_html_join("", "<div>{}</div>", ((gettext(line),) for line in value_lines(value)))
