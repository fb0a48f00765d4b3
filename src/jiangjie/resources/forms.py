from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Occupation
from jiangjie.orgs.fields import DayField
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import IdType
from jiangjie.people.services import PersonWish
from jiangjie.planning.models import Batch
from jiangjie.resources.models import Duty, Equipment, Expert, Grade, Room, RoomKind, Venue

ANY = [("", _("全部"))]
SORTS = {
    "name": "person__name", "grade": "grade", "card_until": "card_until",
    "hired_until": "hired_until", "employer": "employer",
}  # fmt: skip


class ExpertFilter(forms.Form):
    q = forms.CharField(label=_("姓名、单位、证卡编号或职业"), required=False, max_length=60)
    duty = forms.ChoiceField(label=_("承担工作"), required=False, choices=[*ANY, *Duty.choices])
    grade = forms.ChoiceField(label=_("考评等级"), required=False, choices=[*ANY, *Grade.choices])
    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[
            ("", _("聘期内")), ("card", _("证卡过期或60天内到期")), ("lent", _("外单位共享")),
            ("all", _("全部（含已离任）")),
        ],
    )  # fmt: skip

    def narrow(
        self, experts: QuerySet[Expert], today: date, own: Organisation | None, sort: str = ""
    ) -> QuerySet[Expert]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            experts = experts.filter(
                Q(person__name__icontains=text) | Q(employer__icontains=text)
                | Q(card_number=text) | Q(org__name__icontains=text)
                | Q(qualifications__occupation_name__icontains=text)
                | Q(qualifications__occupation_code=text)
            ).distinct()  # fmt: skip
        if duty := given.get("duty"):
            experts = experts.filter(duties__contains=[duty])
        if grade := given.get("grade"):
            experts = experts.filter(grade=grade)
        state = given.get("state")
        if state != "all":
            experts = experts.filter(
                Q(hired_until=None) | Q(hired_until__gte=today), hired_from__lte=today
            )
        if state == "card":
            soon = today + timedelta(days=60)
            experts = experts.exclude(grade="").filter(Q(card_until=None) | Q(card_until__lte=soon))
        if state == "lent" and own is not None:
            experts = experts.exclude(org=own)
        if sort.removeprefix("-") in SORTS:
            minus = "-" if sort.startswith("-") else ""
            experts = experts.order_by(minus + SORTS[sort.removeprefix("-")], "pk")
        return experts


class IdentityForm(forms.Form):
    """Who he is: a verified person, found by the number."""

    name = forms.CharField(label=_("姓名"), max_length=100)
    id_type = forms.ChoiceField(label=_("证件类型"), choices=IdType.choices)
    id_number = forms.CharField(
        label=_("证件号码"), max_length=40,
        help_text=_("按证件号码查找已有人员，没有则新建。加密保存，之后只显示前后各四位。"),
    )  # fmt: skip
    phone = forms.CharField(label=_("手机号码"), max_length=20, required=False)

    def wish(self, *, is_demo: bool) -> PersonWish:
        return PersonWish(**self.cleaned_data, is_demo=is_demo)


class ExpertForm(forms.Form):
    duties = forms.MultipleChoiceField(
        label=_("承担工作"), choices=Duty.choices, widget=forms.CheckboxSelectMultiple
    )
    employer = forms.CharField(label=_("工作单位"), max_length=200, required=False)
    grade = forms.ChoiceField(
        label=_("考评等级"), required=False, choices=[("", _("无（只监考或督导）")), *Grade.choices]
    )
    occupations = forms.CharField(
        label=_("可考评的职业编码"), required=False, max_length=400,
        help_text=_("可填多个，用顿号或空格分开，如6-30-05-01。"),
        widget=forms.TextInput(attrs={"list": "occupations"}),
    )  # fmt: skip
    card_number = forms.CharField(label=_("证卡编号"), max_length=40, required=False)
    card_from = DayField(label=_("证卡有效期起"), required=False)
    card_until = DayField(label=_("证卡有效期止"), required=False)
    hired_from = DayField(label=_("聘期起"))
    hired_until = DayField(
        label=_("聘期止"), required=False, help_text=_("不填为长期；离任时填写最后一天。")
    )
    most_panels = forms.IntegerField(
        label=_("每批次最多承担的考评组"), min_value=1, max_value=100, initial=4
    )
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def clean_occupations(self) -> dict[str, str]:
        text = self.cleaned_data["occupations"]
        for mark in "，,；;、":
            text = text.replace(mark, " ")
        codes = list(dict.fromkeys(text.split()))
        known = dict(Occupation.objects.filter(pk__in=codes).values_list("code", "name"))
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(
                _("职业分类大典中没有：%(codes)s。"), params={"codes": "、".join(unknown)}
            )
        return known

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if bool(given.get("card_from")) != bool(given.get("card_until")):
            self.add_error("card_until", _("证卡有效期起和止须一并填写。"))
        for first, last in (("card_from", "card_until"), ("hired_from", "hired_until")):
            if given.get(first) and given.get(last) and given[last] < given[first]:
                self.add_error(last, _("截止日不能早于起始日。"))
        return given


class UploadForm(forms.Form):
    workbook = forms.FileField(label=_("填好的模板"), help_text=_("XLSX，最多5000人。"))


class TrainingForm(forms.Form):
    programme = forms.CharField(label=_("培训项目"), max_length=200)
    hours = forms.IntegerField(label=_("学时"), min_value=1, max_value=2000)
    finished_on = DayField(label=_("结业日期"))
    passed = forms.BooleanField(label=_("考核合格"), required=False, initial=True)


class AbsenceForm(forms.Form):
    first_day = DayField(label=_("不能参加：自"))
    last_day = DayField(label=_("至"), required=False, help_text=_("不填为当天。"))
    reason = forms.CharField(label=_("原因"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day")
        given["last_day"] = last or first
        if first and last and last < first:
            self.add_error("last_day", _("截止日不能早于起始日。"))
        return given


class PayForm(forms.Form):
    duty = forms.ChoiceField(label=_("承担工作"), choices=Duty.choices)
    day = DayField(label=_("日期"))
    amount = forms.DecimalField(
        label=_("金额（元）"), min_value=Decimal("0.01"), max_value=Decimal(100_000),
        decimal_places=2,
    )  # fmt: skip
    voucher = forms.CharField(label=_("凭证号"), max_length=60)
    batch = forms.ModelChoiceField(
        Batch.objects.none(), label=_("批次"), required=False, empty_label=_("不属于批次")
    )

    def __init__(self, *args: Any, batches: QuerySet[Batch], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "batch", batches)

    @property
    def amount_fen(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=200)


class LoanForm(forms.Form):
    alliance = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("联评体"), empty_label=None
    )
    first_day = DayField(label=_("自"))
    last_day = DayField(label=_("至"))
    note = forms.CharField(label=_("条件"), max_length=300, required=False)

    def __init__(self, *args: Any, alliances: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "alliance", alliances)


# ---- venues ---------------------------------------------------------------------------------


class VenueFilter(forms.Form):
    q = forms.CharField(label=_("名称或地址"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("有"), required=False, choices=[*ANY, *RoomKind.choices])
    accessible = forms.BooleanField(label=_("无障碍"), required=False)

    def narrow(self, venues: QuerySet[Venue], sort: str = "") -> QuerySet[Venue]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            venues = venues.filter(Q(name__icontains=text) | Q(address__icontains=text))
        if kind := given.get("kind"):
            venues = venues.filter(
                pk__in=Room.objects.filter(kind=kind, retired_on=None).values("venue")
            )
        if given.get("accessible"):
            venues = venues.filter(is_accessible=True)
        if sort.removeprefix("-") in {"name", "address"}:
            venues = venues.order_by(sort, "pk")
        return venues


class VenueForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=100)
    address = forms.CharField(label=_("地址"), max_length=300)
    contact = forms.CharField(label=_("联系人和电话"), max_length=100, required=False)
    directions = forms.CharField(label=_("到达和入场说明"), max_length=300, required=False)
    is_accessible = forms.BooleanField(label=_("无障碍通行"), required=False)


class RoomForm(forms.Form):
    kind = forms.ChoiceField(label=_("类别"), choices=RoomKind.choices)
    name = forms.CharField(label=_("名称"), max_length=60)
    seats = forms.IntegerField(
        label=_("座位数"), min_value=0, max_value=2000, initial=0, help_text=_("理论考场填写。")
    )
    per_hour = forms.IntegerField(
        label=_("每小时可考人数"), min_value=0, max_value=500, initial=0,
        help_text=_("实操工位填写。"),
    )  # fmt: skip
    work_type = forms.CharField(
        label=_("职业或工种"), max_length=100, required=False, help_text=_("实操工位填写。")
    )
    occupation_code = forms.CharField(label=_("职业编码"), max_length=12, required=False)
    is_accessible = forms.BooleanField(label=_("无障碍"), required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("kind") == RoomKind.THEORY and not given.get("seats"):
            self.add_error("seats", _("理论考场须填写座位数。"))
        if given.get("kind") == RoomKind.PRACTICAL:
            for name in ("per_hour", "work_type"):
                if not given.get(name):
                    self.add_error(name, _("实操工位须填写。"))
        return given


class SpanForm(forms.Form):
    """A span on one day or over several, in local time."""

    day = DayField(label=_("日期"))
    start = forms.TimeField(label=_("开始"), widget=forms.TimeInput(attrs={"type": "time"}))
    last_day = DayField(label=_("结束日期"), required=False, help_text=_("同一天不必填写。"))
    end = forms.TimeField(label=_("结束"), widget=forms.TimeInput(attrs={"type": "time"}))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if {"day", "start", "end"} <= given.keys():
            given["starts_at"] = _moment(given["day"], given["start"])
            given["ends_at"] = _moment(given.get("last_day") or given["day"], given["end"])
            if given["ends_at"] <= given["starts_at"]:
                self.add_error("end", _("结束时间须晚于开始时间。"))
        return given


def _moment(day: date, time: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time))


class BookingForm(SpanForm):
    room = forms.ModelChoiceField(Room.objects.none(), label=_("考场或工位"), empty_label=None)
    purpose = forms.CharField(label=_("用途"), max_length=200)
    field_order = ("room", "day", "start", "last_day", "end", "purpose", "batch")
    batch = forms.ModelChoiceField(
        Batch.objects.none(), label=_("批次"), required=False, empty_label=_("不属于批次")
    )

    def __init__(
        self, *args: Any, rooms: QuerySet[Room], batches: QuerySet[Batch], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        _offer(self, "room", rooms)
        _offer(self, "batch", batches)


class ClosureForm(SpanForm):
    rooms = forms.ModelMultipleChoiceField(
        Room.objects.none(), label=_("考场或工位"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("原因"), max_length=200)
    field_order = ("rooms", "day", "start", "last_day", "end", "reason")

    def __init__(self, *args: Any, rooms: QuerySet[Room], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "rooms", rooms)


class EquipmentForm(forms.Form):
    room = forms.ModelChoiceField(
        Room.objects.none(), label=_("所在考场或工位"), required=False, empty_label=_("全场公用")
    )
    name = forms.CharField(label=_("设备名称"), max_length=100)
    serial = forms.CharField(label=_("型号和编号"), max_length=100, required=False)
    quantity = forms.IntegerField(label=_("数量"), min_value=1, max_value=9999, initial=1)
    inspected_on = DayField(label=_("最近检验"), required=False)
    inspect_by = DayField(label=_("下次检验"), required=False, help_text=_("不须检验的不填。"))

    def __init__(self, *args: Any, rooms: QuerySet[Room], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "room", rooms)


class InspectionForm(forms.Form):
    inspected_on = DayField(label=_("检验日期"))
    inspect_by = DayField(label=_("下次检验"), required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        first, last = given.get("inspected_on"), given.get("inspect_by")
        if first and last and last < first:
            self.add_error("inspect_by", _("截止日不能早于起始日。"))
        return given


class EquipmentFilter(forms.Form):
    q = forms.CharField(label=_("设备、编号或场地"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("检验"), required=False,
        choices=[("", _("过期和30天内到期")), ("over", _("已过期")), ("all", _("全部设备"))],
    )  # fmt: skip

    def narrow(
        self, pieces: QuerySet[Equipment], today: date, within: timedelta
    ) -> QuerySet[Equipment]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            pieces = pieces.filter(
                Q(name__icontains=text) | Q(serial__icontains=text) | Q(venue__name__icontains=text)
            )
        if given.get("state") == "over":
            pieces = pieces.filter(inspect_by__lt=today)
        elif given.get("state") != "all":
            pieces = pieces.filter(inspect_by__lte=today + within)
        return pieces


def _offer(form: forms.Form, name: str, found: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
    field.queryset = found
