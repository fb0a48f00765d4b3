"""What the catalogue's screens take in."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue import queries
from jiangjie.catalogue.models import Occupation
from jiangjie.kernel.levels import Level
from jiangjie.orgs.fields import DayField


class OccupationFilter(forms.Form):
    q = forms.CharField(
        label=_("编码或名称"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "6-30-05-01"}),
    )  # fmt: skip
    only = forms.ChoiceField(
        label=_("范围"),
        required=False,
        choices=[
            ("", _("全部职业")),
            ("standard", _("有标准的")),
            ("green", _("绿色职业")),
            ("digital", _("数字职业")),
        ],
    )

    def found(self) -> QuerySet[Occupation]:
        self.is_valid()
        given = self.cleaned_data
        return queries.occupations(given.get("q", ""), only=given.get("only", ""))


class EnterpriseStandardForm(forms.Form):
    """One condition set for each level; a level without one is not in the standard."""

    title = forms.CharField(label=_("规范名称"), max_length=200)
    code = forms.CharField(label=_("规范编号"), max_length=60)
    occupation = forms.ModelChoiceField(
        Occupation.objects.order_by("code"), label=_("职业编码"), widget=forms.TextInput,
        help_text=_("2022年版职业分类大典的编码，如6-29-01-07。"),
        error_messages={"invalid_choice": _("职业分类大典中没有这个职业编码。")},
    )  # fmt: skip
    source = forms.CharField(
        label=_("发布文件"), max_length=300, help_text=_("发布本规范的文件名称和文号。")
    )
    issued_on = DayField(label=_("发布日期"))
    related_occupations = forms.CharField(
        label=_("相关职业编码"), required=False, help_text=_("用空格或顿号隔开。")
    )
    related_majors = forms.CharField(
        label=_("本专业和相关专业"), required=False, help_text=_("用空格或顿号隔开。")
    )

    def __init__(self, *args: Any, sets: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        for level in range(Level.JUNIOR, Level.CHIEF_TECHNICIAN + 1):
            names = [name for name, raw in sets.items() if str(level) in raw["levels"]]
            self.fields[f"level_{level}"] = forms.ChoiceField(
                label=_("%(level)s的申报条件") % {"level": Level(level).certificate_text},
                required=False,
                choices=[("", _("不设此等级")), *((name, sets[name]["title"]) for name in names)],
            )

    def conditions(self) -> dict[str, str]:
        return {
            name.removeprefix("level_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("level_") and value
        }

    def words(self, name: str) -> list[str]:
        given: str = self.cleaned_data[name]
        return given.replace("、", " ").replace("，", " ").split()


class WorkTypeForm(forms.Form):
    name = forms.CharField(label=_("工种名称"), max_length=100)
    source = forms.CharField(label=_("依据"), max_length=200)
