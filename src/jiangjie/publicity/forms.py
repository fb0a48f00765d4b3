from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiangjie.publicity.models import Objection, ObjectionOutcome, PeriodKind, PublicityPeriod
from jiangjie.publicity.queries import Handler


class FirstDayForm(forms.Form):
    first_day = forms.DateField(
        label=_("公示起始日"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("起始日不计入公示期限。"),
    )


class ObjectionForm(forms.Form):
    """For anybody; the name may stay empty."""

    line = forms.TypedChoiceField(label=_("异议对象"), coerce=int, empty_value=None, required=False)
    text = forms.CharField(
        label=_("异议内容"),
        max_length=4000,
        help_text=_("请写明事实、时间和依据。"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    objector = forms.CharField(
        label=_("您的姓名"),
        max_length=100,
        required=False,
        help_text=_("可以匿名。留下姓名和联系方式便于核实，只有处理人能看到。"),
    )
    contact = forms.CharField(label=_("联系方式"), max_length=100, required=False)

    def __init__(self, rows: Sequence[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            ("", gettext("整个公示名单")),
            *((row["no"], f"{row['no']}  {row['name']}  {row['id']}") for row in rows),
        ]
        self.applications = {row["no"]: row["application"] for row in rows}

    @property
    def application_id(self) -> int | None:
        return self.applications.get(self.cleaned_data["line"])


class AssignForm(forms.Form):
    handler = forms.TypedChoiceField(label=_("处理人"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, handlers: Sequence[Handler], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handler"].choices = [  # type: ignore[attr-defined]
            (each.user.pk, str(each.user)) for each in handlers if each.refusal is None
        ]


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("处理结论"), choices=ObjectionOutcome, widget=forms.RadioSelect
    )
    decision = forms.CharField(
        label=_("理由"),
        max_length=4000,
        help_text=_("写明查证的事实和依据。异议人凭受理编号可以看到，请勿写入他人隐私。"),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label=_("受理编号"), max_length=20)


class LineFilter(forms.Form):
    q = forms.CharField(label=_("在名单中查找"), required=False, max_length=40)

    @property
    def text(self) -> str:
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""


class PublicFilter(forms.Form):
    q = forms.CharField(label=_("公示事项或单位"), required=False, max_length=80)

    def narrow(self, periods: QuerySet[PublicityPeriod]) -> QuerySet[PublicityPeriod]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            periods = periods.filter(Q(title__icontains=text) | Q(batch__org__name__icontains=text))
        return periods


class PeriodFilter(PublicFilter):
    kind = forms.ChoiceField(
        label=_("类别"), required=False, choices=[("", _("全部")), *PeriodKind.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("running", _("公示中")), ("over", _("期满待结束")), ("closed", _("已结束"))],
    )  # fmt: skip

    def narrow_on(
        self, periods: QuerySet[PublicityPeriod], today: date
    ) -> QuerySet[PublicityPeriod]:
        periods = self.narrow(periods)
        given = self.cleaned_data
        if kind := given.get("kind"):
            periods = periods.filter(kind=kind)
        if state := given.get("state"):
            periods = periods.filter(
                {
                    "running": Q(closed_at=None, last_day__gte=today),
                    "over": Q(closed_at=None, last_day__lt=today),
                    "closed": Q(closed_at__isnull=False),
                }[state]
            )
        return periods


class ObjectionFilter(forms.Form):
    q = forms.CharField(label=_("受理编号或公示事项"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            ("unassigned", _("待指定处理人")),
            ("open", _("处理中")),
            *ObjectionOutcome.choices,
        ],
    )

    def narrow(self, objections: QuerySet[Objection]) -> QuerySet[Objection]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            objections = objections.filter(
                Q(receipt=text.upper()) | Q(period__title__icontains=text)
            )
        if state := given.get("state"):
            is_open = {
                "unassigned": Q(settled_at=None, handler=None),
                "open": Q(settled_at=None, handler__isnull=False),
            }
            objections = objections.filter(is_open.get(state, Q(outcome=state)))
        return objections
