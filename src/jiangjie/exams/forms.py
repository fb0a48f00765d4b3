from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import User
from jiangjie.exams.models import BrowserPolicy, IncidentKind, PartialPolicy, Seat, Sitting

_DIGITS = 10  # of an id, at most


class SignInForm(forms.Form):
    """The candidate's door."""

    room_code = forms.CharField(
        label=_("考场口令"),
        max_length=8,
        help_text=_("监考员在考场公布的6位口令。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    ticket = forms.CharField(
        label=_("准考证号"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    id_tail = forms.CharField(
        label=_("证件号码后六位"),
        min_length=6,
        max_length=6,
        help_text=_("末位是字母的，输入字母X。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    browser_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class SittingForm(forms.Form):
    title = forms.CharField(label=_("场次名称"), max_length=100)
    room = forms.CharField(label=_("考场"), max_length=100)
    planned_at = forms.DateTimeField(
        label=_("计划开考时间"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    minutes = forms.IntegerField(label=_("考试时间（分钟）"), min_value=1, max_value=600)
    late_minutes = forms.IntegerField(
        label=_("开考后多少分钟禁止入场"), min_value=0, max_value=240, initial=30
    )
    earliest_minutes = forms.IntegerField(
        label=_("开考后多少分钟可以交卷"), min_value=0, max_value=240, initial=30
    )
    browser = forms.ChoiceField(
        label=_("考试用浏览器"), choices=BrowserPolicy, widget=forms.RadioSelect,
        initial=BrowserPolicy.ANY,
    )  # fmt: skip
    partial = forms.ChoiceField(
        label=_("多选题计分"), choices=PartialPolicy, widget=forms.RadioSelect,
        initial=PartialPolicy.NONE,
    )  # fmt: skip
    mix_items = forms.BooleanField(
        label=_("每名考生题目顺序不同"), required=False, initial=True
    )  # fmt: skip
    mix_options = forms.BooleanField(
        label=_("每名考生选项顺序不同"), required=False, initial=True
    )  # fmt: skip
    invigilators = forms.ModelMultipleChoiceField(
        label=_("监考员"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("由机构管理员在成员管理中分配“监考员”角色。"),
    )

    def __init__(self, invigilators: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invigilators"].queryset = invigilators  # type: ignore[attr-defined]


class LoadForm(forms.Form):
    """Opened forms of one set; the boxes are in the page."""

    set_id = forms.IntegerField(min_value=1, max_value=2**31)
    paper_ids = forms.TypedMultipleChoiceField(coerce=int)
    reason = forms.CharField(max_length=300, required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        given = data.getlist("paper_ids")
        choices = [(each, each) for each in given if each.isdecimal() and len(each) < _DIGITS]
        self.fields["paper_ids"].choices = choices  # type: ignore[attr-defined]


class SeatingForm(forms.Form):
    limit = forms.IntegerField(
        label=_("人数"), min_value=1, max_value=5000, help_text=_("按准考证号顺序编排，未编排的考生优先。")
    )  # fmt: skip


class ResultsForm(forms.Form):
    file = forms.FileField(label=_("结果文件"), help_text=_("考场节点导出的.jsonl文件。"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=200)


class MinutesForm(ReasonForm):
    minutes = forms.IntegerField(label=_("分钟"), min_value=1, max_value=240)


class ExtraForm(forms.Form):
    minutes = forms.IntegerField(label=_("合理便利加时（分钟）"), min_value=0, max_value=240)
    reason = forms.CharField(
        label=_("加时理由"), max_length=200, required=False,
        help_text=_("只写需要的便利，不写病情。"),
    )  # fmt: skip


class IncidentForm(forms.Form):
    kind = forms.ChoiceField(label=_("事项"), choices=IncidentKind)
    seat = forms.ModelChoiceField(
        label=_("座位"), queryset=Seat.objects.none(), required=False, empty_label=_("整个考场")
    )  # fmt: skip
    text = forms.CharField(label=_("情况"), max_length=500, required=False)

    def __init__(self, sitting: Sitting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = sitting.seats.select_related("application__person").order_by("number")
        self.fields["seat"].queryset = seats  # type: ignore[attr-defined]
        self.fields["seat"].label_from_instance = (  # type: ignore[attr-defined]
            lambda seat: f"{seat.number} {seat.application.person.name}"
        )


class SittingFilter(forms.Form):
    q = forms.CharField(label=_("场次、考场或批次"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")), ("planned", _("未开考")), ("running", _("考试中")), ("closed", _("已收卷")),
        ],
    )  # fmt: skip

    def narrow(self, sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            sittings = sittings.filter(
                Q(title__icontains=text) | Q(room__icontains=text) | Q(batch__title__icontains=text)
            )
        if state := given.get("state"):
            sittings = sittings.filter(
                {
                    "planned": Q(bell_at=None, closed_at=None),
                    "running": Q(bell_at__isnull=False, closed_at=None),
                    "closed": Q(closed_at__isnull=False),
                }[state]
            )
        return sittings
