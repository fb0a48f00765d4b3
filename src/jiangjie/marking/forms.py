"""What is typed in marking: a round's settings, who marks, points, slips, re-checks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import User
from jiangjie.marking.models import Round, Script, ThirdRule
from jiangjie.marking.rules import marks


class PointsField(forms.DecimalField):
    """Points as they are typed (4.5) to hundredths (450)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"min_value": 0, "max_value": 200, "decimal_places": 2, "label": _("得分"), **options}
        )

    def clean(self, value: Any) -> int | None:
        points: Decimal | None = super().clean(value)
        return None if points is None else int(points * 100)


class RoundForm(forms.Form):
    title = forms.CharField(label=_("阅卷轮次"), max_length=100)
    limit_percent = forms.IntegerField(
        label=_("允许误差（占题目分值的百分比）"), min_value=0, max_value=100,
        initial=marks.DEFAULT_LIMIT,
        help_text=_("两人评分相差超过这个比例的答案，由第三人评。"),
    )  # fmt: skip
    third = forms.ChoiceField(
        label=_("第三人评分后"), choices=ThirdRule, widget=forms.RadioSelect,
        initial=ThirdRule.NEAREST_TWO,
    )  # fmt: skip
    bars_own_unit = forms.BooleanField(label=_("本单位有考生的人员不参加阅卷"), required=False)


class MarkersForm(forms.Form):
    markers = forms.ModelMultipleChoiceField(
        label=_("阅卷人"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=_("至少两人；第三人评超出允许误差的答案，三人以上时自动轮流分配。"),
    )  # fmt: skip

    def __init__(self, staff: QuerySet[User], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["markers"].queryset = staff  # type: ignore[attr-defined]


class HandForm(forms.Form):
    place = forms.TypedChoiceField(
        label=_("第几阅卷人"), coerce=int, widget=forms.RadioSelect,
        choices=[(1, _("第一阅卷人")), (2, _("第二阅卷人")), (3, _("第三阅卷人"))],
    )  # fmt: skip
    marker = forms.ModelChoiceField(
        label=_("交给"), queryset=User.objects.none(),
        help_text=_("已评的答案不变，由接手人评其余的。"),
    )  # fmt: skip

    def __init__(self, staff: QuerySet[User], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["marker"].queryset = staff  # type: ignore[attr-defined]


class MarkForm(forms.Form):
    """One answer's points, with what the marker saw when he opened it again."""

    points = PointsField()
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SlipForm(forms.Form):
    unit = forms.TypedChoiceField(label=_("题号"), coerce=int)
    points = PointsField(label=_("更正为"))
    reason = forms.CharField(
        label=_("更正理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明错在哪里、以哪一条评分标准为准。"),
    )  # fmt: skip

    def __init__(self, units: Sequence[tuple[int, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]


class RecheckForm(forms.Form):
    reason = forms.CharField(
        label=_("申请理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("复核有无漏评、合计有无差错，写明对哪一题或哪一处有疑问。"),
    )  # fmt: skip


class CheckForm(forms.Form):
    is_in_order = forms.TypedChoiceField(
        label=_("复核结果"), coerce=lambda text: text == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("各题已评、合计无误")), ("no", _("有差错，填更正单"))],
    )  # fmt: skip
    unit = forms.TypedChoiceField(
        label=_("有差错的题号"), coerce=int, empty_value=None, required=False
    )
    points = PointsField(label=_("应得分"), required=False)
    note = forms.CharField(
        label=_("复核意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("考生可以看到。"),
    )  # fmt: skip

    def __init__(self, units: Sequence[tuple[int, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["unit"].choices = [("", "—"), *units]  # type: ignore[attr-defined]


class RoundFilter(forms.Form):
    q = forms.CharField(label=_("批次或轮次"), required=False, max_length=80)

    def narrow(self, rounds: QuerySet[Round]) -> QuerySet[Round]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            rounds = rounds.filter(Q(title__icontains=text) | Q(batch__title__icontains=text))
        return rounds


class ScriptFilter(forms.Form):
    q = forms.CharField(label=_("姓名、准考证号或密号"), required=False, max_length=80)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    _SORTS = {"number": "number", "score": "score"}

    def narrow(self, scripts: QuerySet[Script]) -> QuerySet[Script]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            case = "sheet__seat__application__"
            found = Q(**{f"{case}person__name__icontains": text}) | Q(**{f"{case}ticket": text})
            if text.isascii() and text.isdigit() and len(text) < 9:
                found |= Q(number=int(text))
            scripts = scripts.filter(found)
        sort = self.data.get("sort", "")
        field = self._SORTS.get(sort.removeprefix("-"), "number")
        return scripts.order_by(f"-{field}" if sort.startswith("-") else field, "pk")
