from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiangjie.arrangement.models import Panel, PanelPart, Tie, TieKind
from jiangjie.orgs.fields import DayField
from jiangjie.people.models import Person
from jiangjie.resources.models import Room


class SpanForm(forms.Form):
    day = DayField(label=_("日期"))
    start = forms.TimeField(label=_("开始"), widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(label=_("结束"), widget=forms.TimeInput(attrs={"type": "time"}))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if {"day", "start", "end"} <= given.keys():
            given["starts_at"] = timezone.make_aware(datetime.combine(given["day"], given["start"]))
            given["ends_at"] = timezone.make_aware(datetime.combine(given["day"], given["end"]))
            if given["ends_at"] <= given["starts_at"]:
                self.add_error("end", _("结束时间须晚于开始时间。"))
        return given

    @property
    def span(self) -> dict[str, datetime]:
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}


class PanelsForm(SpanForm):
    """Panels for all who have none yet."""

    part = forms.ChoiceField(label=_("类别"), choices=PanelPart.choices)
    per_panel = forms.IntegerField(
        label=_("每组考生人数"), min_value=1, max_value=500, initial=15,
        help_text=_("审核通过、还没有编入同类组的考生按准考证号依次编组；督导组不编考生。"),
    )  # fmt: skip
    size = forms.IntegerField(label=_("每组人员数"), min_value=1, max_value=31, initial=3)
    field_order = ("part", "per_panel", "size", "day", "start", "end")


class ScheduleForm(SpanForm):
    name = forms.CharField(label=_("名称"), max_length=60)
    size = forms.IntegerField(label=_("人员数"), min_value=1, max_value=31)
    room = forms.ModelChoiceField(
        Room.objects.none(), label=_("考场或工位"), required=False,
        empty_label=_("不预订，按批次的考评地点"),
    )  # fmt: skip
    field_order = ("name", "size", "day", "start", "end", "room")

    def __init__(self, *args: Any, rooms: QuerySet[Room], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["room"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = rooms

    @staticmethod
    def initial_of(panel: Panel) -> dict[str, Any]:
        first, last = timezone.localtime(panel.starts_at), timezone.localtime(panel.ends_at)
        return {
            "name": panel.name, "size": panel.size, "day": first.date(),
            "start": f"{first:%H:%M}", "end": f"{last:%H:%M}",
            "room": panel.booking.room_id if panel.booking else None,
        }  # fmt: skip


class SearchForm(forms.Form):
    outside_percent = forms.IntegerField(
        label=_("外单位成员至少占（%）"), min_value=0, max_value=100, initial=0,
        help_text=_("考评组和评审组中不在本机构任职的成员比例。"),
    )  # fmt: skip


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} {obj.id_masked}"


class TieForm(forms.Form):
    person = PersonField(Person.objects.none(), label=_("甲方"))
    other = PersonField(Person.objects.none(), label=_("乙方"))
    kind = forms.ChoiceField(label=_("关系"), choices=TieKind.choices)
    source = forms.CharField(
        label=_("来源"), max_length=200,
        help_text=_("如师带徒协议、培训名册、本人声明、人力资源系统。"),
    )  # fmt: skip

    def __init__(self, *args: Any, people: QuerySet[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("person", "other"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
            field.queryset = people

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("person") and given.get("person") == given.get("other"):
            self.add_error("other", _("请选择两个不同的人。"))
        return given


class TieFilter(forms.Form):
    q = forms.CharField(label=_("姓名"), required=False, max_length=40)

    def narrow(self, ties: QuerySet[Tie]) -> QuerySet[Tie]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            ties = ties.filter(Q(person__name__icontains=text) | Q(other__name__icontains=text))
        return ties


class DeclarationForm(forms.Form):
    names = forms.CharField(
        label=_("须回避的人和理由"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("没有的留空。写明姓名、单位和关系，如亲属、师徒、上下级、培训、曾有争议。"),
    )  # fmt: skip
    promise = forms.BooleanField(
        label=_("本人已如实声明全部应当回避的关系，考评当日情况有变会立即报告。")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=200)
