"""Form fields that the screens of all apps share: days, levels, occupations."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangjie.kernel.levels import Level

ALL_LEVELS = tuple(level.value for level in Level)


class DayField(forms.DateField):
    """A date in the browser's own control, which speaks ISO whatever the language."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d"], **options)


def level_choices(levels: Iterable[int] = ALL_LEVELS) -> list[tuple[int, Any]]:
    return [(level, Level(level).certificate_text) for level in levels]


class LevelField(forms.TypedChoiceField):
    """One level as its ord; "" is None where the field is optional."""

    def __init__(self, *, levels: Iterable[int] = ALL_LEVELS, **options: Any) -> None:
        options.setdefault("label", _("等级"))
        super().__init__(
            choices=[("", "—"), *level_choices(levels)], coerce=int, empty_value=None, **options
        )


class LevelsField(forms.TypedMultipleChoiceField):
    """Several levels as a list of ord."""

    def __init__(self, *, levels: Iterable[int] = ALL_LEVELS, **options: Any) -> None:
        options.setdefault("label", _("等级"))
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(choices=level_choices(levels), coerce=int, **options)
