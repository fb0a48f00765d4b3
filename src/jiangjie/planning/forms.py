"""What the screens of plans, batches and announcements take in."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Standard
from jiangjie.orgs.fields import DayField, LevelField
from jiangjie.planning.models import AnnualPlan, Batch, PlanLine
from jiangjie.planning.services import LineWish, PlanWish
from jiangjie.policy.packs import Pack

FILEABLE = range(2, 9)


class PlanFilter(forms.Form):
    q = forms.CharField(label=_("机构"), required=False, max_length=100)
    year = forms.IntegerField(label=_("年度"), required=False, min_value=2000, max_value=2100)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部状态")),
            ("draft", _("编制中")),
            ("submitted", _("待审定")),
            ("approved", _("已审定")),
        ],
    )

    def narrow(self, plans: QuerySet[AnnualPlan]) -> QuerySet[AnnualPlan]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            plans = plans.filter(org__name__icontains=text)
        if year := given.get("year"):
            plans = plans.filter(year=year)
        states = {
            "draft": Q(submitted_at=None, approved_at=None),
            "submitted": Q(submitted_at__isnull=False, approved_at=None),
            "approved": Q(approved_at__isnull=False),
        }
        return plans.filter(states.get(given.get("state", ""), Q()))


class PlanForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    note = forms.CharField(
        label=_("说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class PlanLineForm(forms.Form):
    """One line of a plan. A line without a standard is left out."""

    standard = forms.TypedChoiceField(
        label=_("职业标准"), required=False, coerce=int, empty_value=None
    )
    work_type = forms.CharField(
        label=_("工种"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"list": "work-types"}),
    )  # fmt: skip
    level = LevelField(levels=FILEABLE, required=False)
    people = forms.IntegerField(label=_("计划人数"), required=False, min_value=1, max_value=100_000)
    month = forms.IntegerField(label=_("计划月份"), required=False, min_value=1, max_value=12)

    def __init__(self, *args: Any, standards: Mapping[int, Standard], **options: Any) -> None:
        super().__init__(*args, **options)
        self.standards = standards
        choices = [("", "—"), *((pk, str(standard)) for pk, standard in standards.items())]
        self.fields["standard"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("standard"):
            for name in ("level", "people", "month"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("请填写。"))
        return given

    def wish(self) -> PlanWish | None:
        given = self.cleaned_data
        if not given.get("standard"):
            return None
        return (
            self.standards[given["standard"]],
            given["work_type"].strip(),
            given["level"],
            given["people"],
            given["month"],
        )


PlanLineFormSet = forms.formset_factory(
    PlanLineForm, extra=3, max_num=200, validate_max=True,
    absolute_max=201,  # or a posted total would have Django build 1,200 forms
)  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


SORTS = {
    "exam": "exam_on",
    "number": "number",
    "title": "title",
    "apply": "apply_until",
}


class BatchFilter(forms.Form):
    q = forms.CharField(label=_("名称、编号或职业"), required=False, max_length=100)
    year = forms.IntegerField(label=_("年度"), required=False, min_value=2000, max_value=2100)
    phase = forms.ChoiceField(
        label=_("时段"),
        required=False,
        choices=[
            ("", _("全部时段")),
            ("before", _("申报未开始")),
            ("applying", _("申报中")),
            ("preparing", _("申报已截止、考评之前")),
            ("examined", _("考评之后")),
            ("archived", _("已归档")),
        ],
    )
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    def narrow(self, batches: QuerySet[Batch], today: date) -> QuerySet[Batch]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q"):
            batches = batches.filter(
                Q(title__icontains=text)
                | Q(number__icontains=text)
                | Q(org__name__icontains=text)
                | Q(lines__frozen__occupation_name__icontains=text)
                | Q(lines__work_type__icontains=text)
            ).distinct()
        if year := given.get("year"):
            batches = batches.filter(plan__year=year)
        phases = {
            "before": Q(apply_from__gt=today),
            "applying": Q(apply_from__lte=today, apply_until__gte=today),
            "preparing": Q(apply_until__lt=today, exam_on__gte=today),
            "examined": Q(exam_on__lt=today, archived_at=None),
            "archived": Q(archived_at__isnull=False),
        }
        batches = batches.filter(phases.get(given.get("phase", ""), Q()))
        wanted = given.get("sort", "")
        if field := SORTS.get(wanted.removeprefix("-")):
            order = F(field).desc() if wanted.startswith("-") else F(field).asc()
            batches = batches.order_by(order, "-pk")
        return batches


class BatchForm(forms.Form):
    """The days, the place and the scheme of a batch; the rules judge how they go together."""

    title = forms.CharField(label=_("名称"), max_length=200)
    as_of = DayField(label=_("条件截止日"), help_text=_("工作年限等申报条件计算到这一天（含）。"))
    apply_from = DayField(label=_("申报起始日"))
    apply_until = DayField(label=_("申报截止日"), help_text=_("当天全天可以申报。"))
    exam_on = DayField(label=_("考评日期"), help_text=_("备案范围和有效期按这一天核对。"))
    venue = forms.CharField(label=_("考评地点"), max_length=300)
    method = forms.CharField(
        label=_("认定方案"), required=False, max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("考评方式、场次、命题组卷、考评组和督导安排等，由评价委员会审定。"),
    )  # fmt: skip


class NewBatchForm(BatchForm):
    """Also which lines of the plan, and the policy pack that will be frozen."""

    def __init__(
        self, *args: Any, plan_lines: Sequence[PlanLine], packs: Sequence[Pack], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.plan_lines = {line.pk: line for line in plan_lines}
        self.fields["pack_name"] = forms.ChoiceField(
            label=_("规则包"),
            choices=[(pack.id, f"{pack.title} {pack.version}") for pack in packs],
            help_text=_("开设批次时固定，此后规则变动不影响本批次。"),
        )
        for line in plan_lines:
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=_("计划人数"), required=False, min_value=0, max_value=100_000
            )

    def line_fields(self) -> list[tuple[PlanLine, forms.BoundField]]:
        return [(line, self[f"line_{pk}"]) for pk, line in self.plan_lines.items()]

    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("line_")]

    def wishes(self) -> list[LineWish]:
        """The lines with a number of people; the others are not part of the batch."""
        return [
            LineWish(line.standard, line.work_type, line.level, people)
            for pk, line in self.plan_lines.items()
            if (people := self.cleaned_data[f"line_{pk}"])
        ]

    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*BatchForm.base_fields, "pack_name")}


class ReportForm(forms.Form):
    receipt = forms.CharField(
        label=_("报备回执编号"), required=False, max_length=200,
        help_text=_("线上报备后由人社部门给出；没有编号的写明报备方式和日期。"),
    )  # fmt: skip


class SchemeForm(forms.Form):
    choice = forms.ChoiceField(
        label=_("意见"),
        choices=[("pass", _("同意")), ("return", _("退回修改"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("退回时必填。"),
    )  # fmt: skip


class AnnouncementForm(forms.Form):
    title = forms.CharField(label=_("标题"), max_length=200)
    body = forms.CharField(label=_("正文"), widget=forms.Textarea(attrs={"rows": 22}))
    contact = forms.CharField(label=_("咨询电话"), max_length=60)
    supervision_phone = forms.CharField(label=_("监督电话"), max_length=60)


class AnnouncementFilter(forms.Form):
    q = forms.CharField(label=_("标题、单位、职业或工种"), required=False, max_length=100)


class RecordForm(forms.Form):
    """A record of a step, or that it does not apply."""

    note = forms.CharField(
        label=_("记录"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("办了什么、何时何地、谁参加；材料为纸质的，写明存放处。"),
    )  # fmt: skip
    evidence_kind = forms.ChoiceField(label=_("材料"), required=False)
    file = forms.FileField(
        label=_("文件"), required=False, help_text=_("PDF、图片、Word或Excel，不超过20 MB。")
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _("无材料，仅作记录")), *((kind, kind) for kind in kinds)]
        self.fields["evidence_kind"].choices = choices  # type: ignore[attr-defined]


class LeaveOutForm(forms.Form):
    note = forms.CharField(
        label=_("不适用的理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
